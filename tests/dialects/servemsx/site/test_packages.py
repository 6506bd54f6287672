from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from .conftest import World, package, script


def names(world: World) -> list[str]:
    return [one["Name"] for one in world.get("/settings").json["Plugins"] or []]


def litter(world: World) -> list[Path]:
    return [path for path in world.folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("kind", ["world", "fresh"])
def test_install_replace_remove(kind: str, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(kind)
    got = world.upload("radio.203.tgz", package({"main.tengo": script("one"), "lib/x.txt": "x"}))
    assert (got.status, got.text) == (200, "true")
    assert world.get("/radio/a").text == f"one a {world.base}/radio/"
    assert names(world) == ["radio"]
    assert world.upload("radio.100.tgz", package({"main.tengo": script("two")})).text == "true"
    assert world.get("/radio/a").text.startswith("two a")
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert world.get("/install", "POST", "remove=radio", form).text == "true"
    assert world.get("/radio/a").status == 404
    assert names(world) == []
    assert world.get("/install", "POST", "remove=radio", form).text == "true", "it is gone already"
    assert litter(world) == []


def test_the_files_lie_where_the_original_has_them(world: World) -> None:
    world.upload("a.200.tgz", package({"main.tengo": script(), "img/deep/x.png": "x"}))
    assert (world.folder / "plugins/a/img/deep/x.png").read_text() == "x"
    world.write("plugins/a/cache.json", "old")
    world.upload("a.200.tgz", package({"main.tengo": script()}))
    assert sorted(p.name for p in (world.folder / "plugins/a").iterdir()) == ["main.tengo"]


def test_a_plugin_may_do_what_it_did_with_the_original(fresh: World) -> None:
    fresh.upload("a.200.tgz", package({"main.tengo": 'srv := import("server")\n'
                 'srv.file("x", "kept")\nsrv.write(srv.file("x"))'}))  # fmt: skip
    assert fresh.get("/a/").text == "kept"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.zip", "Bad Request"),
        ("a", "Bad Request"),
        ("a.tgz", "expected NAME.PPP.tgz"),
        ("a.999.tgz", "needs engine version 999; this host has 203"),
        ("a.2x3.tgz", "expected NAME.PPP.tgz"),
        (".200.tgz", "no plugin name"),
        ("msx.200.tgz", "belongs to the host"),
        ("MSX.200.tgz", "belongs to the host"),
    ],
)
def test_a_name_that_is_refused(world: World, name: str, text: str) -> None:
    got = world.upload(name, package({"main.tengo": script()}))
    assert got.status == 400
    assert text in got.text
    assert names(world) == []


def hostile(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, link
        archive.addfile(info)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no archive",
        b"\x1f\x8b broken",
        package({}),
        package({"a.txt": "x" * 5000})[:60],
        hostile("../../evil"),
        hostile("/etc/evil"),
        hostile("x", tarfile.SYMTYPE, "/etc/passwd"),
        hostile("x", tarfile.LNKTYPE, "y"),
        hostile("x", tarfile.FIFOTYPE),
    ],
    # Packed bytes hold the time: every test process would call them something else.
    ids=range(10),
)
def test_a_bad_package_leaves_the_old_plugin(world: World, content: bytes) -> None:
    world.upload("a.200.tgz", package({"main.tengo": script("old")}))
    got = world.upload("a.200.tgz", content)
    assert got.status == 500 and got.text.strip()
    assert world.get("/a/x").text.startswith("old x")
    assert litter(world) == []
    assert not (world.folder.parent / "evil").exists()


@pytest.mark.parametrize("name", ["..", ".", "../home", "a/b", "plugins/..", "a%00"])
def test_nothing_else_is_removed(world: World, name: str) -> None:
    world.upload("a.200.tgz", package({"main.tengo": script()}))
    form = {"content-type": "application/x-www-form-urlencoded"}
    got = world.get("/install", "POST", f"remove={name}", form)
    assert (got.status, got.text) == (400, "Bad Request\n")
    assert names(world) == ["a"]


def test_a_linked_plugin_loses_only_its_link(world: World, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "main.tengo").write_text(script())
    (world.folder / "plugins").mkdir()
    (world.folder / "plugins/linked").symlink_to(mine)
    assert world.get("/linked/").status == 200
    assert world.get("/install?remove=linked", "POST").text == "true"
    assert (mine / "main.tengo").exists()
    assert world.get("/linked/").status == 404


def test_a_plugin_of_the_registry_is_not_overwritten_by_a_folder(
    world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "radio"
    folder.mkdir()
    (folder / "main.tengo").write_text(script("registry"))
    world.host.registry.install(folder, dialect="servemsx")
    got = world.upload("radio.200.tgz", package({"main.tengo": script("folder")}))
    assert got.status == 409
    assert not (world.folder / "plugins/radio").exists()


def test_what_is_no_upload(world: World) -> None:
    assert world.get("/install").status == 404
    got = world.get("/install", "POST", "x")
    assert (got.status, got.text) == (500, "request Content-Type isn't multipart/form-data\n")
    broken = {"content-type": "multipart/form-data"}
    assert world.get("/install", "POST", "x", broken).status == 400
    empty = {"content-type": "multipart/form-data; boundary=b"}
    got = world.get("/install", "POST", "--b--\r\n", empty)
    assert (got.status, got.text) == (500, "http: no such file\n")


def test_after_a_restart_of_the_host_it_is_still_there(fresh: World) -> None:
    fresh.upload("a.200.tgz", package({"main.tengo": script()}))
    fresh.host.registry.stop()
    fresh.host.registry.start()
    assert fresh.get("/a/").status == 200
