"""A plugin's source files in the form the guest loads."""

from __future__ import annotations

from collections.abc import Mapping

from jackfield.sandbox.errors import SandboxError

# dotted name -> (file name for tracebacks, source, is a package)
ModuleFiles = dict[str, tuple[str, str, bool]]


def module_files(modules: Mapping[str, str], *, plugin: str) -> ModuleFiles:
    """Bring a plugin's own modules into one form.

    Keys are paths (``"helpers.py"``, ``"pkg/__init__.py"``, ``"pkg/sub.py"``) or dotted names
    (``"helpers"``, ``"pkg.sub"``); a name that has others below it is a package, and a package
    without source of its own exists as an empty one.

    :raises SandboxError: a key is no module name, or two keys name one module.
    """
    files: ModuleFiles = {}
    for key, source in modules.items():
        if key.endswith(".py"):
            dotted = key.removesuffix(".py").replace("/", ".")
            is_package = dotted.endswith(".__init__")
            dotted, filename = dotted.removesuffix(".__init__"), key
        else:
            dotted, is_package = key, any(other.startswith(f"{key}.") for other in modules)
            filename = key.replace(".", "/") + ("/__init__.py" if is_package else ".py")
        if not all(part.isidentifier() for part in dotted.split(".")):
            raise SandboxError(f"{key!r} does not name a Python module", plugin=plugin)
        if dotted in files:
            raise SandboxError(f"the module {dotted} is there twice", plugin=plugin, file=key)
        files[dotted] = (filename, source, is_package)
    for dotted in list(files):
        parent = dotted.rpartition(".")[0]
        while parent:
            name, source, _ = files.get(parent, (parent.replace(".", "/") + "/__init__.py", "", 1))
            files[parent] = (name, source, True)
            parent = parent.rpartition(".")[0]
    return files
