"""What plugins import is there, under the original's paths and names.

Source: dispatcharr spec 4.1 - 4.3 (what 38 plugins import), 5.1 (models and their fields).
"""

from __future__ import annotations

import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jackfield.dialects.dispatcharr import django_setup
from jackfield.dialects.dispatcharr.django_setup import Environment

pytestmark = pytest.mark.usefixtures("django_env")

PRESENT = {
    "apps.accounts.models": ["User"],
    "apps.channels.managers": ["with_effective_values"],
    "apps.channels.models": [
        "Channel",
        "ChannelGroup",
        "ChannelGroupM3UAccount",
        "ChannelProfile",
        "ChannelProfileMembership",
        "ChannelStream",
        "Logo",
        "Recording",
        "Stream",
    ],
    "apps.epg.models": ["EPGData", "EPGSource", "ProgramData"],
    "apps.m3u.models": ["M3UAccount", "M3UAccountProfile", "M3UFilter", "ServerGroup"],
    "apps.plugins.loader": ["PluginManager", "LoadedPlugin"],
    "apps.plugins.models": ["PluginConfig", "PluginRepo"],
    "apps.proxy.config": ["BaseConfig", "TSConfig"],
    "apps.proxy.live_proxy.channel_status": ["ChannelStatus"],
    "apps.proxy.live_proxy.constants": ["ChannelMetadataField", "ChannelState"],
    "apps.proxy.live_proxy.output.ts.generator": ["StreamGenerator"],
    "apps.proxy.live_proxy.redis_keys": ["RedisKeys"],
    "apps.proxy.live_proxy.server": ["ProxyServer"],
    "apps.proxy.live_proxy.services.channel_service": ["ChannelService"],
    "apps.proxy.live_proxy.url_utils": ["get_stream_info_for_switch"],
    "apps.proxy.ts_proxy.channel_status": ["ChannelStatus"],
    "apps.proxy.ts_proxy.constants": ["ChannelMetadataField", "ChannelState"],
    "apps.proxy.ts_proxy.redis_keys": ["RedisKeys"],
    "apps.proxy.ts_proxy.server": ["ProxyServer"],
    "apps.proxy.ts_proxy.services.channel_service": ["ChannelService"],
    "apps.proxy.ts_proxy.stream_generator": ["StreamGenerator"],
    "apps.proxy.ts_proxy.url_utils": ["get_stream_info_for_switch"],
    "apps.vod.models": [
        "Episode",
        "M3UEpisodeRelation",
        "M3UMovieRelation",
        "M3USeriesRelation",
        "M3UVODCategoryRelation",
        "Movie",
        "Series",
        "VODCategory",
        "VODLogo",
    ],
    "core.models": [
        "CoreSettings",
        "OutputProfile",
        "StreamProfile",
        "SystemEvent",
        "SystemNotification",
        "UserAgent",
    ],
    "core.scheduling": ["create_or_update_periodic_task", "delete_periodic_task"],
    "core.utils": [
        "RedisClient",
        "log_system_event",
        "send_notification_dismissed",
        "send_websocket_event",
        "send_websocket_notification",
        "send_websocket_update",
    ],
    "core.xtream_codes": ["Client"],
    "dispatcharr.celery": ["app"],
    "dispatcharr.settings": ["BASE_DIR", "TIME_ZONE"],
    "dispatcharr.urls": ["urlpatterns"],
    "django_celery_beat.models": ["CrontabSchedule", "IntervalSchedule", "PeriodicTask"],
    "django_redis": ["get_redis_connection"],
    "rest_framework_simplejwt.exceptions": ["TokenError"],
    "rest_framework_simplejwt.tokens": ["AccessToken", "RefreshToken"],
    "version": ["__version__", "__timestamp__"],
}

TASKS = {
    "apps.channels.tasks": ["run_recording"],
    "apps.epg.tasks": ["parse_programs_for_tvg_id", "refresh_all_epg_data", "refresh_epg_data"],
    "apps.m3u.tasks": ["refresh_m3u_accounts", "refresh_m3u_groups", "refresh_single_m3u_account"],
    "apps.vod.tasks": ["refresh_series_episodes"],
}

ABSENT = [
    ("apps.plugins.models", "PluginSetting"),  # in no release; a plugin guards for it
    ("apps.proxy.vod_proxy.views", "VODStreamView"),  # gone since 0.24
    ("core.models", "Setting"),
    ("apps.timeshift.stats", "build_timeshift_stats_data"),
]

PACKAGES = ["apps.dashboard", "apps.hdhr", "apps.output", "apps.proxy", "apps.proxy.vod_proxy"]

