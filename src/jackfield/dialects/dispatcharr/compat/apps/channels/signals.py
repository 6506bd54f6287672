"""What follows when channels, streams, profiles and recordings are saved or deleted.

Source: dispatcharr spec 5.2.
"""

from __future__ import annotations

import hashlib
from typing import Any

from core.queueing import queue_on_commit
from core.scheduling import create_or_update_one_off_task, delete_periodic_task
from django.db.models import Max
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.dispatch import receiver
from django.utils import timezone

from apps.channels.models import (
    Channel,
    ChannelProfile,
    ChannelProfileMembership,
    ChannelStream,
    Recording,
    Stream,
)


@receiver(pre_save, sender=Stream, dispatch_uid="channels.stream_without_account")
def stream_without_account(instance: Stream, raw: bool = False, **_: Any) -> None:
    """A stream that somebody enters by hand belongs to the account ``custom``.

    :raises M3UAccount.DoesNotExist: somebody deleted that account from the table.
    """
    from apps.m3u.models import M3UAccount

    if not raw and instance.m3u_account_id is None:
        instance.m3u_account = M3UAccount.get_custom_account()
        instance.is_custom = True


@receiver(post_save, sender=Stream, dispatch_uid="channels.custom_stream_hash")
def custom_stream_hash(instance: Stream, raw: bool = False, **_: Any) -> None:
    """What tells a custom stream from others is its own id: its URL may change, or be shared."""
    if raw or not instance.is_custom or instance.stream_hash:
        return
    instance.stream_hash = hashlib.sha256(f"stream:{instance.pk}".encode()).hexdigest()
    Stream.objects.filter(pk=instance.pk).update(stream_hash=instance.stream_hash)


@receiver(m2m_changed, sender=ChannelStream, dispatch_uid="channels.streams_added")
def streams_added(
    instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **_: Any
) -> None:
    """A channel without a ``tvg_id`` takes that of the first stream it gets."""
    if not pk_set or action not in ("post_add", "post_remove"):
        return
    channels = Channel.objects.filter(pk__in=pk_set) if reverse else [instance]
    for channel in channels:
        roll_up_catchup(channel.pk)
        if action == "post_add" and not channel.tvg_id:
            added = [instance.pk] if reverse else pk_set
            _take_tvg_id(channel, added)


def _take_tvg_id(channel: Channel, added: Any) -> None:
    first = (
        ChannelStream.objects.filter(channel=channel, stream_id__in=added)
        .order_by("order", "pk")
        .values_list("stream__tvg_id", flat=True)
        .first()
    )
    if first:
        channel.tvg_id = first
        channel.save(update_fields=["tvg_id"])


@receiver([post_save, post_delete], sender=ChannelStream, dispatch_uid="channels.catchup")
def catchup_follows_streams(instance: ChannelStream, raw: bool = False, **_: Any) -> None:
    """A channel can be watched later when one of its streams can."""
    if not raw:
        roll_up_catchup(instance.channel_id)


def roll_up_catchup(channel_id: int) -> None:
    """Set a channel's catch-up flags to what the best of its streams offers."""
    offered = Stream.objects.filter(channels=channel_id, is_catchup=True)
    days = offered.aggregate(days=Max("catchup_days"))["days"]
    wanted = {"is_catchup": days is not None, "catchup_days": days or 0}
    Channel.objects.filter(pk=channel_id).exclude(**wanted).update(**wanted)


@receiver(post_save, sender=Channel, dispatch_uid="channels.guide_chosen")
def guide_chosen(
    instance: Channel, created: bool, raw: bool = False, update_fields: Any = None, **_: Any
) -> None:
    """The programmes of a guide channel are read once somebody uses it.

    A plain ``save()`` of a channel that exists reads nothing: it does not say what changed.
    """
    if raw or instance.epg_data_id is None:
        return
    if created or {"epg_data", "epg_data_id"} & set(update_fields or ()):
        queue_on_commit("apps.epg.tasks.parse_programs_for_tvg_id", instance.epg_data_id)


@receiver(post_save, sender=ChannelProfile, dispatch_uid="channels.new_profile")
def new_profile(instance: ChannelProfile, created: bool, raw: bool = False, **_: Any) -> None:
    """A new profile begins with all channels that there are."""
    if raw or not created:
        return
    channels = Channel.objects.values_list("pk", flat=True)
    ChannelProfileMembership.objects.bulk_create(
        (ChannelProfileMembership(channel_profile=instance, channel_id=pk) for pk in channels),
        ignore_conflicts=True,
        batch_size=1000,
    )


def recording_task_name(recording_id: int) -> str:
    """The name of the task that makes a recording."""
    return f"dvr-recording-{recording_id}"


@receiver(post_save, sender=Recording, dispatch_uid="channels.recording")
def schedule_recording(
    instance: Recording, created: bool, raw: bool = False, update_fields: Any = None, **_: Any
) -> None:
    """A recording that is still to come is begun at its time; one that is on, at once."""
    times = {"start_time", "end_time"}
    if raw or (not created and not (times & set(update_fields or times))):
        return
    name = recording_task_name(instance.pk)
    if instance.end_time <= timezone.now():
        return
    if not created and instance.task_id and instance.start_time <= timezone.now():
        return  # it runs already: begun again, it would overwrite itself
    create_or_update_one_off_task(
        name,
        "apps.channels.tasks.run_recording",
        {"recording_id": instance.pk},
        instance.start_time,
    )
    if instance.task_id != name:
        instance.task_id = name
        Recording.objects.filter(pk=instance.pk).update(task_id=name)


@receiver(post_delete, sender=Recording, dispatch_uid="channels.recording_deleted")
def unschedule_recording(instance: Recording, **_: Any) -> None:
    """A deleted recording is not made."""
    delete_periodic_task(recording_task_name(instance.pk))
