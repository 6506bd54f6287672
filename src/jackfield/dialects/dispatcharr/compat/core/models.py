"""What all applications share: settings, agents, profiles, events, notifications.

Source: dispatcharr spec 5.1.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from core.settings_readers import SettingsReaders


class UserAgent(models.Model):
    """A name under which providers are asked."""

    name = models.CharField(max_length=512, unique=True)
    user_agent = models.CharField(max_length=512, unique=True)
    description = models.CharField(max_length=255, blank=True, default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name


class StreamProfile(models.Model):
    """How a stream gets from its provider to a client: through a command, or without one.

    A locked profile is the host's own: only its user agent may change, and it stays.
    """

    PROXY = "Proxy"
    REDIRECT = "Redirect"

    name = models.CharField(max_length=255)
    command = models.CharField(max_length=255, blank=True, default="")
    parameters = models.TextField(blank=True, default="")
    locked = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    user_agent = models.ForeignKey(UserAgent, on_delete=models.SET_NULL, null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    def is_proxy(self) -> bool:
        """Whether the host itself passes the stream on."""
        return self.locked and self.name == self.PROXY

    def is_redirect(self) -> bool:
        """Whether the client is sent to the provider."""
        return self.locked and self.name == self.REDIRECT

    def build_command(self, stream_url: str, user_agent: str) -> list[str]:
        """The program and its arguments for one stream; empty for the profiles without one."""
        if not self.command:
            return []
        from core.command_line import filled_in

        return [
            self.command,
            *filled_in(self.parameters, streamUrl=stream_url, userAgent=user_agent),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """As every model's.

        :raises ValidationError: a locked profile would change in more than its user agent.
        """
        stored = StreamProfile.objects.filter(pk=self.pk).first() if self.pk else None
        if stored is not None and stored.locked:
            fixed = ("name", "command", "parameters", "locked", "is_active")
            changed = [name for name in fixed if getattr(self, name) != getattr(stored, name)]
            if changed:
                raise ValidationError(
                    f"the stream profile {stored.name} is locked: {', '.join(changed)} cannot "
                    "change, only its user agent can"
                )
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """As every model's.

        :raises ValidationError: the profile is locked.
        """
        if self.locked:
            raise ValidationError(f"the stream profile {self.name} is locked and stays")
        return super().delete(*args, **kwargs)


class OutputProfile(models.Model):
    """A command that changes what leaves the proxy, for clients that need another format."""

    name = models.CharField(max_length=255, unique=True)
    command = models.CharField(max_length=255, blank=True, default="")
    parameters = models.TextField(blank=True, default="")
    locked = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class CoreSettings(SettingsReaders, models.Model):
    """One group of settings, or (rows of older releases) one setting, as JSON."""

    key = models.CharField(max_length=255, unique=True)
    name = models.CharField(max_length=255, blank=True, default="")
    value = models.JSONField(default=dict, blank=True, null=True)

    def __str__(self) -> str:
        return self.key


class SystemEvent(models.Model):
    """Something that happened: a refresh, a client's coming and going, an error."""

    event_type = models.CharField(max_length=64, db_index=True)
    timestamp = models.DateTimeField(default=timezone.now, db_index=True)
    channel_id = models.UUIDField(null=True, blank=True, db_index=True)
    channel_name = models.CharField(max_length=255, null=True, blank=True)
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-timestamp", "-id"]

    def __str__(self) -> str:
        return f"{self.event_type} at {self.timestamp:%Y-%m-%d %H:%M:%S}"


class SystemNotification(models.Model):
    """A notice for the people who use the host, shown until they dismiss it."""

    class NotificationType(models.TextChoices):
        VERSION_UPDATE = "version_update"
        SETTING_RECOMMENDATION = "setting_recommendation"
        ANNOUNCEMENT = "announcement"
        WARNING = "warning"
        INFO = "info"

    class Priority(models.TextChoices):
        LOW = "low"
        NORMAL = "normal"
        HIGH = "high"
        CRITICAL = "critical"

    class Source(models.TextChoices):
        SYSTEM = "system"
        DEVELOPER = "developer"

    notification_key = models.CharField(max_length=255, unique=True)
    notification_type = models.CharField(
        max_length=32, choices=NotificationType.choices, default=NotificationType.INFO
    )
    priority = models.CharField(max_length=16, choices=Priority.choices, default=Priority.NORMAL)
    source = models.CharField(max_length=32, choices=Source.choices, default=Source.SYSTEM)
    title = models.CharField(max_length=255)
    message = models.TextField(blank=True, default="")
    action_data = models.JSONField(default=dict, blank=True, null=True)
    is_active = models.BooleanField(default=True)
    admin_only = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.title