TABLES = {
    "core.models.CoreSettings": "core_coresettings",
    "core.models.OutputProfile": "core_outputprofile",
    "core.models.StreamProfile": "core_streamprofile",
    "core.models.SystemEvent": "core_systemevent",
    "core.models.SystemNotification": "core_systemnotification",
    "core.models.UserAgent": "core_useragent",
    "apps.accounts.models.User": "accounts_user",
    "apps.channels.models.Channel": "dispatcharr_channels_channel",
    "apps.channels.models.ChannelGroup": "dispatcharr_channels_channelgroup",
    "apps.channels.models.ChannelGroupM3UAccount": "dispatcharr_channels_channelgroupm3uaccount",
    "apps.channels.models.ChannelProfile": "dispatcharr_channels_channelprofile",
    "apps.channels.models.ChannelStream": "dispatcharr_channels_channelstream",
    "apps.channels.models.Logo": "dispatcharr_channels_logo",
    "apps.channels.models.Recording": "dispatcharr_channels_recording",
    "apps.channels.models.Stream": "dispatcharr_channels_stream",
    "apps.epg.models.EPGData": "epg_epgdata",
    "apps.epg.models.EPGSource": "epg_epgsource",
    "apps.epg.models.ProgramData": "epg_programdata",
    "apps.m3u.models.M3UAccount": "m3u_m3uaccount",
    "apps.m3u.models.M3UAccountProfile": "m3u_m3uaccountprofile",
    "apps.plugins.models.PluginConfig": "plugins_pluginconfig",
    "apps.vod.models.Episode": "vod_episode",
    "apps.vod.models.M3UMovieRelation": "vod_m3umovierelation",
    "apps.vod.models.Movie": "vod_movie",
    "apps.vod.models.Series": "vod_series",
}

FIELDS = {
    "apps.plugins.models.PluginConfig": "key name version description enabled ever_enabled settings"
    " created_at updated_at slug source_repo installed_version_is_prerelease deprecated",
    "apps.channels.models.Stream": "name url m3u_account logo_url tvg_id local_file current_viewers"
    " updated_at channel_group stream_profile is_custom stream_hash last_seen is_stale is_adult"
    " custom_properties stream_id stream_chno stream_stats stream_stats_updated_at is_catchup"
    " catchup_days",
    "apps.channels.models.Channel": "channel_number name logo streams channel_group tvg_id"
    " tvc_guide_stationid epg_data stream_profile uuid user_level is_adult auto_created"
    " auto_created_by is_catchup catchup_days hidden_from_output created_at updated_at",
    "apps.channels.models.ChannelGroupM3UAccount": "channel_group m3u_account custom_properties"
    " enabled auto_channel_sync auto_sync_channel_start auto_sync_channel_end last_seen is_stale",
    "apps.m3u.models.M3UAccount": "name server_url file_path server_group max_streams is_active"
    " created_at updated_at status last_message user_agent locked stream_profile account_type"
    " username password custom_properties refresh_interval refresh_task stale_stream_days priority",
    "apps.m3u.models.M3UAccountProfile": "m3u_account name is_default max_streams is_active"
    " search_pattern replace_pattern current_viewers custom_properties exp_date",
    "apps.m3u.models.M3UFilter": "m3u_account filter_type regex_pattern exclude order"
    " custom_properties",
    "apps.epg.models.EPGSource": "name source_type url username password api_key is_active"
    " file_path extracted_file_path refresh_interval refresh_task custom_properties priority"
    " status last_message created_at updated_at",
    "apps.epg.models.EPGData": "tvg_id name icon_url epg_source",
    "apps.epg.models.ProgramData": "epg start_time end_time title sub_title description tvg_id"
    " program_id custom_properties",
    "core.models.StreamProfile": "name command parameters locked is_active user_agent",
    "core.models.UserAgent": "name user_agent description is_active",
    "core.models.OutputProfile": "name command parameters locked is_active",
    "core.models.CoreSettings": "key name value",
    "core.models.SystemEvent": "event_type timestamp channel_id channel_name details",
    "core.models.SystemNotification": "notification_key notification_type priority source title"
    " message action_data is_active admin_only expires_at",
    "apps.vod.models.Movie": "uuid name description year rating genre logo tmdb_id imdb_id"
    " custom_properties created_at updated_at duration_secs is_adult",
    "apps.vod.models.Series": "uuid name description year rating genre logo tmdb_id imdb_id"
    " custom_properties created_at updated_at",
    "apps.vod.models.Episode": "uuid name series season_number episode_number air_date"
    " duration_secs custom_properties created_at updated_at",
    "apps.vod.models.M3UMovieRelation": "m3u_account movie category stream_id container_extension"
    " custom_properties created_at updated_at last_seen",
    "apps.vod.models.M3USeriesRelation": "m3u_account series category external_series_id"
    " custom_properties created_at updated_at last_seen last_episode_refresh",
    "apps.vod.models.M3UEpisodeRelation": "m3u_account episode stream_id container_extension"
    " custom_properties created_at updated_at last_seen series_relation",
    "apps.vod.models.M3UVODCategoryRelation": "m3u_account category enabled",
    "apps.channels.models.Recording": "channel start_time end_time task_id custom_properties",
    "apps.accounts.models.User": "username user_level channel_profiles custom_properties api_key"
    " stream_limit",
}

