from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("django_env")

PLAYLIST = '#EXTM3U\n#EXTINF:-1 group-title="News",One\nhttp://h/1\n'


@pytest.fixture
def account(tmp_path: Path) -> Any:
    from apps.m3u.models import M3UAccount

    path = tmp_path / "list.m3u"
    path.write_text(PLAYLIST)
    return M3UAccount.objects.create(name="acc", file_path=str(path))


def test_all_that_are_on_are_queued(account: Any, host_beside: Any) -> None:
    from apps.m3u.models import M3UAccount
    from apps.m3u.tasks import refresh_m3u_accounts

    M3UAccount.objects.create(name="off", is_active=False)
    host_beside.forget()
    assert refresh_m3u_accounts() == "Queued the refresh of 1 M3U account"
    assert host_beside.tasks == [("apps.m3u.tasks.refresh_single_m3u_account", [account.pk], {})]


def test_the_example_of_the_guide(account: Any, host_beside: Any) -> None:
    from apps.epg.tasks import refresh_all_epg_data
    from apps.m3u.tasks import refresh_m3u_accounts

    host_beside.forget()
    refresh_m3u_accounts.delay()
    refresh_all_epg_data.delay()
    assert [name for name, *_ in host_beside.tasks] == [
        "apps.m3u.tasks.refresh_m3u_accounts",
        "apps.epg.tasks.refresh_all_epg_data",
    ]


def test_one_account_and_its_groups(account: Any) -> None:
    from apps.m3u.tasks import refresh_m3u_groups, refresh_single_m3u_account

    assert "groups found" in refresh_m3u_groups(account.pk)
    account.refresh_from_db()
    assert account.status == "pending_setup"
    assert "1 created" in refresh_single_m3u_account(account_id=account.pk)
    account.refresh_from_db()
    assert account.status == "success"


def test_what_goes_wrong_is_a_text(account: Any) -> None:
    from apps.m3u.tasks import refresh_single_m3u_account

    Path(account.file_path).unlink()
    assert "no such file" in refresh_single_m3u_account(account.pk)
    assert "there is no account" in refresh_single_m3u_account(999)


def test_channels_of_synced_groups(account: Any) -> None:
    from apps.channels.models import Channel, ChannelGroupM3UAccount
    from apps.m3u.tasks import refresh_single_m3u_account, sync_auto_channels

    refresh_single_m3u_account(account.pk)
    ChannelGroupM3UAccount.objects.update(auto_channel_sync=True)
    assert sync_auto_channels(account.pk) == "1 created, 0 updated, 0 deleted"
    assert Channel.objects.get().name == "One"
