"""What a plugin's ``Plugin`` class says of itself, read from its source without running it.

Understood are constants, lists and dictionaries of them, simple concatenation and f-strings,
names of the module or of the plugin's other modules, base classes among its own files, what
``__init__`` assigns to ``self``, and properties that build such values step by step. Everything
else is known only once the plugin runs (:data:`~.literals.UNKNOWN`).

Source: dispatcharr spec 2.2 (entry choice) and 2.3 (attributes).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from jackfield.dialects.dispatcharr.layout import ENTRY, PACKAGE_ENTRY, Place
from jackfield.dialects.dispatcharr.source.classes import Class
from jackfield.dialects.dispatcharr.source.modules import Modules
from jackfield.errors import InvalidInput, ManifestError
from jackfield.plugins.files import PluginFiles

CLASS: Final = "Plugin"
ATTRIBUTES: Final = ("name", "version", "description", "author", "help_url", "fields", "actions")


@dataclass(frozen=True, slots=True)
class ClassReading:
    """What the source says.

    :ivar file: where the class stands, relative to the plugin.
    :ivar values: attribute → value; an attribute that is not set is not there. A value may hold
        :data:`~.literals.UNKNOWN`.
    :ivar dynamic: attributes that are computed anew whenever they are read (properties).
    :ivar has_run: whether there is ``run``; ``None`` where the source does not tell.
    :ivar has_stop: the same of ``stop``.
    """

    file: str
    line: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    dynamic: tuple[str, ...] = ()
    has_run: bool | None = None
    has_stop: bool | None = None


def read_class(files: PluginFiles, place: Place, *, plugin: str) -> ClassReading:
    """Read the ``Plugin`` class: of ``plugin.py`` or, where that has none, of the package.

    :raises ManifestError: no such class, or a file that is no Python; naming file and line.
    """
    modules = Modules(files, place, plugin)
    problem: ManifestError | None = None
    for entry in (ENTRY, PACKAGE_ENTRY):
        if not modules.has(entry):
            continue
        try:
            module = modules.load(entry)
            found = module.find_class(CLASS)
            if found is not None:
                return _reading(found)
            if module.may_define(CLASS):
                return ClassReading(entry)
            raise ManifestError(
                f"defines no class {CLASS!r}",
                plugin=plugin,
                file=place.file(entry),
                hint=f"expected 'class {CLASS}:' with a method run(self, action, params, context)",
            )
        except ManifestError as error:
            problem = problem or error
    if problem is None:
        raise ManifestError(
            f"has neither {ENTRY} nor {PACKAGE_ENTRY}", plugin=plugin, file=place.folder or None
        )
    raise problem


def defines_plugin(files: PluginFiles, place: Place) -> bool:
    """Whether an entry file binds the name ``Plugin``. Never raises."""
    modules = Modules(files, place, files.source)
    for entry in (ENTRY, PACKAGE_ENTRY):
        try:
            if modules.has(entry) and CLASS in modules.load(entry).bindings:
                return True
        except InvalidInput:
            continue
    return False


def _reading(found: Class) -> ClassReading:
    values: dict[str, Any] = {}
    for name in ATTRIBUTES:
        if found.has(name):
            values[name] = found.value(name)
    return ClassReading(
        file=found.module.path,
        line=found.node.lineno,
        values=values,
        dynamic=tuple(name for name in ATTRIBUTES if found.is_property(name)),
        has_run=found.has_method("run"),
        has_stop=found.has_method("stop"),
    )
