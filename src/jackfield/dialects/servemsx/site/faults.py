"""What ends a request: a status, or a text with status 500.

Source: servemsx spec 2, "Failure answer".
"""

from __future__ import annotations

from http import HTTPStatus


class Fault(Exception):
    """Ends the request.

    :param what: a status, answered with its standard phrase, or the text of a status 500.
    :param status: another status for a text.
    """

    def __init__(self, what: int | str, status: int = 500) -> None:
        self.status = what if isinstance(what, int) else status
        self.text = phrase(what) if isinstance(what, int) else what
        super().__init__(self.text)


def phrase(status: int) -> str:
    """The standard reason phrase; empty for a number that has none."""
    try:
        return _GO.get(status) or HTTPStatus(status).phrase
    except ValueError:
        return ""


_GO = {  # Python names some of them otherwise, depending on its version
    203: "Non-Authoritative Information",
    413: "Request Entity Too Large",
    414: "Request URI Too Long",
    416: "Requested Range Not Satisfiable",
    418: "I'm a teapot",
    422: "Unprocessable Entity",
}
