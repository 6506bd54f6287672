"""Scheduled Refresher: refreshes on a schedule, but only what has grown old.

The work is a task of the plugin's own; a row of django_celery_beat says when it runs. Both go on
when nobody looks, and the schedule outlives a restart.
"""

from datetime import timedelta

from celery import shared_task

KEY = "scheduled_refresher"
TASK = "scheduled_refresher.refresh_old"


@shared_task(name=TASK)
def refresh_old(hours=12):
    """Send a refresh for each source whose last one is that long ago; how many."""
    from apps.epg.models import EPGSource
    from apps.epg.tasks import refresh_epg_data
    from apps.m3u.models import M3UAccount
    from apps.m3u.tasks import refresh_single_m3u_account
    from django.db.models import Q
    from django.utils import timezone

    old = Q(updated_at=None) | Q(updated_at__lt=timezone.now() - timedelta(hours=hours))
    accounts = M3UAccount.objects.filter(old, is_active=True, locked=False)
    sources = EPGSource.objects.filter(old, is_active=True).exclude(source_type="dummy")
    for account in accounts:
        refresh_single_m3u_account.delay(account.id)
    for source in sources:
        refresh_epg_data.delay(source.id)
    return {"accounts": len(accounts), "sources": len(sources)}


class Plugin:
    name = "Scheduled Refresher"
    version = "1.0.0"
    description = "Refreshes accounts and guides that have grown old, on a schedule"
    author = "Jackfield"

    fields = [
        {
            "id": "cron",
            "label": "When",
            "type": "string",
            "default": "15 4 * * *",
            "help_text": "As cron has it: minute, hour, day, month, day of the week.",
        },
        {
            "id": "hours",
            "label": "Old is more than (hours)",
            "type": "number",
            "default": 12,
            "min": 1,
        },
    ]

    actions = [
        {"id": "schedule", "label": "Schedule", "description": "Refreshes at these times"},
        {"id": "unschedule", "label": "Unschedule", "description": "Does not any more"},
        {"id": "now", "label": "Refresh now", "description": "Refreshes what is old"},
    ]

    def run(self, action, params, context):
        settings = context["settings"]
        hours = settings.get("hours", 12)
        if action == "schedule":
            return self._schedule(settings.get("cron") or "15 4 * * *", hours)
        if action == "unschedule":
            self._unschedule()
            return {"status": "ok", "message": "Nothing is scheduled any more"}
        if action == "now":
            task = refresh_old.delay(hours)
            return {"status": "queued", "message": "Refreshing what is old", "task": task.id}
        return {"status": "error", "message": f"Unknown action {action}"}

    def stop(self, context):
        """A schedule whose task nobody runs would only fill the log."""
        if context.get("reason") in ("disable", "delete"):
            self._unschedule()

    def _schedule(self, cron, hours):
        from core.scheduling import create_or_update_periodic_task

        try:
            create_or_update_periodic_task(
                task_name=KEY, celery_task_path=TASK, kwargs={"hours": hours}, cron_expression=cron
            )
        except ValueError as error:
            return {"status": "error", "message": f"{cron!r} is no time: {error}"}
        return {"status": "ok", "message": f"Refreshes at {cron}"}

    def _unschedule(self):
        from core.scheduling import delete_periodic_task

        delete_periodic_task(KEY)
