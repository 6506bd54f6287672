"""Channels and what they are made of.

Source: dispatcharr spec 5.1.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils import timezone

from apps.channels.managers import ChannelManager
from apps.channels.stream_hash import stream_hash


class ChannelGroup(models.Model):
    """A group of channels and streams: what a playlist calls ``group-title``."""

    name = models.TextField(unique=True)

    def __str__(self) -> str:
        return self.name

    def related_channels(self) -> Any:
        """The channels of this group."""
        return self.channels.all()

    @classmethod
    def bulk_create_and_fetch(cls, objects: Iterable[ChannelGroup]) -> list[ChannelGroup]:
        """Create those of *objects* whose name is new; give the stored rows of all of them."""
        rows = list(objects)
        cls.objects.bulk_create(rows, ignore_conflicts=True)
        return list(cls.objects.filter(name__in=[row.name for row in rows]))


class Stream(models.Model):
    """One entry of a playlist: something that can be played."""

    name = models.CharField(max_length=512, default="Default Stream")
    url = models.URLField(max_length=4096, blank=True, null=True)
    m3u_account = models.ForeignKey(
        "m3u.M3UAccount", on_delete=models.CASCADE, null=True, blank=True, related_name="streams"
    )
    logo_url = models.TextField(blank=True, null=True)
    tvg_id = models.CharField(max_length=255, blank=True, null=True)
    local_file = models.FileField(upload_to="uploads/", blank=True, null=True)
    current_viewers = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)
    channel_group = models.ForeignKey(
        ChannelGroup, on_delete=models.SET_NULL, null=True, blank=True, related_name="streams"
    )
    stream_profile = models.ForeignKey(
        "core.StreamProfile",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="streams",
    )
    is_custom = models.BooleanField(default=False)
    stream_hash = models.CharField(max_length=255, null=True, blank=True, unique=True)
    last_seen = models.DateTimeField(default=timezone.now)
    is_stale = models.BooleanField(default=False)
    is_adult = models.BooleanField(default=False)
    custom_properties = models.JSONField(default=dict, blank=True, null=True)
    stream_id = models.BigIntegerField(null=True, blank=True, db_index=True)
    stream_chno = models.FloatField(null=True, blank=True)
    stream_stats = models.JSONField(null=True, blank=True)
    stream_stats_updated_at = models.DateTimeField(null=True, blank=True)
    is_catchup = models.BooleanField(default=False)
    catchup_days = models.IntegerField(default=0)

    class Meta:
        ordering = ["-updated_at"]

    def __str__(self) -> str:
        return self.name or self.url or f"Stream {self.pk}"

    @classmethod
    def generate_hash_key(
        cls,
        name: str | None,
        url: str | None,
        tvg_id: str | None,
        keys: str | Iterable[str] | None = None,
        m3u_id: int | None = None,
        group: str | None = None,
        account_type: str | None = None,
        stream_id: Any = None,
    ) -> str:
        """What tells this entry from others, by the setting ``m3u_hash_key`` or by *keys*."""
        if keys is None:
            from core.models import CoreSettings

            keys = CoreSettings.get_m3u_hash_key()
        return stream_hash(
            name=name,
            url=url,
            tvg_id=tvg_id,
            keys=keys,
            m3u_id=m3u_id,
            group=group,
            account_type=account_type,
            stream_id=stream_id,
        )

    def get_stream_profile(self) -> Any:
        """The profile that this stream is played with: its own, or the default one."""
        from core.models import CoreSettings, StreamProfile

        if self.stream_profile_id:
            return self.stream_profile
        return StreamProfile.objects.filter(pk=CoreSettings.get_default_stream_profile_id()).first()


class Channel(models.Model):
    """What a viewer tunes to: a number, a name, a guide, and streams in order of preference."""

    channel_number = models.FloatField(null=True, blank=True, db_index=True)
    name = models.CharField(max_length=512)
    logo = models.ForeignKey(
        "dispatcharr_channels.Logo",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="channels",
    )
    streams = models.ManyToManyField(
        Stream,
        blank=True,
        through="dispatcharr_channels.ChannelStream",
        related_name="channels",
    )
    channel_group = models.ForeignKey(
        ChannelGroup, on_delete=models.SET_NULL, null=True, blank=True, related_name="channels"
    )
    tvg_id = models.CharField(max_length=255, blank=True, null=True)
    tvc_guide_stationid = models.CharField(max_length=255, blank=True, null=True)
    epg_data = models.ForeignKey(
        "epg.EPGData", on_delete=models.SET_NULL, null=True, blank=True, related_name="channels"
    )
    stream_profile = models.ForeignKey(
        "core.StreamProfile",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="channels",
    )
    uuid = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    user_level = models.IntegerField(default=0)
    is_adult = models.BooleanField(default=False)
    auto_created = models.BooleanField(default=False)
    auto_created_by = models.ForeignKey(
        "m3u.M3UAccount",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="auto_created_channels",
    )
    is_catchup = models.BooleanField(default=False)
    catchup_days = models.IntegerField(default=0)
    hidden_from_output = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ChannelManager()

    def __str__(self) -> str:
        return f"{self.channel_number} - {self.name}"

    @classmethod
    def get_next_available_channel_number(cls, starting_from: float = 1) -> float:
        """The first whole number from *starting_from* on that no channel has."""
        taken = set(
            cls.objects.filter(channel_number__gte=starting_from).values_list(
                "channel_number", flat=True
            )
        )
        number = starting_from
        while number in taken:
            number += 1
        return number

    def get_stream_profile(self) -> Any:
        """The profile that this channel is played with: its own, or the default one."""
        from core.models import CoreSettings, StreamProfile

        if self.stream_profile_id:
            return self.stream_profile
        return StreamProfile.objects.filter(pk=CoreSettings.get_default_stream_profile_id()).first()

    def get_stream(self) -> tuple[int | None, int | None, str | None]:
        """The stream and the account's profile that would play now, or ``None`` twice and why not.

        Nothing is reserved: connections belong to the process that plays streams, which shows in
        Redis how many each profile uses.
        """
        from core.utils import RedisClient

        from jackfield.dialects.dispatcharr.application.stream.selection import sources_of_channel

        sources = sources_of_channel(self.pk)
        for source in sources:
            used = 0
            if source.slots:
                used = int(RedisClient.get_client().get(f"profile_connections:{source.slot}") or 0)
            if not source.slots or used < source.slots:
                return source.stream_id, source.slot, None
        if sources:
            return None, None, "Every connection of its accounts is in use"
        return None, None, "It has no stream that can be played"


class ChannelStream(models.Model):
    """A stream's place in a channel: 0 is tried first."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE)
    stream = models.ForeignKey(Stream, on_delete=models.CASCADE)
    order = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "stream"], name="unique_channel_stream")
        ]

    def __str__(self) -> str:
        return f"stream {self.stream_id} of channel {self.channel_id} at {self.order}"


