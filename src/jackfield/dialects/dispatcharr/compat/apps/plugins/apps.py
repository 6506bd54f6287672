from __future__ import annotations

from django.apps import AppConfig


class PluginsConfig(AppConfig):
    name = "apps.plugins"
    label = "plugins"

    def ready(self) -> None:
        """Listen to what happens to these models."""
        from apps.plugins import signals  # noqa: F401
