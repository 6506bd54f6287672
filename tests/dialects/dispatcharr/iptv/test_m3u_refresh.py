"""Accounts are refreshed from real files and a real server into a real database."""

from __future__ import annotations

import gzip
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.iptv.m3u_refresh import Outcome, refresh_account

pytestmark = pytest.mark.usefixtures("django_env")


def playlist(*entries: tuple[str, str, str]) -> str:
    """A playlist of (name, group, address)."""
    lines = ["#EXTM3U"]
    for name, group, url in entries:
        lines += [f'#EXTINF:-1 tvg-id="{name}.id" group-title="{group}",{name}', url]
    return "\n".join(lines) + "\n"


A, B, C = ("A", "News", "http://h/a"), ("B", "News", "http://h/b"), ("C", "Sport", "http://h/c")


class Account:
    """An account whose playlist is a file that a test writes."""

    def __init__(self, path: Path, **values: Any) -> None:
        from apps.m3u.models import M3UAccount

        self.path = path
        values = {"name": "acc", "file_path": str(path), **values}
        self.row = M3UAccount.objects.create(**values)

    def refresh(self, *entries: tuple[str, str, str], text: str | bytes | None = None) -> Outcome:
        content = playlist(*entries) if text is None else text
        self.path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self.again()

    def again(self, **options: Any) -> Outcome:
        outcome = refresh_account(self.row.pk, **options)
        self.row.refresh_from_db()
        assert self.row.last_message == outcome.message
        assert self.row.status == outcome.status
        return outcome

    def streams(self) -> dict[str, Any]:
        return {stream.name: stream for stream in self.row.streams.all()}

    def relation(self, group: str) -> Any:
        return self.row.channel_group.get(channel_group__name=group)


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(tmp_path / "list.m3u")


class TestFirstTime:
    def test_streams_groups_and_relations(self, account: Account) -> None:
        from apps.channels.models import Channel, ChannelGroup, Logo

        outcome = account.refresh(A, B, C)
        assert outcome.ok
        assert outcome.counts["created"] == 3
        assert set(account.streams()) == {"A", "B", "C"}
        stream = account.streams()["A"]
        assert (stream.url, stream.tvg_id, stream.channel_group.name) == (A[2], "A.id", "News")
        assert stream.custom_properties == {"tvg-id": "A.id", "group-title": "News"}
        names = set(ChannelGroup.objects.values_list("name", flat=True))
        assert names == {"News", "Sport", "Default Group"}
        relation = account.relation("News")
        assert (relation.enabled, relation.auto_channel_sync) == (True, False)
        assert account.row.updated_at is not None
        assert not Channel.objects.exists()
        assert not Logo.objects.exists()

    def test_all_values_of_an_entry(self, account: Account) -> None:
        account.refresh(
            text='#EXTM3U\n#EXTINF:-1 tvg-logo="http://l/1" tvg-chno="7.5" is_adult="1" '
            'tv_archive="1" tv_archive_duration="3",X\n#EXTVLCOPT:a=b\nudp://@239.0.0.1:1\n'
        )
        stream = account.streams()["X"]
        assert stream.url == "udp://239.0.0.1:1"
        assert stream.logo_url == "http://l/1"
        assert stream.stream_chno == 7.5
        assert (stream.is_adult, stream.is_catchup, stream.catchup_days) == (True, True, 3)
        assert stream.tvg_id == ""
        assert stream.channel_group.name == "Default Group"
        assert stream.custom_properties["vlc_opts"] == ["a=b"]
        assert stream.stream_hash == type(stream).generate_hash_key("X", stream.url, "")

    def test_an_empty_group_is_no_group(self, account: Account) -> None:
        outcome = account.refresh(A, ("B", "", "http://h/b"))
        assert set(account.streams()) == {"A"}
        assert outcome.problems == ["line 5: a stream with an empty group-title"]
        assert "passed over: 1 × a stream with an empty group-title" in outcome.message

    def test_the_first_of_equals_counts(self, account: Account) -> None:
        outcome = account.refresh(A, ("Again", "Sport", A[2]))
        assert set(account.streams()) == {"A"}
        assert outcome.counts["duplicates"] == 1

    def test_new_groups_may_stay_off(self, tmp_path: Path) -> None:
        options = {"auto_enable_new_groups_live": False}
        account = Account(tmp_path / "list", custom_properties=options)
        assert account.refresh(A, B).ok
        assert not account.relation("News").enabled
        assert account.streams() == {}

    def test_packed_files(self, account: Account) -> None:
        assert account.refresh(text=gzip.compress(playlist(A).encode())).ok
        assert set(account.streams()) == {"A"}

    def test_long_values_are_cut_or_passed_over(self, account: Account) -> None:
        long = ("N" * 600, "News", "http://h/long")
        outcome = account.refresh(A, long, ("C", "News", "http://h/" + "x" * 4100))
        assert max(map(len, account.streams())) == 512
        assert len(account.streams()) == 2
        assert "longer than 4096" in outcome.message

    def test_many(self, account: Account) -> None:
        entries = [(f"S{n}", f"G{n % 7}", f"http://h/{n}") for n in range(4500)]
        outcome = account.refresh(*entries)
        assert outcome.counts["created"] == len(account.streams()) == 4500


