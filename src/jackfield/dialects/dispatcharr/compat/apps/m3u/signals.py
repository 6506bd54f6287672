"""What follows when an account is saved or deleted.

Source: dispatcharr spec 5.2.
"""

from __future__ import annotations

from typing import Any

from core.queueing import queue_on_commit
from core.scheduling import create_or_update_periodic_task, delete_periodic_task
from django.db.models.signals import post_delete, post_save, pre_save
from django.dispatch import receiver

from apps.m3u.models import M3UAccount, M3UAccountProfile

_SCHEDULED = {"refresh_interval", "is_active"}


def refresh_task_name(account_id: int) -> str:
    """The name of the periodic task that refreshes an account."""
    return f"m3u_account-refresh-{account_id}"


@receiver(pre_save, sender=M3UAccount, dispatch_uid="m3u.status_follows_switch")
def status_follows_switch(
    instance: M3UAccount, raw: bool = False, update_fields: Any = None, **_: Any
) -> None:
    """An account that is switched off says so in its status; switched on, it is idle."""
    if raw or instance.pk is None or (update_fields and "is_active" not in update_fields):
        return
    was = M3UAccount.objects.filter(pk=instance.pk).values_list("is_active", flat=True).first()
    if was is None or was == instance.is_active:
        return
    status = M3UAccount.Status
    instance.status = status.IDLE if instance.is_active else status.DISABLED
    if update_fields:
        # It was not meant to be saved, but it follows from what is.
        M3UAccount.objects.filter(pk=instance.pk).update(status=instance.status)


@receiver(post_save, sender=M3UAccount, dispatch_uid="m3u.new_account")
def new_account(instance: M3UAccount, created: bool, raw: bool = False, **_: Any) -> None:
    """A new account gets its default profile, and its groups are looked up."""
    if raw or not created or instance.locked:
        return
    M3UAccountProfile.objects.get_or_create(
        m3u_account=instance,
        is_default=True,
        defaults={
            "name": f"{instance.name} Default",
            "max_streams": instance.max_streams,
            "search_pattern": "^(.*)$",
            "replace_pattern": "$1",
        },
    )
    if instance.account_type != M3UAccount.Types.XC:
        queue_on_commit("apps.m3u.tasks.refresh_m3u_groups", instance.pk)


@receiver(post_save, sender=M3UAccount, dispatch_uid="m3u.schedule")
def schedule(
    instance: M3UAccount, created: bool, raw: bool = False, update_fields: Any = None, **_: Any
) -> None:
    """The account is refreshed as often as it says."""
    if raw or instance.locked:
        return
    if not created and update_fields and not _SCHEDULED & set(update_fields):
        return
    task = create_or_update_periodic_task(
        refresh_task_name(instance.pk),
        "apps.m3u.tasks.refresh_single_m3u_account",
        {"account_id": instance.pk},
        interval_hours=instance.refresh_interval or 0,
        enabled=instance.is_active,
    )
    if instance.refresh_task_id != task.pk:
        instance.refresh_task = task
        M3UAccount.objects.filter(pk=instance.pk).update(refresh_task=task)


@receiver(post_delete, sender=M3UAccount, dispatch_uid="m3u.unschedule")
def unschedule(instance: M3UAccount, **_: Any) -> None:
    """A deleted account is refreshed no more."""
    delete_periodic_task(refresh_task_name(instance.pk))
