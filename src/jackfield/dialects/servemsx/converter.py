"""The host's ffmpeg: pictures made smaller, tags of music read, streams started for plugins.

Source: servemsx spec 7 (``ffmpeg``) and 8 (``/msx/ffmpeg/``).
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from jackfield.dialects.servemsx.host_state import HostStateError

WAIT_S = 1.0
"""What a started stream gets until it should listen."""

TASK_S = 30.0
"""The longest that a picture or a file's tags may take."""

_log = logging.getLogger(__name__)


def look_up(program: str) -> str:
    """The absolute path of a program; empty when there is none."""
    found = shutil.which(program) if program else None
    return "" if found is None else str(Path(found).absolute())


def run(arguments: Sequence[str]) -> bytes | None:
    """Run a conversion to its end: what it printed, or ``None`` when it failed."""
    try:
        done = subprocess.run(  # noqa: S603 - the program is the operator's choice
            list(arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TASK_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        _log.warning("%s: %s", arguments[0], error)
        return None
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        _log.info("%s ended with %d: %s", arguments[0], done.returncode, "".join(last))
        return None
    return done.stdout


class Stream:
    """The one stream that runs at a time. Thread-safe."""

    def __init__(self, wait: float = WAIT_S) -> None:
        self._wait = wait
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, arguments: Sequence[str]) -> None:
        """Stop what runs, start that, and wait until it should listen.

        :raises HostStateError: it does not start.
        """
        with self._lock:
            self._stop()
            try:
                self._process = subprocess.Popen(  # noqa: S603 - the program is the operator's choice
                    list(arguments),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            except (OSError, ValueError) as error:
                raise HostStateError(f"fork/exec {arguments[0]}: {error}") from None
        time.sleep(self._wait)

    def stop(self) -> None:
        """Stop what runs."""
        with self._lock:
            self._stop()

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
