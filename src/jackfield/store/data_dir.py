"""The data directory: where everything that a host stores lies, used by one host at a time."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
import time
from pathlib import Path
from typing import IO, Any, Final, Self

from jackfield.errors import Conflict, SurroundingsError
from jackfield.store.failures import surroundings

LAYOUT: Final = 1
"""Grows when the folders inside a data directory change in a way that older versions misread."""

_LOCK = "lock"
_TRIES, _PAUSE_S = 5, 0.02
"""Whoever asks whether a host runs holds the lock for a moment, which must not look like one."""

_RUN = "run.json"
_LAYOUT = "layout.json"


class DataDir:
    """A data directory, held until :meth:`close`.

    :param path: made if absent; ``None`` is a temporary folder that goes with the host.
    :raises SurroundingsError: cannot be made or written, or is of a newer version.
    :raises Conflict: another host uses it; the message names its process and address.
    """

    def __init__(self, path: Path | str | None = None) -> None:
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        if path is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="jackfield-")
            path = Path(self._temporary.name)
        self.path = Path(path).absolute()
        self.plugins = self.path / "plugins"
        self.staging = self.path / "staging"
        self.logs = self.path / "logs"
        self.cache = self.path / "cache"
        with surroundings(self.path, "cannot use the data directory"):
            # Chats, tokens and secrets of plugins: nobody else's business.
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = self._acquire()
        try:
            with surroundings(self.path, "cannot use the data directory"):
                self._check_layout()
                for folder in (self.plugins, self.staging, self.logs, self.cache):
                    folder.mkdir(exist_ok=True)
                (self.path / _RUN).unlink(missing_ok=True)  # of a host that was killed
        except BaseException:
            self._lock.close()
            raise

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL of the SQLite database inside."""
        return f"sqlite:///{self.path / 'jackfield.db'}"

    @property
    def temporary(self) -> bool:
        """Whether the directory goes when it is closed."""
        return self._temporary is not None

    def plugin_data(self, slug: str) -> Path:
        """The folder that only that plugin may write; not made yet."""
        return self.path / "plugin_data" / slug

    def log_file(self, slug: str) -> Path:
        """Where that plugin's log lies."""
        return self.logs / f"{slug}.jsonl"

    def log_files(self, slug: str) -> list[Path]:
        """That plugin's log and the older parts of it."""
        return [f for f in self.logs.glob(f"{slug}.jsonl*") if not f.is_dir()]

    def close(self) -> None:
        """Let another host use the directory."""
        if self._lock.closed:
            return
        (self.path / _RUN).unlink(missing_ok=True)
        self._lock.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # -- one host at a time -------------------------------------------------------------------

    def _acquire(self) -> IO[bytes]:
        file = (self.path / _LOCK).open("ab")
        for tries_left in reversed(range(_TRIES)):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if tries_left:
                    time.sleep(_PAUSE_S)
            else:
                return file
        file.close()
        raise Conflict(
            f"the data directory is in use by another host{self._other()}",
            file=str(self.path),
            hint="stop that one first, or give this one another data directory",
        )

    def _other(self) -> str:
        info = self.read_run_info(self.path) or {}
        place = [f"process {info['pid']}"] if "pid" in info else []
        if "port" in info:
            place.append(f"at {info.get('host', 'localhost')}:{info['port']}")
        return f" ({' '.join(place)})" if place else ""

    def write_run_info(self, info: dict[str, Any]) -> None:
        """Tell the command line how to reach this host: ``pid``, ``host``, ``port``, ``token``.

        The file is readable for this user only.
        """
        with surroundings(self.path, "cannot use the data directory"):
            write_private(self.path / _RUN, json.dumps(info).encode())

    @staticmethod
    def read_run_info(path: Path) -> dict[str, Any] | None:
        """How to reach the host that uses the directory now; ``None`` when none does.

        Needs no lock, and does not trust what a killed host left behind.
        """
        try:
            with (path / _LOCK).open("rb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                    return None  # nobody holds it
                except BlockingIOError:
                    pass
            info = json.loads((path / _RUN).read_bytes())
        except (OSError, ValueError):
            return None
        return info if isinstance(info, dict) else None

    # -- version ------------------------------------------------------------------------------

    def _check_layout(self) -> None:
        file = self.path / _LAYOUT
        try:
            found = json.loads(file.read_bytes())["layout"]
        except FileNotFoundError:
            found = None
        except (ValueError, KeyError, TypeError):
            raise SurroundingsError(
                'is not readable; expected {"layout": NUMBER}',
                file=str(file),
                hint="restore it from a backup; nothing else was touched",
            ) from None
        if found is None:
            write_private(file, json.dumps({"layout": LAYOUT}).encode())
        elif not isinstance(found, int) or found > LAYOUT:
            raise SurroundingsError(
                f"the data directory is of a newer version of Jackfield (layout {found}; "
                f"this version knows {LAYOUT})",
                file=str(self.path),
                hint="start that version again; nothing was touched",
            )


def write_private(file: Path, content: bytes) -> None:
    """Write a file whole or not at all, for this user only, and see it to the disk."""
    new = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:  # noqa: PTH123
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        new.replace(file)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
