"""Make ``engine.wasm``: CPython, its library, the guest and the author SDKs in one component.

Run by the package's build hook, and by hand as ``python -m jackfield.sandbox.build`` after a change
to the guest or an SDK. Needs componentize-py and tzdata; uses nothing else of Jackfield, because
the build hook loads this file before the package is installed.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

SANDBOX = Path(__file__).resolve().parent
GUEST = SANDBOX / "guest"
SOURCES = SANDBOX.parent.parent
WASM = SANDBOX / "engine.wasm"
# Says what engine.wasm is, so that nobody needs to read 28 MB to know: {inputs, sha256, size}.
STAMP = SANDBOX / "engine.json"
GUEST_PACKAGE = "jackfield_guest"
APP = "jackfield_engine"


class BuildError(Exception):
    """The engine could not be built; the text says why."""


def sdk_names() -> list[str]:
    """The SDK packages named in ``guest/preload.py``, read without running it."""
    for node in ast.parse((GUEST / "preload.py").read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SDKS":
            return [str(name) for name in ast.literal_eval(node.value)]
    raise BuildError(f"{GUEST / 'preload.py'} does not define SDKS")


def input_files() -> list[Path]:
    """Every source file that ends up in the engine, in a fixed order."""
    files = [path for path in GUEST.iterdir() if path.suffix in {".py", ".wit"}]
    for name in sdk_names():
        files += (SOURCES / name).rglob("*.py")
    return sorted(files)


def inputs_digest() -> str:
    """What the engine depends on, as one hash: sources and the tools' versions."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for tool in ("componentize-py", "tzdata"):
        digest.update(f"{tool}={importlib.metadata.version(tool)}\n".encode())
    for path in input_files():
        digest.update(f"{path.relative_to(SOURCES)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def read_stamp() -> dict[str, Any] | None:
    """What the present ``engine.wasm`` is, or None when there is no complete one."""
    try:
        stamp: dict[str, Any] = json.loads(STAMP.read_text())
        if WASM.stat().st_size != stamp["size"]:
            return None
    except (OSError, ValueError, KeyError):
        return None
    return stamp


def build(*, force: bool = False, sdks: bool = True, verbose: bool = False) -> bool:
    """Bring ``engine.wasm`` up to date; True when it had to be made anew.

    :param sdks: bake the author SDKs; without them, for work on the engine alone.
    :raises BuildError: a tool is missing or the guest does not import.
    """
    try:
        inputs = inputs_digest() if sdks else "without SDKs"
    except importlib.metadata.PackageNotFoundError as error:
        raise BuildError(f"building the sandbox engine needs the package {error.name}") from None
    stamp = read_stamp()
    if not force and stamp is not None and stamp["inputs"] == inputs:
        return False
    with tempfile.TemporaryDirectory(prefix="jackfield-engine-") as folder:
        made = _componentize(_stage(Path(folder), sdks=sdks), verbose=verbose)
        content = made.read_bytes()
        _replace(WASM, content)
    sha256 = hashlib.sha256(content).hexdigest()
    stamp = {"inputs": inputs, "sha256": sha256, "size": len(content)}
    _replace(STAMP, (json.dumps(stamp) + "\n").encode())
    return True


def _stage(folder: Path, *, sdks: bool) -> Path:
    """Lay out what the guest may import, and nothing else."""
    package = folder / GUEST_PACKAGE
    ignore = shutil.ignore_patterns("__pycache__", "*.wit", "app.py")
    shutil.copytree(GUEST, package, ignore=ignore)
    shutil.copy(GUEST / "app.py", folder / f"{APP}.py")
    shutil.copy(GUEST / "engine.wit", folder / "engine.wit")
    (package / "_tzdata.py").write_text(f"ZONES = {_zones()!r}\n")
    for name in sdk_names() if sdks else []:
        if (SOURCES / name).is_dir():
            shutil.copytree(SOURCES / name, folder / name, ignore=ignore)
    return folder


def _zones() -> dict[str, bytes]:
    """The time zone files of the tzdata package: ``{"Europe/Berlin": b"TZif..."}``."""
    root = resources.files("tzdata")
    names = root.joinpath("zones").read_text().split()
    return {name: root.joinpath("zoneinfo", *name.split("/")).read_bytes() for name in names}


def _componentize(folder: Path, *, verbose: bool) -> Path:
    # A virtual environment must not leak into the guest's import path.
    environment = {k: v for k, v in os.environ.items() if k not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    environment["RUST_BACKTRACE"] = "0"
    command = [_tool(), "-d", "engine.wit", "-w", "engine", "componentize", APP]
    command += ["-p", ".", "-o", "engine.wasm"]
    done = subprocess.run(  # noqa: S603 - our own arguments
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BuildError(f"componentize-py failed:\n{done.stdout}{done.stderr}")
    if verbose:
        sys.stderr.write(done.stderr)
    return folder / "engine.wasm"


def _tool() -> str:
    """The componentize-py of this very environment, else the one on the PATH."""
    candidates = [Path(sysconfig.get_path("scripts")), Path(sys.executable).parent]
    spec = importlib.util.find_spec("componentize_py")
    if spec is not None and spec.origin:
        # <environment>/lib/pythonX.Y/site-packages/componentize_py/__init__.py
        candidates.append(Path(spec.origin).parents[4] / "bin")
    for folder in candidates:
        if (folder / "componentize-py").exists():
            return str(folder / "componentize-py")
    found = shutil.which("componentize-py")
    if found is None:
        raise BuildError("building the sandbox engine needs the command componentize-py")
    return found


def _replace(path: Path, content: bytes) -> None:
    """Write by renaming, so that a reader sees the old file or the new one, never half of it."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_bytes(content)
    part.replace(path)


def main() -> None:
    """``python -m jackfield.sandbox.build [--force] [--without-sdks]``."""
    parser = argparse.ArgumentParser(prog="jackfield.sandbox.build", description=main.__doc__)
    parser.add_argument("--force", action="store_true", help="build even if nothing changed")
    parser.add_argument("--without-sdks", action="store_true", help="leave author SDKs out")
    arguments = parser.parse_args()
    try:
        made = build(force=arguments.force, sdks=not arguments.without_sdks, verbose=True)
    except BuildError as error:
        sys.exit(str(error))
    sys.stdout.write(f"{WASM}: {'built' if made else 'up to date'}\n")


if __name__ == "__main__":
    main()
