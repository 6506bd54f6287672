"""Tasks that refresh accounts, under the names that plugins know.

Source: dispatcharr spec 4.2 and 6. A task that could not do its work says so in the account's
status and in its text; it raises nothing.
"""

from __future__ import annotations

from typing import Any

import dispatcharr.celery  # noqa: F401 - the application that delay() sends with
from celery import shared_task


@shared_task
def refresh_m3u_accounts() -> str:
    """Queue a refresh of every account that is switched on; says of how many."""
    from apps.m3u.models import M3UAccount

    accounts = M3UAccount.objects.filter(is_active=True, locked=False)
    keys = list(accounts.values_list("pk", flat=True))
    for key in keys:
        refresh_single_m3u_account.delay(key)
    return f"Queued the refresh of {len(keys)} M3U account{'' if len(keys) == 1 else 's'}"


@shared_task
def refresh_single_m3u_account(account_id: int, *_: Any, **__: Any) -> str:
    """Refresh one account; says how it went."""
    from jackfield.dialects.dispatcharr.iptv.m3u_refresh import refresh_account

    outcome = refresh_account(account_id)
    if outcome.ok:
        refresh_vod_of(account_id)
    return outcome.message


@shared_task
def refresh_m3u_groups(account_id: int, *_: Any, **__: Any) -> str:
    """Look for an account's groups only, so that one can choose among them."""
    from jackfield.dialects.dispatcharr.iptv.m3u_refresh import refresh_account

    return refresh_account(account_id, groups_only=True).message


@shared_task
def sync_auto_channels(account_id: int, *_: Any, **__: Any) -> str:
    """Bring the channels of an account's synced groups up to date."""
    from jackfield.dialects.dispatcharr.iptv.auto_sync import sync_channels

    counts = sync_channels(account_id)
    return f"{counts.created} created, {counts.updated} updated, {counts.deleted} deleted"


@shared_task
def refresh_account_info(profile_id: int, *_: Any, **__: Any) -> str:
    """Ask an Xtream server about one login: when it ends, how many streams it may play."""
    from jackfield.dialects.dispatcharr.iptv.logins import refresh_login

    return refresh_login(profile_id)


def refresh_vod_of(account_id: int) -> None:
    """Queue a refresh of films and series, where the account wants them."""
    from apps.m3u.models import M3UAccount
    from apps.vod.tasks import refresh_vod_content

    account = M3UAccount.objects.filter(pk=account_id, account_type=M3UAccount.Types.XC).first()
    if account is not None and (account.custom_properties or {}).get("enable_vod"):
        refresh_vod_content.delay(account_id)
