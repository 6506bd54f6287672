"""What plugins may read of the ServeMSX host itself, through ``server.settings``.

The host's own pages keep this (its home folder, its clients); :class:`PlainHostState` is the state
of a host where nothing was set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntFlag
from typing import Protocol


class ClientFlags(IntFlag):
    """What a Media Station X client chose on the settings page (servemsx spec 8, ``/settings``)."""

    HTML5X = 1
    COMPRESSED = 2
    PHOTO_TILES = 4
    NEWEST_FIRST = 8
    PHOTOS_SCALED = 16


_NO_FLAGS = ClientFlags(0)


@dataclass(frozen=True, slots=True)
class Client:
    """One Media Station X client, as it named itself when it asked for ``/msx/menu``.

    :param player: its player, such as ``tizen/…``; as sent.
    :param platform: such as ``netcast``; as sent.
    """

    flags: ClientFlags = _NO_FLAGS
    player: str = ""
    platform: str = ""


@dataclass(frozen=True, slots=True)
class FFmpeg:
    """The host's ffmpeg.

    :param path: absolute path of ``ffmpeg``.
    :param probe: absolute path of ``ffprobe``, or empty.
    :param port: the port on which a started stream listens; ``0`` for none.
    """

    path: str
    probe: str = ""
    port: int = 0


class HostStateError(Exception):
    """The host cannot say or do it; ``str()`` is the text that a plugin gets in an error value."""


class HostState(Protocol):
    """The state of the host. Methods are thread-safe and quick, unless they say otherwise."""

    def torrserver(self) -> str:
        """Address (``HOST:PORT``) of the TorrServer; empty for none."""
        ...

    def dictionary_name(self) -> str:
        """The whole name in the dictionary, such as ``Russian/Русский``.

        :raises HostStateError: there is none, or it cannot be read.
        """
        ...

    def client(self, client_id: str) -> Client:
        """What is known of the client; the default :class:`Client` for an unknown one."""
        ...

    def ffmpeg(self) -> FFmpeg | None:
        """The host's ffmpeg; ``None`` when it has none."""
        ...

    def start_ffmpeg(
        self, source: str, before: Sequence[str], after: Sequence[str], hostname: str
    ) -> str:
        """Stop the stream that runs, start one of *source*, and wait until it should listen.

        :param before: arguments before ``-i``; :param after: arguments after the source.
        :param hostname: the name, without port, under which the client reached this host.
        :returns: ``http://HOSTNAME:PORT``; empty when no port is set.
        :raises HostStateError: there is no ffmpeg, or it does not start.
        """
        ...


@dataclass(frozen=True, slots=True)
class PlainHostState:
    """A host whose state is a few given values. It starts no ffmpeg."""

    address: str = ""
    dictionary: str | None = None
    clients: Mapping[str, Client] = field(default_factory=dict)
    converter: FFmpeg | None = None

    def torrserver(self) -> str:
        """See :class:`HostState`."""
        return self.address

    def dictionary_name(self) -> str:
        """See :class:`HostState`."""
        if self.dictionary is None:
            raise HostStateError("open dictionary.json: no such file or directory")
        return self.dictionary

    def client(self, client_id: str) -> Client:
        """See :class:`HostState`."""
        return self.clients.get(client_id, Client())

    def ffmpeg(self) -> FFmpeg | None:
        """See :class:`HostState`."""
        return self.converter

    def start_ffmpeg(
        self, source: str, before: Sequence[str], after: Sequence[str], hostname: str
    ) -> str:
        """See :class:`HostState`."""
        del source, before, after
        if self.converter is None:
            raise HostStateError("exec: no command")
        return f"http://{hostname}:{self.converter.port}" if self.converter.port else ""
