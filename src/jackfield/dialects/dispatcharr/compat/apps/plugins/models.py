"""What is kept of a plugin. Source: dispatcharr spec 5.1."""

from __future__ import annotations

from django.db import models

from apps.plugins.managers import PluginConfigManager


class PluginConfig(models.Model):
    """A plugin that was ever found: its words about itself, its switch and its settings."""

    key = models.CharField(max_length=128, unique=True)
    name = models.CharField(max_length=255)
    version = models.CharField(max_length=64, blank=True, default="")
    description = models.TextField(blank=True, default="")
    enabled = models.BooleanField(default=False)
    ever_enabled = models.BooleanField(default=False)
    settings = models.JSONField(default=dict, blank=True)
    slug = models.CharField(max_length=128, blank=True, default="")
    source_repo = models.ForeignKey(
        "plugins.PluginRepo",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="managed_plugins",
    )
    installed_version_is_prerelease = models.BooleanField(default=False)
    deprecated = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PluginConfigManager()
    exact = models.Manager()
    """For the host: a key is what it is, as two folders may differ in a dash only."""

    def __str__(self) -> str:
        return f"{self.name} ({self.key})"


class PluginRepo(models.Model):
    """A list of plugins on the network to install from. Source: dispatcharr spec 2.12."""

    name = models.CharField(max_length=255)
    url = models.URLField(max_length=1024, unique=True)
    public_key = models.TextField(blank=True, default="")
    is_official = models.BooleanField(default=False)
    enabled = models.BooleanField(default=True)
    signature_verified = models.BooleanField(null=True, default=None)
    cached_manifest = models.JSONField(default=dict, blank=True)
    last_fetched = models.DateTimeField(null=True, blank=True)
    last_fetch_status = models.CharField(max_length=255, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name
