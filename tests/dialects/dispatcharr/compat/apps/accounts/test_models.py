"""Users of the IPTV service."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("django_env")


@pytest.fixture
def users() -> Any:
    from apps.accounts.models import User

    return User.objects


def test_passwords_are_hashed_and_checked(users: Any) -> None:
    from django.contrib.auth import authenticate

    user = users.create_user("me", password="s3cret")
    assert "s3cret" not in user.password
    assert authenticate(username="me", password="s3cret") == user
    assert authenticate(username="me", password="wrong") is None


def test_levels(users: Any) -> None:
    from apps.accounts.models import User

    assert users.create_user("viewer").user_level == User.UserLevel.STREAMER
    admin = users.create_superuser("admin", "a@b.c", "x")
    assert admin.user_level == 10
    assert admin.is_admin
    assert not users.create_user("std", user_level=1).is_admin


def test_is_the_user_model_of_django(users: Any) -> None:
    from django.contrib.auth import get_user_model

    assert get_user_model() is users.model


def test_channel_profiles_and_properties(users: Any) -> None:
    from apps.channels.models import ChannelProfile

    profile = ChannelProfile.objects.create(name="Kids")
    user = users.create_user("me", custom_properties={"xc_password": "p"}, api_key="k")
    user.channel_profiles.add(profile)
    assert users.get(channel_profiles__name="Kids") == user
    assert users.get(custom_properties__xc_password="p", api_key="k").stream_limit == 0
    assert list(profile.users.all()) == [user]
    assert str(user) == "me"
