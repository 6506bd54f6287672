"""From a plugin's files to its :class:`PluginSpec`: the class and ``plugin.json`` put together.

No code of the plugin runs. What its code computes is filled in by :func:`described`, once it runs.
Source: dispatcharr spec 2.1 (precedence), 2.3 to 2.5.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

from jackfield.dialects.dispatcharr import static_reading
from jackfield.dialects.dispatcharr.actions import core_actions
from jackfield.dialects.dispatcharr.era import Era, current_era
from jackfield.dialects.dispatcharr.fields import setting_fields
from jackfield.dialects.dispatcharr.layout import (
    ENTRY,
    MANIFEST,
    Place,
    at_top,
    choose,
    drop_in_key,
    import_key,
    logo_in,
    module_name,
    slug_of,
)
from jackfield.dialects.dispatcharr.literals import UNKNOWN
from jackfield.dialects.dispatcharr.plain import Notes, to_plain
from jackfield.dialects.dispatcharr.source.modules import SOURCE_CAP
from jackfield.dialects.dispatcharr.static_reading import ATTRIBUTES, ClassReading
from jackfield.errors import InvalidInput, ManifestError
from jackfield.plugins.files import FolderFiles, PluginFiles
from jackfield.plugins.permissions import Permission
from jackfield.plugins.settings import SettingsSchema
from jackfield.plugins.spec import PluginSpec

DIALECT: Final = "dispatcharr"
PERMISSION: Final = "dispatcharr.full"
MANIFEST_CAP: Final = 1024 * 1024
INSTRUCTIONS: Final = ("README.md", "readme.md", "Readme.md")

PLUGINS_FOLDERS: Final[set[Path]] = set()
"""The plugins folders of this process's hosts. What lies there directly is listed even if it is
broken, with ``details["error"]`` saying why it cannot run."""

_TEXTS: Final = ("name", "version", "description", "author", "help_url")
_ALSO_KEPT: Final = ("min_dispatcharr_version", "max_dispatcharr_version", "license", "repo_url",
                     "requirements", "dependencies")  # fmt: skip
_FOREIGN: Final = frozenset({"plugin.manifest.json", "setup.py"})
_FOREIGN_MARKS: Final = ("__plugin_implementation__", "__plugin_load__", "octoprint")


def recognises(files: PluginFiles) -> bool:
    """Whether these files look like a plugin of Dispatcharr. Never raises."""
    try:
        names = files.names()
        place = choose(names)
        if place is None or any(place.file(name) in names or name in names for name in _FOREIGN):
            return False
        if any("/" not in name and name.endswith(".tengo") for name in names):
            return False
        source = files.read(place.file(place.entry), cap=SOURCE_CAP)
        if any(mark in source.decode("utf-8", "replace") for mark in _FOREIGN_MARKS):
            return False
        return (
            place.file(MANIFEST) in names
            or static_reading.defines_plugin(files, place)
            or b"class Plugin" in source  # with a mistake in it, which reading it names
        )
    except (InvalidInput, OSError):
        return False


def read(files: PluginFiles, *, era: Era | None = None) -> PluginSpec:
    """What a plugin's files say of it.

    ``details`` are ``key``; ``folder`` and ``entry``, where the plugin lies among its files;
    ``module``, what it is imported as; ``has_manifest``; ``fields`` and ``actions`` as the author
    wrote them; ``dynamic``, the attributes that are read anew each time; ``unknown``, what only
    the running plugin tells; ``has_run`` and ``has_stop``, ``None`` where the source does not
    tell; ``manifest``, further texts of ``plugin.json``; ``texts``, the attributes that show;
    ``error``, why a plugin in :data:`PLUGINS_FOLDERS` cannot run, naming file and line.

    :raises ManifestError: there is no plugin, its source is no Python, or it has no ``Plugin``
        class; in the seed's era also one without ``run``. Names file and line.
    """
    try:
        return _read(files, era or current_era())
    except OSError as error:  # gone or changed while it is read
        raise ManifestError(
            f"cannot be read: {error.strerror or error}", plugin=files.source
        ) from None


def _read(files: PluginFiles, era: Era) -> PluginSpec:
    names = files.names()
    place = _place(files, names)
    if place is None:
        raise ManifestError(
            "has no plugin.py and no __init__.py",
            plugin=files.source,
            hint="expected one of them, with a class Plugin",
        )
    key = _key(files, place, era)
    notes = Notes(place.file(place.entry))
    error = ""
    try:
        found = static_reading.read_class(files, place, plugin=key)
        notes.file = place.file(found.file)
        _check_run(found, place, key, era, notes)
    except ManifestError as problem:
        if not _is_dropped_in(files):
            raise
        error = f"{problem.file}: {problem.message}" if problem.file else problem.message
        notes.warnings.append(f"cannot run: {error}")
        found = ClassReading(place.entry)
    manifest = _manifest(files, place, names, notes)
    reading = _Reading(
        key=key,
        place=place,
        found=found,
        manifest=manifest,
        icon=logo_in(names, place),
        instructions=next((place.file(n) for n in INSTRUCTIONS if place.file(n) in names), None),
        module=module_name(key, place.entry, era),
        error=error,
    )
    return _spec(reading, notes)


def described(spec: PluginSpec, about: Mapping[str, Any]) -> PluginSpec:
    """The fuller spec of a plugin that runs.

    :param about: its attributes as its instance has them: any of ``name``, ``version``,
        ``description``, ``author``, ``help_url``, ``fields`` and ``actions``; plain JSON.
    """
    notes = Notes(str(spec.details.get("file", ENTRY)))
    values = {
        name: plain
        for name in ATTRIBUTES
        if name in about and (plain := to_plain(about[name], name, notes)) is not UNKNOWN
    }
    manifest = dict(spec.details.get("manifest_values") or {})
    return _put_together(spec, values, manifest or None, notes, running=True)


# -- inside ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reading:
    key: str
    place: Place
    found: ClassReading
    manifest: dict[str, Any] | None
    icon: str | None
    instructions: str | None
    module: str
    error: str


def _is_dropped_in(files: PluginFiles) -> bool:
    return isinstance(files, FolderFiles) and files.folder.resolve().parent in PLUGINS_FOLDERS


def _place(files: PluginFiles, names: list[str]) -> Place | None:
    own = isinstance(files, FolderFiles) and files.folder.name == files.source
    # The folder of a plugin is it, whatever lies deeper; what was unpacked is looked through.
    return (at_top(names) if own else None) or choose(names)


def _key(files: PluginFiles, place: Place, era: Era) -> str:
    if not isinstance(files, FolderFiles):
        stem = files.source.rpartition(".")[0] or files.source
        name = PurePosixPath(place.folder).name or stem
        # Unpacked, it is known by its slug alone.
        return slug_of(import_key(name, era))
    if files.folder.name == files.source and place.folder:
        return slug_of(import_key(PurePosixPath(place.folder).name, era))
    return drop_in_key(files.source)


def _manifest(
    files: PluginFiles, place: Place, names: list[str], notes: Notes
) -> dict[str, Any] | None:
    """``plugin.json``; ``None`` when there is none that can be used."""
    file = place.file(MANIFEST)
    if file not in names:
        return None
    try:
        value = json.loads(files.read(file, cap=MANIFEST_CAP).decode("utf-8-sig"))
    except InvalidInput as error:
        notes.warnings.append(f"{file}: {error.message}; it is left out")
        return None
    except (ValueError, RecursionError) as error:
        notes.warnings.append(f"{file}: is not readable: {error}; it is left out")
        return None
    if not isinstance(value, dict):
        Notes(file, warnings=notes.warnings).wrong("the manifest", value, "an object")
        return None
    own = Notes(file, warnings=notes.warnings)
    found: dict[str, Any] = {}
    for key in (*_TEXTS, *_ALSO_KEPT, "fields", "actions"):
        if key not in value:
            continue
        if key in _TEXTS and not isinstance(value[key], str):
            own.wrong(key, value[key], "a text")
        elif key in ("fields", "actions") and not isinstance(value[key], list):
            own.wrong(key, value[key], "a list")
        else:
            found[key] = to_plain(value[key], key, own)
    return found


def _check_run(found: ClassReading, place: Place, key: str, era: Era, notes: Notes) -> None:
    if found.has_run is not False:
        return
    if era == "seed":
        raise ManifestError(
            f"line {found.line}: class Plugin has no method run",
            plugin=key,
            file=place.file(found.file),
            hint="expected run(self, action, params, context)",
        )
    notes.warnings.append(
        f"{place.file(found.file)}: line {found.line}: class Plugin has no method run, so none of "
        "its actions works"
    )


def _spec(reading: _Reading, notes: Notes) -> PluginSpec:
    values: dict[str, Any] = {}
    for name, value in reading.found.values.items():
        plain = to_plain(_identified(value), name, notes)
        if plain is not UNKNOWN:
            values[name] = plain
    unknown = [*notes.unknown]
    if not reading.found.line and not reading.error:
        unknown.append("the class")
    if unknown:
        notes.warnings.append(
            f"{notes.file}: known only once the plugin runs: {', '.join(unknown[:10])}"
            + (" …" if len(unknown) > 10 else "")
        )
    bare = PluginSpec(
        dialect=DIALECT,
        slug=slug_of(reading.key),
        name=reading.key,
        version="",
        permissions=(Permission(PERMISSION),),
        icon=reading.icon,
        instructions=reading.instructions,
        details={
            "key": reading.key,
            "folder": reading.place.folder,
            "entry": reading.place.entry,
            "file": notes.file,
            "module": reading.module,
            "has_manifest": reading.manifest is not None,
            "manifest_values": reading.manifest or {},
            "manifest": {k: (reading.manifest or {})[k] for k in _ALSO_KEPT
                         if k in (reading.manifest or {})},
            "dynamic": list(reading.found.dynamic),
            "unknown": unknown,
            "has_run": reading.found.has_run,
            "has_stop": reading.found.has_stop,
            "error": reading.error,
        },
    )  # fmt: skip
    return _put_together(bare, values, reading.manifest, notes, running=False)


def _identified(value: Any) -> Any:
    """A list without what is known but for its id: nobody could call it anything."""
    if not isinstance(value, list | tuple):
        return value
    return [UNKNOWN if isinstance(one, dict) and one.get("id") is UNKNOWN else one for one in value]


def _put_together(
    spec: PluginSpec,
    values: Mapping[str, Any],
    manifest: Mapping[str, Any] | None,
    notes: Notes,
    *,
    running: bool,
) -> PluginSpec:
    """The class's values over the manifest's, which fill what the class leaves empty."""
    key = str(spec.details["key"])
    texts: dict[str, str] = {}
    for name in _TEXTS:
        own = _text(values.get(name), name, notes)
        theirs = str((manifest or {}).get(name, ""))
        texts[name] = (own or theirs) if own is not None else theirs
        if name == "name" and own is None and not theirs:
            texts[name] = key
    lists = {}
    for name in ("fields", "actions"):
        own_list = _list(values.get(name), name, notes)
        lists[name] = own_list or list((manifest or {}).get(name) or ())
    unknown = [] if running else list(spec.details.get("unknown", ()))
    return replace(
        spec,
        name=texts["name"] or key,
        version=texts["version"],
        description=texts["description"],
        author=texts["author"],
        homepage=texts["help_url"],
        settings=SettingsSchema(setting_fields(lists["fields"], notes), open=True),
        actions=core_actions(lists["actions"], lists["fields"], notes),
        warnings=tuple(dict.fromkeys(notes.warnings)),
        details={**spec.details, **lists, "texts": texts, "unknown": unknown},
    )


def _text(value: Any, name: str, notes: Notes) -> str | None:
    if value is None or isinstance(value, str):
        return value
    notes.wrong(name, value, "a text")
    return str(value) if isinstance(value, int | float) else None


def _list(value: Any, name: str, notes: Notes) -> list[Any]:
    if value is None or isinstance(value, list):
        return value or []
    notes.wrong(name, value, "a list")
    return []
