"""Guides are refreshed from real files and a real server into a real database."""

from __future__ import annotations

import gzip
import lzma
import zipfile
from pathlib import Path
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.iptv.epg_refresh import parse_programmes, refresh_source
from jackfield.dialects.dispatcharr.iptv.m3u_refresh import Outcome

pytestmark = pytest.mark.usefixtures("django_env")


def guide(*channels: str, programmes: int = 2, title: str = "Show") -> str:
    """A guide with so many programmes of each channel."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<tv>"]
    lines += [
        f'<channel id="{name}"><display-name>Name of {name}</display-name></channel>'
        for name in channels
    ]
    for name in channels:
        for hour in range(programmes):
            times = f'start="202601{hour // 24 + 1:02d}{hour % 24:02d}0000 +0000" '
            times += f'stop="202601{hour // 24 + 1:02d}{hour % 24:02d}3000 +0000"'
            lines.append(
                f'<programme {times} channel="{name}"><title>{title} {hour}</title>'
                "<category>News</category></programme>"
            )
    return "\n".join([*lines, "</tv>"])


class Guide:
    """A guide whose file a test writes."""

    def __init__(self, path: Path, **values: Any) -> None:
        from apps.epg.models import EPGSource

        self.path = path
        self.row = EPGSource.objects.create(**{"name": "g", "file_path": str(path), **values})

    def refresh(self, content: str | bytes) -> Outcome:
        self.path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self.again()

    def again(self, **options: Any) -> Outcome:
        outcome = refresh_source(self.row.pk, **options)
        self.row.refresh_from_db()
        assert (self.row.status, self.row.last_message) == (outcome.status, outcome.message)
        return outcome

    def channel(self, tvg_id: str) -> Any:
        return self.row.epgs.get(tvg_id=tvg_id)

    def map(self, *tvg_ids: str) -> None:
        from apps.channels.models import Channel

        for tvg_id in tvg_ids:
            Channel.objects.create(name=tvg_id, epg_data=self.channel(tvg_id))

    def titles(self) -> dict[str, list[str]]:
        from apps.epg.models import ProgramData

        found: dict[str, list[str]] = {}
        rows = ProgramData.objects.filter(epg__epg_source=self.row).order_by("start_time")
        for row in rows:
            found.setdefault(row.epg.tvg_id, []).append(row.title)
        return found


@pytest.fixture
def source(tmp_path: Path) -> Guide:
    return Guide(tmp_path / "guide.xml")


class TestRefresh:
    def test_channels_are_stored_and_programmes_wait_for_a_use(self, source: Guide) -> None:
        outcome = source.refresh(guide("a", "b"))
        assert outcome.ok
        assert "no channels are mapped" in outcome.message
        assert source.channel("a").name == "Name of a"
        assert source.titles() == {}
        assert source.row.updated_at is not None

    def test_programmes_of_mapped_channels(self, source: Guide) -> None:
        source.refresh(guide("a", "b", "A"))
        source.map("a")
        outcome = source.again()
        assert source.titles() == {"a": ["Show 0", "Show 1"]}
        assert outcome.counts == {
            "channels": 3, "programs": 2, "skipped_programs": 0, "unmapped_channels": 2,
            "unmapped_programs": 4,
        }  # fmt: skip
        from apps.epg.models import ProgramData

        row = ProgramData.objects.first()
        assert (row.tvg_id, row.custom_properties) == ("a", {"categories": ["News"]})
        assert row.start_time.isoformat() == "2026-01-01T00:00:00+00:00"
        assert (row.end_time - row.start_time).total_seconds() == 1800

    def test_programmes_are_replaced(self, source: Guide) -> None:
        source.refresh(guide("a", "b"))
        source.map("a", "b")
        source.again()
        source.refresh(guide("a", "b", programmes=1, title="New"))
        assert source.titles() == {"a": ["New 0"], "b": ["New 0"]}

    def test_those_of_a_channel_that_is_used_no_more_go(self, source: Guide) -> None:
        from apps.channels.models import Channel

        source.refresh(guide("a", "b"))
        source.map("a", "b")
        source.again()
        Channel.objects.filter(name="b").delete()
        source.again()
        assert set(source.titles()) == {"a"}

    def test_another_guide_keeps_its_own(self, source: Guide, tmp_path: Path) -> None:
        source.refresh(guide("a"))
        source.map("a")
        source.again()
        other = Guide(tmp_path / "other.xml", name="other")
        other.refresh(guide("a"))
        assert set(source.titles()) == {"a"}

    def test_names_and_icons_follow_and_the_vanished_go_unless_used(self, source: Guide) -> None:
        source.refresh(guide("a", "b", "c"))
        source.map("b")
        key = source.channel("a").pk
        outcome = source.refresh(
            '<tv><channel id="a"><display-name>New</display-name><icon src="http://i/a"/></channel>'
            f'<channel id="{"x" * 300}"/></tv>'
        )
        assert outcome.ok
        assert set(source.row.epgs.values_list("tvg_id", flat=True)) == {"a", "b"}
        row = source.channel("a")
        assert (row.pk, row.name, row.icon_url) == (key, "New", "http://i/a")

    def test_bad_programmes_are_passed_over(self, source: Guide) -> None:
        source.refresh(guide("a"))
        source.map("a")
        bad = '<programme start="x" stop="y" channel="a"><title>bad</title></programme></tv>'
        outcome = source.refresh(guide("a").replace("</tv>", bad))
        assert outcome.counts["skipped_programs"] == 1
        assert "1 skipped" in outcome.message
        assert "readable start and stop" in outcome.problems[0]

    def test_a_truncated_guide_gives_what_came_before(self, source: Guide) -> None:
        source.refresh(guide("a"))
        source.map("a")
        text = guide("a", programmes=40)
        outcome = source.refresh(text[: text.index("Show 30")])
        assert outcome.ok
        assert source.titles()["a"][:30] == [f"Show {hour}" for hour in range(30)]
        assert "; not well-formed, read as far as it goes: " in outcome.message
        assert "line" in outcome.message

    def test_a_packed_guide_that_breaks_off_says_so(self, source: Guide) -> None:
        source.refresh(guide("a"))
        source.map("a")
        packed = gzip.compress(guide("a", programmes=400).encode())
        source.path.write_bytes(packed[: len(packed) // 2])
        outcome = source.again()
        assert outcome.ok
        assert outcome.message.endswith("; the gzip file breaks off")

    def test_many(self, source: Guide) -> None:
        source.refresh(guide(*[f"c{n}" for n in range(30)], programmes=300))
        source.map(*[f"c{n}" for n in range(30)])
        assert source.again().counts["programs"] == 9000
        assert sum(map(len, source.titles().values())) == 9000


class TestMeanwhile:
    """What changes while a guide is being read."""

    @pytest.fixture
    def changing(self, source: Guide) -> Guide:
        source.refresh(guide("a", "b", *[f"c{n}" for n in range(600)]))
        source.map("a")
        return source

    def test_a_channel_that_comes_is_not_forgotten(self, changing: Guide) -> None:
        def listen(frame: dict[str, Any]) -> None:
            if not changing.channel("b").channels.exists():
                changing.map("b")

        changing.again(listen=listen)
        assert set(changing.titles()) == {"a", "b"}

    def test_a_channel_that_goes_takes_its_programmes_along(self, changing: Guide) -> None:
        from apps.channels.models import Channel

        changing.map("b")
        changing.path.write_text(guide("a", *[f"c{n}" for n in range(600)]))
        changing.again(listen=lambda _: Channel.objects.filter(name="b").delete() and None)
        assert set(changing.titles()) == {"a"}
        changing.again()
        assert not changing.row.epgs.filter(tvg_id="b").exists()

    def test_one_channel_waits_for_the_refresh(
        self, changing: Guide, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from jackfield.dialects.dispatcharr.iptv import epg_refresh
        from jackfield.dialects.dispatcharr.iptv.exclusive import only_one

        monkeypatch.setattr(epg_refresh, "_PAUSE_S", 0.01)
        monkeypatch.setattr(epg_refresh, "_TRIES", 3)
        with only_one(epg_refresh.LOCK, changing.row.pk):
            said = parse_programmes(changing.channel("a").pk)
        assert "is being refreshed for very long" in said
        assert changing.titles() == {}
        assert "2 programmes of 1 channels" in parse_programmes(changing.channel("a").pk)


class TestPackedFiles:
    @pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
    def test_are_unpacked_where_plugins_look(
        self, source: Guide, pack: Any, django_env: Any
    ) -> None:
        assert source.refresh(pack(guide("a").encode())).counts["channels"] == 1
        extracted = Path(source.row.extracted_file_path)
        assert extracted == django_env.home / "cached_epg" / f"{source.row.pk}.xml"
        assert extracted.read_text() == guide("a")
        source.refresh(guide("a", "b"))
        assert source.row.extracted_file_path is None

    def test_a_zip(self, source: Guide) -> None:
        with zipfile.ZipFile(source.path, "w") as archive:
            archive.writestr("readme.txt", "no")
            archive.writestr("my/guide.XML", guide("a"))
        assert source.again().counts["channels"] == 1

    def test_one_that_breaks_off(self, source: Guide) -> None:
        packed = gzip.compress(guide(*[f"c{n}" for n in range(3000)], programmes=0).encode())
        outcome = source.refresh(packed[: len(packed) // 2])
        assert outcome.ok
        assert 0 < outcome.counts["channels"] < 3000

    def test_a_bomb(self, source: Guide) -> None:
        source.refresh(guide("a"))
        outcome = source.refresh(gzip.compress(bytes(150_000_000)))
        assert outcome.status == "error"
        assert "unpacks to more than" in outcome.message
        assert source.row.epgs.count() == 1


class TestBad:
    def test_neither_address_nor_file(self, tmp_path: Path) -> None:
        source = Guide(tmp_path / "x", file_path=None)
        assert "has neither an address nor a file" in source.again().message

    def test_a_file_that_is_gone(self, source: Guide) -> None:
        assert "no such file" in source.again().message

    def test_a_page_is_a_guide_of_nothing(self, source: Guide) -> None:
        outcome = source.refresh("<html><body>Not found</body></html>")
        assert outcome.ok
        assert outcome.counts["channels"] == 0

    def test_an_endless_file_of_nothing_changes_nothing(self, source: Guide) -> None:
        source.refresh(guide("a"))
        source.map("a")
        source.again()
        outcome = source.refresh(b"<tv><x>" + b"<y/>" * 3_000_000)
        assert outcome.status == "error"
        assert "is no guide" in outcome.message
        assert len(source.titles()["a"]) == 2

    def test_entities_stay_what_they_are(self, source: Guide, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.write_text("the secret")
        head = f'<!DOCTYPE tv [<!ENTITY x SYSTEM "file://{secret}">]>'
        source.refresh(f'{head}<tv><channel id="a"><display-name>&x;</display-name></channel></tv>')
        assert source.channel("a").name == "&x;"

    def test_guides_that_are_not_refreshed(self, source: Guide, tmp_path: Path) -> None:
        assert "there is no guide 999" in refresh_source(999).message
        dummy = Guide(tmp_path / "d", name="d", source_type="dummy")
        assert "is made up" in refresh_source(dummy.row.pk).message
        direct = Guide(tmp_path / "s", name="s", source_type="schedules_direct")
        assert "Schedules Direct are not supported" in direct.again().message
        source.row.is_active = False
        source.row.save()
        assert refresh_source(source.row.pk).status == "disabled"

    def test_nothing_half_written(self, source: Guide, monkeypatch: pytest.MonkeyPatch) -> None:
        from jackfield.dialects.dispatcharr.iptv import epg_refresh

        source.refresh(guide("a"))
        source.map("a")
        source.again()

        def broken(*_: Any) -> None:
            raise ZeroDivisionError("oh")

        monkeypatch.setattr(epg_refresh, "insert_programmes", broken)
        source.path.write_text(guide("b"))
        with pytest.raises(ZeroDivisionError):
            refresh_source(source.row.pk)
        source.row.refresh_from_db()
        assert source.row.status == "error"
        assert source.titles() == {"a": ["Show 0", "Show 1"]}
        assert list(source.row.epgs.values_list("tvg_id", flat=True)) == ["a"]


class TestNetwork:
    def test_it_is_fetched(self, provider: Any, tmp_path: Path) -> None:
        url = provider.serve("/x.xml.gz", gzip.compress(guide("a").encode()))
        source = Guide(tmp_path / "unused", file_path=None, url=url)
        assert source.again().counts["channels"] == 1
        assert Path(source.row.file_path).exists()
        assert Path(source.row.extracted_file_path).read_text() == guide("a")
        assert provider.asked[0][1]["user-agent"]

    def test_a_server_that_fails_keeps_what_was(self, provider: Any, tmp_path: Path) -> None:
        url = provider.serve("/x.xml", guide("a"))
        source = Guide(tmp_path / "unused", file_path=None, url=url)
        source.again()
        provider.cut("/x.xml", guide("b").encode(), 10_000)
        outcome = source.again()
        assert outcome.status == "error"
        assert "broke off" in outcome.message
        assert source.channel("a")


class TestTelling:
    def test_frames_and_the_event(self, source: Guide, host_beside: Any) -> None:
        source.refresh(guide("a", "b"))
        assert host_beside.told("system_event") == [], "nothing was mapped"
        source.map("a")
        host_beside.forget()
        source.again()
        last = host_beside.told("websocket")[-1]["data"]
        assert (last["type"], last["source"], last["status"]) == (
            "epg_refresh", source.row.pk, "success",
        )  # fmt: skip
        (event,) = host_beside.told("system_event")
        assert event["payload"] == {
            "source_name": "g", "programs": 2, "channels": 2, "unmapped_channels": 1,
        }  # fmt: skip

    def test_cancelling(self, source: Guide) -> None:
        from jackfield.dialects.dispatcharr.worker.progress import TaskCancelled

        def cancel(frame: dict[str, Any]) -> None:
            if "status" not in frame:
                raise TaskCancelled("cancelled")

        source.path.write_text(guide(*[f"c{n}" for n in range(1500)]))
        with pytest.raises(TaskCancelled):
            refresh_source(source.row.pk, listen=cancel)
        source.row.refresh_from_db()
        assert (source.row.status, source.row.last_message) == ("error", "cancelled")
        assert source.row.epgs.count() == 0


class TestOneChannel:
    def test_its_programmes_and_those_of_all_that_have_none(self, source: Guide) -> None:
        source.refresh(guide("a", "b", "c"))
        source.map("a", "b")
        said = parse_programmes(source.channel("a").pk)
        assert said == "g: 4 programmes of 2 channels"
        assert set(source.titles()) == {"a", "b"}
        assert "were read already" in parse_programmes(source.channel("b").pk)

    def test_a_file_that_changed_is_read_again(self, source: Guide) -> None:
        source.refresh(guide("a"))
        source.map("a")
        parse_programmes(source.channel("a").pk)
        source.path.write_text(guide("a", title="New", programmes=3))
        parse_programmes(source.channel("a").pk)
        assert source.titles()["a"] == ["New 0", "New 1", "New 2"]

    def test_programmes_that_somebody_deleted_are_read_again(self, source: Guide) -> None:
        from apps.epg.models import ProgramData

        source.refresh(guide("a"))
        source.map("a")
        parse_programmes(source.channel("a").pk)
        ProgramData.objects.all().delete()
        parse_programmes(source.channel("a").pk)
        assert len(source.titles()["a"]) == 2

    def test_what_cannot_be_read_is_said(self, source: Guide, tmp_path: Path) -> None:
        assert "there is no guide channel 999" in parse_programmes(999)
        source.refresh(guide("a"))
        key = source.channel("a").pk
        source.path.unlink()
        assert "was not fetched yet" in parse_programmes(key)
        dummy = Guide(tmp_path / "d", name="d", source_type="dummy")
        assert "has no programmes to read" in parse_programmes(dummy.row.epgs.get().pk)
