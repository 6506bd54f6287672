"""Reads settings, whether a group's row or an older release's row of one setting has them.

Since release 0.17 a row holds a group (``stream_settings`` with ``default_user_agent`` and more);
before, each setting had a row of its own (``default-user-agent``), with text. A reader asks the
group first, then the old row, then has a default: a missing row is no error.

Source: dispatcharr spec 1 (0.17) and 5.1 (readers).
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.conf import settings as django_settings
from django.db import models

STREAM_SETTINGS = "stream_settings"
SYSTEM_SETTINGS = "system_settings"
EPG_SETTINGS = "epg_settings"
DVR_SETTINGS = "dvr_settings"
PROXY_SETTINGS = "proxy_settings"
NETWORK_ACCESS = "network_access"
BACKUP_SETTINGS = "backup_settings"

DEFAULTS: dict[str, dict[str, Any]] = {
    STREAM_SETTINGS: {
        "default_user_agent": None,
        "default_stream_profile": None,
        "m3u_hash_key": "",
        "preferred_region": None,
        "auto_import_mapped_files": None,
    },
    SYSTEM_SETTINGS: {"time_zone": None, "max_system_events": 100},
    EPG_SETTINGS: {
        "epg_match_mode": "default",
        "epg_match_ignore_prefixes": [],
        "epg_match_ignore_suffixes": [],
        "epg_match_ignore_custom": [],
    },
    DVR_SETTINGS: {
        "tv_template": "TV_Shows/{show}/S{season:02d}E{episode:02d}.mkv",
        "movie_template": "Movies/{title} ({year}).mkv",
        "tv_fallback_dir": "TV_Shows",
        "tv_fallback_template": "TV_Shows/{show}/{start}.mkv",
        "movie_fallback_template": "Movies/{start}.mkv",
        "comskip_enabled": False,
        "comskip_custom_path": "",
        "pre_offset_minutes": 0,
        "post_offset_minutes": 0,
        "series_rules": [],
    },
    PROXY_SETTINGS: {
        "buffering_timeout": 15,
        "buffering_speed": 1.0,
        "redis_chunk_ttl": 60,
        "channel_shutdown_delay": 0,
        "channel_init_grace_period": 5,
        "new_client_behind_seconds": 5,
    },
    NETWORK_ACCESS: {},
    BACKUP_SETTINGS: {},
}
"""What a group says when its row is absent or silent."""

_OLD_ROWS = {
    (STREAM_SETTINGS, "default_user_agent"): "default-user-agent",
    (STREAM_SETTINGS, "default_stream_profile"): "default-stream-profile",
    (STREAM_SETTINGS, "m3u_hash_key"): "m3u-hash-key",
    (STREAM_SETTINGS, "preferred_region"): "preferred-region",
    (STREAM_SETTINGS, "auto_import_mapped_files"): "auto-import-mapped-files",
    (SYSTEM_SETTINGS, "time_zone"): "system-time-zone",
    (SYSTEM_SETTINGS, "max_system_events"): "max-system-events",
    (DVR_SETTINGS, "tv_template"): "dvr-tv-template",
    (DVR_SETTINGS, "movie_template"): "dvr-movie-template",
    (DVR_SETTINGS, "tv_fallback_dir"): "dvr-tv-fallback-dir",
    (DVR_SETTINGS, "tv_fallback_template"): "dvr-tv-fallback-template",
    (DVR_SETTINGS, "movie_fallback_template"): "dvr-movie-fallback-template",
    (DVR_SETTINGS, "comskip_enabled"): "dvr-comskip-enabled",
    (DVR_SETTINGS, "comskip_custom_path"): "dvr-comskip-custom-path",
    (DVR_SETTINGS, "pre_offset_minutes"): "dvr-pre-offset-minutes",
    (DVR_SETTINGS, "post_offset_minutes"): "dvr-post-offset-minutes",
    (DVR_SETTINGS, "series_rules"): "dvr-series-rules",
}
_OLD_GROUPS = {PROXY_SETTINGS: "proxy-settings", NETWORK_ACCESS: "network-access"}


def as_json(value: Any) -> Any:
    """What a row holds: older releases kept JSON as text."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


