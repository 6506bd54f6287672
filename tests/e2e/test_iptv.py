"""``jackfield iptv`` as a user calls it, with a host and without one."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from e2e.serving import ask, jackfield, serving

pytestmark = pytest.mark.e2e

PLAYLIST = "#EXTM3U\n" + "".join(
    f'#EXTINF:-1 tvg-id="c{n}" group-title="G{n % 3}",Channel {n}\nhttp://h/{n}.ts\n'
    for n in range(50)
)
GUIDE = (
    "<tv>" + "".join(f'<channel id="c{n}"><display-name>C{n}</display-name></channel>'
                     for n in range(5)) + "</tv>"
)  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> Iterator[str]:
    """A web server with a playlist and a guide."""
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "list.m3u").write_text(PLAYLIST)
    (folder / "guide.xml").write_text(GUIDE)

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(folder))

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def tour(data: Path, base: str) -> list[Any]:
    """What each command says, without what differs between two runs."""
    said = [
        ask("iptv", "import", f"{base}/list.m3u", "--name", "mine", "--channels", data=data),
        ask("iptv", "import", f"{base}/guide.xml", "--name", "guide", "--every", "6", data=data),
        ask("iptv", "accounts", data=data),
        ask("iptv", "sources", data=data),
        ask("iptv", "refresh", "mine", data=data),
        ask("iptv", "channels", data=data),
        ask("iptv", "match", data=data),
        ask("iptv", "remove", "guide", data=data),
    ]
    for what in said:
        for entry in what if isinstance(what, list) else [what]:
            for key in ("job", "message", "updated", "id"):
                entry.pop(key, None)
            for channel in entry.get("channels", []) if what is said[5] else []:
                channel.pop("uuid")
    return said


def test_a_running_host_and_its_data_at_rest_say_the_same(tmp_path: Path, files: str) -> None:
    at_rest = tour(tmp_path / "at-rest", files)
    with serving(tmp_path / "running", "--only", "dispatcharr"):
        running = tour(tmp_path / "running", files)
    assert running == at_rest
    assert at_rest[0]["counts"]["created"] == 50
    assert at_rest[0]["status"] == "success"
    assert at_rest[2][0]["streams"] == 50
    assert at_rest[3][0] | {"source": ""} == {
        "name": "guide", "type": "xmltv", "source": "", "status": "success", "active": True,
        "channels": 5, "mapped": 0, "programs": 0, "interval_hours": 6,
    }  # fmt: skip
    assert at_rest[4]["counts"]["unchanged"] == 50
    assert at_rest[5]["total"] == 50
    assert at_rest[6]["counts"] == {"matched": 0, "total": 45}, "five were known by their ids"


def test_for_people(tmp_path: Path) -> None:
    data = tmp_path / "data"
    said = jackfield("iptv", "accounts", data=data)
    assert (said.returncode, said.stdout) == (
        0, "No accounts: add one with 'jackfield iptv import FILE|URL'.\n",
    )  # fmt: skip
    assert "No guides" in jackfield("iptv", "sources", data=data).stdout
    assert "No channels." in jackfield("iptv", "channels", data=data).stdout
    assert "Nothing to refresh" in jackfield("iptv", "refresh", data=data).stdout
    path = tmp_path / "My TV.m3u"
    path.write_text(PLAYLIST)
    said = jackfield("iptv", "import", str(path), data=data)
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith("My TV: 50 streams in ")
    assert "added My TV" in said.stderr
    said = jackfield("iptv", "accounts", data=data)
    assert said.stdout.splitlines()[1].startswith("My TV  m3u   success  50")


def test_mistakes(tmp_path: Path) -> None:
    data = tmp_path / "data"
    said = jackfield("iptv", "import", str(tmp_path / "none.m3u"), data=data)
    assert (said.returncode, said.stdout) == (2, "")
    assert "none.m3u: cannot be read: no such file or directory" in said.stderr
    assert ask("iptv", "accounts", data=data) == []

    page = tmp_path / "page.m3u"
    page.write_text("<html>")
    said = jackfield("iptv", "import", str(page), "--type", "m3u", data=data)
    assert said.returncode == 1
    assert "page.m3u: is no playlist" in said.stdout
    (account,) = ask("iptv", "accounts", data=data)
    assert account["status"] == "error"

    said = jackfield("iptv", "import", "http://h", "--username", "me", data=data)
    assert said.returncode == 2
    assert "--password-stdin" in said.stderr
    said = jackfield(
        "iptv", "import", "http://h", "--username", "me", "--password-stdin", data=data
    )
    assert "standard input is empty" in said.stderr
    said = jackfield("iptv", "refresh", "nobody", "--json", data=data)
    assert said.returncode == 3
    error = json.loads(said.stderr.splitlines()[-1])["error"]
    assert error["code"] == "not_found"
    assert "there are: page" in error["message"]
    said = jackfield("iptv", "import", str(page), "--type", "vhs", data=data)
    assert "expected m3u, epg, xtream, found 'vhs'" in said.stderr
