"""Accounts: where streams come from.

Source: dispatcharr spec 5.1.
"""

from __future__ import annotations

from typing import Any

from django.db import models


class ServerGroup(models.Model):
    """Accounts that share one provider."""

    name = models.CharField(max_length=100, unique=True)

    def __str__(self) -> str:
        return self.name


class M3UAccount(models.Model):
    """A playlist on the network or on disk, or a login at an Xtream Codes server."""

    class Types(models.TextChoices):
        STANDARD = "STD", "Standard"
        XC = "XC", "Xtream Codes"

    class Status(models.TextChoices):
        IDLE = "idle", "Idle"
        FETCHING = "fetching", "Fetching"
        PARSING = "parsing", "Parsing"
        ERROR = "error", "Error"
        SUCCESS = "success", "Success"
        PENDING_SETUP = "pending_setup", "Pending setup"
        DISABLED = "disabled", "Disabled"

    name = models.CharField(max_length=255, unique=True)
    server_url = models.URLField(max_length=1000, blank=True, null=True)
    file_path = models.CharField(max_length=255, blank=True, null=True)
    server_group = models.ForeignKey(
        ServerGroup, on_delete=models.SET_NULL, null=True, blank=True, related_name="m3u_accounts"
    )
    max_streams = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.IDLE)
    last_message = models.TextField(null=True, blank=True)
    user_agent = models.ForeignKey(
        "core.UserAgent",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="m3u_accounts",
    )
    locked = models.BooleanField(default=False)
    stream_profile = models.ForeignKey(
        "core.StreamProfile",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="m3u_accounts",
    )
    account_type = models.CharField(max_length=10, choices=Types.choices, default=Types.STANDARD)
    username = models.CharField(max_length=255, null=True, blank=True)
    password = models.CharField(max_length=255, null=True, blank=True)
    custom_properties = models.JSONField(default=dict, blank=True, null=True)
    refresh_interval = models.IntegerField(default=0)
    refresh_task = models.ForeignKey(
        "django_celery_beat.PeriodicTask", on_delete=models.SET_NULL, null=True, blank=True
    )
    stale_stream_days = models.PositiveIntegerField(default=7)
    priority = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def get_custom_account(cls) -> M3UAccount:
        """The account of streams that somebody entered by hand.

        :raises M3UAccount.DoesNotExist: somebody deleted it from the table.
        """
        return cls.objects.get(name="custom", locked=True)

    def get_user_agent(self) -> Any:
        """The agent under which the provider is asked: the account's own, or the default one."""
        from core.models import CoreSettings, UserAgent

        if self.user_agent_id:
            return self.user_agent
        rows = UserAgent.objects.order_by("pk")
        return rows.filter(pk=CoreSettings.get_default_user_agent_id()).first() or rows.first()


class M3UAccountProfile(models.Model):
    """A login at the account's provider: how its URLs are changed, how many streams it may play."""

    m3u_account = models.ForeignKey(M3UAccount, on_delete=models.CASCADE, related_name="profiles")
    name = models.CharField(max_length=255)
    is_default = models.BooleanField(default=False)
    max_streams = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    search_pattern = models.CharField(max_length=255)
    replace_pattern = models.CharField(max_length=255)
    current_viewers = models.PositiveIntegerField(default=0)
    custom_properties = models.JSONField(default=dict, blank=True, null=True)
    exp_date = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["m3u_account", "name"], name="unique_account_name")
        ]

    def __str__(self) -> str:
        return f"{self.name} (account {self.m3u_account_id})"

    def get_user_info(self) -> dict[str, Any]:
        """What the provider last said about this login; empty when it was not asked."""
        info = (self.custom_properties or {}).get("user_info")
        return info if isinstance(info, dict) else {}


class M3UFilter(models.Model):
    """Keeps entries of a playlist out, or in: the first filter that matches decides."""

    class FilterType(models.TextChoices):
        GROUP = "group", "Group"
        NAME = "name", "Stream name"
        URL = "url", "Stream URL"

    m3u_account = models.ForeignKey(M3UAccount, on_delete=models.CASCADE, related_name="filters")
    filter_type = models.CharField(
        max_length=50, choices=FilterType.choices, default=FilterType.GROUP
    )
    regex_pattern = models.CharField(max_length=200)
    exclude = models.BooleanField(default=True)
    order = models.PositiveIntegerField(default=0)
    custom_properties = models.JSONField(default=dict, blank=True, null=True)

    class Meta:
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return f"{self.filter_type} {self.regex_pattern}"
