from __future__ import annotations

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "apps.channels"
    label = "dispatcharr_channels"

    def ready(self) -> None:
        """Listen to what happens to these models."""
        from apps.channels import signals  # noqa: F401
