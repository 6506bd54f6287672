"""Tokens that plugins check and make are those of the host's own API."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def user(django_env: Any) -> Any:
    from apps.accounts.models import User

    return User.objects.create_superuser("admin", "a@b.c", "x")


def test_a_token_of_the_api_is_valid(user: Any, django_env: Any) -> None:
    from rest_framework_simplejwt.tokens import AccessToken

    from jackfield.dialects.dispatcharr.site.tokens import Tokens, Who

    token = AccessToken(Tokens(django_env.secret).access(Who(user.pk, "admin", 10)))
    assert token["user_id"] == user.pk
    assert token["user_level"] == 10


def test_a_token_made_here_is_valid_at_the_api(user: Any, django_env: Any) -> None:
    from rest_framework_simplejwt.tokens import RefreshToken

    from jackfield.dialects.dispatcharr.site.tokens import Tokens

    refresh = RefreshToken.for_user(user)
    who = Tokens(django_env.secret).read(str(refresh.access_token), "access")
    assert (who.id, who.name, who.level) == (user.pk, "admin", 10)
    assert str(RefreshToken(str(refresh))) == str(refresh)


def test_others_are_refused(user: Any) -> None:
    from rest_framework_simplejwt.exceptions import TokenError
    from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

    from jackfield.dialects.dispatcharr.site.tokens import Tokens, Who

    foreign = Tokens("of another installation, as long as ours").access(Who(1, "x", 10))
    for token in ("", "junk", foreign, str(RefreshToken.for_user(user))):
        with pytest.raises(TokenError):
            AccessToken(token)
