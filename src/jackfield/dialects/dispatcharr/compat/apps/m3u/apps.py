from __future__ import annotations

from django.apps import AppConfig


class M3UConfig(AppConfig):
    name = "apps.m3u"
    label = "m3u"

    def ready(self) -> None:
        """Listen to what happens to these models."""
        from apps.m3u import signals  # noqa: F401
