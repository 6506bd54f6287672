"""Which third-party packages a plugin needs: what it declares, and what it just imports.

Declared is ``requirements.txt``, ``requirements`` (or ``dependencies``) of ``plugin.json`` and
``project.dependencies`` of ``pyproject.toml``. The original knows none of these and has a fixed set
of packages; plugins that rely on one of that set, or on one of some well-known others, get it.
"""

from __future__ import annotations

import importlib.util
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from jackfield.dialects.dispatcharr.source.imports import imports_in
from jackfield.errors import ManifestError
from jackfield.plugins.syntax_trees import parsed

REQUIREMENTS: Final = "requirements.txt"
PYPROJECT: Final = "pyproject.toml"
MANIFEST: Final = "plugin.json"

WELL_KNOWN: Final = {
    "PIL": "Pillow", "aiohttp": "aiohttp", "apprise": "apprise", "av": "av",
    "bs4": "beautifulsoup4", "cv2": "opencv-python-headless", "dacite": "dacite",
    "dateutil": "python-dateutil", "feedparser": "feedparser", "gevent": "gevent",
    "httpx": "httpx", "icalendar": "icalendar", "jinja2": "Jinja2", "lxml": "lxml",
    "m3u8": "m3u8", "num2words": "num2words", "numpy": "numpy", "paho": "paho-mqtt",
    "pandas": "pandas", "psutil": "psutil", "pydantic": "pydantic", "pytz": "pytz",
    "pyttsx3": "pyttsx3", "rapidfuzz": "rapidfuzz", "regex": "regex", "requests": "requests",
    "streamlink": "streamlink", "telegram": "python-telegram-bot", "thefuzz": "thefuzz",
    "tzlocal": "tzlocal", "unidecode": "Unidecode", "websocket": "websocket-client",
    "word2number": "word2number", "xmltodict": "xmltodict", "yaml": "PyYAML", "yt_dlp": "yt-dlp",
    "zoneinfo_data": "tzdata",
}  # fmt: skip
"""Module → the package that brings it."""

EVERYWHERE: Final = frozenset({"gevent"})
"""Modules that every installation of the original has. A plugin that catches the error of such an
import does so for tests, and cannot do its work without (dispatcharr spec 4.3)."""

PROTECTED: Final = frozenset(
    {"django", "celery", "kombu", "billiard", "django-celery-beat", "jackfield", "msgspec"}
)
"""What the process itself stands on: always the host's own version."""

PROVIDED: Final = frozenset({"dispatcharr"})
"""What the host takes the place of. No index is asked for it: whatever bears its name there is not
the application that the plugin means."""

