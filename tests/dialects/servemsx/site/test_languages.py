from __future__ import annotations

import gzip
import json

from .conftest import Upstream, World

RUSSIAN = json.dumps({"name": "Russian/Русский", "keyboard": "ЙЦУ"}).encode()


def test_a_language_is_fetched_and_given_back(world: World, upstream: Upstream) -> None:
    assert world.get("/msx/dictionary.json").text == "404 page not found\n"
    upstream.answers["/ru"] = (200, {}, gzip.compress(RUSSIAN))
    got = world.post("/msx/dictionary", f"{upstream.base}/ru")
    assert (got.action, got.data) == ("reload", None)
    file = world.get("/msx/dictionary.json")
    assert (file.status, file.body) == (200, RUSSIAN)
    assert world.home.dictionary_name() == "Russian/Русский"
    assert world.get("/msx/menu.json").json["reference"].endswith("&id={ID}>stg>dic")
    assert world.get("/msx/menu.json").json["reference"].endswith("&id={ID}")
    assert world.post("/msx/dictionary", "").action == "reload"
    assert world.get("/msx/dictionary.json").status == 404
    assert world.post("/msx/dictionary", "").action == "reload", "there is none any more"


def test_a_bad_dictionary_leaves_the_old_one(world: World, upstream: Upstream) -> None:
    world.write("dictionary.json", RUSSIAN)
    upstream.answers |= {
        "/text": (200, {}, b"no json"),
        "/list": (200, {}, b"[]"),
        "/cut": (200, {}, gzip.compress(RUSSIAN)[:30]),
        "/bomb": (200, {}, gzip.compress(b" " * 9_000_000)),
    }
    for path in ("/text", "/list", "/cut", "/bomb", "/gone"):
        assert world.post("/msx/dictionary", upstream.base + path).status == 500
        reference = world.get("/msx/menu.json").json["reference"]
        assert reference.endswith(">stg>dic"), "the menu opens where one can choose again"
    assert world.get("/msx/dictionary.json").body == RUSSIAN


def test_what_a_client_says_of_its_language(world: World) -> None:
    def say(name: str) -> tuple[str, object]:
        got = world.get(
            "/msx/dictionary", "POST", json.dumps({"info": {"dictionary": {"name": name}}})
        )
        return got.action, got.data

    assert say("Russian/Русский") == (
        "update:content:dic", {"extensionLabel": "{txt:msx-white:Русский}"},
    )  # fmt: skip
    assert say("Plain")[1] == {"extensionLabel": "{txt:msx-white:Plain}"}
    assert say("") == ("[]", None)


def test_bad_input(world: World) -> None:
    assert world.get("/msx/dictionary", "POST", "{").text == "unexpected EOF\n"
    assert world.post("/msx/dictionary", 5).status == 500
