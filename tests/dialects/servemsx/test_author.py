"""What authors call: new, build, package."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from dialects.servemsx.test_examples import stage
from jackfield.dialects.servemsx import dialect
from jackfield.errors import Conflict, InvalidInput, PluginError
from jackfield.plugins.scenario import play_scenarios


def test_a_new_plugin_works(tmp_path: Path) -> None:
    folder = tmp_path / "my-stars"
    written = dialect.author.new(folder, slug="my-stars")
    assert {p.relative_to(folder).as_posix() for p in written} == {
        "README.md",
        "__tests__/plugin.test.json",
        "main.tengo",
        "manifest.json",
        "store.tengo",
    }
    assert "My Stars" in (folder / "manifest.json").read_text()
    assert not any("{{" in path.read_text() for path in written)
    assert dialect.author.build(folder) == []
    with dialect.scenarios(folder, stage) as script:
        report = play_scenarios(folder, script, lambda _: None)
    assert report.ok, report.to_dict()
    assert report.passed == 3


@pytest.mark.parametrize("name", ["", "a.b", "a/b", "msx", "MSX", ".."])
def test_a_name_that_is_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput):
        dialect.author.new(tmp_path / "x", slug=name)
    assert not (tmp_path / "x").exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="exists already"):
        dialect.author.new(tmp_path, slug="hello")


def test_the_same_files_give_the_same_package(tmp_path: Path) -> None:
    folder = tmp_path / "hello"
    dialect.author.new(folder, slug="hello")
    (folder / "img").mkdir()
    (folder / "img" / "a.png").write_bytes(b"\x89PNG")
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("x")
    first = dialect.author.package(folder)
    data = first.read_bytes()
    assert first == folder / "hello.203.tgz"
    assert dialect.author.package(folder).read_bytes() == data, "an old package is not packed"
    with tarfile.open(first) as archive:
        assert archive.getnames() == [
            "README.md", "img", "img/a.png", "main.tengo", "manifest.json", "store.tengo",
        ]  # fmt: skip


def test_a_script_that_does_not_compile_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "hello"
    dialect.author.new(folder, slug="hello")
    (folder / "lib").mkdir()
    (folder / "lib" / "x.tengo").write_text("a := 1\nb := a +\n")
    with pytest.raises(PluginError, match=r"Parse Error: .*lib/x\.tengo:3:1") as error:
        dialect.author.package(folder)
    assert error.value.file == "lib/x.tengo:3:1"


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        (None, "is missing"),
        ("{", "unexpected EOF"),
        (
            '{"Label": 1}',
            "number into Go struct field pluginf.Label of type string",
        ),
    ],
)
def test_a_broken_manifest_is_refused(tmp_path: Path, manifest: str | None, says: str) -> None:
    folder = tmp_path / "hello"
    dialect.author.new(folder, slug="hello")
    (folder / "manifest.json").unlink()
    if manifest is not None:
        (folder / "manifest.json").write_text(manifest)
    with pytest.raises(InvalidInput, match=says):
        dialect.author.build(folder)


def test_a_package_needs_a_name_that_hosts_take(tmp_path: Path) -> None:
    folder = tmp_path / "hello"
    dialect.author.new(folder, slug="hello")
    with pytest.raises(InvalidInput, match=r"expected NAME\.PPP\.tgz"):
        dialect.author.package(folder, tmp_path / "hello.tgz")
    bad = tmp_path / "hel.lo"
    folder.rename(bad)
    with pytest.raises(InvalidInput, match="without dots"):
        dialect.author.package(bad)
