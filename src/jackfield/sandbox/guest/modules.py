"""A plugin's own files as importable modules, read from memory."""

import importlib.abc
import importlib.util
import linecache
import sys


def remember_source(filename, source):
    """Let tracebacks show the lines of `source`, as if `filename` were a file."""
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)


class PluginModules(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds and loads ``{dotted name: [filename, source, is package]}``."""

    def __init__(self):
        self._files = {}

    def install(self, files):
        """Make `files` importable. As with a script's folder on `sys.path`, they win over a
        library module of the same name."""
        self._files = files
        own = {name.partition(".")[0] for name in files}
        for name in [n for n in sys.modules if n.partition(".")[0] in own]:
            del sys.modules[name]
        for filename, source, _ in files.values():
            remember_source(filename, source)
        if files and self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def find_spec(self, name, path=None, target=None):
        if name not in self._files:
            return None
        filename, _, is_package = self._files[name]
        spec = importlib.util.spec_from_loader(
            name, self, origin=filename, is_package=bool(is_package)
        )
        spec.has_location = True
        return spec

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        filename, source, _ = self._files[module.__name__]
        exec(compile(source, filename, "exec"), module.__dict__)

    def get_source(self, name):
        return self._files[name][1]