REVERSE = {
    "apps.channels.models.Channel": ["channelstream_set", "recordings"],
    "apps.channels.models.ChannelGroup": ["channels", "streams", "m3u_accounts"],
    "apps.channels.models.Stream": ["channels", "channelstream_set"],
    "apps.channels.models.Logo": ["channels", "movie", "series"],
    "apps.epg.models.EPGData": ["channels", "programs"],
    "apps.epg.models.EPGSource": ["epgs"],
    "apps.m3u.models.M3UAccount": ["streams", "profiles", "filters", "channel_group"],
    "apps.vod.models.Movie": ["m3u_relations"],
    "apps.vod.models.Series": ["m3u_relations", "episodes"],
    "apps.vod.models.Episode": ["m3u_relations"],
}


def named(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize(
    "path", [f"{module}.{name}" for module, names in PRESENT.items() for name in names]
)
def test_what_plugins_import_is_there(path: str) -> None:
    module, _, name = path.rpartition(".")
    assert hasattr(importlib.import_module(module), name)


@pytest.mark.parametrize(
    "path", [f"{module}.{name}" for module, names in TASKS.items() for name in names]
)
def test_tasks_carry_the_original_names(path: str) -> None:
    from dispatcharr.celery import app

    task = named(path)
    assert callable(task)
    if path != "apps.vod.tasks.refresh_series_episodes":  # a plain function
        assert task.name == path
        assert app.tasks[path] is not None


@pytest.mark.parametrize(("module", "name"), ABSENT)
def test_what_no_release_has_stays_an_import_error(module: str, name: str) -> None:
    with pytest.raises(ImportError):
        exec(f"from {module} import {name}")


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_that_hold_no_models(package: str) -> None:
    assert importlib.import_module(package).__doc__


@pytest.mark.parametrize("path", TABLES)
def test_tables_have_the_original_names(path: str) -> None:
    assert named(path)._meta.db_table == TABLES[path]


@pytest.mark.parametrize("path", FIELDS)
def test_fields_have_the_original_names(path: str) -> None:
    there = {field.name for field in named(path)._meta.get_fields()}
    assert set(FIELDS[path].split()) - there == set()


@pytest.mark.parametrize(
    ("path", "name"), [(path, name) for path, names in REVERSE.items() for name in names]
)
def test_related_names(path: str, name: str) -> None:
    from django.db import models

    row = named(path)(pk=1)
    assert isinstance(getattr(row, name), models.Manager)


def test_everything_of_ours_lies_in_the_one_folder(django_env: Environment) -> None:
    for name in ("apps", "core", "dispatcharr", "version", "django_redis"):
        file = importlib.import_module(name).__file__
        assert file is not None
        assert file.startswith(str(django_setup.COMPAT))


def test_each_module_is_imported_without_a_warning_or_a_connection(tmp_path: Path) -> None:
    """As the process does that the others are forked from."""
    modules = [
        str(file.relative_to(django_setup.COMPAT).with_suffix("")).replace("/", ".")
        for file in sorted(django_setup.COMPAT.rglob("*.py"))
        if file.name != "__init__.py"
    ]
    assert len(modules) > 60
    code = """
import importlib, json, sys, threading
from jackfield.dialects.dispatcharr import django_setup
environment, modules = json.loads(sys.argv[1])
django_setup.configure(django_setup.Environment.from_dict(environment))
for module in modules:
    importlib.import_module(module)
from django.db import connections
assert connections["default"].connection is None
assert threading.enumerate() == [threading.main_thread()], threading.enumerate()
"""
    environment = Environment(home=tmp_path, secret="x" * 40).to_dict()
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, json.dumps([environment, modules])],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("path", "kwargs"),
    [
        ("apps.m3u.tasks.refresh_single_m3u_account", {"account_id": 1}),
        ("apps.epg.tasks.refresh_epg_data", {"source_id": 1}),
        ("apps.channels.tasks.run_recording", {"recording_id": 1}),
    ],
)
def test_scheduled_tasks_take_what_their_schedules_give(path: str, kwargs: dict[str, int]) -> None:
    inspect.signature(named(path).run).bind(**kwargs)
