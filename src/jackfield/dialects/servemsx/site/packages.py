"""``/install``: packages come and go.

Source: servemsx spec 9. The original removes the old plugin before it opens the package, and
unpacks wherever the package says; here a package is checked as a whole, and the old plugin makes
way only for a complete new one.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
from pathlib import Path

from starlette.responses import Response

from jackfield.dialects.servemsx.home import Home
from jackfield.dialects.servemsx.package import SUFFIX, package_name, slug_of
from jackfield.dialects.servemsx.site.access import Access
from jackfield.dialects.servemsx.site.answers import reply
from jackfield.dialects.servemsx.site.ask import Ask, Upload
from jackfield.dialects.servemsx.site.faults import Fault
from jackfield.dialects.servemsx.site.plugin_list import DIALECT, PluginList
from jackfield.errors import ArchiveError, Conflict, NotFound
from jackfield.plugins.archive import Archive
from jackfield.plugins.registry import Registry
from jackfield.store.failures import surroundings


class Packages:
    """Installs into one home's ``plugins/`` or, without an installation, into the registry."""

    def __init__(self, home: Home, plugins: PluginList, access: Access) -> None:
        self._home = home
        self._plugins = plugins
        self._access = access
        self._lock = threading.Lock()

    def __call__(self, ask: Ask) -> Response:
        """Install the form's ``file``, or remove the plugin named by ``remove``."""
        if ask.method != "POST":
            raise Fault(404)
        self._access.require_operator(ask)
        if name := ask.value("remove"):
            with self._lock:
                self._remove(name)
            return reply("true")
        upload = ask.files.get("file")
        if upload is None:
            is_form = ask.header("content-type").lower().startswith("multipart/form-data")
            missing = "http: no such file"
            raise Fault(missing if is_form else "request Content-Type isn't multipart/form-data")
        if not upload.filename.endswith(SUFFIX):
            raise Fault(400)
        with self._lock:
            try:
                self._install(upload)
            except ArchiveError as error:
                raise Fault(str(error)) from None
        return reply("true")

    def _install(self, upload: Upload) -> None:
        file_name = upload.filename.replace("\\", "/").rpartition("/")[2]
        name, _ = package_name(file_name)
        registry = self._registry()
        if self._home.plugins is None:
            self._install_in_registry(registry, name, file_name, upload.content)
        else:
            self._install_in_home(registry, self._home.plugins, name, file_name, upload.content)

    def _registry(self) -> Registry:
        if self._plugins.registry is None:
            raise Fault("this host takes no plugins")
        return self._plugins.registry

    # -- the registry ---------------------------------------------------------------------------

    @staticmethod
    def _install_in_registry(registry: Registry, name: str, file_name: str, content: bytes) -> None:
        slug = slug_of(name)
        with tempfile.TemporaryDirectory(prefix="jackfield-upload-") as folder:
            package = Path(folder) / file_name
            package.write_bytes(content)
            try:
                registry.spec(slug)
            except NotFound:
                registry.install(package, dialect=DIALECT)
            else:
                registry.update(slug, package)
        # As with the original, whoever installs a plugin here lets it do what it does. The host's
        # own administration takes single permissions back.
        registry.enable(slug, "all")

    # -- an existing installation ---------------------------------------------------------------

    def _install_in_home(
        self, registry: Registry, plugins: Path, name: str, file_name: str, content: bytes
    ) -> None:
        slug, target = slug_of(name), plugins / name
        ours = self._in_place(registry, slug, target)
        with surroundings(target, "cannot install the plugin"):
            plugins.mkdir(exist_ok=True)
            # Beside plugins/, not in it: whatever lies there counts as a plugin.
            fresh = self._home.folder / f".installing-{secrets.token_hex(6)}"
            try:
                with Archive(content, file_name) as archive:
                    if not archive.names():
                        raise ArchiveError("there is no file in it", file=file_name)
                    archive.unpack(fresh)
                self._swap(fresh, target)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
        self._plugins.forget(name)
        if ours:
            if registry.get(slug).enabled:
                registry.reload(slug)
        else:
            self._plugins.adopt(name)

    def _swap(self, fresh: Path, target: Path) -> None:
        old = self._home.folder / f".removing-{secrets.token_hex(6)}"
        there = target.exists() or target.is_symlink()
        if there:
            target.rename(old)
        try:
            fresh.rename(target)
        except OSError:
            if there:
                old.rename(target)
            raise
        _delete(old)

    @staticmethod
    def _in_place(registry: Registry, slug: str, folder: Path) -> bool:
        """Whether the registry has the plugin of that folder.

        :raises Conflict: it has another one of that name.
        """
        try:
            found = registry.folder(slug)
        except NotFound:
            return False
        if found != folder.resolve():
            raise Conflict(
                "the host has a plugin of this name, which does not lie in this installation",
                plugin=slug,
                hint="uninstall that one first",
            )
        return True

    # -- removing -------------------------------------------------------------------------------

    def _remove(self, name: str) -> None:
        if name in (".", "..") or any(character in name for character in "/\\\0"):
            raise Fault(400)
        registry, slug = self._registry(), slug_of(name)
        state = next((one for one in self._plugins.states() if one.slug == slug), None)
        if self._home.plugins is None:
            if state is not None:
                registry.uninstall(slug)
            return
        target = self._home.plugins / name
        if state is not None and self._in_place(registry, slug, target):
            registry.uninstall(slug)
        if target.exists() or target.is_symlink():
            old = self._home.folder / f".removing-{secrets.token_hex(6)}"
            with surroundings(target, "cannot remove the plugin"):
                target.rename(old)
            _delete(old)
        self._plugins.forget(name)


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
