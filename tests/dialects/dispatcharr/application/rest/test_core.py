from __future__ import annotations

import uuid

from application_site import Site

BASE = "/api/core"


def test_version_is_open(site: Site) -> None:
    assert site.get(f"{BASE}/version/").json()["version"]
    assert site.get(f"{BASE}/settings/env/").status_code == 401
    env = site.get(f"{BASE}/settings/env/", level=1, prefix="/dispatcharr").json()
    assert env["base_url"] == f"{site.url}/dispatcharr"


def test_settings(site: Site) -> None:
    from core.models import CoreSettings

    rows = site.get(f"{BASE}/settings/", level=1).json()
    assert "stream_settings" in [row["key"] for row in rows]
    row = next(row for row in rows if row["key"] == "stream_settings")
    value = {**row["value"], "m3u_hash_key": "name,url"}
    answer = site.admin("PATCH", f"{BASE}/settings/{row['id']}/", json={"value": value})
    assert answer.status_code == 200 and CoreSettings.get_m3u_hash_key() == "name,url"
    again = site.admin("POST", f"{BASE}/settings/", json={"key": "stream_settings", "value": {}})
    assert again.status_code == 400 and "key" in again.json()


def test_locked_profiles_stay(site: Site) -> None:
    rows = site.get(f"{BASE}/streamprofiles/", level=1).json()
    proxy = next(row for row in rows if row["name"] == "Proxy")
    path = f"{BASE}/streamprofiles/{proxy['id']}/"
    assert proxy["locked"] is True
    refused = site.admin("PATCH", path, json={"command": "rm"})
    assert refused.status_code == 400 and "locked" in str(refused.json())
    assert site.admin("DELETE", path).status_code == 400
    agent = site.admin("POST", f"{BASE}/useragents/", json={"name": "Box", "user_agent": "Box/1"})
    assert agent.status_code == 201
    changed = site.admin("PATCH", path, json={"user_agent": agent.json()["id"]})
    assert changed.status_code == 200
    own = site.admin(
        "POST", f"{BASE}/streamprofiles/", json={"name": "Mine", "command": "x", "locked": True}
    )
    assert own.status_code == 201 and own.json()["locked"] is False


def test_events_are_the_newest_first(site: Site) -> None:
    from core.utils import log_system_event

    for number in range(5):
        log_system_event("channel_start", channel_id=uuid.uuid4(), channel_name=f"c{number}")
    log_system_event("m3u_refresh", account_name="a")
    answer = site.get(f"{BASE}/system-events/?limit=2", level=1).json()
    assert answer["total"] == 6 and answer["count"] == 2
    assert answer["events"][0]["event_type"] == "m3u_refresh"
    only = site.get(f"{BASE}/system-events/?event_type=channel_start&offset=4", level=1).json()
    assert [event["channel_name"] for event in only["events"]] == ["c0"]


def test_notifications_for_administrators_are_theirs(site: Site) -> None:
    from core.models import SystemNotification

    for name, admin in (("all", False), ("few", True)):
        SystemNotification.objects.create(notification_key=name, title=name, admin_only=admin)
    path = f"{BASE}/notifications/"
    assert [row["title"] for row in site.get(path, level=1).json()] == ["all"]
    assert len(site.admin("GET", path).json()) == 2
