"""What follows when a guide is saved or deleted.

Source: dispatcharr spec 5.2.
"""

from __future__ import annotations

from typing import Any

from core.queueing import queue_on_commit
from core.scheduling import create_or_update_periodic_task, delete_periodic_task
from django.db.models.signals import post_delete, post_save, pre_save
from django.dispatch import receiver
from django.utils.text import slugify

from apps.epg.models import EPGData, EPGSource

_SCHEDULED = {"refresh_interval", "is_active", "source_type"}


def refresh_task_name(source_id: int) -> str:
    """The name of the periodic task that refreshes a guide."""
    return f"epg_source-refresh-{source_id}"


def _is_dummy(source: EPGSource) -> bool:
    return source.source_type == EPGSource.SourceType.DUMMY


@receiver(pre_save, sender=EPGSource, dispatch_uid="epg.status_follows_switch")
def status_follows_switch(
    instance: EPGSource, raw: bool = False, update_fields: Any = None, **_: Any
) -> None:
    """A guide that is switched off says so in its status; switched on, it is idle."""
    if raw or instance.pk is None or (update_fields and "is_active" not in update_fields):
        return
    was = EPGSource.objects.filter(pk=instance.pk).values_list("is_active", flat=True).first()
    if was is None or was == instance.is_active:
        return
    instance.status = EPGSource.STATUS_IDLE if instance.is_active else EPGSource.STATUS_DISABLED
    if update_fields:
        # It was not meant to be saved, but it follows from what is.
        EPGSource.objects.filter(pk=instance.pk).update(status=instance.status)


@receiver(post_save, sender=EPGSource, dispatch_uid="epg.new_source")
def new_source(instance: EPGSource, created: bool, raw: bool = False, **_: Any) -> None:
    """A new guide is fetched at once."""
    if not raw and created and instance.is_active and not _is_dummy(instance):
        queue_on_commit("apps.epg.tasks.refresh_epg_data", instance.pk)


@receiver(post_save, sender=EPGSource, dispatch_uid="epg.dummy_channel")
def dummy_channel(instance: EPGSource, raw: bool = False, **_: Any) -> None:
    """A guide that is made up has one channel, which any number of channels use."""
    if raw or not _is_dummy(instance):
        return
    EPGData.objects.update_or_create(
        epg_source=instance,
        defaults={
            "tvg_id": f"dummy_{slugify(instance.name) or instance.pk}",
            "name": instance.name,
        },
    )


@receiver(post_save, sender=EPGSource, dispatch_uid="epg.schedule")
def schedule(
    instance: EPGSource, created: bool, raw: bool = False, update_fields: Any = None, **_: Any
) -> None:
    """The guide is refreshed as often as it says."""
    if raw or (not created and update_fields and not _SCHEDULED & set(update_fields)):
        return
    if _is_dummy(instance):
        delete_periodic_task(refresh_task_name(instance.pk))
        instance.refresh_task = None
        return
    task = create_or_update_periodic_task(
        refresh_task_name(instance.pk),
        "apps.epg.tasks.refresh_epg_data",
        {"source_id": instance.pk},
        interval_hours=instance.refresh_interval or 0,
        enabled=instance.is_active,
    )
    if instance.refresh_task_id != task.pk:
        instance.refresh_task = task
        EPGSource.objects.filter(pk=instance.pk).update(refresh_task=task)


@receiver(post_delete, sender=EPGSource, dispatch_uid="epg.unschedule")
def unschedule(instance: EPGSource, **_: Any) -> None:
    """A deleted guide is refreshed no more."""
    delete_periodic_task(refresh_task_name(instance.pk))
