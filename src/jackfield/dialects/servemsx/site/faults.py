"""What ends a request: a status, or a text with status 500.

Source: servemsx spec 2, "Failure answer".
"""

from __future__ import annotations

from jackfield.dialects.servemsx.answer import reason


class Fault(Exception):
    """Ends the request.

    :param what: a status, answered with its usual words, or the text of a status 500.
    :param status: another status for a text.
    """

    def __init__(self, what: int | str, status: int = 500) -> None:
        self.status = what if isinstance(what, int) else status
        self.text = reason(what) if isinstance(what, int) else what
        super().__init__(self.text)
