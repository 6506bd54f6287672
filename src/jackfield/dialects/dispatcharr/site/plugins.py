"""``/api/plugins/plugins/…``: list, reload, import, settings, run, enabled, delete, logo.

Source: the plugin guide's section "REST Endpoints"; status codes, bodies and the order of checks
from dispatcharr spec 2.4 and 2.7 to 2.9.
"""

from __future__ import annotations

import json
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol

from starlette.responses import Response

from jackfield.dialects.dispatcharr.archive import import_zip
from jackfield.dialects.dispatcharr.era import Era
from jackfield.dialects.dispatcharr.folder import Listed, PluginsFolder
from jackfield.dialects.dispatcharr.manifest import DIALECT
from jackfield.dialects.dispatcharr.masking import masked, unmasked
from jackfield.dialects.dispatcharr.site import listing
from jackfield.dialects.dispatcharr.site.answers import failed, reply
from jackfield.dialects.dispatcharr.site.asking import Ask
from jackfield.errors import JackfieldError, NotFound

_TRUE: Final = frozenset({"true", "yes", "y", "on", "1"})
_FALSE: Final = frozenset({"false", "no", "n", "off", "0"})
_NO_ROW: Final = "PluginConfig matching query does not exist."
LOGO_CAP: Final = 8 * 1024 * 1024

FIELDS_S: Final = 2.0
"""How long a list waits for fields that plugins compute."""


class Managed(Protocol):
    """What the hub knows of installed plugins."""

    def of(self, key: str) -> dict[str, Any]:
        """The members of a list entry that say where the plugin came from."""
        ...

    def forget(self, key: str) -> bool:
        """It is not the hub's any more. Returns whether it was."""
        ...


