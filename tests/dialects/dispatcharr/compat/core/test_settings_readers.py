"""Readers of settings over rows of all releases."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("django_env")


@pytest.fixture
def settings() -> Any:
    from core.models import CoreSettings

    return CoreSettings


def store(settings: Any, key: str, value: Any) -> None:
    settings.objects.update_or_create(key=key, defaults={"value": value})


class TestDefaults:
    def test_a_database_without_rows_has_answers(self, settings: Any) -> None:
        settings.objects.all().delete()
        assert settings.get_m3u_hash_key() == ""
        assert settings.get_preferred_region() is None
        assert settings.get_default_user_agent_id() is None
        assert settings.get_default_stream_profile_id() is None
        assert settings.get_system_time_zone() == "UTC"
        assert settings.get_max_system_events() == 100
        assert settings.get_proxy_settings()["buffering_timeout"] == 15
        assert settings.get_dvr_settings()["comskip_enabled"] is False
        assert settings.get_epg_settings()["epg_match_mode"] == "default"
        assert settings.get_network_access_settings() == {}
        assert settings.get_backup_settings() == {}

    def test_without_any_agent_there_is_still_a_text(self, settings: Any) -> None:
        from core.models import UserAgent

        UserAgent.objects.all().delete()
        assert settings.get_default_user_agent() == "Mozilla/5.0"

    def test_a_new_database_names_its_agent_and_profile(self, settings: Any) -> None:
        from core.models import StreamProfile, UserAgent

        assert settings.get_default_user_agent() == UserAgent.objects.get().user_agent
        profile = StreamProfile.objects.get(pk=settings.get_default_stream_profile_id())
        assert profile.name == "Proxy"
        assert settings.get_m3u_hash_key() == "url"

    def test_an_answer_can_be_changed_without_changing_the_defaults(self, settings: Any) -> None:
        settings.get_proxy_settings()["buffering_timeout"] = 1
        assert settings.get_proxy_settings()["buffering_timeout"] == 15


class TestGroups:
    def test_a_group_wins_over_defaults(self, settings: Any) -> None:
        store(settings, "proxy_settings", {"buffering_timeout": 3})
        assert settings.get_proxy_settings()["buffering_timeout"] == 3
        assert settings.get_proxy_settings()["buffering_speed"] == 1.0

    def test_a_group_may_be_json_in_text(self, settings: Any) -> None:
        store(settings, "system_settings", '{"time_zone": "Europe/Berlin"}')
        assert settings.get_system_time_zone() == "Europe/Berlin"

    @pytest.mark.parametrize("junk", [None, 5, "words", [1, 2], "{broken"])
    def test_a_group_that_makes_no_sense_says_nothing(self, settings: Any, junk: Any) -> None:
        store(settings, "system_settings", junk)
        assert settings.get_system_time_zone() == "UTC"
        assert settings.get_max_system_events() == 100

    @pytest.mark.parametrize(("value", "text"), [(["name", "url"], "name,url"), (None, "")])
    def test_hash_keys_as_a_list(self, settings: Any, value: Any, text: str) -> None:
        store(settings, "stream_settings", {"m3u_hash_key": value})
        assert settings.get_m3u_hash_key() == text

    @pytest.mark.parametrize(
        ("value", "number"), [("4", 4), (4, 4), ("", None), ("many", None), ([], None)]
    )
    def test_ids_come_as_text_or_number(
        self, settings: Any, value: Any, number: int | None
    ) -> None:
        store(settings, "stream_settings", {"default_stream_profile": value})
        assert settings.get_default_stream_profile_id() == number

    def test_an_agent_that_was_deleted_is_replaced_by_the_first(self, settings: Any) -> None:
        store(settings, "stream_settings", {"default_user_agent": 999})
        assert settings.get_default_user_agent().startswith("VLC/")


class TestRowsOfOlderReleases:
    def test_a_row_for_each_setting(self, settings: Any) -> None:
        from core.models import UserAgent

        settings.objects.all().delete()
        agent = UserAgent.objects.create(name="TV", user_agent="TV/1")
        store(settings, "default-user-agent", str(agent.pk))
        store(settings, "m3u-hash-key", "name,tvg_id")
        store(settings, "preferred-region", "us")
        store(settings, "system-time-zone", "America/New_York")
        store(settings, "max-system-events", "7")
        assert settings.get_default_user_agent() == "TV/1"
        assert settings.get_m3u_hash_key() == "name,tvg_id"
        assert settings.get_preferred_region() == "us"
        assert settings.get_system_time_zone() == "America/New_York"
        assert settings.get_max_system_events() == 7

    def test_proxy_settings_as_json_in_text(self, settings: Any) -> None:
        store(settings, "proxy-settings", '{"buffering_timeout": 9}')
        assert settings.get_proxy_settings()["buffering_timeout"] == 9

    def test_the_newer_group_goes_before(self, settings: Any) -> None:
        store(settings, "m3u-hash-key", "old")
        store(settings, "stream_settings", {"m3u_hash_key": "name"})
        assert settings.get_m3u_hash_key() == "name"
