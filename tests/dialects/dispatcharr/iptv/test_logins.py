from __future__ import annotations

from typing import Any

import pytest

from jackfield.dialects.dispatcharr.iptv.logins import refresh_login

pytestmark = pytest.mark.usefixtures("django_env")


@pytest.fixture
def account(provider: Any) -> Any:
    from apps.m3u.models import M3UAccount

    provider.xtream[None] = {"user_info": {"auth": 1, "exp_date": "1800000000"}}
    return M3UAccount.objects.create(
        name="xc", account_type="XC", server_url=provider.be_xtream("me", "secret"),
        username="me", password="secret",
    )  # fmt: skip


def test_what_the_server_says_is_kept(account: Any) -> None:
    profile = account.profiles.get()
    assert "knows this login" in refresh_login(profile.pk)
    profile.refresh_from_db()
    assert profile.exp_date.timestamp() == 1_800_000_000
    assert profile.get_user_info()["auth"] == 1


def test_another_profile_has_another_login(account: Any, provider: Any) -> None:
    provider.be_xtream("you", "other")
    profile = account.profiles.create(
        name="second", search_pattern="/me/secret/", replace_pattern="/you/other/"
    )
    assert "knows this login" in refresh_login(profile.pk)
    assert "does not accept" in refresh_login(account.profiles.get(is_default=True).pk)
    profile.search_pattern = "("
    profile.save()
    assert "does not accept" in refresh_login(profile.pk)


@pytest.mark.parametrize("said", [None, "", "never", "1e99", [], "-9" * 30])
def test_an_end_that_is_no_time(account: Any, provider: Any, said: Any) -> None:
    provider.xtream[None] = {"user_info": {"auth": 1, "exp_date": said}}
    profile = account.profiles.get()
    assert "knows this login" in refresh_login(profile.pk)
    profile.refresh_from_db()
    assert profile.exp_date is None


def test_what_has_no_login() -> None:
    from apps.m3u.models import M3UAccount
    from apps.m3u.tasks import refresh_account_info

    plain = M3UAccount.objects.create(name="plain")
    assert "is no Xtream account" in refresh_account_info(plain.profiles.get().pk)
    assert refresh_account_info(999) == "there is no profile 999"
