from __future__ import annotations

from django.apps import AppConfig


class M3UConfig(AppConfig):
    name = "apps.m3u"
    label = "m3u"
