"""Messages for those who have the pages open. Source: dispatcharr spec 2.10."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

import pytest


def test_an_update(host_beside: Any) -> None:
    from core.utils import send_websocket_update

    data = {"type": "plugin", "plugin": "my_plugin", "message": "Done"}
    assert send_websocket_update("updates", "update", data) is None
    assert host_beside.told("websocket") == [{"group": "updates", "type": "update", "data": data}]


def test_another_type_is_sent_as_an_update(host_beside: Any) -> None:
    from core.utils import send_websocket_update

    send_websocket_update("updates", "channel_stats", {"type": "x"}, collect_garbage=True)
    assert host_beside.told("websocket")[0]["type"] == "update"


def test_values_that_json_does_not_know(host_beside: Any) -> None:
    from core.utils import send_websocket_update

    identity = uuid.uuid4()
    send_websocket_update(
        "updates",
        "update",
        {
            "when": datetime.datetime(2030, 1, 2, tzinfo=datetime.UTC),
            "id": identity,
            "class": int,
            ("a", "b"): "no key of JSON",
        },
    )
    assert host_beside.told("websocket")[0]["data"] == {
        "when": "2030-01-02T00:00:00Z",
        "id": str(identity),
        "class": "<class 'int'>",
    }


def test_what_cannot_be_sent_is_logged(host_beside: Any, caplog: pytest.LogCaptureFixture) -> None:
    from core.utils import send_websocket_update

    endless: list[Any] = []
    endless.append(endless)
    send_websocket_update("updates", "update", endless)
    assert "A message for the pages was not sent" in caplog.text
    assert host_beside.told("websocket") == []


def test_without_a_host_nothing_happens(django_env: Any, caplog: pytest.LogCaptureFixture) -> None:
    from core.utils import send_websocket_update

    send_websocket_update("updates", "update", {"type": "plugin"})
    assert caplog.text == ""


def test_an_event(host_beside: Any) -> None:
    from core.utils import send_websocket_event

    send_websocket_event("channels_created", True, {"count": 2})
    send_websocket_event("failed", False)
    assert [told["data"] for told in host_beside.told("websocket")] == [
        {"success": True, "type": "channels_created", "count": 2},
        {"success": False, "type": "failed"},
    ]


def test_a_notification_and_its_end(host_beside: Any) -> None:
    from core.models import SystemNotification
    from core.utils import send_notification_dismissed, send_websocket_notification

    notification = SystemNotification.objects.create(
        notification_key="k", title="Disk full", admin_only=True
    )
    send_websocket_notification(notification)
    send_notification_dismissed("k")
    shown, dismissed = (told["data"] for told in host_beside.told("websocket"))
    assert shown["type"] == "system_notification"
    assert shown["admin_only"] is True
    assert shown["notification"]["title"] == "Disk full"
    assert shown["notification"]["id"] == notification.pk
    assert dismissed == {"type": "notification_dismissed", "notification_key": "k"}
