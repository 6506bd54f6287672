"""A plugin's own third-party packages: installed for it alone, never into the host.

They lie in ``site-<hash>`` in the plugin's data folder and come first on its process' path, so that
two plugins may need different versions of one package. The hash is of what was asked for and of
this Python, so that nothing is installed twice. The installer runs confined as the plugin would,
since a package that is built on the spot runs code of its author's.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import uv

from jackfield.dialects.dispatcharr import confinement
from jackfield.dialects.dispatcharr.processes.environment import kept
from jackfield.dialects.dispatcharr.wanted_packages import Wanted, declared, guessed, named_in
from jackfield.errors import JackfieldError
from jackfield.plugins.dialect import PluginFailure

if TYPE_CHECKING:
    from jackfield.plugins.logs import PluginLog
    from jackfield.plugins.spec import PluginSpec

INSTALL_S: Final = 900.0
_DONE: Final = ".complete"
_CONFINED: Final = "jackfield.dialects.dispatcharr.processes.confined"
_NOISE: Final = re.compile(
    r"^(Using Python|Using CPython|Resolved|Prepared|Audited|warning: Failed to hardlink)"
)


def own_packages(
    root: Path,
    data: Path,
    spec: PluginSpec,
    log: PluginLog,
    *,
    host: Path,
    plugins: Path | None = None,
) -> Path | None:
    """The folder with the plugin's own packages, installed now if need be; ``None`` without any.

    :param root: the plugin's folder.
    :param data: its private data folder.
    :param host: the host's data directory.
    :param plugins: the folder of all plugins, whose names are none of packages.
    :raises PluginFailure: something that it declares cannot be installed; names the requirement.
    """
    manifest = {**_values(spec, "manifest"), **_values(spec, "manifest_values")}
    try:
        wanted = declared(root, manifest)
    except JackfieldError as error:
        raise PluginFailure(
            f"{error.file}: {error.message}", plugin=spec.slug, call="install requirements"
        ) from None
    for text in wanted.kept:
        log.warning(f"{wanted.origin}: {text}")
    more = guessed(root, plugins)
    if not wanted.lines and not more.lines:
        _sweep(data, None)
        return None
    if more.lines:
        log.info(f"imports packages that it does not declare: {', '.join(more.lines)}")
        both = Wanted((*wanted.lines, *more.lines), wanted.origin)
        try:
            return _site(both, root, data, spec, log, host)
        except PluginFailure as error:
            if not wanted.lines:
                log.warning(f"{error.message}; it is started without")
                return None
    return _site(wanted, root, data, spec, log, host)


def _values(spec: PluginSpec, name: str) -> dict[str, Any]:
    found = spec.details.get(name)
    return dict(found) if isinstance(found, Mapping) else {}


def _site(
    wanted: Wanted, root: Path, data: Path, spec: PluginSpec, log: PluginLog, host: Path
) -> Path:
    site = data / f"site-{_hash(wanted, root)}"
    if not (site / _DONE).is_file():
        data.mkdir(parents=True, exist_ok=True)
        fresh = data / f"{site.name}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(site, ignore_errors=True)
        try:
            _install(wanted, root, fresh, spec, log, host)
            (fresh / _DONE).write_text("\n".join(wanted.lines) + "\n")
            fresh.rename(site)
        except OSError as error:
            raise PluginFailure(
                f"its packages cannot be written: {error}",
                plugin=spec.slug,
                call="install requirements",
            ) from None
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    _sweep(data, site)
    return site


def _hash(wanted: Wanted, root: Path) -> str:
    parts = [*wanted.lines, sys.version, platform.machine(), platform.system(), str(root)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _sweep(data: Path, current: Path | None) -> None:
    """Remove what earlier versions of the plugin needed."""
    for path in data.glob("site-*") if data.is_dir() else ():
        if path != current:
            shutil.rmtree(path, ignore_errors=True)


def _install(
    wanted: Wanted, root: Path, target: Path, spec: PluginSpec, log: PluginLog, host: Path
) -> None:
    names = ", ".join(line for line in wanted.lines if not line.startswith("-"))
    log.info(f"installing {names}")
    cache = host / "cache" / "uv"
    temporary = target.with_name("tmp")
    for folder in (cache, temporary, target):
        folder.mkdir(parents=True, exist_ok=True)
    listed = temporary / "requirements.txt"
    listed.write_text("\n".join(_absolute(line, root) for line in wanted.lines) + "\n")
    command = [
        uv.find_uv_bin(), "pip", "install", "--python", sys.executable, "--target", str(target),
        "--no-progress", "--color", "never", "--link-mode", "copy", "-r", str(listed),
    ]  # fmt: skip
    if confinement.possible():
        home = Path.home()
        places = confinement.places(
            host=host,
            own_readable=(root, home / ".config" / "uv"),
            own_writable=(cache, temporary, target.parent),
        )
        command = [sys.executable, "-P", "-m", _CONFINED, json.dumps(places.to_dict()), *command]
    uv_own = {name: value for name, value in os.environ.items() if name.startswith("UV_")}
    environ = kept(os.environ) | uv_own
    environ |= {"UV_CACHE_DIR": str(cache), "TMPDIR": str(temporary), "NO_COLOR": "1"}
    status, said = _run(command, environ, root, log)
    listed.unlink(missing_ok=True)
    if status == 0:
        return
    culprit = named_in(said, wanted.lines)
    origin = f"{wanted.origin}: " if wanted.origin else ""
    why = "it took too long" if status is None else _reason(said)
    raise PluginFailure(
        f"{origin}the requirement {culprit!r} cannot be installed: {why}",
        plugin=spec.slug,
        call="install requirements",
        traceback=said[-4000:],
    )


def _absolute(line: str, root: Path) -> str:
    """Relative paths are meant from the plugin's folder, whence the list is not read."""
    match = re.match(r"(--find-links|-f|--requirement|-r|--constraint|-c)(?:[ =]+)(.+)", line)
    if match is not None and "://" not in match[2]:
        return f"{match[1]} {root / match[2].strip()}"
    if line.startswith(("./", "../")) or (
        not line.startswith(("-", "/")) and (root / line).exists()
    ):
        return str(root / line)
    return line


def _run(
    command: list[str], environ: Mapping[str, str], folder: Path, log: PluginLog
) -> tuple[int | None, str]:
    """Run the installer, its lines going to the plugin's log; status (``None``: overdue), text."""
    process = subprocess.Popen(  # noqa: S603 - the installer, with a list of requirements
        command,
        cwd=folder,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    timer = threading.Timer(INSTALL_S, _kill_all, (process,))
    timer.daemon = True
    timer.start()
    lines: list[str] = []
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            text = line.rstrip()
            if text:
                lines.append(text)
                if not _NOISE.match(text):
                    log.info(text)
    status = process.wait()
    overdue = not timer.is_alive()
    timer.cancel()
    return (None if overdue and status == -9 else status), "\n".join(lines)


def _kill_all(process: subprocess.Popen[str]) -> None:
    """End it with all that it started: a package that is built may wait for ever, and hold the
    output open."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _reason(said: str) -> str:
    """What the installer says, as one line."""
    lines = [re.sub(r"^[\s×╰─▶│├·error:]+", "", line).strip() for line in said.splitlines()]
    kept_lines = [line for line in lines if line and not _NOISE.match(line)]
    return " ".join(kept_lines)[:600] or "the installer says nothing"
