"""``server.settings``. Source: servemsx spec 7."""

from __future__ import annotations

import json

import pytest

from dialects.servemsx.conftest import Served
from jackfield.dialects.servemsx.host_state import Client, ClientFlags, FFmpeg, PlainHostState

HTML5X = "http://msx.benzac.de/plugins/html5x.html?url="


@pytest.fixture
def set_up(served: Served) -> Served:
    served.state = PlainHostState(
        address="tv:8090",
        dictionary="Russian/Русский",
        clients={
            "x5": Client(ClientFlags.HTML5X, "tizen/5"),
            "tz": Client(ClientFlags.COMPRESSED, "tizen/5"),
            "lg": Client(platform="netcast"),
        },
        converter=FFmpeg("/bin/ffmpeg", "/bin/ffprobe", 8009),
    )
    return served


def said(served: Served, expression: str, client: str = "") -> object:
    return json.loads(served.say(f"srv.settings.{expression}", f"?id={client}"))


def test_values(set_up: Served) -> None:
    assert said(set_up, "compressed") is False
    assert said(set_up, "compressed", "tz") is True
    assert said(set_up, "dic()") == "Russian"
    assert said(set_up, "dic(1, 2)") == "Russian"
    assert said(set_up, "torr()") == "tv:8090"


def test_no_dictionary(served: Served) -> None:
    assert said(served, "dic().value") == "open dictionary.json: no such file or directory"
    assert said(served, "torr()") == ""


@pytest.mark.parametrize(
    ("arguments", "tail"),
    [
        ('"a b"', "?link=a+b"),
        ('"l", "t"', "?link=l&ttl=t"),
        ('"l", "t", "i"', "?link=l&img=i&ttl=t"),
        ('"l", "", "i"', "?link=l&img=i"),
        ('""', ""),
        ('"", "t"', "&ttl=t"),
        ("undefined", ""),
    ],
)
def test_torrents(set_up: Served, arguments: str, tail: str) -> None:
    found = said(set_up, f"torr({arguments})")
    assert found == f"content:http://{set_up.address}/msx/torr{tail}"


@pytest.mark.parametrize(
    ("client", "name"), [("", ""), ("tz", "tizen"), ("x5", "html5x"), ("lg", "")]
)
def test_player(set_up: Served, client: str, name: str) -> None:
    assert said(set_up, "player()", client) == name


@pytest.mark.parametrize(
    ("client", "url", "found"),
    [
        ("", "video:http://h/a b", "video:http://h/a b"),
        ("", "http://h", "http://h"),
        ("", "abc", "abc"),
        ("x5", "video:http://h", f"video:plugin:{HTML5X}http%3A%2F%2Fh"),
        ("x5", "audio:u", f"audio:plugin:{HTML5X}u"),
        ("x5", "u", f"plugin:{HTML5X}u"),
    ],
)
def test_player_addresses(set_up: Served, client: str, url: str, found: str) -> None:
    assert said(set_up, f'player("{url}")', client) == found


def test_player_properties(set_up: Served) -> None:
    stop = {"trigger:stop": f"execute:service:fetch:http://{set_up.address}/msx/videowall"}
    assert said(set_up, "player(false)") == stop
    assert said(set_up, "player(false, 1)") == {**stop, "control:type": "extended"}
    live = said(set_up, "player(true)")
    assert isinstance(live, dict)
    assert len(live) == 8
    assert live["button:speed:display"] == "false"
    assert live["label:duration"] == "..."
    actions = {
        "x5": "panel:request:player:options",
        "tz": "content:request:interaction:init@http://msx.benzac.de/interaction/tizen.html",
        "lg": "system:netcast:menu",
    }
    for client, action in actions.items():
        found = {"button:content:icon": "settings", "button:content:action": action}
        assert said(set_up, "player(false)", client) == {**stop, **found}


def test_ffmpeg(set_up: Served) -> None:
    assert said(set_up, "ffmpeg()") == {
        "ffmpeg": "/bin/ffmpeg",
        "port": "8009",
        "ffprobe": "/bin/ffprobe",
    }
    assert said(set_up, 'ffmpeg("src", ["-a"], [1])') == "http://127.0.0.1:8009"
    set_up.state = PlainHostState()
    assert said(set_up, "ffmpeg()") is None
    assert said(set_up, 'ffmpeg("src").value') == "exec: no command"


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("torr(1, 2, 3, 4)", "wrong number of arguments"),
        ("player(1)", "argument 'first' in call to 'user-function:': expected bool/string"),
        ("player(true, 1, 2)", "wrong number of arguments"),
        ('ffmpeg("")', "expected not empty, found empty"),
        ('ffmpeg("s", 1)', "argument 'second' in call to 'user-function:': expected array"),
        ('ffmpeg("s", [], {})', "argument 'third'"),
    ],
)
def test_wrong_arguments(set_up: Served, call: str, text: str) -> None:
    got = set_up.run(f'import("server").settings.{call}')
    assert (got.status, text in got.text) == (500, True), got.text
