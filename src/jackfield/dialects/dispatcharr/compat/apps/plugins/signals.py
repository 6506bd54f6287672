"""Tells the host when a plugin's settings or switch were changed through the table.

Source: dispatcharr spec 2.4 (plugins write their own settings).
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from apps.plugins.models import PluginConfig
from jackfield.dialects.dispatcharr.processes import here


@receiver(post_save, sender=PluginConfig, dispatch_uid="plugins.tell_host")
def tell_host(instance: PluginConfig, raw: bool = False, **_: Any) -> None:
    """Whoever writes last wins: the host keeps what the row says."""
    if not raw:
        told = {
            "key": instance.key,
            "settings": instance.settings,
            "enabled": bool(instance.enabled),
        }
        transaction.on_commit(lambda: here.tell("plugin_config.saved", **told), robust=True)
