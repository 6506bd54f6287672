"""Source: dispatcharr spec 2.8."""

from __future__ import annotations

from dialects.dispatcharr.site.conftest import World
from dialects.dispatcharr.site.stand_in import StandIn

LIST = "/api/plugins/plugins/"


def test_addresses_end_with_a_slash(world: World) -> None:
    got = world.get(LIST[:-1])
    assert got.status == 301
    assert got.headers["location"] == f"http://127.0.0.1:{world.port}{LIST}"
    got = world.get(f"/dispatcharr{LIST[:-1]}?a=b")
    assert got.headers["location"].endswith(f"/dispatcharr{LIST}?a=b")
    got = world.post("p/run", {"action": "x"})
    assert got.status == 404
    assert "ends with a slash" in got.json["detail"]


def test_wrong_verbs(world: World) -> None:
    for path, allowed in ((LIST, "GET"), (f"{LIST}reload/", "POST"), (f"{LIST}p/run/", "POST"),
                          (f"{LIST}p/delete/", "DELETE")):  # fmt: skip
        got = world.get(path, "PATCH")
        assert (got.status, got.json) == (405, {"detail": 'Method "PATCH" not allowed.'})
        assert got.headers["allow"] == f"{allowed}, HEAD, OPTIONS"


def test_head_and_options(world: World) -> None:
    got = world.get(LIST, "HEAD")
    assert (got.status, got.body) == (200, b"")
    got = world.get(LIST, "OPTIONS")
    assert (got.status, got.headers["allow"]) == (200, "GET, HEAD, OPTIONS")


def test_bodies_that_are_no_json(world: World) -> None:
    headers = {"content-type": "application/json"}
    got = world.get(f"{LIST}p/run/", "POST", "{", headers)
    assert got.status == 400
    assert got.json["detail"].startswith("JSON parse error - ")
    got = world.get(f"{LIST}p/run/", "POST", b"\xff", headers)
    assert got.status == 400
    got = world.get(f"{LIST}p/run/", "POST", "[" * 100_000, headers)
    assert got.status == 400
    got = world.get(f"{LIST}p/run/", "POST", "x", {"content-type": "text/plain"})
    assert (got.status, got.json) == (
        415, {"detail": 'Unsupported media type "text/plain" in request.'},
    )  # fmt: skip


def test_bodies_that_are_too_large(world: World) -> None:
    got = world.get(f"{LIST}p/settings/", "POST", b"[" + b"0," * 2_200_000 + b"0]",
                    {"content-type": "application/json"})  # fmt: skip
    assert got.status == 413
    assert "at most 4,194,304 bytes" in got.json["error"]


def test_broken_forms(world: World) -> None:
    headers = {"content-type": "multipart/form-data"}
    got = world.get(f"{LIST}import/", "POST", b"junk", headers)
    assert got.status == 400
    assert got.json["detail"].startswith("Multipart form parse error - ")


def test_what_the_site_does_not_know_the_application_answers(
    world: World, application: StandIn
) -> None:
    for path in ("/api/channels/channels/", "/output/m3u", "/"):
        assert world.get(path).json["target"] == path
        assert world.get(f"/dispatcharr{path}").json["target"] == path


def test_what_is_for_the_site_alone_is_not_passed_on(world: World, application: StandIn) -> None:
    for path in ("/internal/authenticate", "/dispatcharr/internal/authenticate", "/internal",
                 "/x/../internal/authenticate", "//internal/authenticate",
                 "/%69nternal/authenticate"):  # fmt: skip
        got = world.post(path, {"api_key": "key-ann"})
        assert got.status in (404, 200), path
        assert "level" not in got.json, path
    assert not application.asked