class SettingsReaders:
    """The readers of ``CoreSettings``; a base of the model, so that plugins find them there."""

    objects: ClassVar[models.Manager]

    @classmethod
    def _rows(cls, keys: list[str]) -> dict[str, Any]:
        pairs = cls.objects.filter(key__in=keys).values_list("key", "value")
        return {key: as_json(value) for key, value in pairs}

    @classmethod
    def get_group(cls, key: str) -> dict[str, Any]:
        """All settings of the group *key*, with the defaults of those that nobody set."""
        old = {field: slug for (group, field), slug in _OLD_ROWS.items() if group == key}
        rows = cls._rows([key, *old.values(), *([_OLD_GROUPS[key]] if key in _OLD_GROUPS else [])])
        values = dict(DEFAULTS.get(key, {}))
        whole = rows.get(_OLD_GROUPS.get(key, ""))
        if isinstance(whole, dict):
            values |= whole
        for field, slug in old.items():
            if slug in rows:
                values[field] = rows[slug]
        group = rows.get(key)
        return values | group if isinstance(group, dict) else values

    @classmethod
    def get_stream_settings(cls) -> dict[str, Any]:
        """The group ``stream_settings``."""
        return cls.get_group(STREAM_SETTINGS)

    @classmethod
    def get_system_settings(cls) -> dict[str, Any]:
        """The group ``system_settings``."""
        return cls.get_group(SYSTEM_SETTINGS)

    @classmethod
    def get_epg_settings(cls) -> dict[str, Any]:
        """The group ``epg_settings``."""
        return cls.get_group(EPG_SETTINGS)

    @classmethod
    def get_dvr_settings(cls) -> dict[str, Any]:
        """The group ``dvr_settings``."""
        return cls.get_group(DVR_SETTINGS)

    @classmethod
    def get_proxy_settings(cls) -> dict[str, Any]:
        """The group ``proxy_settings``."""
        return cls.get_group(PROXY_SETTINGS)

    @classmethod
    def get_network_access_settings(cls) -> dict[str, Any]:
        """The group ``network_access``."""
        return cls.get_group(NETWORK_ACCESS)

    @classmethod
    def get_backup_settings(cls) -> dict[str, Any]:
        """The group ``backup_settings``."""
        return cls.get_group(BACKUP_SETTINGS)

    @classmethod
    def get_default_user_agent_id(cls) -> int | None:
        """The primary key of the agent for accounts that name none."""
        return _number(cls.get_stream_settings()["default_user_agent"])

    @classmethod
    def get_default_user_agent(cls) -> str:
        """The text that is sent as ``User-Agent`` for accounts that name none."""
        from core.models import UserAgent

        rows = UserAgent.objects.order_by("pk")
        chosen = rows.filter(pk=cls.get_default_user_agent_id()).first() or rows.first()
        return chosen.user_agent if chosen else "Mozilla/5.0"

    @classmethod
    def get_default_stream_profile_id(cls) -> int | None:
        """The primary key of the profile for streams and channels that name none."""
        return _number(cls.get_stream_settings()["default_stream_profile"])

    @classmethod
    def get_m3u_hash_key(cls) -> str:
        """What makes two entries the same stream: names with commas between them."""
        value = cls.get_stream_settings()["m3u_hash_key"]
        if isinstance(value, list):
            return ",".join(str(part) for part in value)
        return str(value or "")

    @classmethod
    def get_preferred_region(cls) -> str | None:
        """The country whose guide channels are preferred in matching, ``us`` for example."""
        return cls.get_stream_settings()["preferred_region"] or None

    @classmethod
    def get_system_time_zone(cls) -> str:
        """The zone in which schedules and file names are meant."""
        return str(cls.get_system_settings()["time_zone"] or django_settings.TIME_ZONE or "UTC")

    @classmethod
    def get_max_system_events(cls) -> int:
        """How many events are kept, from 1 on."""
        return max(1, _number(cls.get_system_settings()["max_system_events"]) or 100)