class TestAgain:
    def test_unchanged_rows_are_only_seen(self, account: Account) -> None:
        account.refresh(A, B)
        before = account.streams()["A"]
        outcome = account.again()
        assert outcome.counts["unchanged"] == 2
        assert outcome.counts["created"] == outcome.counts["updated"] == 0
        after = account.streams()["A"]
        assert after.updated_at == before.updated_at
        assert after.last_seen > before.last_seen

    def test_changed_rows_are_updated_in_place(self, account: Account) -> None:
        account.refresh(A, B)
        before = account.streams()["A"]
        outcome = account.refresh(("A two", "Sport", A[2]), B)
        assert (outcome.counts["updated"], outcome.counts["unchanged"]) == (1, 1)
        after = account.streams()["A two"]
        assert after.pk == before.pk
        assert after.channel_group.name == "Sport"
        assert after.updated_at > before.updated_at

    def test_what_a_person_keeps_of_a_stream_stays(self, account: Account) -> None:
        account.refresh(A)
        account.row.streams.update(stream_stats={"resolution": "1080p"}, current_viewers=2)
        account.refresh(("A two", "News", A[2]))
        stream = account.streams()["A two"]
        assert stream.stream_stats == {"resolution": "1080p"}
        assert stream.current_viewers == 2

    def test_what_is_not_seen_is_stale_then_gone(self, account: Account) -> None:
        account.refresh(A, B)
        outcome = account.refresh(A)
        assert outcome.counts["stale"] == 1
        assert account.streams()["B"].is_stale
        assert account.refresh(A, B).counts["stale"] == 0
        assert not account.streams()["B"].is_stale
        old = account.streams()["B"].last_seen - timedelta(days=8)
        account.row.streams.filter(name="B").update(last_seen=old)
        outcome = account.refresh(A)
        assert outcome.counts["deleted"] == 1
        assert set(account.streams()) == {"A"}

    def test_streams_of_a_group_that_is_off_go_at_once(self, account: Account) -> None:
        from apps.channels.models import ChannelGroupM3UAccount

        account.refresh(A, B, C)
        ChannelGroupM3UAccount.objects.filter(channel_group__name="News").update(enabled=False)
        outcome = account.again()
        assert outcome.counts["deleted"] == 2
        assert set(account.streams()) == {"C"}

    def test_a_group_that_is_gone_is_stale(self, account: Account) -> None:
        account.refresh(A, C)
        account.refresh(A)
        assert account.relation("Sport").is_stale
        account.refresh(A, C)
        assert not account.relation("Sport").is_stale

    def test_the_setting_says_what_tells_streams_apart(self, account: Account) -> None:
        from core.models import CoreSettings

        CoreSettings.objects.update_or_create(
            key="stream_settings", defaults={"value": {"m3u_hash_key": "name,group"}}
        )
        outcome = account.refresh(A, ("A", "News", "http://h/other"), ("A", "Sport", A[2]))
        assert outcome.counts["created"] == 2
        assert {stream.url for stream in account.row.streams.all()} == {A[2]}

    def test_a_stream_of_another_account_stays_its(self, account: Account, tmp_path: Path) -> None:
        account.refresh(A)
        other = Account(tmp_path / "other", name="other")
        outcome = other.refresh(A, B)
        assert (outcome.counts["elsewhere"], outcome.counts["created"]) == (1, 1)
        assert set(account.streams()) == {"A"}

    def test_filters(self, account: Account) -> None:
        account.row.filters.create(filter_type="group", regex_pattern="sport", exclude=True)
        outcome = account.refresh(A, B, C)
        assert set(account.streams()) == {"A", "B"}
        assert outcome.counts["filtered"] == 1


