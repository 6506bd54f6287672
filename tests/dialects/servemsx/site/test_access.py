from __future__ import annotations

import pytest

from jackfield.dialects.servemsx.site.access import Access
from jackfield.dialects.servemsx.site.ask import Ask
from jackfield.dialects.servemsx.site.faults import Fault
from jackfield.plugins.service_table import ServiceTable
from jackfield.services.accounts import Accounts

from .conftest import World, package, script


def ask(remote: str = "192.168.1.7:5000", root: str = "", **headers: str) -> Ask:
    sent = {"host": "192.168.1.2:8008", **{k.replace("_", "-"): v for k, v in headers.items()}}
    lists = {name: [value] for name, value in sent.items()}
    return Ask("POST", "/install", "/install", headers=lists, remote=remote, root=root)


@pytest.fixture
def access() -> Access:
    return Access(ServiceTable({}))


@pytest.mark.parametrize(
    ("remote", "near"),
    [
        ("127.0.0.1:1", True), ("192.168.0.9:1", True), ("10.1.2.3:1", True), ("::1:1", True),
        ("[fe80::1]:1", True), ("::ffff:192.168.0.1:1", True), ("8.8.8.8:1", False),
        ("2a00:1450::1:1", False), ("", False), ("name:1", False),
    ],
)  # fmt: skip
def test_nearby(access: Access, remote: str, near: bool) -> None:
    assert access.is_nearby(ask(remote)) is near


@pytest.mark.parametrize("header", ["x_forwarded_for", "forwarded", "via", "x_real_ip"])
def test_who_comes_through_a_proxy_is_not_nearby(access: Access, header: str) -> None:
    assert not access.is_nearby(ask("127.0.0.1:1", **{header: "1.2.3.4"}))


@pytest.mark.parametrize(
    ("headers", "operator"),
    [
        ({}, True),
        ({"origin": "http://192.168.1.2:8008"}, True),
        ({"host": "media.local:8008"}, True),
        ({"host": "nas:8008"}, True),
        ({"host": "[::1]:8008"}, True),
        ({"origin": "http://msx.benzac.de"}, False),
        ({"origin": "null"}, False),
        ({"sec_fetch_site": "cross-site"}, False),
        ({"host": "rebound.example.com:8008"}, False),
    ],
)
def test_a_foreign_page_is_not_the_operator(
    access: Access, headers: dict[str, str], operator: bool
) -> None:
    assert access.is_operator(ask(**headers)) is operator


def test_at_the_hosts_address_only_a_token_makes_an_operator(access: Access) -> None:
    assert not access.is_operator(ask(root="/servemsx"))
    with pytest.raises(Fault) as refused:
        access.require_operator(ask(root="/servemsx"))
    assert refused.value.status == 403


def test_a_token_of_an_administrator(world: World) -> None:
    tokens = world.host.services.get(Accounts).tokens
    content = package({"main.tengo": script()})
    assert world.upload("a.200.tgz", content, "/servemsx/install").status == 403
    wrong = world.upload("a.200.tgz", content, "/servemsx/install", authorization="Bearer x")
    assert wrong.status == 403
    good = f"Bearer {tokens.create_passing('test')}"
    got = world.upload("a.200.tgz", content, "/servemsx/install", authorization=good)
    assert got.text == "true"
    assert world.get("/servemsx/restart").status == 403
    assert world.get("/servemsx/restart", headers={"authorization": good}).status == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/install?remove=a", ""),
        ("/restart", ""),
        ("/settings", '{"data": {"video": "/etc"}}'),
        ("/settings", '{"data": {"FFmpeg": "/bin/ffmpeg"}}'),
    ],
)
def test_another_sites_page_changes_nothing(world: World, path: str, body: str) -> None:
    world.upload("a.200.tgz", package({"main.tengo": script()}))
    got = world.get(path, "POST", body, {"origin": "http://evil.example"})
    assert got.status == 403
    assert world.get("/a/").status == 200
    assert not (world.folder / "video").is_symlink()


def test_media_station_x_itself_may_do_what_a_client_does(world: World) -> None:
    msx = {"origin": "http://msx.benzac.de", "content-type": "application/json"}
    assert world.get("/settings?id=tv", "POST", '{"data": 2}', msx).status == 200
    assert world.get("/settings", "POST", '{"data": 101}', msx).status == 200
    assert world.get("/msx/dictionary", "POST", '{"data": ""}', msx).status == 200


def test_strangers_may_only_look(world: World) -> None:
    far = {"x-forwarded-for": "8.8.8.8"}
    for path, body in (("/settings", '{"data": "x:1"}'), ("/settings", '{"data": 101}'),
                       ("/msx/dictionary", '{"data": ""}'), ("/msx/webmarks", '{"data": true}'),
                       ("/msx/torr?del=x", ""), ("/proxy.m3u8?link=http://x/", "")):  # fmt: skip
        assert world.get(path, "POST", body, far).status == 403
    assert world.get("/settings", headers=far).status == 200
    assert world.get("/settings?id=tv", "POST", '{"data": 2}', far).status == 200
