from __future__ import annotations

from typing import Any

import pytest

from application_site import Site


def test_the_first_administrator(site: Site) -> None:
    path = "/api/accounts/initialize-superuser/"
    assert site.get(path).json() == {"superuser_exists": False}
    short = {"username": "root", "password": "1234567"}
    for values in (
        {},
        {"username": "root"},
        {"username": " ", "password": "x"},
        {"username": 5},
        short,
    ):
        assert site.ask("POST", path, json=values).status_code == 400
    made = site.ask("POST", path, json={"username": "root", "password": "correct horse"})
    assert made.status_code == 200
    assert site.get(path).json() == {"superuser_exists": True}
    second = site.ask("POST", path, json={"username": "other", "password": "correct horse"})
    assert second.status_code == 400 and "already" in second.text
    asked = site.ask(
        "POST", "/internal/authenticate", json={"username": "root", "password": "correct horse"}
    )
    assert asked.status_code == 200 and asked.json()["level"] == 10


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://[", ""])
def test_no_page_from_elsewhere_makes_itself_the_administrator(site: Site, origin: str) -> None:
    path = "/api/accounts/initialize-superuser/"
    values = {"username": "root", "password": "correct horse"}
    asked = site.ask("POST", path, json=values, headers={"origin": origin})
    assert asked.status_code == 403
    assert site.get(path).json() == {"superuser_exists": False}


@pytest.mark.parametrize("host", ["evil.example", "192.168.1.5.evil.example", "local.evil.example"])
def test_a_name_that_leads_here_for_a_moment_makes_nobody_the_administrator(
    site: Site, host: str
) -> None:
    path = "/api/accounts/initialize-superuser/"
    values = {"username": "root", "password": "correct horse"}
    headers = {"host": host, "origin": f"http://{host}"}
    asked = site.ask("POST", path, json=values, headers=headers)
    assert asked.status_code == 403 and host in asked.text
    assert site.get(path).json() == {"superuser_exists": False}


@pytest.mark.parametrize("host", ["tv.home.arpa", "nas", "nas.local:9191", "10.0.0.4", "[fd00::1]"])
def test_at_home_the_first_is_the_administrator(site: Site, host: str) -> None:
    path = "/api/accounts/initialize-superuser/"
    values = {"username": "root", "password": "correct horse"}
    headers = {"host": host, "origin": f"http://{host}"}
    assert site.ask("POST", path, json=values, headers=headers).status_code == 200


@pytest.fixture
def user(django_env: Any) -> Any:
    from apps.accounts.models import User

    return User.objects.create_user("viewer", password="correct horse", user_level=1)


def test_who_somebody_is(site: Site, user: Any) -> None:
    known = {"id": user.pk, "username": "viewer", "level": 1}
    path = "/internal/authenticate"
    by_password = {"username": "viewer", "password": "correct horse"}
    assert site.ask("POST", path, json=by_password).json() == known
    assert site.ask("POST", path, json={"user_id": user.pk}).json() == known
    user.refresh_from_db()
    assert user.last_login is not None


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"username": "viewer", "password": "wrong"}, 401),
        ({"username": "nobody", "password": "wrong"}, 401),
        ({"api_key": ""}, 401),
        ({"api_key": None}, 401),
        ({"user_id": 12345}, 401),
        ({"user_id": "1"}, 400),
        ({"username": "viewer"}, 400),
        ({}, 400),
    ],
)
def test_who_somebody_is_not(site: Site, user: Any, values: Any, status: int) -> None:
    assert site.ask("POST", "/internal/authenticate", json=values).status_code == status


def test_an_inactive_user_is_nobody(site: Site, user: Any) -> None:
    user.is_active = False
    user.save()
    for values in ({"username": "viewer", "password": "correct horse"}, {"user_id": user.pk}):
        assert site.ask("POST", "/internal/authenticate", json=values).status_code == 401
