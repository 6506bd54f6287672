from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from jackfield.config import Config
from jackfield.dialects.servemsx import dialect
from jackfield.dialects.servemsx.home import Home
from jackfield.dialects.servemsx.host_state import Client, ClientFlags, FFmpeg, HostStateError
from jackfield.dialects.servemsx.settings_file import MAX_CLIENTS
from jackfield.errors import InvalidInput, SurroundingsError
from jackfield.host import Host


def test_an_installation_gets_its_settings_file_at_the_start(tmp_path: Path) -> None:
    Home(tmp_path, original=True)
    assert json.loads((tmp_path / "settings.json").read_bytes())["FFstream"] == "8009"


def test_a_hosts_own_folder_is_made_when_something_changes(tmp_path: Path) -> None:
    home = Home(tmp_path / "servemsx")
    assert not home.folder.exists()
    assert home.plugins is None
    home.toggle("tv", 2)
    assert json.loads((home.folder / "settings.json").read_bytes())["Clients"] == {"tv": 2}
    assert Home(tmp_path / "servemsx").client("tv").flags == ClientFlags.COMPRESSED


def test_a_host_does_not_start_with_broken_settings(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{")
    config = Config(data_dir=tmp_path / "data", homes={"servemsx": tmp_path})
    host = Host(config, dialects={"servemsx": dialect})
    try:
        with pytest.raises(SurroundingsError, match=r"settings\.json") as error:
            _ = host.sites
        assert "repair it" in str(error.value)
    finally:
        host.stop()


def test_clients(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.client("tv") == Client()
    home.remember("tv", "tizen/5.1", "netcast")
    home.toggle("tv", 1)
    assert home.client("tv") == Client(ClientFlags.HTML5X, "tizen", "netcast")
    for number in range(MAX_CLIENTS + 5):
        home.remember(f"c{number}", "p", "q")
    assert home.client("tv").player == ""
    assert home.client(f"c{MAX_CLIENTS}").player == "p"


def test_only_so_many_clients_are_kept(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.change(lambda s: s.clients.update({f"c{n}": 1 for n in range(MAX_CLIENTS)}))
    home.toggle("new", 1)
    assert len(home.settings.clients) == MAX_CLIENTS
    assert home.settings.clients["new"] == 1


def test_changes_from_many_threads_are_all_kept(tmp_path: Path) -> None:
    home = Home(tmp_path)
    threads = [
        threading.Thread(target=lambda n=n: [home.toggle(f"c{n}", 1 << b) for b in range(4)])
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Home(tmp_path).settings.clients == {f"c{n}": 15 for n in range(8)}


def test_what_cannot_be_stored_does_not_count(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (tmp_path / "settings.json").mkdir()
    (tmp_path / "settings.json/x").touch()
    with pytest.raises(SurroundingsError):
        home.toggle("tv", 1)
    assert home.client("tv").flags == 0


def test_dictionary_and_torrserver(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(HostStateError) as none:
        home.dictionary_name()
    assert str(none.value) == "open dictionary.json: no such file or directory"
    (tmp_path / "dictionary.json").write_text("{")
    with pytest.raises(HostStateError) as broken:
        home.dictionary_name()
    assert str(broken.value) == "Decoding dictionary.json error: unexpected EOF"
    (tmp_path / "dictionary.json").write_text('{"name": "Russian/Русский"}')
    assert home.dictionary_name() == "Russian/Русский"
    home.change(lambda s: setattr(s, "torrserver", "t:1"))
    assert home.torrserver() == "t:1"


def test_ffmpeg(tmp_path: Path) -> None:
    program = tmp_path / "ffmpeg"
    log = tmp_path / "log"
    program.write_text(f'#!/bin/sh\necho "$@" > {log}.new; mv {log}.new {log}; exec sleep 60\n')
    program.chmod(0o755)
    home = Home(tmp_path / "home", stream_wait=0)
    home.set_program("ffmpeg", "")
    assert home.ffmpeg() is None
    with pytest.raises(HostStateError):
        home.start_ffmpeg("src", [], [], "tv")
    home.set_program("ffmpeg", str(program))
    home.set_program("ffprobe", "")
    assert home.ffmpeg() == FFmpeg(str(program), "", 8009)
    assert home.start_ffmpeg("src", ["-re"], ["-an"], "tv") == "http://tv:8009"
    while not log.exists():
        pass
    expected = "-re -hide_banner -i src -an -f mpegts -listen 1 http://tv:8009\n"
    assert log.read_text() == expected
    home.start_ffmpeg("other", [], [], "tv")
    home.close()
    home.change(lambda s: setattr(s, "ffstream", ""))
    assert home.start_ffmpeg("src", [], [], "tv") == ""


@pytest.mark.parametrize("program", ["/bin/sh", "/nowhere/ffmpeg", "no-such-program"])
def test_a_program_that_is_refused(tmp_path: Path, program: str) -> None:
    with pytest.raises(InvalidInput):
        Home(tmp_path).set_program("ffmpeg", program)


def test_a_name_that_no_folder_can_have(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        Home(tmp_path).set_link("video", "a\0b")
