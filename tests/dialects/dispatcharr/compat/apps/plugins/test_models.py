"""Rows of plugins, found under either spelling of their key."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("django_env")


@pytest.fixture
def configs() -> Any:
    from apps.plugins.models import PluginConfig

    return PluginConfig.objects


class TestDefaults:
    def test_of_a_new_row(self, configs: Any) -> None:
        row = configs.create(key="my_plugin", name="My Plugin")
        assert (row.enabled, row.ever_enabled, row.settings) == (False, False, {})
        assert (row.version, row.description, row.slug) == ("", "", "")
        assert str(row) == "My Plugin (my_plugin)"

    def test_a_list_is_stored_too(self, configs: Any) -> None:
        configs.create(key="k", name="n", settings=[1, 2])
        assert configs.get(key="k").settings == [1, 2]

    def test_a_repository_is_left_not_taken_along(self, configs: Any) -> None:
        from apps.plugins.models import PluginRepo

        repo = PluginRepo.objects.create(name="Hub", url="https://hub/manifest.json")
        row = configs.create(key="k", name="n", source_repo=repo)
        assert list(repo.managed_plugins.all()) == [row]
        repo.delete()
        row.refresh_from_db()
        assert row.source_repo is None


class TestSpelling:
    @pytest.mark.parametrize(
        ("stored", "asked"),
        [("epg-janitor", "epg_janitor"), ("epg_janitor", "epg-janitor"), ("a_b-c", "a-b_c")],
    )
    def test_the_other_one_finds_the_row(self, configs: Any, stored: str, asked: str) -> None:
        row = configs.create(key=stored, name="n")
        assert configs.get(key=asked) == row
        assert configs.filter(key=asked).first() == row
        assert configs.filter(key__exact=asked, enabled=False).exists()
        assert configs.get_or_create(key=asked, defaults={"name": "x"}) == (row, False)
        assert configs.select_for_update().filter(key=asked).count() == 1
        assert not configs.exclude(key=asked).exists()
        row, created = configs.update_or_create(key=asked, defaults={"version": "2"})
        assert (row.key, created) == (stored, False)

    def test_the_exact_one_goes_before(self, configs: Any) -> None:
        dash = configs.create(key="my-plugin", name="dash")
        configs.create(key="my_plugin", name="underscore")
        assert configs.get(key="my-plugin") == dash
        assert configs.get(key="my_plugin").name == "underscore"

    def test_a_key_of_nobody(self, configs: Any) -> None:
        configs.create(key="my-plugin", name="n")
        with pytest.raises(configs.model.DoesNotExist):
            configs.get(key="your_plugin")
        assert not configs.filter(key="plain").exists()

    def test_the_host_is_exact(self, configs: Any) -> None:
        from apps.plugins.models import PluginConfig

        configs.create(key="my-plugin", name="dash")
        _, created = PluginConfig.exact.get_or_create(key="my_plugin", defaults={"name": "u"})
        assert created


class TestTellsTheHost:
    def test_after_a_save(self, configs: Any, host_beside: Any) -> None:
        row = configs.create(key="k", name="n")
        host_beside.forget()
        row.settings = {"limit": 3}
        row.save(update_fields=["settings"])
        assert host_beside.told("plugin_config.saved") == [
            {"key": "k", "settings": {"limit": 3}, "enabled": False}
        ]

    def test_after_an_update(self, configs: Any, host_beside: Any) -> None:
        configs.create(key="my-plugin", name="n")
        host_beside.forget()
        assert configs.filter(key="my_plugin").update(settings={"a": 1}, enabled=True) == 1
        assert host_beside.told("plugin_config.saved") == [
            {"key": "my-plugin", "settings": {"a": 1}, "enabled": True}
        ]

    def test_not_of_a_version(self, configs: Any, host_beside: Any) -> None:
        configs.create(key="k", name="n")
        host_beside.forget()
        configs.filter(key="k").update(version="2")
        assert host_beside.told("plugin_config.saved") == []

    def test_nor_when_the_host_itself_writes(self, configs: Any, host_beside: Any) -> None:
        from apps.plugins.models import PluginConfig

        configs.create(key="k", name="n")
        host_beside.forget()
        PluginConfig.exact.filter(key="k").update(settings={"a": 1})
        assert host_beside.told("plugin_config.saved") == []
        assert configs.get(key="k").settings == {"a": 1}

    def test_not_before_it_is_committed(self, configs: Any, host_beside: Any) -> None:
        from django.db import transaction

        with transaction.atomic():
            configs.create(key="k", name="n")
            assert host_beside.told("plugin_config.saved") == []
        assert len(host_beside.told("plugin_config.saved")) == 1