@dataclass(frozen=True)
class PluginEndpoints:
    """The endpoints. Synchronous: each runs in a thread of its own.

    :param managed: the hub.
    """

    folder: PluginsFolder
    era: Era
    managed: Managed
    _reading: dict[str, Future[None]] = field(default_factory=dict, repr=False)

    @cached_property
    def _readers(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(8, "dispatcharr-fields")

    # -- the list ---------------------------------------------------------------------------------

    def list(self, ask: Ask) -> Response:
        """``GET plugins/``: every plugin; new ones in the folder are found on the way."""
        self.folder.discover()
        self._read_anew()
        found = []
        for one in self.folder.listed():
            with suppress(NotFound):  # uninstalled meanwhile
                found.append(self._entry(one, ask))
        return reply({"plugins": found})

    def _read_anew(self) -> None:
        """Ask for fields that are a property; a slow one is shown as it was."""
        for one in self.folder.registry.all_running(DIALECT):
            refresh = getattr(one.runtime, "refresh", None)
            before = self._reading.get(one.spec.slug)
            if not one.spec.details.get("dynamic") or not callable(refresh):
                continue
            if before is None or before.done():  # a slow one is asked once at a time
                self._reading[one.spec.slug] = self._readers.submit(refresh)
        wait(list(self._reading.values()), timeout=FIELDS_S)
        for slug, reading in list(self._reading.items()):
            if reading.done():
                self._reading.pop(slug, None)

    def _entry(self, one: Listed, ask: Ask) -> dict[str, Any]:
        registry = self.folder.registry
        return listing.entry(one, registry, self.era, ask.base, self.managed.of(one.key))

    def reload(self, _ask: Ask) -> Response:
        """``POST plugins/reload/``: look at everything anew."""
        return reply({"success": True, "count": self.folder.reload()})

    # -- coming and going -------------------------------------------------------------------------

    def import_(self, ask: Ask) -> Response:
        """``POST plugins/import/`` with the form field ``file``."""
        upload = ask.files.get("file")
        if upload is None:
            raise failed(400, "Missing 'file' upload: send the .zip as form field 'file'")
        overwrite = bool(ask.value("overwrite"))
        try:
            brought = import_zip(
                upload.content, upload.filename, self.folder.root,
                overwrite=overwrite, era=self.era, check=self.folder.check_free,
            )  # fmt: skip
            one = self.take_in(brought.key)
        except JackfieldError as error:
            raise failed(400, _words(error)) from None
        was_managed = self.managed.forget(brought.key)
        plugin = self._entry(one, ask)
        return reply({"success": True, "plugin": plugin, "was_managed": was_managed})

    def take_in(self, key: str) -> Listed:
        """The plugin that was just put into the folder, looked at anew.

        :raises JackfieldError: it cannot be taken in.
        """
        before = self.folder.find(key)
        if before is not None:
            self.folder.look_again(before)
        else:
            self.folder.discover()
        one = self.folder.find(key)
        if one is None:
            raise failed(400, f"plugin {key!r} was put into the folder, but is not found there")
        if one.error:
            raise failed(400, one.error)
        return one

    def delete(self, ask: Ask) -> Response:
        """``DELETE plugins/<key>/delete/``; a plugin that is not there is deleted already."""
        key = ask.path["key"]
        if key in (".", "..") or any(c in key for c in "/\\\0"):
            raise failed(400, f"{key!r} leads out of the plugins folder")
        try:
            self.folder.remove(key)
            self.managed.forget(key)
        except JackfieldError as error:
            raise failed(500, _words(error)) from None
        return reply({"success": True})

    def logo(self, ask: Ask) -> Response:
        """``GET plugins/<key>/logo/``, for anybody."""
        key = ask.path["key"]
        if key in (".", "..") or "\\" in key or "\0" in key:
            raise failed(400, "Invalid path")
        one = self.folder.find(key)
        picture = _logo(one) if one is not None else None
        if picture is None:
            raise failed(404, f"plugin {key!r} has no logo")
        headers = {"cache-control": "public, max-age=300", "x-content-type-options": "nosniff"}
        return Response(picture, 200, headers, "image/png")

    # -- one plugin -------------------------------------------------------------------------------

    def settings(self, ask: Ask) -> Response:
        """``POST plugins/<key>/settings/`` with ``{"settings": {…}}``: replaces all of them."""
        registry = self.folder.registry
        one = self.folder.find(ask.path["key"])
        if one is None or one.state is None:
            raise failed(400, _NO_ROW)
        given = (_of_form(ask, "settings") or {}) if isinstance(ask.data, dict) else ask.data
        if not isinstance(given, dict):
            kind = type(given).__name__
            raise failed(400, f"settings: expected an object, found {kind}")
        fields = one.spec.details.get("fields") or () if one.spec is not None else ()
        try:
            values = unmasked(fields, registry.stored_settings(one.slug), given)
            registry.set_settings(one.slug, values, replace=True)
            stored = registry.stored_settings(one.slug)
        except NotFound:
            raise failed(400, _NO_ROW) from None  # deleted meanwhile
        except JackfieldError as error:
            raise failed(400, _words(error)) from None
        return reply({"success": True, "settings": masked(fields, stored)})

    def enabled(self, ask: Ask) -> Response:
        """``POST plugins/<key>/enabled/`` with ``{"enabled": …}``: enabling is trusting."""
        registry = self.folder.registry
        wanted = self._flag(ask.value("enabled"))
        one = self.folder.find(ask.path["key"])
        if one is None or one.state is None:
            raise failed(404, one.error if one is not None else "Plugin not found")
        try:
            if wanted:
                # One that cannot start stays enabled, and says why in its entry and when run.
                self.folder.enable(one.slug)
            else:
                registry.disable(one.slug)
        except NotFound:
            raise failed(404, "Plugin not found") from None  # deleted meanwhile
        except JackfieldError as error:
            raise failed(500, _words(error)) from None
        now = self.folder.find(ask.path["key"]) or one
        plugin = self._entry(now, ask)
        return reply(
            {
                "success": True,
                "enabled": plugin["enabled"],
                "ever_enabled": plugin["ever_enabled"],
                "plugin": plugin,
            }
        )

    def _flag(self, value: Any) -> bool:
        """:raises Refused: 400; the seed's era takes anything for its truth, ``"false"`` too."""
        if value is None:
            raise failed(400, "Missing 'enabled' flag")
        if self.era == "seed" or isinstance(value, bool):
            return bool(value)
        word = str(value).strip().lower() if isinstance(value, str | int) else ""
        if word in _TRUE | _FALSE:
            return word in _TRUE
        raise failed(400, f"Invalid 'enabled' flag: expected true or false, found {value!r}")

    def run(self, ask: Ask) -> Response:
        """``POST plugins/<key>/run/`` with ``{"action": id, "params": {…}}``."""
        action = ask.value("action")
        if not action:
            raise failed(400, "Missing 'action'")
        one = self.folder.find(ask.path["key"])
        if one is None:
            raise failed(404, "Plugin not found")
        if one.state is None or not one.state.enabled:
            raise failed(403, "Plugin is disabled")
        if one.missing or self.folder.registry.running(one.slug) is None:
            why = listing.error_of(one) or one.state.reason or "it is being started or stopped"
            raise failed(500, f"Plugin {one.key!r} does not run: {why}")
        try:
            result = self.folder.registry.run_action(
                one.slug, str(action), _of_form(ask, "params") or {}
            )
        except JackfieldError as error:
            raise failed(500, error.message) from None
        if not isinstance(result, dict):
            result = {"status": "ok", "result": result}
        return reply({"success": True, "result": result})


def _of_form(ask: Ask, name: str) -> Any:
    """A member of the body; in a form it is JSON, or a text."""
    value = ask.value(name)
    if ask.is_form and isinstance(value, str):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _words(error: JackfieldError) -> str:
    """What a client shows: all but the plugin's name, which it knows."""
    where = ": ".join(part for part in (error.file, error.field) if part)
    text = f"{where}: {error.message}" if where else error.message
    return f"{text} ({error.hint})" if error.hint else text


def _logo(one: Listed) -> bytes | None:
    if one.spec is None or not one.spec.icon or one.missing:
        return None
    inside = str(one.spec.details.get("folder") or "")
    root = Path(one.folder)
    for _ in filter(None, inside.split("/")):
        root = root.parent
    file = root.joinpath(*one.spec.icon.split("/"))
    try:
        if not file.resolve().is_relative_to(root.resolve()):
            return None
        with file.open("rb") as picture:
            data = picture.read(LOGO_CAP + 1)
    except OSError:
        return None
    return data if len(data) <= LOGO_CAP else None
