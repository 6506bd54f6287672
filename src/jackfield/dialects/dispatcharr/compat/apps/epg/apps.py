from __future__ import annotations

from django.apps import AppConfig


class EPGConfig(AppConfig):
    name = "apps.epg"
    label = "epg"
