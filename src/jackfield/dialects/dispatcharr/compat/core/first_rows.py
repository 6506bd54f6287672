"""The rows that a new database has, because plugins and the host rely on them.

Source: dispatcharr spec 5.1 (end).
"""

from __future__ import annotations

from typing import Any

USER_AGENTS = (
    {
        "name": "VLC",
        "user_agent": "VLC/3.0.21 LibVLC/3.0.21",
        "description": "VLC media player",
    },
)

STREAM_PROFILES = (
    {
        "name": "FFmpeg",
        "command": "ffmpeg",
        "parameters": "-user_agent {userAgent} -i {streamUrl} -c copy -f mpegts pipe:1",
    },
    {
        "name": "Streamlink",
        "command": "streamlink",
        "parameters": "--http-header User-Agent={userAgent} --stdout {streamUrl} best",
    },
    {
        "name": "VLC",
        "command": "cvlc",
        "parameters": "-I dummy --no-video-title-show --http-user-agent {userAgent} {streamUrl} "
        "--sout #standard{access=file,mux=ts,dst=-}",
    },
    {"name": "Proxy", "command": "", "parameters": ""},
    {"name": "Redirect", "command": "", "parameters": ""},
)

DEFAULT_PROFILE = "Proxy"


def plant_core(apps: Any) -> None:
    """Give *apps*' database its user agent, stream profiles and settings."""
    agents = apps.get_model("core", "UserAgent").objects
    profiles = apps.get_model("core", "StreamProfile").objects
    for row in USER_AGENTS:
        agents.get_or_create(name=row["name"], defaults=row)
    # In bulk: a model's own save() would look for a stored row first.
    profiles.bulk_create(profiles.model(locked=True, **row) for row in STREAM_PROFILES)
    apps.get_model("core", "CoreSettings").objects.bulk_create(
        apps.get_model("core", "CoreSettings")(**row)
        for row in (
            {
                "key": "stream_settings",
                "name": "Stream Settings",
                "value": {
                    "default_user_agent": agents.get(name=USER_AGENTS[0]["name"]).pk,
                    "default_stream_profile": profiles.get(name=DEFAULT_PROFILE, locked=True).pk,
                    "m3u_hash_key": "url",
                },
            },
            {"key": "system_settings", "name": "System Settings", "value": {}},
        )
    )


def plant_m3u(apps: Any) -> None:
    """Give *apps*' database the account of streams that people enter by hand."""
    accounts = apps.get_model("m3u", "M3UAccount").objects
    profiles = apps.get_model("m3u", "M3UAccountProfile").objects
    accounts.bulk_create([accounts.model(name="custom", locked=True)])
    profiles.bulk_create(
        [
            profiles.model(
                m3u_account=accounts.get(name="custom"),
                name="custom Default",
                is_default=True,
                search_pattern="^(.*)$",
                replace_pattern="$1",
            )
        ]
    )
