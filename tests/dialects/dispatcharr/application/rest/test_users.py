from __future__ import annotations

from typing import Any

import pytest

from application_site import Site

BASE = "/api/accounts"


@pytest.fixture
def admin(django_env: Any) -> Any:
    from apps.accounts.models import User

    return User.objects.create_superuser("root", "", "correct horse")


def test_a_user_of_their_own(site: Site, admin: Any) -> None:
    from apps.accounts.models import User
    from apps.channels.models import ChannelProfile

    profile = ChannelProfile.objects.create(name="Kitchen")
    answer = site.ask(
        "POST",
        f"{BASE}/users/",
        user=admin,
        json={
            "username": "kid",
            "password": "long enough",
            "channel_profiles": [profile.pk],
            "custom_properties": {"xc_password": "tv"},
        },
    )
    assert answer.status_code == 201, answer.text
    assert "long enough" not in answer.text and answer.json()["user_level"] == 0
    kid = User.objects.get(username="kid")
    assert kid.check_password("long enough") and list(kid.channel_profiles.all()) == [profile]
    assert site.ask("GET", f"{BASE}/users/", user=kid).status_code == 403
    me = site.ask("GET", f"{BASE}/users/me/", user=kid).json()
    assert me["username"] == "kid" and me["user_level"] == 0 and me["api_key"] == ""
    assert site.ask("GET", f"{BASE}/users/me/").status_code == 401
    up = site.ask("PATCH", f"{BASE}/users/me/", user=kid, json={"user_level": 10})
    assert up.status_code == 403
    own = site.ask("PATCH", f"{BASE}/users/me/", user=kid, json={"email": "k@example.org"})
    assert own.status_code == 200 and own.json()["email"] == "k@example.org"


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"password": "long enough"}, {"username"}),
        ({"username": "root", "password": "long enough"}, {"username"}),
        ({"username": "a", "password": "short"}, {"password"}),
        ({"username": "a", "user_level": 7}, {"user_level"}),
        ({"username": "a", "channel_profiles": ["x"]}, {"channel_profiles"}),
    ],
)
def test_what_does_not_fit(site: Site, admin: Any, values: Any, wrong: set[str]) -> None:
    from apps.accounts.models import User

    answer = site.ask("POST", f"{BASE}/users/", user=admin, json=values)
    assert answer.status_code == 400 and set(answer.json()) == wrong
    assert User.objects.count() == 1


def test_the_last_administrator_stays(site: Site, admin: Any) -> None:
    path = f"{BASE}/users/{admin.pk}/"
    for change in ({"user_level": 1}, {"is_active": False}):
        assert site.ask("PATCH", path, user=admin, json=change).status_code == 400
    assert site.ask("DELETE", path, user=admin).status_code == 400
    admin.refresh_from_db()
    assert admin.user_level == 10 and admin.is_active


def test_api_keys(site: Site, admin: Any) -> None:
    key = site.ask("POST", f"{BASE}/api-keys/generate/", user=admin).json()["api_key"]
    assert len(key) > 30
    assert site.ask("GET", f"{BASE}/users/me/", user=admin).json()["api_key"] == key
    assert key not in site.ask("GET", f"{BASE}/users/", user=admin).text
    asked = site.ask("POST", "/internal/authenticate", json={"api_key": key})
    assert asked.json() == {"id": admin.pk, "username": "root", "level": 10}
    site.ask("POST", f"{BASE}/api-keys/revoke/", user=admin)
    assert site.ask("POST", "/internal/authenticate", json={"api_key": key}).status_code == 401


def test_the_hosts_own_accounts_are_somebody_too(site: Site) -> None:
    headers = {"x-jackfield-user-id": "0", "x-jackfield-user-level": "10",
               "x-jackfield-user": "The%20host"}  # fmt: skip
    me = site.get(f"{BASE}/users/me/", headers=headers).json()
    assert me["username"] == "The host" and me["user_level"] == 10
    key = site.ask("POST", f"{BASE}/api-keys/generate/", headers=headers)
    assert key.status_code == 404
