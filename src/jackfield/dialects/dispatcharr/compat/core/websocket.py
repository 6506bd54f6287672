"""Sends to everybody who has the pages open.

Nothing here raises: a page that hears nothing is no reason for a plugin or an import to fail.

Source: dispatcharr spec 2.10.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from jackfield.dialects.dispatcharr.processes import here

logger = logging.getLogger(__name__)


class _Encoder(DjangoJSONEncoder):
    """Knows times, decimals and UUIDs; anything else is sent as its text."""

    def default(self, o: Any) -> Any:
        try:
            return super().default(o)
        except TypeError:
            return str(o)


def send_websocket_update(
    group_name: str, event_type: str, data: Any, collect_garbage: bool = False
) -> None:
    """Send *data* to those who listen to *group_name*; everybody listens to ``updates``.

    :param event_type: ``update``; the original knows no other and loses its connections over one,
        so here every type is sent as an update.
    :param collect_garbage: taken for the original's sake; memory is not the caller's matter here.
    """
    del event_type, collect_garbage
    try:
        plain = json.loads(json.dumps(data, cls=_Encoder, skipkeys=True))
        here.tell("websocket", group=str(group_name), type="update", data=plain)
    except Exception:
        logger.exception("A message for the pages was not sent")


def send_websocket_event(event: str, success: bool, data: dict[str, Any] | None = None) -> None:
    """Send that *event* happened, and whether it went well, with more about it in *data*."""
    send_websocket_update("updates", "update", {"success": success, "type": event, **(data or {})})


def send_websocket_notification(notification: Any) -> None:
    """Show a :class:`core.models.SystemNotification` in the pages that are open."""
    fields = (
        "id",
        "notification_key",
        "notification_type",
        "priority",
        "source",
        "title",
        "message",
        "action_data",
        "is_active",
        "admin_only",
        "expires_at",
        "created_at",
    )
    shown = {name: getattr(notification, name, None) for name in fields}
    send_websocket_update(
        "updates",
        "update",
        {
            "type": "system_notification",
            "notification": shown,
            "admin_only": bool(shown["admin_only"]),
        },
    )


def send_notification_dismissed(notification_key: str) -> None:
    """Take the notification of that key away from the pages that are open."""
    send_websocket_update(
        "updates",
        "update",
        {"type": "notification_dismissed", "notification_key": notification_key},
    )