class TestEras:
    def test_names(self, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
        from jackfield.dialects.dispatcharr import django_setup

        text = '#EXTM3U\n#EXTINF:-1 tvg-name="Tag",Shown\nhttp://h/1\n'
        account.refresh(text=text)
        assert set(account.streams()) == {"Tag"}
        from dataclasses import replace

        current = replace(django_setup.environment(), era="current")
        monkeypatch.setattr(django_setup, "_configured", current)
        account.again()
        assert set(account.streams()) == {"Shown"}


class TestBad:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "is no playlist"),
            (b"<html>sorry</html>", "is no playlist"),
            (b"\x00\xff" * 5000, "is no playlist"),
            (b"#EXTM3U\n", "names no stream"),
            (b"#EXTM3U\n#EXTINF:-1,A\n", "names no stream"),
            (b"\x1f\x8bbroken", "is a broken gzip file"),
            (b"PK\x03\x04broken", "is a zip that cannot be read"),
        ],
    )
    def test_nothing_stored_is_lost(self, account: Account, content: bytes, said: str) -> None:
        account.refresh(A, B)
        outcome = account.refresh(text=content)
        assert outcome.status == "error"
        assert said in outcome.message
        assert "list.m3u" in outcome.message or "acc" in outcome.message
        streams = account.streams()
        assert set(streams) == {"A", "B"}
        assert not any(stream.is_stale for stream in streams.values())

    def test_a_file_that_is_gone(self, account: Account) -> None:
        account.refresh(A)
        account.path.unlink()
        assert "no such file" in account.again().message
        assert set(account.streams()) == {"A"}

    def test_neither_address_nor_file(self) -> None:
        from apps.m3u.models import M3UAccount

        row = M3UAccount.objects.create(name="none")
        assert "has neither an address nor a file" in refresh_account(row.pk).message

    def test_junk_between_good_entries(self, account: Account) -> None:
        text = playlist(A).encode() + b"\xff\xfe\x00" * 99 + b"\n" + b"x" * 200_000 + b"\n"
        outcome = account.refresh(text=text + playlist(B).encode())
        assert outcome.ok
        assert set(account.streams()) == {"A", "B"}
        assert "line longer than 64 KiB" in outcome.message

    def test_accounts_that_are_not_refreshed(self, account: Account) -> None:
        from apps.m3u.models import M3UAccount

        assert "there is no account 999" in refresh_account(999).message
        account.row.is_active = False
        account.row.save()
        assert refresh_account(account.row.pk).status == "disabled"
        custom = M3UAccount.objects.get(name="custom")
        assert "entered by hand" in refresh_account(custom.pk).message
        custom.refresh_from_db()
        assert custom.status == "idle"

    def test_a_mistake_of_ours_is_told_and_raised(
        self, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from apps.channels.models import Stream

        from jackfield.dialects.dispatcharr.iptv.stream_writer import StreamWriter

        account.refresh(A)

        def broken(*_: Any) -> None:
            raise ZeroDivisionError("oh")

        monkeypatch.setattr(StreamWriter, "finish", broken)
        account.path.write_text(playlist(A, B))
        with pytest.raises(ZeroDivisionError):
            refresh_account(account.row.pk)
        account.row.refresh_from_db()
        assert account.row.status == "error"
        assert "ZeroDivisionError: oh" in account.row.last_message
        assert Stream.objects.count() == 1, "the transaction was taken back"


class TestNetwork:
    @pytest.fixture
    def remote(self, provider: Any, tmp_path: Path) -> Account:
        url = provider.serve("/list.m3u", playlist(A, B), ETag='"1"')
        return Account(tmp_path / "unused", file_path=None, server_url=url)

    def test_it_is_fetched_and_cached(
        self, remote: Account, provider: Any, django_env: Any
    ) -> None:
        from core.models import UserAgent

        remote.row.user_agent = UserAgent.objects.create(name="mine", user_agent="Mine/1")
        remote.row.save()
        assert remote.again().ok
        assert set(remote.streams()) == {"A", "B"}
        cached = django_env.home / "cached_m3u" / f"{remote.row.pk}.m3u"
        assert cached.read_text() == playlist(A, B)
        assert provider.asked[-1][1]["user-agent"] == "Mine/1"
        remote.again()
        assert provider.asked[-1][1]["if-none-match"] == '"1"'

    def test_another_address_is_fetched_anew(self, remote: Account, provider: Any) -> None:
        remote.again()
        remote.row.server_url = provider.serve("/other.m3u", playlist(C))
        remote.row.save()
        assert remote.again().ok
        assert "if-none-match" not in provider.asked[-1][1]
        assert not remote.streams()["C"].is_stale

    @pytest.mark.parametrize("status", [403, 404, 500])
    def test_an_error_status_keeps_what_was(
        self, remote: Account, provider: Any, status: int
    ) -> None:
        remote.again()
        provider.serve("/list.m3u", b"sorry", status)
        outcome = remote.again()
        assert f"answered {status}" in outcome.message
        assert len(remote.streams()) == 2

    def test_a_page_instead_of_a_playlist(self, remote: Account, provider: Any) -> None:
        remote.again()
        provider.serve("/list.m3u", b"<html>Log in</html>" * 1000)
        assert "is no playlist" in remote.again().message
        assert len(remote.streams()) == 2

    def test_nobody_there(self, remote: Account, closed_port: str) -> None:
        remote.row.server_url = closed_port + "/get.php?username=me&password=hidden"
        remote.row.save()
        outcome = remote.again()
        assert "connection refused" in outcome.message
        assert "hidden" not in outcome.message


class TestGroupsOnly:
    def test_groups_are_found_and_nothing_else(self, account: Account) -> None:
        account.path.write_text(playlist(A, C))
        outcome = account.again(groups_only=True)
        assert outcome.status == "pending_setup"
        assert {"News", "Sport"} <= set(
            account.row.channel_group.values_list("channel_group__name", flat=True)
        )
        assert account.streams() == {}


class TestTelling:
    def test_frames_and_the_event(self, account: Account, host_beside: Any) -> None:
        account.refresh(A, B)
        frames = [told["data"] for told in host_beside.told("websocket")]
        assert {frame["type"] for frame in frames} == {"m3u_refresh"}
        last = frames[-1]
        assert (last["account"], last["progress"], last["status"]) == (
            account.row.pk,
            100,
            "success",
        )
        assert (last["streams_created"], last["streams_processed"]) == (2, 2)
        (event,) = host_beside.told("system_event")
        assert event["type"] == "m3u_refresh"
        payload = event["payload"]
        assert (payload["account_name"], payload["streams_created"]) == ("acc", 2)
        assert payload["total_processed"] == 2
        assert "streams_updated" not in payload, "zeros are left out"

    def test_a_failure_is_told_too(self, account: Account, host_beside: Any) -> None:
        account.refresh(text=b"junk")
        last = host_beside.told("websocket")[-1]["data"]
        assert last["status"] == "error"
        assert "is no playlist" in last["error"]
        assert host_beside.told("system_event") == []

    def test_whoever_called_hears_and_may_cancel(self, account: Account) -> None:
        from jackfield.dialects.dispatcharr.worker.progress import TaskCancelled

        account.path.write_text(playlist(A))
        frames: list[dict[str, Any]] = []
        account.again(listen=frames.append)
        assert frames[-1]["progress"] == 100

        def cancel(frame: dict[str, Any]) -> None:
            if "status" not in frame:
                raise TaskCancelled("cancelled")

        account.path.write_text(playlist(*[(f"S{n}", "G", f"http://h/{n}") for n in range(3000)]))
        with pytest.raises(TaskCancelled):
            refresh_account(account.row.pk, listen=cancel)
        account.row.refresh_from_db()
        assert (account.row.status, account.row.last_message) == ("error", "cancelled")
        assert set(account.streams()) == {"A"}

    def test_a_second_one_at_once_returns_at_once(self, account: Account) -> None:
        account.path.write_text(playlist(A))
        seen: list[Outcome] = []

        def listen(_: dict[str, Any]) -> None:
            if not seen:
                thread = threading.Thread(target=lambda: seen.append(elsewhere()))
                thread.start()
                thread.join()

        def elsewhere() -> Outcome:
            from django.db import connection

            try:
                return refresh_account(account.row.pk)
            finally:
                connection.close()

        assert account.again(listen=listen).ok
        assert "is being refreshed already" in seen[0].message


class TestXtream:
    @pytest.fixture
    def server(self, provider: Any) -> Account:
        from apps.m3u.models import M3UAccount

        url = provider.be_xtream()
        provider.xtream |= {
            None: {"user_info": {"auth": 1, "exp_date": "1800000000"}, "server_info": {"port": 1}},
            "get_live_categories": [
                {"category_id": "1", "category_name": "News"},
                {"category_id": "2", "category_name": "Sport"},
            ],
            "get_live_streams": [
                {"stream_id": 11, "name": "A", "category_id": "1", "epg_channel_id": "a", "num": 4,
                 "stream_icon": "http://l/1", "tv_archive": 1, "tv_archive_duration": "7"},
                {"stream_id": "12", "name": None, "category_id": 2},
                {"name": "no id", "category_id": "1"},
            ],
        }  # fmt: skip
        account = Account.__new__(Account)
        account.row = M3UAccount.objects.create(
            name="xc", account_type="XC", server_url=url, username="me", password="secret"
        )
        return account

    def test_streams_of_its_categories(self, server: Account) -> None:
        outcome = server.again()
        assert outcome.ok
        assert set(server.streams()) == {"A", "Stream 12"}
        stream = server.streams()["A"]
        assert stream.url.endswith("/live/me/secret/11.ts")
        assert (stream.stream_id, stream.stream_chno, stream.catchup_days) == (11, 4.0, 7)
        assert stream.channel_group.name == "News"
        assert server.relation("News").custom_properties == {"xc_id": "1"}
        profile = server.row.profiles.get(is_default=True)
        assert profile.get_user_info()["exp_date"] == "1800000000"
        assert profile.exp_date.year == 2027

    def test_a_new_password_makes_no_new_streams(self, server: Account, provider: Any) -> None:
        server.again()
        provider.be_xtream(password="other")
        server.row.password = "other"
        server.row.save()
        outcome = server.again()
        assert (outcome.counts["created"], outcome.counts["updated"]) == (0, 2)

    @pytest.mark.parametrize("answer", [[], {}, b"", b"<html>", b'[{"stream_id": 1}, '])
    def test_an_answer_of_nothing_touches_nothing(
        self, server: Account, provider: Any, answer: Any
    ) -> None:
        server.again()
        provider.xtream["get_live_streams"] = answer
        assert server.again().status == "error"
        assert len(server.streams()) == 2
        assert not any(stream.is_stale for stream in server.streams().values())

    def test_a_refused_login(self, server: Account) -> None:
        server.row.password = "wrong"
        server.row.save()
        outcome = server.again()
        assert "does not accept the user name and password" in outcome.message

    def test_groups_that_are_off(self, server: Account) -> None:
        from apps.channels.models import ChannelGroupM3UAccount

        server.again(groups_only=True)
        assert server.streams() == {}
        ChannelGroupM3UAccount.objects.filter(channel_group__name="Sport").update(enabled=False)
        server.again()
        assert set(server.streams()) == {"A"}