_OF_THE_HOST: Final = frozenset({"apps", "core", "dispatcharr", "version", "plugins"})
_MAX_FILES: Final = 500
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What has to be installed for a plugin.

    :ivar lines: requirements and options, as a requirements file has them.
    :ivar origin: the file that says so, for messages; empty for what is guessed from imports.
    :ivar kept: declared requirements that are the host's matter, each with why.
    """

    lines: tuple[str, ...] = ()
    origin: str = ""
    kept: tuple[str, ...] = ()


def declared(root: Path, manifest: dict[str, Any]) -> Wanted:
    """What the plugin's files ask for that is not there already.

    :param manifest: ``plugin.json``, or what was kept of it.
    :raises ManifestError: a file is not readable, or a requirement is none.
    """
    asked = asked_for(root, manifest)
    lines = [line for _, line in asked]
    origins = dict.fromkeys(file for file, _ in asked)
    kept: list[str] = []
    needed = [line for line in dict.fromkeys(lines) if not _is_there(line, root, kept)]
    only_options = all(line.startswith("-") for line in needed)
    return Wanted(() if only_options else tuple(needed), ", ".join(origins), tuple(kept))


def guessed(root: Path, plugins: Path | None = None) -> Wanted:
    """Packages for imports that nothing installed satisfies, as far as they are well known.

    An import that may fail, since its ``ImportError`` is caught, asks for nothing, unless it is of
    :data:`EVERYWHERE`.
    """
    own = {path.stem for path in root.iterdir()} | {root.name}
    if plugins is not None and plugins.is_dir():
        own |= {path.name for path in plugins.iterdir()}
    needed: dict[str, None] = {}
    for module in sorted(set(_imports(root))):
        package = WELL_KNOWN.get(module)
        if package is None or module in own | _OF_THE_HOST or module in sys.stdlib_module_names:
            continue
        if not _can_import(module):
            needed[package] = None
    return Wanted(tuple(needed))


def asked_for(root: Path, manifest: dict[str, Any]) -> list[tuple[str, str]]:
    """What the plugin's files ask for, each line with its file, whatever is there already.

    :raises ManifestError: a file is not readable.
    """
    found: list[tuple[str, str]] = []
    file = root / REQUIREMENTS
    if file.is_file():
        try:
            found += [(REQUIREMENTS, line) for line in _lines(file.read_text("utf-8-sig"))]
        except (OSError, ValueError) as error:
            raise _wrong(root, REQUIREMENTS, f"is not readable: {error}") from None
    for name in ("requirements", "dependencies"):
        listed = manifest.get(name)
        if listed is None:
            continue
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            if name == "requirements":
                raise _wrong(root, MANIFEST, f"{name}: expected a list of texts, found {listed!r}")
            continue  # in some plugins it means other plugins
        found += [(MANIFEST, one.strip()) for one in listed if one.strip()]
    return found + [(PYPROJECT, one) for one in _of_pyproject(root)]


# -- files ----------------------------------------------------------------------------------------


def _lines(text: str) -> list[str]:
    joined = text.replace("\\\r\n", " ").replace("\\\n", " ")
    found = (re.sub(r"(^|\s)#.*$", "", line).strip() for line in joined.splitlines())
    return [line for line in found if line]


def _of_pyproject(root: Path) -> list[str]:
    file = root / PYPROJECT
    if not file.is_file():
        return []
    try:
        project = tomllib.loads(file.read_text("utf-8")).get("project", {})
    except (OSError, ValueError) as error:
        raise _wrong(root, PYPROJECT, f"is not readable: {error}") from None
    listed = project.get("dependencies", []) if isinstance(project, dict) else []
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise _wrong(root, PYPROJECT, "project.dependencies: expected a list of texts")
    return list(listed)


def _is_there(line: str, root: Path, kept: list[str]) -> bool:
    """Whether nothing has to be installed for this line."""
    if line.startswith(("-", ".", "/")) or "://" in line.partition(" ")[0]:
        return False
    try:
        requirement = Requirement(re.sub(r"\s--hash=\S+", "", line))
    except InvalidRequirement as error:
        if (root / line).exists():
            return False
        raise _wrong(root, REQUIREMENTS, f"{line!r} is no requirement: {error}") from None
    if requirement.marker is not None and not requirement.marker.evaluate():
        return True
    name = canonicalize_name(requirement.name)
    if name in PROVIDED:
        return True
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    fits = requirement.specifier.contains(version, prereleases=True)
    if name in PROTECTED:
        if not fits:
            kept.append(f"{line} is asked for; the host's {name} {version} is used")
        return True
    return fits and not requirement.extras and requirement.url is None


def _wrong(root: Path, file: str, message: str) -> ManifestError:
    return ManifestError(message, plugin=root.name, file=file)


# -- imports --------------------------------------------------------------------------------------


def _imports(root: Path) -> Iterator[str]:
    """Top-level names of the modules that its files import and must have."""
    for number, file in enumerate(sorted(root.rglob("*.py"))):
        if number >= _MAX_FILES:
            return
        try:
            tree = parsed(file.read_bytes())
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue
        for one in imports_in(tree):
            if not one.level and (one.top in EVERYWHERE or not one.guarded):
                yield one.top


def _can_import(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def named_in(text: str, lines: tuple[str, ...]) -> str:
    """The first of the requirements whose package a message of the installer names."""
    flat = canonicalize_name(text)
    for line in lines:
        match = _NAME.match(line)
        if match is not None and canonicalize_name(match[0]) in flat:
            return line
    return ", ".join(line for line in lines if not line.startswith("-"))
