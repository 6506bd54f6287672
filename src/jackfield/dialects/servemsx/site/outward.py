"""What the site itself asks of other servers, through the host's guarded way out.

Source: servemsx spec 8.3, "Upstream failure".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from jackfield.dialects.servemsx import urls, wire_json
from jackfield.dialects.servemsx.refusals import native_reason, unusable
from jackfield.dialects.servemsx.site.faults import Fault
from jackfield.services.fetch import Fetch, FetchRefused, FetchRequest, FetchResponse

SECONDS = 15.0


class Outward:
    """Fetches for the site.

    :param fetch: the host's; ``None`` where it lends none.
    """

    def __init__(self, fetch: Fetch | None) -> None:
        self._fetch = fetch

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str | Sequence[str]] | None = None,
        post: Any = None,
        local: bool = False,
    ) -> FetchResponse:
        """The answer, whatever its status.

        :param post: sent as JSON, if anything.
        :param local: whether this machine and private networks may be reached.
        :raises Fault: there is none.
        """
        if self._fetch is None:
            raise Fault("this host lets nothing fetch from other servers")
        sent = dict(headers or {})
        method, body = "GET", b""
        if post is not None:
            method, body = "POST", wire_json.encode(post)
            sent["Content-Type"] = "application/json"
        request = FetchRequest(url, method, sent, body, seconds=SECONDS)
        try:
            parsed = urls.parse(url)
        except urls.URLError as error:
            raise Fault(str(error)) from None
        named = f"{method.capitalize()} {urls.quote_go(url)}"
        if (wrong := unusable(parsed)) is not None:
            raise Fault(f"{named}: {wrong}")
        try:
            return self._fetch.fetch("servemsx", request, ("*",), local=local)
        except FetchRefused as error:
            raise Fault(f"{named}: {native_reason(error, parsed) or error.message}") from None

    def body(self, url: str, *, post: Any = None, local: bool = False) -> bytes:
        """The body of an answer with status 200.

        :raises Fault: anything else.
        """
        answer = self.get(url, post=post, local=local)
        if answer.status != 200:
            raise Fault(f"Downloading {url} answered: {_status(answer.status)}")
        return answer.body

    def json(self, url: str, *, post: Any = None, local: bool = False) -> Any:
        """The JSON of an answer with status 200.

        :raises Fault: anything else.
        """
        data = self.body(url, post=post, local=local)
        try:
            return wire_json.decode(data)
        except wire_json.WireJsonError as error:
            raise Fault(f"Decoding {url} error: {error}") from None


def _status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
