"""The plugin manager as plugins know it.

What really loads, starts and stops plugins is the host, each in a process of its own. This manager
knows the plugin of this process as a live object, and the others by their rows; what is done with
another plugin is asked of the host.

Source: dispatcharr spec 4.2 (``.get()``, registry peeks) and 2.6 (``run``).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from apps.plugins.models import PluginConfig
from jackfield.dialects.dispatcharr.processes import here

logger = logging.getLogger("apps.plugins.loader")


@dataclass
class LoadedPlugin:
    """A plugin as the registry holds it."""

    key: str
    name: str = ""
    version: str = ""
    description: str = ""
    module: Any = None
    instance: Any = None
    fields: list[dict[str, Any]] = field(default_factory=list)
    actions: list[dict[str, Any]] = field(default_factory=list)
    author: str = ""
    help_url: str = ""
    path: str = ""
    loaded: bool = True
    legacy: bool = False

    @property
    def action_map(self) -> dict[str, dict[str, Any]]:
        """The actions by their id, as ``context["actions"]`` has them."""
        return {str(action.get("id")): action for action in self.actions}


Runner = Callable[[str, dict[str, Any]], Any]


class PluginManager:
    """One a process; see :meth:`get`."""

    _instance: ClassVar[PluginManager | None] = None
    _instance_lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self) -> None:
        self._registry: dict[str, LoadedPlugin] = {}
        self._runners: dict[str, Runner] = {}

    @classmethod
    def get(cls) -> PluginManager:
        """The manager of this process."""
        with cls._instance_lock:
            if cls._instance is None:
                cls._instance = cls()
            return cls._instance

    def hold(self, plugin: LoadedPlugin, run: Runner | None = None) -> None:
        """For the host: *plugin* lives in this process, and *run* does an action of it.

        :param run: called with the action's id and its parameters; without it, the instance's own
            ``run`` is called with a context made from the row.
        """
        self._registry[plugin.key] = plugin
        if run is None:
            self._runners.pop(plugin.key, None)
        else:
            self._runners[plugin.key] = run

    def discover_plugins(
        self,
        *,
        sync_db: bool = True,
        force_reload: bool = False,
        use_cache: bool = False,
    ) -> dict[str, LoadedPlugin]:
        """The registry: the host looks for plugins by itself, in its own process."""
        del sync_db, force_reload, use_cache
        for row in PluginConfig.exact.all():
            if row.key not in self._registry:
                self._registry[row.key] = LoadedPlugin(
                    key=row.key,
                    name=row.name,
                    version=row.version,
                    description=row.description,
                    loaded=False,
                )
        return self._registry

    def list_plugins(self) -> list[dict[str, Any]]:
        """All plugins that were ever found, by key."""
        return [self._described(row) for row in PluginConfig.exact.order_by("key")]

    def get_plugin(self, key: str) -> LoadedPlugin | None:
        """The plugin of that key, under either spelling; nothing when there is none."""
        registry = self.discover_plugins()
        return registry.get(key) or registry.get(PluginConfig.objects.stored_key(key))

    def update_settings(self, key: str, settings: dict[str, Any]) -> dict[str, Any]:
        """Replace the settings of a plugin; what is stored then.

        :raises PluginConfig.DoesNotExist: there is no such plugin.
        """
        row = PluginConfig.objects.get(key=key)
        row.settings = settings or {}
        row.save(update_fields=["settings", "updated_at"])
        return row.settings

    def run_action(
        self, key: str, action_id: str, params: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Run an action of a plugin; its result, in a dictionary if it is none.

        :raises ValueError: there is no such plugin.
        :raises PermissionError: it is disabled.
        :raises Exception: whatever the plugin raised. From a plugin in another process it is a
            ``RemoteError``, which has its type and message.
        """
        row = PluginConfig.objects.filter(key=key).first()
        if row is None:
            raise ValueError(f"Plugin '{key}' not found")
        if not row.enabled:
            raise PermissionError(f"Plugin '{row.key}' is disabled")
        plugin = self._registry.get(row.key)
        if plugin is None or plugin.instance is None:
            result = here.call("plugin.run", key=row.key, action=action_id, params=params or {})
        elif row.key in self._runners:
            result = self._runners[row.key](action_id, params or {})
        else:
            result = plugin.instance.run(action_id, params or {}, self._context(plugin, row))
        return result if isinstance(result, dict) else {"status": "ok", "result": result}

    @staticmethod
    def _context(plugin: LoadedPlugin, row: Any) -> dict[str, Any]:
        settings = row.settings if isinstance(row.settings, dict) else {}
        defaults = {
            item["id"]: item["default"]
            for item in plugin.fields
            if item.get("id") and item.get("default") is not None
        }
        return {
            "settings": defaults | settings,
            "logger": logger,
            "actions": plugin.action_map,
        }

    def _described(self, row: Any) -> dict[str, Any]:
        plugin = self._registry.get(row.key) or LoadedPlugin(key=row.key, loaded=False)
        return {
            "key": row.key,
            "name": row.name,
            "version": row.version,
            "description": row.description,
            "author": plugin.author,
            "help_url": plugin.help_url,
            "enabled": row.enabled,
            "ever_enabled": row.ever_enabled,
            "trusted": row.enabled or row.ever_enabled,
            "fields": plugin.fields,
            "actions": plugin.actions,
            "settings": row.settings,
            "loaded": plugin.loaded and plugin.instance is not None,
            "missing": False,
        }
