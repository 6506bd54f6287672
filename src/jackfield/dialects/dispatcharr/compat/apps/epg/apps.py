from __future__ import annotations

from django.apps import AppConfig


class EPGConfig(AppConfig):
    name = "apps.epg"
    label = "epg"

    def ready(self) -> None:
        """Listen to what happens to these models."""
        from apps.epg import signals  # noqa: F401
