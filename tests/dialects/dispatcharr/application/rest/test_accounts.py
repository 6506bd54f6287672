from __future__ import annotations

from typing import Any

import pytest

from application_site import Site

BASE = "/api/m3u"


def make(site: Site, **values: Any) -> Any:
    return site.admin("POST", f"{BASE}/accounts/", json=values)


def test_an_account_and_what_comes_with_it(site: Site, host: Any) -> None:
    answer = make(site, name="Provider", server_url="http://iptv:8080/list.m3u", max_streams=2)
    assert answer.status_code == 201, answer.text
    account = answer.json()
    assert [p["name"] for p in account["profiles"]] == ["Provider Default"]
    assert account["status"] == "idle" and account["account_type"] == "STD"
    path = f"{BASE}/accounts/{account['id']}/"
    login = site.admin(
        "POST",
        f"{path}profiles/",
        json={"name": "second", "search_pattern": "u1", "replace_pattern": "u2", "max_streams": 1},
    )
    assert login.status_code == 201
    rule = site.admin(
        "POST", f"{path}filters/", json={"filter_type": "name", "regex_pattern": "XXX", "order": 1}
    )
    assert rule.status_code == 201
    shown = site.admin("GET", path).json()
    assert len(shown["profiles"]) == 2 and shown["filters"][0]["exclude"] is True
    default = account["profiles"][0]["id"]
    assert site.admin("DELETE", f"{path}profiles/{default}/").status_code == 400
    assert site.admin("DELETE", f"{path}profiles/{login.json()['id']}/").status_code == 204
    assert site.admin("GET", f"{BASE}/accounts/99/profiles/1/").status_code == 404
    unknown = site.admin("POST", f"{BASE}/accounts/99/filters/", json={"regex_pattern": "x"})
    assert unknown.status_code in (400, 404)


def test_a_password_goes_in_and_never_out(site: Site, host: Any) -> None:
    from apps.m3u.models import M3UAccount

    answer = make(
        site,
        name="XC",
        account_type="XC",
        server_url="http://panel.example",
        username="me",
        password="s3cr3t-value",
    )
    assert answer.status_code == 201
    for text in (answer.text, site.admin("GET", f"{BASE}/accounts/").text):
        assert "s3cr3t-value" not in text
    assert answer.json()["has_password"] is True and "password" not in answer.json()
    path = f"{BASE}/accounts/{answer.json()['id']}/"
    site.admin("PATCH", path, json={"password": "", "name": "XC 2"})
    assert M3UAccount.objects.get(name="XC 2").password == "s3cr3t-value"


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"name": "a"}, {"server_url"}),
        ({"name": "a", "server_url": "file:///etc/passwd"}, {"server_url"}),
        ({"name": "a", "server_url": "not an address"}, {"server_url"}),
        ({"name": "a", "account_type": "XC", "server_url": "http://x"}, {"username", "password"}),
        ({"name": "a", "account_type": "ZZ", "server_url": "http://x"}, {"account_type"}),
        ({"name": "custom", "server_url": "http://x"}, {"name"}),
        ({"name": "a", "server_url": "http://x", "max_streams": -1}, {"max_streams"}),
        ({"name": "a", "server_url": "http://x", "custom_properties": "x"}, {"custom_properties"}),
    ],
)
def test_what_does_not_fit(site: Site, host: Any, values: Any, wrong: set[str]) -> None:
    answer = make(site, **values)
    assert answer.status_code == 400 and set(answer.json()) == wrong


def test_refreshing_is_queued_and_answered_at_once(site: Site, host: Any) -> None:
    account = make(site, name="Provider", server_url="http://provider.example/list").json()
    host.clear()
    answer = site.admin("POST", f"{BASE}/refresh/{account['id']}/")
    assert answer.status_code == 202
    assert answer.json()["success"] is True and answer.json()["task_id"]
    assert site.admin("POST", f"{BASE}/refresh/").status_code == 202
    assert [name for name, _ in host] == [
        "apps.m3u.tasks.refresh_single_m3u_account",
        "apps.m3u.tasks.refresh_m3u_accounts",
    ]
    assert host[0][1] == [account["id"]]
    assert site.ask("POST", f"{BASE}/refresh/", level=1).status_code == 403
    assert site.admin("POST", f"{BASE}/refresh/9999/").status_code == 404
    site.admin("PATCH", f"{BASE}/accounts/{account['id']}/", json={"is_active": False})
    off = site.admin("POST", f"{BASE}/refresh/{account['id']}/")
    assert off.status_code == 400 and "switched off" in off.json()["detail"]


def test_without_anybody_who_runs_tasks_it_says_so(site: Site) -> None:
    from apps.m3u.models import M3UAccount

    account = M3UAccount.objects.create(name="a", server_url="http://provider.example/")
    answer = site.admin("POST", f"{BASE}/refresh/{account.pk}/")
    assert answer.status_code == 503 and "queued" in answer.json()["detail"]


def test_the_hosts_own_account_stays(site: Site) -> None:
    from apps.m3u.models import M3UAccount

    custom = M3UAccount.objects.get(name="custom")
    path = f"{BASE}/accounts/{custom.pk}/"
    assert site.admin("DELETE", path).status_code == 400
    assert site.admin("PATCH", path, json={"name": "mine"}).status_code == 400
    assert M3UAccount.objects.filter(name="custom").exists()


def test_groups_of_an_account_are_chosen(site: Site, host: Any) -> None:
    from apps.channels.models import ChannelGroup, ChannelGroupM3UAccount

    account = make(site, name="Provider", server_url="http://provider.example/list").json()
    group = ChannelGroup.objects.create(name="News")
    path = f"{BASE}/accounts/{account['id']}/group-settings/"
    one = {"channel_group": group.pk, "auto_channel_sync": True, "auto_sync_channel_start": 100}
    assert site.admin("PATCH", path, json={"group_settings": [one]}).status_code == 200
    row = ChannelGroupM3UAccount.objects.get(channel_group=group)
    assert row.enabled and row.auto_channel_sync and row.auto_sync_channel_start == 100
    (shown,) = site.admin("GET", f"{BASE}/accounts/{account['id']}/").json()["channel_groups"]
    assert shown["name"] == "News"
    bad = [{"channel_group": group.pk, "enabled": False}, {"channel_group": 999}]
    answer = site.admin("PATCH", path, json={"group_settings": bad})
    assert answer.status_code == 400 and "entry 1" in answer.json()["group_settings"][0]
    assert ChannelGroupM3UAccount.objects.get(channel_group=group).enabled
