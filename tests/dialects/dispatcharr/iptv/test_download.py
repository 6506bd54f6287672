from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.iptv.download import (
    Downloaded,
    Validators,
    download,
    shown,
    whole_file,
)
from jackfield.dialects.dispatcharr.iptv.faults import BadSource, SourceTooLarge, Unreachable

TEXT = b"#EXTM3U\n#EXTINF:-1,One\nhttp://host/1\n" * 1000


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "cached" / "1.m3u"


def alone(target: Path) -> bool:
    """Whether nothing half-written lies beside the file."""
    return [path.name for path in target.parent.iterdir()] == [target.name]


class TestGood:
    def test_all_of_it_comes(self, provider: Any, target: Path) -> None:
        url = provider.serve("/a.m3u", TEXT, ETag='"1"', Last_Modified="yesterday")
        got = download(url, target, user_agent="TV/1")
        assert got == Downloaded(True, len(TEXT), Validators('"1"', "yesterday"))
        assert target.read_bytes() == TEXT
        assert alone(target)
        assert provider.asked[0][1]["user-agent"] == "TV/1"

    def test_progress_is_told(self, provider: Any, target: Path) -> None:
        told: list[tuple[int, int | None]] = []
        url = provider.serve("/a.m3u", TEXT)
        download(url, target, progress=lambda size, total: told.append((size, total)))
        assert told[-1] == (len(TEXT), len(TEXT))

    def test_packed_for_the_way(self, provider: Any, target: Path) -> None:
        url = provider.serve("/a.m3u", gzip.compress(TEXT), Content_Encoding="gzip")
        download(url, target)
        assert target.read_bytes() == TEXT

    def test_a_redirect_is_followed(self, provider: Any, target: Path) -> None:
        there = provider.serve("/there", TEXT)
        url = provider.serve("/here", b"", 302, Location=there)
        download(url, target)
        assert target.read_bytes() == TEXT

    def test_what_did_not_change_is_not_sent_again(self, provider: Any, target: Path) -> None:
        def answer(request: Any) -> None:
            if request.headers.get("If-None-Match") == '"1"':
                request.say(b"", 304, ETag='"1"')
            else:
                request.say(TEXT, ETag='"1"')

        provider.answers["/a"] = answer
        first = download(provider.url + "/a", target)
        again = download(provider.url + "/a", target, validators=first.validators)
        assert (first.changed, again.changed) == (True, False)
        assert target.read_bytes() == TEXT

    def test_conditions_are_for_a_copy_that_is_there(self, provider: Any, target: Path) -> None:
        url = provider.serve("/a", TEXT)
        assert download(url, target, validators=Validators('"1"')).changed
        assert "if-none-match" not in provider.asked[0][1]


