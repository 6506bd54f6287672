from __future__ import annotations

from .conftest import World


def test_bookmarks_come_and_go(world: World) -> None:
    for line in ("Hhttp://x/live#News", "Yabc123#Clip", "Vhttp://x/v.mp4"):
        assert world.post("/msx/webmarks", line).text == "true"
    found = world.get("/msx/webmarks?id=tv").json
    assert [item["label"] for item in found["items"]] == ["News", "Clip", "http://x/v.mp4"]
    assert found["items"][0]["action"] == "video:http://x/live"
    assert found["items"][1]["action"].endswith("youtube.html?id=abc123")
    assert [item["id"] for item in found["items"]] == ["0", "1", "2"]
    assert world.post("/msx/webmarks", "1").action == "reload:content"
    world.post("/settings?id=tv", 8)
    newest = world.get("/msx/webmarks?id=tv").json
    assert [item["label"] for item in newest["items"]] == ["http://x/v.mp4", "News"]
    assert world.post("/msx/webmarks", "9").action == "[]"
    assert world.post("/msx/webmarks", "-1").action == "reload:content"
    assert "items" not in world.get("/msx/webmarks").json


def test_bad_input(world: World) -> None:
    assert world.post("/msx/webmarks", "x").text == "false"
    assert world.post("/msx/webmarks", "Hab\nHcd").text == "false"
    assert world.post("/msx/webmarks", False).text == '""'
    assert world.post("/msx/webmarks", {"a": 1}).status == 400
