"""What is known while the plugin's code runs: inside which call its host functions are asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

SESSION_COOKIE = "owncast_session"


@dataclass
class RequestScope:
    """The request that the plugin answers now.

    :param secure: whether the viewer came by HTTPS.
    :ivar cookies: ``Set-Cookie`` values that go out with the answer, in the order of the calls.
    """

    secure: bool = False
    cookies: list[str] = field(default_factory=list)

    def set_session(self, token: str, max_age: int) -> None:
        """Let the answer carry the session cookie (owncast spec 2.6).

        :param token: printable ASCII without ``;`` and blanks.
        """
        secure = "; Secure" if self.secure else ""
        self.cookies.append(
            f"{SESSION_COOKIE}={token}; Path=/; Max-Age={max_age}; HttpOnly{secure}; SameSite=Lax"
        )

    def clear_session(self) -> None:
        """Let the answer take the session cookie away."""
        self.set_session("", 0)


class CallScope(threading.local):
    """One a plugin. Host functions run in the thread of the call that they belong to.

    :ivar inside: whether this thread is in a call of the plugin; it is not while the plugin's
        source is being loaded.
    :ivar request: the request that is being answered, during ``on_http_request`` only.
    """

    inside = False
    request: RequestScope | None = None

    @contextmanager
    def enter(self, request: RequestScope | None = None) -> Iterator[None]:
        """The block is a call of the plugin."""
        self.inside, self.request = True, request
        try:
            yield
        finally:
            self.inside, self.request = False, None
