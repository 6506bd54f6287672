"""Users of the IPTV service, who are not the host's own accounts.

Source: dispatcharr spec 5.1.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models


class DispatcharrUserManager(UserManager):
    """Makes users; a superuser is an administrator."""

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **fields: Any
    ) -> Any:
        """As Django's, with the level of an administrator."""
        fields.setdefault("user_level", User.UserLevel.ADMIN)
        return super().create_superuser(username, email, password, **fields)


class User(AbstractUser):
    """Somebody who watches or administrates."""

    class UserLevel(models.IntegerChoices):
        STREAMER = 0, "Streamer"
        STANDARD = 1, "Standard User"
        ADMIN = 10, "Admin"

    user_level = models.IntegerField(default=UserLevel.STREAMER, choices=UserLevel.choices)
    channel_profiles = models.ManyToManyField(
        "dispatcharr_channels.ChannelProfile", blank=True, related_name="users"
    )
    custom_properties = models.JSONField(default=dict, blank=True, null=True)
    api_key = models.CharField(max_length=200, null=True, blank=True, db_index=True)
    stream_limit = models.IntegerField(default=0)

    objects = DispatcharrUserManager()

    def __str__(self) -> str:
        return self.username

    @property
    def is_admin(self) -> bool:
        """Whether this user may change things."""
        return self.user_level >= self.UserLevel.ADMIN
