"""Packages and folders: names, engine versions, refusals. Source: servemsx spec 9, D9, D10."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from jackfield.config import Config
from jackfield.dialects.servemsx import dialect, package
from jackfield.errors import ArchiveError, InvalidInput, ManifestError
from jackfield.host import Host
from jackfield.plugins.files import FolderFiles


def tgz(path: Path, *members: tuple[str, str] | tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1].encode())
                archive.addfile(info, io.BytesIO(member[1].encode()))
    return path


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(Config(data_dir=tmp_path / "data"), dialects={"servemsx": dialect})


@pytest.mark.parametrize(
    ("name", "found"),
    [("hello.203.tgz", ("hello", 203)), ("My_Plug-2.000.tgz", ("My_Plug-2", 0))],
)
def test_file_names(name: str, found: tuple[str, int]) -> None:
    assert package.package_name(name) == found


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("hello.tgz", "expected NAME.PPP.tgz"),
        ("hello.20.tgz", "expected NAME.PPP.tgz"),
        ("hello.2000.tgz", "expected NAME.PPP.tgz"),
        ("hello.abc.tgz", "expected NAME.PPP.tgz"),
        ("hello.203.tar.gz", "expected NAME.PPP.tgz"),
        ("hello.203.TGZ", "expected NAME.PPP.tgz"),
        (".203.tgz", "is no plugin name"),
        ("a/b.203.tgz", "is no plugin name"),
        ("msx.203.tgz", "belongs to the host"),
        ("hello.204.tgz", "needs engine version 204; this host has 203"),
        ("hello.999.tgz", "needs engine version 999"),
    ],
)
def test_file_names_that_are_refused(name: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        package.package_name(name)


@pytest.mark.parametrize(
    ("name", "slug"),
    [("hello", "hello"), ("MyPlug", "myplug"), ("a_b-1.x", "a_b-1.x"), ("a b", "a-b-5ae50fff")],
)
def test_slugs(name: str, slug: str) -> None:
    assert package.slug_of(name).split("-")[:2] == slug.split("-")[:2]
    assert package.slug_of(package.slug_of(name)) == package.slug_of(name)


def test_slugs_of_other_scripts_differ() -> None:
    assert len({package.slug_of(name) for name in ("мой", "моя", "_", "-", "a b", "a-b")}) == 6


class TestInstalling:
    def test_a_package(self, host: Host, tmp_path: Path) -> None:
        path = tgz(
            tmp_path / "hello.200.tgz",
            ("manifest.json", '{"label": "Hi", "TORRENT": true, "Image": "{BASE_URL}img/a.png"}'),
            ("main.tengo", 'srv := import("server"); srv.request("http://x")'),
            ("img/a.png", "x"),
        )
        with host:
            host.wait_started()
            state = host.registry.install(path)
            spec = host.registry.spec("hello")
            assert (spec.slug, spec.name, spec.version) == ("hello", "Hi", "200")
            assert spec.icon == "img/a.png"
            assert spec.details["torrent"] is True
            asked = [p.name for p in spec.permissions]
            assert asked == ["network.fetch", "network.local"]
            assert state.state == "disabled"
            assert host.registry.enable("hello", ["network.fetch"]).state == "running"

    def test_a_start_forgets_neither_version_nor_name(self, host: Host, tmp_path: Path) -> None:
        path = tgz(tmp_path / "MyNews.017.tgz", ("main.tengo", "x := 1"))
        with host:
            host.wait_started()
            host.registry.install(path)
            before = host.registry.spec("mynews")
            assert (before.name, before.version) == ("MyNews", "017")
            assert before.details["name"] == "MyNews"
            assert host.registry.enable("mynews", []).state == "running"
            assert host.registry.spec("mynews") == before
        with host.__class__(host.config) as again:
            again.wait_started()
            assert again.registry.get("mynews").state == "running"
            assert again.registry.spec("mynews") == before
            newer = tgz(tmp_path / "MYNEWS.018.tgz", ("main.tengo", "x := 2"))
            again.registry.update("mynews", newer)
            after = again.registry.spec("mynews")
            assert (after.name, after.version) == ("MYNEWS", "018")
            again.registry.rollback("mynews")
            assert again.registry.spec("mynews") == before

    def test_a_folder_keeps_its_written_name(self, host: Host, tmp_path: Path) -> None:
        folder = tmp_path / "My News"
        folder.mkdir()
        (folder / "main.tengo").write_text("x := 1")
        with host:
            host.wait_started()
            slug = host.registry.install(folder).slug
            assert host.registry.enable(slug, []).state == "running"
            assert host.registry.spec(slug).name == "My News"

    def test_one_without_a_manifest(self, host: Host, tmp_path: Path) -> None:
        path = tgz(tmp_path / "hello.200.tgz", ("main.tengo", ""))
        with host:
            host.wait_started()
            host.registry.install(path)
            spec = host.registry.spec("hello")
            assert spec.warnings == ("open plugins/hello/manifest.json: no such file or directory",)

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("../../evil.tengo", "x"),
            ("/etc/evil", "x"),
            ("a/../../b", "x"),
            ("manifest.json", '{"Label": 1}'),
            ("manifest.json", "{"),
        ],
    )
    def test_what_is_refused(self, host: Host, tmp_path: Path, name: str, content: str) -> None:
        path = tgz(tmp_path / "hello.200.tgz", ("main.tengo", ""), (name, content))
        with host:
            host.wait_started()
            with pytest.raises((ArchiveError, ManifestError)):
                host.registry.install(path)
            assert host.registry.list() == []
        assert not (tmp_path / "evil.tengo").exists()

    def test_links_are_refused(self, host: Host, tmp_path: Path) -> None:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        path = tgz(tmp_path / "hello.200.tgz", ("main.tengo", ""), link)
        with host, pytest.raises(ArchiveError, match="a link"):
            host.registry.install(path)

    def test_a_broken_package_leaves_the_old_plugin(self, host: Host, tmp_path: Path) -> None:
        path = tgz(tmp_path / "hello.200.tgz", ("main.tengo", "1"))
        with host:
            host.wait_started()
            host.registry.install(path)
            path.write_bytes(path.read_bytes()[:40])
            with pytest.raises(ArchiveError):
                host.registry.update("hello", path)
            assert (host.registry.folder("hello") / "main.tengo").read_text() == "1"


@pytest.mark.parametrize(
    ("files", "known"),
    [
        ({"main.tengo": ""}, True),
        ({"start.TENGO": "", "x": ""}, True),
        ({"manifest.json": '{"URL": "x"}'}, True),
        ({"manifest.json": '{"label": "x", "icon": "y"}'}, True),
        ({"manifest.json": "{}"}, False),
        ({"manifest.json": '{"name": "x", "label": "y", "version": "1"}'}, False),
        ({"manifest.json": "{"}, False),
        ({"sub/main.tengo": ""}, False),
        ({}, False),
    ],
)
def test_what_is_recognised(tmp_path: Path, files: dict[str, str], known: bool) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert dialect.recognises(FolderFiles(tmp_path)) is known


def test_an_empty_folder_is_no_plugin(tmp_path: Path) -> None:
    (tmp_path / "hello").mkdir()
    with pytest.raises(ManifestError, match="no file"):
        dialect.read(FolderFiles(tmp_path / "hello"))


def test_a_folder_taken_in_place_asks_for_everything(tmp_path: Path) -> None:
    (tmp_path / "Hello").mkdir()
    (tmp_path / "Hello" / "main.tengo").write_text("")
    spec = dialect.read(FolderFiles(tmp_path / "Hello", "hello"))
    assert (spec.slug, spec.details["name"]) == ("hello", "Hello")
    assert [p.name for p in spec.permissions] == sorted(dialect.permissions)
