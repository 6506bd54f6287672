"""Who may see the host's pages: doors that a dialect puts in front of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Knock:
    """A request, before anything answers it.

    :param path: below the address at which the host is mounted, decoded.
    :param query: as it was sent, without ``?``.
    :param headers: lower-cased name → value.
    :param mount: that address, without its slash at the end.
    :param secure: whether it came by HTTPS.
    :param socket: whether it opens a WebSocket.
    """

    path: str
    query: str
    headers: Mapping[str, str]
    mount: str = ""
    secure: bool = False
    socket: bool = False


@dataclass(frozen=True, slots=True)
class Passed:
    """The request goes on.

    :param headers: what the answer carries besides its own.
    """

    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The request is answered here."""

    status: int
    headers: Headers = ()
    body: bytes = b""


class Gate(Protocol):
    """One door. Thread-safe."""

    def closed(self) -> bool:
        """Whether anybody is kept out now; cheap, asked for each request."""
        ...

    def check(self, knock: Knock) -> Passed | Refused:
        """Decide. Called on a worker thread, and only while it is closed."""
        ...


class Gates:
    """The doors of one host, asked in order. Thread-safe."""

    def __init__(self) -> None:
        self._gates: tuple[Gate, ...] = ()

    def add(self, gate: Gate) -> None:
        """Put one more door in front."""
        self._gates = (*self._gates, gate)

    def closed(self) -> bool:
        """Whether any of them keeps anybody out now."""
        return any(gate.closed() for gate in self._gates)

    def check(self, knock: Knock) -> Passed | Refused:
        """Pass all doors, or be refused at one."""
        headers: Headers = ()
        for gate in self._gates:
            if not gate.closed():
                continue
            answer = gate.check(knock)
            if isinstance(answer, Refused):
                return answer
            headers += answer.headers
        return Passed(headers)
