"""The plugin manager as plugins know it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def manager(django_env: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    from apps.plugins.loader import PluginManager

    monkeypatch.setattr(PluginManager, "_instance", None)
    return PluginManager.get()


class Plugin:
    name = "Mine"

    def run(self, action: str, params: dict[str, Any], context: dict[str, Any]) -> Any:
        return {"action": action, "params": params, "context": context}


def hold(manager: Any, **more: Any) -> Any:
    from apps.plugins.loader import LoadedPlugin

    plugin = LoadedPlugin(
        key="my-plugin",
        name="Mine",
        instance=Plugin(),
        fields=[{"id": "limit", "default": 5}, {"id": "note"}, {"label": "no id"}],
        actions=[{"id": "go", "label": "Go"}],
    )
    manager.hold(plugin, **more)
    return plugin


def row(key: str = "my-plugin", **fields: Any) -> Any:
    from apps.plugins.models import PluginConfig

    return PluginConfig.objects.create(**{"key": key, "name": "Mine", "enabled": True, **fields})


class TestRegistry:
    def test_is_one_a_process(self, manager: Any) -> None:
        from apps.plugins.loader import PluginManager

        assert PluginManager.get() is manager

    def test_holds_this_process_plugin_alive(self, manager: Any) -> None:
        plugin = hold(manager)
        row()
        assert manager.discover_plugins(sync_db=False, force_reload=True)["my-plugin"] is plugin
        assert manager._registry["my-plugin"].instance.name == "Mine"
        assert manager.get_plugin("my_plugin") is plugin

    def test_and_the_others_by_their_rows(self, manager: Any) -> None:
        row("other", version="2")
        other = manager.get_plugin("other")
        assert (other.name, other.version, other.instance) == ("Mine", "2", None)
        assert manager.get_plugin("nobody") is None

    def test_list(self, manager: Any) -> None:
        hold(manager)
        row(settings={"limit": 1})
        row("other", enabled=False)
        mine, other = manager.list_plugins()
        assert (mine["key"], mine["loaded"], mine["trusted"]) == ("my-plugin", True, True)
        assert mine["actions"] == [{"id": "go", "label": "Go"}]
        assert mine["settings"] == {"limit": 1}
        assert (other["key"], other["loaded"], other["trusted"]) == ("other", False, False)


class TestSettings:
    def test_are_replaced(self, manager: Any) -> None:
        row(settings={"a": 1})
        assert manager.update_settings("my_plugin", {"b": 2}) == {"b": 2}
        from apps.plugins.models import PluginConfig

        assert PluginConfig.objects.get(key="my-plugin").settings == {"b": 2}

    def test_of_nobody(self, manager: Any) -> None:
        from apps.plugins.models import PluginConfig

        with pytest.raises(PluginConfig.DoesNotExist):
            manager.update_settings("nobody", {})


class TestRunAction:
    def test_of_this_process_plugin(self, manager: Any) -> None:
        hold(manager)
        row(settings={"note": "x"})
        result = manager.run_action("my_plugin", "go", None)
        assert (result["action"], result["params"]) == ("go", {})
        assert result["context"]["settings"] == {"limit": 5, "note": "x"}
        assert result["context"]["actions"] == {"go": {"id": "go", "label": "Go"}}
        assert result["context"]["logger"].name == "apps.plugins.loader"

    def test_settings_that_are_no_object(self, manager: Any) -> None:
        hold(manager)
        row(settings=[1])
        result = manager.run_action("my-plugin", "go", {"a": 1})
        assert result["context"]["settings"] == {"limit": 5}

    def test_as_the_host_runs_it(self, manager: Any) -> None:
        hold(manager, run=lambda action, params: [action, params])
        row()
        assert manager.run_action("my-plugin", "go", {"a": 1}) == {
            "status": "ok",
            "result": ["go", {"a": 1}],
        }

    def test_of_another_plugin_the_host_is_asked(self, manager: Any, host_beside: Any) -> None:
        row("other")
        asked: list[Any] = []

        def run(**request: Any) -> Any:
            asked.append(request)
            return {"status": "ok"}

        host_beside.answers["plugin.run"] = run
        assert manager.run_action("other", "go", {"a": 1}) == {"status": "ok"}
        assert asked == [{"key": "other", "action": "go", "params": {"a": 1}}]

    def test_its_error_comes_back(self, manager: Any, host_beside: Any) -> None:
        from jackfield.dialects.dispatcharr.processes.link import RemoteError

        def run(**_: Any) -> Any:
            raise KeyError("missing")

        row("other")
        host_beside.answers["plugin.run"] = run
        with pytest.raises(RemoteError, match="KeyError: 'missing'"):
            manager.run_action("other", "go")

    def test_of_nobody_and_of_a_disabled_one(self, manager: Any) -> None:
        hold(manager)
        with pytest.raises(ValueError, match="Plugin 'my-plugin' not found"):
            manager.run_action("my-plugin", "go")
        row(enabled=False)
        with pytest.raises(PermissionError, match="Plugin 'my-plugin' is disabled"):
            manager.run_action("my_plugin", "go")
