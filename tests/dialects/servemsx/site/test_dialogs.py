from __future__ import annotations

import json
from typing import Any

import pytest

from jackfield.dialects.servemsx.site import dialogs as module
from jackfield.dialects.servemsx.site.ask import Ask
from jackfield.dialects.servemsx.site.dialogs import Dialogs

from .conftest import World

BOX = {"action": "execute:http://x/{INPUT}", "headline": "H", "extension": "E", "value": "ab"}


def items(world: World, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.get(f"/msx/input?{query}").json["pages"][0]["items"]
    return found


def press(world: World, *keys: str, query: str = "id=tv") -> str:
    for key in keys:
        got = world.post(f"/msx/input?{query}", key)
        assert got.action == "update:panel:txt"
    label: str = got.data["label"]
    return label


def test_a_box_is_opened_and_filled(world: World) -> None:
    got = world.post("/msx/input?id=tv", BOX)
    assert (got.action, got.data) == (f"panel:{world.base}/msx/input?id=tv", None)
    assert press(world, "C", " ") == "abC{txt:msx-white-soft:_}"
    assert press(world, "<del>", "d&") == "abCd&"
    done = world.post("/msx/input?id=tv", "\n")
    assert (done.action, done.data) == ("execute:http://x/abCd%26", "abCd&")
    assert press(world, "<clr>") == ""
    assert press(world, "<del>") == ""


def test_boxes_are_apart(world: World) -> None:
    world.post("/msx/input?id=a", BOX)
    assert press(world, "x", query="id=b") == "x"
    assert press(world, "y", query="") == "y"
    assert press(world, "z", query="id=a") == "abz"
    assert items(world, "id=*")[0]["label"] == "y"


def test_the_documented_form_without_data(world: World) -> None:
    got = world.get("/msx/input?id=tv", "POST", json.dumps({"Action": "a", "VALUE": "v"}))
    assert got.action == f"panel:{world.base}/msx/input?id=tv"
    assert items(world, "id=tv")[0]["label"] == "v"


def test_the_keyboard(world: World) -> None:
    world.post("/msx/input?id=tv", BOX)
    page = world.get("/msx/input?id=tv").json
    assert (page["headline"], page["extension"], page["compress"]) == ("H", "E", True)
    keys = items(world, "id=tv")
    assert len(keys) == 1 + 50 + 5
    send = f"execute:service:{world.base}/msx/input?id=tv"
    assert keys[11] == {
        "type": "button", "label": "A", "key": "A|a", "action": send, "data": "A",
        "layout": "0,3,1,1",
    }  # fmt: skip
    assert [key["data"] for key in keys[51:]] == ["<del>", "<clr>", " ", "<lng>", "\n"]
    assert keys[51]["progressColor"] == "red" and keys[51]["layout"] == "0,7,2,1"
    assert keys[54]["enable"] is False, "there is no second layout"
    assert "titleFooter" not in keys[55]


def test_an_address_needs_no_letters_after_the_dot(world: World) -> None:
    got = world.post("/msx/input?addr", {**BOX, "value": "10."})
    assert got.action == f"panel:{world.base}/msx/input?id=*&addr"
    keys = items(world, "id=*&addr")
    dot = keys[40]
    assert (dot["label"], dot["key"], dot["progress"]) == (".", ".|yellow", 1)
    assert "enable" not in dot
    assert all(key["enable"] is False for key in keys[41:51])
    assert keys[53]["enable"] is False and keys[54]["enable"] is False


def test_a_dictionary_brings_a_second_layout(world: World) -> None:
    world.write("dictionary.json", json.dumps({"name": "Russian/Русский", "keyboard": "ЙЦУ"}))
    world.post("/msx/input?id=tv", BOX)
    keys = items(world, "id=tv")
    assert [key["label"] for key in keys[1:4]] == ["Й", "Ц", "У"]
    assert keys[1]["key"] == "Й|й"
    assert world.post("/msx/input?id=tv", "<lng>").action == "reload:panel"
    assert items(world, "id=tv")[11]["label"] == "A"


@pytest.mark.parametrize("body", ["", "{", "5", '{"data": 5}', '{"data": {"action": 5}}', "[]"])
def test_a_bad_body(world: World, body: str) -> None:
    got = world.get("/msx/input?id=tv", "POST", body)
    assert (got.status, got.text) == (400, "Bad Request\n")


def test_a_dialog(world: World) -> None:
    got = world.post("/msx/dialog", {**BOX, "value": "Really?"})
    assert got.action == "panel:data"
    assert list(got.data) == ["reuse", "cache", "restore", "headline", "extension", "pages"]
    text, ok, close = got.data["pages"][0]["items"]
    assert (text["headline"], text["layout"]) == ("Really?", "0,0,8,6")
    assert (ok["action"], ok["display"], ok["layout"]) == (BOX["action"], True, "0,5,4,1")
    assert close["action"] == "back"
    assert world.post("/msx/dialog", {}).data["pages"][0]["items"][1]["display"] is False


def test_a_dialog_with_nothing_to_say(world: World) -> None:
    assert world.get("/msx/dialog").status == 400
    got = world.get("/msx/dialog", "POST", "{")
    assert (got.status, got.text) == (500, "Parsing dialog data error: unexpected EOF\n")


def test_nobody_fills_the_memory_with_text(world: World) -> None:
    assert len(press(world, "x" * 50_000, "y" * 50_000)) == 10_000


def test_what_is_kept_of_clients_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BOXES", 5)
    dialogs = Dialogs(world.home)
    for number in range(20):
        for key in ("<lng>", "x"):
            dialogs.input(
                Ask("POST", "/msx/input", "/msx/input", f"id=tv{number}", body=pressed(key))
            )
    assert set(dialogs._boxes) == {f"tv{number}" for number in range(15, 20)}
    assert set(dialogs._second) == set(dialogs._boxes)


def pressed(key: str) -> bytes:
    return json.dumps({"data": key}).encode()
