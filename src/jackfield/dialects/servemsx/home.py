"""One ServeMSX installation's own folder and state: settings, dictionary, media, clients, ffmpeg.

The folder is laid out as the original's (servemsx spec 2): ``plugins/``, ``settings.json``,
``dictionary.json``, ``webmarks``, and ``video``, ``music``, ``photo``, which are links or folders.
"""

from __future__ import annotations

import logging
import os
import secrets
import stat
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from jackfield.dialects.servemsx import converter
from jackfield.dialects.servemsx.dictionary import DictionaryFile
from jackfield.dialects.servemsx.host_state import Client, ClientFlags, FFmpeg, HostStateError
from jackfield.dialects.servemsx.settings_file import MAX_CLIENTS, Settings, SettingsFile
from jackfield.errors import InvalidInput

MEDIA: Final = ("video", "music", "photo")

_log = logging.getLogger(__name__)


class Home:
    """See the module. Implements :class:`~.host_state.HostState`. Thread-safe.

    :param folder: made on the first change, if absent.
    :param original: it belongs to an installation of the original, so its ``plugins/`` counts too.
    :param stream_wait: seconds that a started stream gets until it should listen.
    :raises SurroundingsError: its ``settings.json`` is not readable.
    :ivar focus_language: whether the next menu opens at the row that chooses the language.
    """

    def __init__(
        self, folder: Path, *, original: bool = False, stream_wait: float = converter.WAIT_S
    ) -> None:
        self.folder = folder
        self.plugins: Path | None = folder / "plugins" if original else None
        self.dictionary = DictionaryFile(folder)
        self._file = SettingsFile(folder)
        self._stream = converter.Stream(stream_wait)
        self._lock = threading.RLock()
        self._seen: dict[str, Client] = {}
        self.load()
        if original and not self._file.path.exists():
            self._file.save(self._settings)

    def load(self) -> None:
        """Take the state from the folder, as at the start.

        :raises SurroundingsError: its ``settings.json`` is not readable; the state stays.
        """
        settings = self._file.load()
        for name in ("ffmpeg", "ffprobe"):
            asked = getattr(settings, name)
            setattr(settings, name, found := converter.look_up(asked))
            if asked and not found:
                _log.info("ServeMSX: no program %s: what needs it is left out", asked)
        with self._lock:
            self._settings = settings
            self._seen = {}
            self.focus_language = False
            self.started = time.time()

    def close(self) -> None:
        """Stop the stream that runs."""
        self._stream.stop()

    # -- settings -------------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        """The settings of this moment; a copy."""
        with self._lock:
            return replace(self._settings, clients=dict(self._settings.clients))

    def change(self, change: Callable[[Settings], None]) -> None:
        """Change the settings and store them.

        :raises SurroundingsError: they cannot be stored; then nothing changes.
        """
        with self._lock:
            changed = self.settings
            change(changed)
            self.folder.mkdir(parents=True, exist_ok=True)
            self._file.save(changed)
            self._settings = changed

    def toggle(self, client_id: str, flag: int) -> None:
        """Turn choices of one client over."""

        def turn(settings: Settings) -> None:
            clients = settings.clients
            if client_id not in clients and len(clients) >= MAX_CLIENTS:
                del clients[next(iter(clients))]
            clients[client_id] = clients.get(client_id, 0) ^ flag

        self.change(turn)

    def set_program(self, name: str, program: str) -> None:
        """Choose ``ffmpeg`` or ``ffprobe``: a path, a name, or empty for none.

        :raises InvalidInput: there is no such program, or it is another one.
        """
        found = converter.look_up(program)
        if program and not found and program != name:
            raise InvalidInput(f'exec: "{program}": executable file not found in $PATH')
        if found and not Path(found).name.lower().startswith(name):
            # Whoever may set this must not be able to have just any program run.
            raise InvalidInput(f"{program} is not {name}: its file name must begin with that")
        self.change(lambda settings: setattr(settings, name, found))

    # -- the media folders ----------------------------------------------------------------------

    def media(self, kind: str) -> Path:
        """Where the folder ``video``, ``music`` or ``photo`` is, or would be."""
        return self.folder / kind

    def link(self, kind: str) -> str:
        """Where the link leads; empty when there is none, or a folder in its place."""
        try:
            return str(self.media(kind).readlink())
        except OSError:
            return ""

    def set_link(self, kind: str, target: str) -> None:
        """Lead the folder somewhere else; empty for nowhere. The old link stays on failure.

        :raises InvalidInput: no such folder, or the place is taken by a folder with content.
        """
        link = self.media(kind)
        with self._lock:
            if target:
                try:
                    mode = os.stat(target).st_mode  # noqa: PTH116 - the text as it was given
                except (OSError, ValueError) as error:
                    reason = getattr(error, "strerror", None) or "invalid argument"
                    raise InvalidInput(f"stat {target}: {reason.lower()}") from None
                if not stat.S_ISDIR(mode):
                    raise InvalidInput(f"{target} is not a directory!")
            if link.is_dir() and not link.is_symlink():
                try:
                    link.rmdir()
                except OSError as error:
                    raise InvalidInput(f"remove {kind}: {str(error.strerror).lower()}") from None
            if not target:
                link.unlink(missing_ok=True)
                return
            self.folder.mkdir(parents=True, exist_ok=True)
            fresh = link.with_name(f".{kind}.{secrets.token_hex(4)}")
            fresh.symlink_to(target, target_is_directory=True)
            fresh.replace(link)

    # -- clients --------------------------------------------------------------------------------

    def remember(self, client_id: str, player: str, platform: str) -> None:
        """A client asked for its menu and said what it is."""
        with self._lock:
            self._seen.pop(client_id, None)
            if len(self._seen) >= MAX_CLIENTS:
                del self._seen[next(iter(self._seen))]
            self._seen[client_id] = Client(player=player.split("/", 1)[0], platform=platform)

    def client(self, client_id: str) -> Client:
        """See :class:`~.host_state.HostState`."""
        with self._lock:
            seen = self._seen.get(client_id, Client())
            return replace(seen, flags=ClientFlags(self._settings.clients.get(client_id, 0)))

    # -- the rest of the state ------------------------------------------------------------------

    def torrserver(self) -> str:
        """See :class:`~.host_state.HostState`."""
        return self._settings.torrserver

    def dictionary_name(self) -> str:
        """See :class:`~.host_state.HostState`."""
        return self.dictionary.about().name

    def ffmpeg(self) -> FFmpeg | None:
        """See :class:`~.host_state.HostState`."""
        settings = self._settings
        if not settings.ffmpeg:
            return None
        port = settings.ffstream
        return FFmpeg(settings.ffmpeg, settings.ffprobe, int(port) if port.isdecimal() else 0)

    def start_ffmpeg(
        self, source: str, before: Sequence[str], after: Sequence[str], hostname: str
    ) -> str:
        """See :class:`~.host_state.HostState`."""
        program = self.ffmpeg()
        if program is None:
            raise HostStateError("this host has no ffmpeg")
        if not program.port:
            return ""
        address = f"http://{hostname}:{program.port}"
        self._stream.start(
            [program.path, *before, "-hide_banner", "-i", source, *after,
             "-f", "mpegts", "-listen", "1", address]
        )  # fmt: skip
        return address