class Logo(models.Model):
    """A channel's picture, on the network or below ``/data/logos``."""

    name = models.CharField(max_length=255)
    url = models.TextField(unique=True)

    def __str__(self) -> str:
        return self.name


class ChannelProfile(models.Model):
    """A choice of channels, with a playlist and a tuner of its own."""

    name = models.CharField(max_length=100, unique=True)

    def __str__(self) -> str:
        return self.name


class ChannelProfileMembership(models.Model):
    """Whether a channel is part of a profile."""

    channel_profile = models.ForeignKey(ChannelProfile, on_delete=models.CASCADE)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE)
    enabled = models.BooleanField(default=True)

    class Meta:
        unique_together = [("channel_profile", "channel")]

    def __str__(self) -> str:
        return f"channel {self.channel_id} in profile {self.channel_profile_id}"


class ChannelGroupM3UAccount(models.Model):
    """A group of an account: whether its streams are wanted, and made into channels."""

    channel_group = models.ForeignKey(
        ChannelGroup, on_delete=models.CASCADE, related_name="m3u_accounts"
    )
    m3u_account = models.ForeignKey(
        "m3u.M3UAccount", on_delete=models.CASCADE, related_name="channel_group"
    )
    custom_properties = models.JSONField(default=dict, blank=True, null=True)
    enabled = models.BooleanField(default=True)
    auto_channel_sync = models.BooleanField(default=False)
    auto_sync_channel_start = models.FloatField(null=True, blank=True)
    auto_sync_channel_end = models.FloatField(null=True, blank=True)
    last_seen = models.DateTimeField(default=timezone.now)
    is_stale = models.BooleanField(default=False)

    class Meta:
        unique_together = [("channel_group", "m3u_account")]

    def __str__(self) -> str:
        return f"group {self.channel_group_id} of account {self.m3u_account_id}"


class Recording(models.Model):
    """A programme that is, was or will be recorded."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="recordings")
    start_time = models.DateTimeField()
    end_time = models.DateTimeField()
    task_id = models.CharField(max_length=255, null=True, blank=True)
    custom_properties = models.JSONField(default=dict, blank=True, null=True)

    def __str__(self) -> str:
        return f"channel {self.channel_id} from {self.start_time} to {self.end_time}"
