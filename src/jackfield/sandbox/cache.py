"""Where the engine's native code is kept: compiled once, mapped at every later start."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from jackfield.sandbox import build, compiler
from jackfield.sandbox.engine import Engine, wasmtime_version
from jackfield.sandbox.errors import EngineUnavailable
from jackfield.sandbox.limits import Limits

_COMPILE_SECONDS = 600.0
_PROGRESS_SECONDS = 5.0
_OTHERS_KEPT = 2
_PART = ".compiling-"


class EngineCache:
    """Keeps native code in `directory`, one file for each (engine, wasmtime version, processor).

    The directory must belong to this user: a file in it is run as it is. Files of another user,
    damaged files and files that wasmtime refuses count as absent; `compile` replaces them.

    :param limits: `Limits.stack_bytes` applies to every plugin of the engines loaded here.
    """

    def __init__(self, directory: Path, *, limits: Limits | None = None) -> None:
        self.directory = directory
        self._stack_bytes = (limits or Limits()).stack_bytes

    def load(self) -> Engine:
        """Map the native code into this process.

        :raises EngineUnavailable: there is none yet, or none that can be used; `compile` helps.
        """
        native = self._native()
        reason = self._reason_to_refuse(native)
        if reason:
            raise EngineUnavailable(
                f"the sandbox engine is not compiled for this machine: {reason}",
                file=str(native),
                hint="compile it with EngineCache.compile",
            )
        return Engine(native, stack_bytes=self._stack_bytes)

    def compile(self, progress: Callable[[str], None] | None = None) -> None:
        """Make the native code unless it is there already; takes 10 to 30 s of two cores.

        Runs in a child process, so this one stays small and free. Two processes may do it at once:
        one works, the other waits and uses the result.

        :param progress: takes a line of text now and then.
        :raises EngineUnavailable: ``engine.wasm`` is not built, the child failed, or the directory
            cannot be written.
        """
        say = progress or (lambda _line: None)
        native = self._native()
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._locked(say):
                if self._is_usable(native):
                    return
                self._compile_into(native, say)
                self._remove_others(native)
        except OSError as error:
            raise EngineUnavailable(
                f"the compiled engine cannot be stored: {error.strerror or error}",
                file=str(self.directory),
            ) from None

    def ready(self) -> bool:
        """Whether `load` would find native code, as far as can be seen without loading it."""
        return self._reason_to_refuse(self._native()) is None

    def _is_usable(self, native: Path) -> bool:
        if self._reason_to_refuse(native):
            return False
        try:
            Engine(native)
        except EngineUnavailable:
            return False
        return True

    def _native(self) -> Path:
        """The file for this engine, wasmtime and processor."""
        stamp = build.read_stamp()
        if stamp is None:
            raise EngineUnavailable(
                "the sandbox engine is not built",
                file=str(build.WASM),
                hint="install the package again, or run python -m jackfield.sandbox.build",
            )
        config = _sha256(Path(compiler.__file__))  # native code fits only its own settings
        key = f"{stamp['sha256']} {wasmtime_version()} {config} {_processor()}"
        return self.directory / f"engine-{hashlib.sha256(key.encode()).hexdigest()[:24]}.cwasm"

    def _reason_to_refuse(self, native: Path) -> str | None:
        """Why the file may not be loaded, None when it may.

        Reading 50 MB at each start would take longer than all the rest. The note beside the file
        holds its size, times and hash: as long as size and times are those of the moment it was
        written, its content is; when they differ (a restored backup, a damaged disk) the hash
        decides.
        """
        try:
            status = native.stat()
            note: dict[str, Any] = json.loads(_note_of(native).read_text())
            if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
                return "the file belongs to another user"
            if status.st_mode & 0o022:
                return "the file may be written by other users"
            if status.st_size != note["size"]:
                return "the file is damaged (size)"
            if status.st_mtime_ns != note["mtime_ns"]:
                if _sha256(native) != note["sha256"]:
                    return "the file is damaged (content)"
                _write_note(native, note["sha256"])
        except FileNotFoundError:
            return "no such file"
        except (OSError, ValueError, KeyError, TypeError) as error:
            return f"the file cannot be checked: {error}"
        return None

    @contextlib.contextmanager
    def _locked(self, say: Callable[[str], None]) -> Iterator[None]:
        with (self.directory / "engine.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Another process compiles the plugin engine; waiting for it")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _compile_into(self, native: Path, say: Callable[[str], None]) -> None:
        for left in self.directory.glob(f"{_PART}*"):  # by a process that was killed
            left.unlink(missing_ok=True)
        handle, name = tempfile.mkstemp(dir=self.directory, prefix=_PART)
        os.close(handle)
        part = Path(name)
        try:
            started = time.monotonic()
            say("Compiling the plugin engine for this machine (once, 10 to 30 s)")
            compiling = [sys.executable, "-m", "jackfield.sandbox.compiler"]
            command = [*compiling, str(build.WASM), name, str(os.getpid())]
            with subprocess.Popen(  # noqa: S603 - our own module
                command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            ) as child:
                errors = _wait(child, started, say)
            if child.returncode:
                last = errors.strip().splitlines()[-1:] or [f"exit code {child.returncode}"]
                raise EngineUnavailable(f"compiling the sandbox engine failed: {last[0]}")
            digest = _sha256(part)
            _note_of(native).unlink(missing_ok=True)
            part.replace(native)
            _write_note(native, digest)
            say(f"Plugin engine compiled in {time.monotonic() - started:.0f} s")
        finally:
            part.unlink(missing_ok=True)

    def _remove_others(self, native: Path) -> None:
        """Keep a few of the other versions, 50 MB each: another installation may share this
        directory, and the two must not compile in turns for ever."""
        others = [file for file in self.directory.glob("engine-*.cwasm") if file != native]
        others.sort(key=lambda file: file.stat().st_mtime, reverse=True)
        for other in others[_OTHERS_KEPT:]:
            other.unlink(missing_ok=True)
            _note_of(other).unlink(missing_ok=True)


def _wait(child: subprocess.Popen[str], started: float, say: Callable[[str], None]) -> str:
    """Wait for the compiler, with a sign of life now and then; what it wrote as errors."""
    try:
        while True:
            try:
                return child.communicate(timeout=_PROGRESS_SECONDS)[1]
            except subprocess.TimeoutExpired:
                passed = time.monotonic() - started
                if passed > _COMPILE_SECONDS:
                    raise EngineUnavailable(
                        f"compiling the sandbox engine took over {_COMPILE_SECONDS:g} s"
                    ) from None
                say(f"Compiling the plugin engine: {passed:.0f} s so far")
    except BaseException:
        child.kill()
        raise


def _processor() -> str:
    """The machine and what its processor can do: native code uses all of it."""
    features = ""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith(("flags", "Features")):
                features = line
                break
    return f"{platform.system()} {platform.machine()} {features}"


def _note_of(native: Path) -> Path:
    return native.with_suffix(".json")


def _write_note(native: Path, sha256: str) -> None:
    status = native.stat()
    note = {"sha256": sha256, "size": status.st_size, "mtime_ns": status.st_mtime_ns}
    part = _note_of(native).with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(note))
    part.replace(_note_of(native))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
