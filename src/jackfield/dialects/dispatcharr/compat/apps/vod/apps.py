from __future__ import annotations

from django.apps import AppConfig


class VODConfig(AppConfig):
    name = "apps.vod"
    label = "vod"
