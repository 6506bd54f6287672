"""Logins at Xtream servers: what the server says of an account's profile."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from jackfield.dialects.dispatcharr.iptv.auto_sync import python_replacement
from jackfield.dialects.dispatcharr.iptv.xtream import XtreamClient
from jackfield.errors import JackfieldError


def keep_login(profile: Any, said: dict[str, Any]) -> None:
    """Keep what the server says of the login: when it ends, how many streams it may play."""
    kept = {"user_info": said.get("user_info"), "server_info": said.get("server_info")}
    profile.custom_properties = {**(profile.custom_properties or {}), **kept}
    profile.exp_date = _time((said.get("user_info") or {}).get("exp_date")) or profile.exp_date
    profile.save(update_fields=["custom_properties", "exp_date"])


def refresh_login(profile_id: int) -> str:
    """Ask the server about one profile's login; says how it went."""
    from apps.m3u.models import M3UAccountProfile

    profile = M3UAccountProfile.objects.select_related("m3u_account").filter(pk=profile_id).first()
    if profile is None:
        return f"there is no profile {profile_id}"
    account = profile.m3u_account
    if account.account_type != "XC":
        return f"{account.name} is no Xtream account"
    username, password = _changed(profile, account.username or "", account.password or "")
    agent = account.get_user_agent()
    try:
        with XtreamClient(
            account.server_url or "", username, password, agent.user_agent if agent else ""
        ) as client:
            keep_login(profile, client.authenticate())
    except JackfieldError as error:
        return f"{profile.name}: {error}"
    return f"{profile.name}: the server knows this login"


def _changed(profile: Any, username: str, password: str) -> tuple[str, str]:
    """The login that a profile's patterns, which are made for addresses, make of the account's."""
    if profile.is_default:
        return username, password
    try:
        changed = re.sub(
            profile.search_pattern,
            python_replacement(profile.replace_pattern),
            f"/{username}/{password}/",
        )
    except (re.error, IndexError):
        return username, password
    pieces = changed.strip("/").split("/")
    return (pieces[0], pieces[1]) if len(pieces) == 2 else (username, password)


def _time(value: Any) -> datetime | None:
    """A time in seconds since 1970, as Xtream servers write it."""
    try:
        return datetime.fromtimestamp(int(value), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