class TestBad:
    @pytest.fixture(autouse=True)
    def before(self, target: Path) -> None:
        """There is a copy from an earlier day, which no failure may touch."""
        target.parent.mkdir()
        target.write_bytes(b"the old one")

    @pytest.fixture(autouse=True)
    def kept(self, before: None, target: Path) -> Any:
        yield
        assert target.read_bytes() == b"the old one"
        assert alone(target)

    @pytest.mark.parametrize("status", [401, 403, 404, 500, 503])
    def test_an_error_status(self, provider: Any, target: Path, status: int) -> None:
        url = provider.serve("/a.m3u", b"<html>", status)
        with pytest.raises(Unreachable, match=rf"/a\.m3u: answered {status}"):
            download(url, target)

    def test_nobody_listens(self, closed_port: str, target: Path) -> None:
        with pytest.raises(Unreachable, match="cannot be reached: connection refused"):
            download(closed_port + "/a", target)

    def test_a_name_that_nobody_has(self, target: Path) -> None:
        with pytest.raises(Unreachable, match="cannot be reached"):
            download("http://nobody.invalid/a", target)

    def test_an_empty_answer(self, provider: Any, target: Path) -> None:
        with pytest.raises(BadSource, match="answered with nothing"):
            download(provider.serve("/a", b""), target)

    def test_an_answer_that_breaks_off(self, provider: Any, target: Path) -> None:
        url = provider.cut("/a", TEXT, len(TEXT) + 1000)
        with pytest.raises(Unreachable, match=f"broke off after {len(TEXT)}"):
            download(url, target)

    def test_a_server_that_says_nothing(self, provider: Any, target: Path) -> None:
        url = provider.drip("/a", b"x", pause=5)
        with pytest.raises(Unreachable, match=r"nothing came for .* seconds"):
            download(url, target, timeout=(1, 0.1))

    def test_a_server_that_drips(self, provider: Any, target: Path) -> None:
        url = provider.drip("/a", b"x" * 200_000, pause=0.05)
        with pytest.raises(Unreachable, match=r"in 0\.2 seconds and was not done"):
            download(url, target, timeout=(1, 5), longest=0.2)

    def test_more_than_the_cap_announced(self, provider: Any, target: Path) -> None:
        with pytest.raises(SourceTooLarge, match="at most 100 are taken"):
            download(provider.serve("/a", TEXT), target, largest=100)

    def test_more_than_the_cap_unannounced(self, provider: Any, target: Path) -> None:
        url = provider.drip("/a", b"x" * 10_000, pause=0, pieces=50)
        with pytest.raises(SourceTooLarge):
            download(url, target, largest=20_000)

    def test_a_bomb_packed_for_the_way(self, provider: Any, target: Path) -> None:
        bomb = gzip.compress(bytes(10_000_000))
        url = provider.serve("/a", bomb, Content_Encoding="gzip")
        with pytest.raises(SourceTooLarge):
            download(url, target, largest=1_000_000)

    def test_packing_that_is_broken(self, provider: Any, target: Path) -> None:
        url = provider.serve("/a", b"no gzip at all", Content_Encoding="gzip")
        with pytest.raises(Unreachable, match="broke off"):
            download(url, target)

    def test_redirects_in_circles(self, provider: Any, target: Path) -> None:
        url = provider.serve("/a", b"", 302, Location="/a")
        with pytest.raises(Unreachable, match="redirects in circles"):
            download(url, target)

    @pytest.mark.parametrize(
        "url", ["", "file:///etc/passwd", "ftp://h/x", "http://", "http://[::1", "http:// x/", "x"]
    )
    def test_what_is_no_address(self, target: Path, url: str) -> None:
        with pytest.raises((BadSource, Unreachable)):
            download(url, target)

    def test_a_listener_that_raises_cancels(self, provider: Any, target: Path) -> None:
        def cancel(size: int, total: int | None) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            download(provider.serve("/a", TEXT), target, progress=cancel)


def test_a_new_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "new"
    with pytest.raises(ZeroDivisionError), whole_file(target) as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
    with whole_file(target) as file:
        file.write(b"whole")
        assert not target.exists()
    assert target.read_bytes() == b"whole"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://me:secret@host:8080/a?x=1", "http://host:8080/a?x=1"),
        (
            "http://h/get.php?username=me&password=secret&type=m3u",
            "http://h/get.php?username=…&password=…&type=m3u",
        ),
        ("http://h/live/me/secret/1.ts", "http://h/live/…/…/1.ts"),
        ("http://[bad", "(no address)"),
        ("http://h/" + "x" * 900, "http://h/" + "x" * 291),
    ],
)
def test_addresses_are_shown_without_secrets(url: str, said: str) -> None:
    assert shown(url) == said


def test_no_message_has_a_secret(provider: Any, target: Path, closed_port: str) -> None:
    for base in (provider.url, closed_port, "ftp://h"):
        url = f"{base}/get.php?username=somebody&password=hunter2"
        with pytest.raises((BadSource, Unreachable)) as caught:
            download(url, target)
        assert "hunter2" not in str(caught.value)
        assert "somebody" not in str(caught.value)
