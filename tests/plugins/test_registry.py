from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from jackfield.errors import (
    ApprovalNeeded,
    ArchiveError,
    Conflict,
    InvalidInput,
    ManifestError,
    NotFound,
    SurroundingsError,
)
from jackfield.plugins import misbehaviour
from jackfield.plugins.registry import Change, Registry
from plugins.archive.making import RawZip
from plugins.stage import Stage, StageDialect, archive, folder, stage


@pytest.fixture
def src(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    return tmp_path / "src"


@pytest.fixture
def lit(tmp_path: Path) -> Iterator[Stage]:
    """A stage whose host is started."""
    with stage(tmp_path / "data") as made:
        made.registry.start()
        yield made


def files(made: Stage) -> set[str]:
    root = made.data.path
    found = (*made.data.plugins.rglob("*"), *made.data.staging.rglob("*"))
    return {p.relative_to(root).as_posix() for p in found if p.is_file()}


# -- install ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", [archive, folder])
def test_install_runs_nothing(lit: Stage, src: Path, write: Any) -> None:
    state = lit.registry.install(write(src, name="The Lamp", files={"public/a.html": "<p>"}))
    assert (state.slug, state.dialect, state.name, state.version) == (
        "lamp", "stage", "The Lamp", "1.0.0",
    )  # fmt: skip
    assert (state.state, state.enabled, state.reason) == ("disabled", False, "")
    assert lit.dialect.starts == 0
    assert lit.registry.list() == [state] == [lit.registry.get("lamp")]
    root = lit.registry.folder("lamp")
    assert (root / "public" / "a.html").read_text() == "<p>"
    assert root.parent == lit.data.plugins / "lamp"
    assert len(files(lit)) == 2


def test_inspect_installs_nothing(lit: Stage, src: Path) -> None:
    spec = lit.registry.inspect(archive(src, version="7", permissions=["kv"]))
    assert (spec.slug, spec.version) == ("lamp", "7")
    assert lit.registry.list() == []
    assert files(lit) == set()


def test_what_is_not_installed(lit: Stage, src: Path) -> None:
    registry = lit.registry
    for call in (
        registry.get, registry.enable, registry.disable, registry.reload, registry.uninstall,
        registry.settings, registry.log, registry.versions, registry.rollback, registry.spec,
        registry.folder, registry.delete_kept_data,
    ):  # fmt: skip
        with pytest.raises(NotFound, match="lamp"):
            call("lamp")
    with pytest.raises(NotFound):
        registry.update("lamp", archive(src))
    with pytest.raises(NotFound):
        registry.set_settings("lamp", {})
    assert registry.running("lamp") is None
    registry.suspend("lamp", "why not")
    assert not registry.note_crash("lamp", "boom")


def test_install_twice(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src))
    with pytest.raises(Conflict, match=r"lamp: is already installed, in version 1\.0\.0 \(update"):
        lit.registry.install(archive(src, version="2"))
    assert lit.registry.get("lamp").versions == ("1.0.0",)
    assert len(files(lit)) == 1


def test_a_slug_of_another_dialect(tmp_path: Path, src: Path) -> None:
    dialects = {"stage": StageDialect(), "arena": StageDialect("arena", "arena.json")}
    with stage(tmp_path / "data", dialects=dialects) as made:
        made.registry.install(folder(src))
        other = folder(src, manifest="arena.json")
        with pytest.raises(Conflict, match="taken by a plugin of dialect 'stage'"):
            made.registry.install(other)
        with pytest.raises(InvalidInput, match="file is missing"):
            made.registry.update("lamp", other)
        made.registry.uninstall("lamp")
        with pytest.raises(Conflict, match="data of an uninstalled plugin of dialect 'stage'"):
            made.registry.install(other)
        made.registry.delete_kept_data("lamp")
        assert made.registry.install(other).dialect == "arena"


def test_which_dialect(tmp_path: Path, src: Path) -> None:
    dialects = {"stage": StageDialect(), "twin": StageDialect("twin")}
    dialects["twin"].suffixes = (".twin",)
    with stage(tmp_path / "data", dialects=dialects) as made:
        with pytest.raises(InvalidInput, match="several dialects: stage, twin"):
            made.registry.install(folder(src))
        with pytest.raises(
            NotFound, match="no dialect 'opera' is installed; there are: stage, twin"
        ):
            made.registry.install(folder(src), dialect="opera")
        assert made.registry.install(folder(src), dialect="twin").dialect == "twin"
        assert made.registry.install(archive(src, slug="rope")).dialect == "stage"
        (src / "plain").mkdir()
        with pytest.raises(InvalidInput, match="not a plugin of any installed dialect"):
            made.registry.install(src / "plain")


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (b"", ArchiveError, "is empty"),
        (b"hello", ArchiveError, "is not an archive"),
        (RawZip().add(b"../x", b"").bytes(), ArchiveError, "leads out of its folder"),
        (RawZip().add(b"stage.json", b"{").bytes(), ManifestError, "is not JSON"),
        (RawZip().add(b"stage.json", b'{"slug": "Bad"}').bytes(), ManifestError, "small letters"),
        (RawZip().add(b"stage.json", b'{"slug": "../x"}').bytes(), ManifestError, "small letters"),
        (RawZip().add(b"stage.json", b'{"slug": "a", "name": "\\ud800"}').bytes(), ManifestError,
         "cannot be stored"),
        (RawZip().add(b"stage.json", b'{"slug": "a", "x": NaN}').bytes(), ManifestError,
         "cannot be stored"),
        (RawZip().add(b"stage.json", b'{"slug":"a"}').add(b"b", b"", crc=1, local_crc=1).bytes(),
         ArchiveError, "checksum"),
    ],
)  # fmt: skip
def test_bad_plugins_leave_nothing(
    lit: Stage, src: Path, content: bytes, error: type[Exception], message: str
) -> None:
    (src / "bad.stage").write_bytes(content)
    with pytest.raises(error, match=message):
        lit.registry.install(src / "bad.stage")
    assert lit.registry.list() == []
    assert files(lit) == set()
    assert list(lit.data.plugins.iterdir()) == list(lit.data.staging.iterdir()) == []


def test_a_permission_that_could_not_be_read_back(
    lit: Stage, src: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jackfield.plugins.permissions import Permission

    read = lit.dialect.read
    bad = Permission.of("network.fetch", hosts=["a(b"])
    monkeypatch.setattr(lit.dialect, "read", lambda files: replace(read(files), permissions=(bad,)))
    with pytest.raises(ManifestError, match="a character that a permission cannot have"):
        lit.registry.install(archive(src))


def test_a_database_that_refuses_an_installation(
    lit: Stage, src: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(lit, monkeypatch)
    with pytest.raises(SurroundingsError, match="disk is full"):
        lit.registry.install(archive(src))
    assert lit.registry.list() == []
    assert files(lit) == set()
    monkeypatch.undo()
    lit.registry.install(archive(src))


def refuse(made: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every write to the database end as a full disk does."""

    def begin() -> Any:
        raise SurroundingsError("the database failed: the disk is full", file=made.db.place)

    monkeypatch.setattr(made.db, "begin", begin)


# -- enable, disable -------------------------------------------------------------------------------


def test_enable_and_disable(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src))
    state = lit.registry.enable("lamp")
    assert (state.state, state.enabled, state.reason) == ("running", True, "")
    running = lit.registry.running("lamp")
    assert running is not None
    assert lit.dispatcher.attached == {"lamp": running}
    assert lit.registry.all_running() == lit.registry.all_running("stage") == [running]
    assert lit.registry.all_running("opera") == []
    assert lit.registry.enable("lamp").state == "running"
    assert lit.dialect.starts == 1, "enabling what runs starts nothing"
    state = lit.registry.disable("lamp")
    assert (state.state, state.enabled) == ("disabled", False)
    assert lit.dispatcher.attached == {} and lit.dialect.alive == []
    assert lit.registry.running("lamp") is None
    assert lit.registry.disable("lamp").state == "disabled"


def test_what_a_plugin_is_started_with(lit: Stage, src: Path) -> None:
    fields = {"permissions": ["kv", "network.fetch(hosts=a,b)"],
              "settings": {"color": {"default": "red"}}}  # fmt: skip
    lit.registry.install(archive(src, **fields))
    lit.registry.enable("lamp", ["network.fetch(hosts=b)"])
    context = lit.dialect.alive[0].context
    assert context.grants.texts() == ("network.fetch(hosts=b)",)
    assert context.root == lit.registry.folder("lamp")
    assert context.data == lit.data.plugin_data("lamp")
    assert context.spec == lit.registry.spec("lamp")
    assert context.settings() == {"color": "red"}
    lit.registry.set_settings("lamp", {"color": "blue"})
    assert context.settings() == {"color": "blue"}
    context.log.info("it is dark")
    assert [line.text for line in lit.registry.log("lamp").tail()] == ["it is dark"]
    assert "it is dark" in lit.data.log_file("lamp").read_text()


def test_permissions_are_asked_for_once(lit: Stage, src: Path) -> None:
    state = lit.registry.install(archive(src, permissions=["kv", "chat.send"]))
    assert state.permissions == state.missing == ("chat.send", "kv")
    assert state.reason == "needs approval: chat.send, kv"
    with pytest.raises(ApprovalNeeded, match=r"chat\.send, kv") as caught:
        lit.registry.enable("lamp")
    assert caught.value.missing == ("chat.send", "kv")
    assert caught.value.exit_code == 5
    assert not lit.registry.get("lamp").enabled
    state = lit.registry.enable("lamp", ["kv"])
    assert (state.state, state.granted, state.refused, state.missing) == (
        "running", ("kv",), ("chat.send",), (),
    )  # fmt: skip
    lit.registry.disable("lamp")
    assert lit.registry.enable("lamp").granted == ("kv",)


def test_other_grants_start_the_plugin_again(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src, permissions=["kv", "chat.send"]))
    lit.registry.enable("lamp", [])
    assert lit.dialect.alive[0].context.grants.texts() == ()
    lit.registry.enable("lamp", "all")
    assert lit.dialect.starts == 2 and len(lit.dialect.alive) == 1
    assert lit.dialect.alive[0].context.grants.texts() == ("chat.send", "kv")
    with pytest.raises(InvalidInput, match=r"does not ask for 'users\.read'"):
        lit.registry.enable("lamp", ["users.read"])
    assert lit.registry.get("lamp").granted == ("chat.send", "kv")


def test_an_unknown_permission_is_listed_with_a_warning(lit: Stage, src: Path) -> None:
    state = lit.registry.install(archive(src, permissions=["kv", "time.travel"]))
    assert state.permissions == ("kv", "time.travel")
    assert state.missing == ("kv",)
    assert "asks for 'time.travel', which dialect 'stage' does not know" in state.warnings[0]
    assert lit.registry.enable("lamp", "all").granted == ("kv",)
    with pytest.raises(InvalidInput, match="cannot be granted"):
        lit.registry.enable("lamp", ["time.travel"])


@pytest.mark.parametrize(
    ("how", "error"), [("fails", "NameError: no such prop"), ("bug", "ZeroDivisionError: in the")]
)
def test_a_plugin_that_fails_to_start(lit: Stage, src: Path, how: str, error: str) -> None:
    lit.registry.install(archive(src, start=how))
    state = lit.registry.enable("lamp")
    assert (state.state, state.enabled) == ("failed", True)
    assert error in state.last_error and error in state.reason
    assert lit.dispatcher.attached == {} and lit.dialect.alive == []
    logged = lit.registry.log("lamp").tail()[-1]
    assert logged.level == "error" and error in logged.text
    assert lit.registry.enable("lamp").state == "failed"
    assert lit.dialect.starts == 2, "enabling tries again"
    assert lit.registry.disable("lamp").state == "disabled"


def test_a_repair_starts_at_once(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src, start="fails"))
    lit.registry.enable("lamp")
    state = lit.registry.update("lamp", archive(src, version="1.0.1"))
    assert (state.state, state.version, state.last_error) == ("running", "1.0.1", "")


def test_a_dispatcher_that_refuses(lit: Stage, src: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def attach(running: Any) -> None:
        raise RuntimeError("no room")

    lit.registry.install(archive(src))
    monkeypatch.setattr(lit.dispatcher, "attach", attach)
    state = lit.registry.enable("lamp")
    assert state.state == "failed" and "no room" in state.last_error
    assert lit.dialect.alive == [] and lit.registry.running("lamp") is None


def test_a_plugin_that_does_not_want_to_stop(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src, stop="raises"))
    lit.registry.enable("lamp")
    assert lit.registry.disable("lamp").state == "disabled"
    assert "does not want to stop" in lit.registry.log("lamp").tail()[-1].text


def test_reload(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src))
    with pytest.raises(Conflict, match="is not enabled"):
        lit.registry.reload("lamp")
    lit.registry.enable("lamp")
    first = lit.dialect.alive[0]
    assert lit.registry.reload("lamp").state == "running"
    assert lit.dialect.alive != [first] and len(lit.dialect.alive) == 1


def test_before_the_host_is_started(tmp_path: Path, src: Path) -> None:
    with stage(tmp_path / "data") as made:
        made.registry.install(archive(src))
        state = made.registry.enable("lamp")
        assert (state.state, state.enabled, state.reason) == (
            "disabled", True, "starts with the host",
        )  # fmt: skip
        assert made.dialect.starts == 0
        with pytest.raises(Conflict, match="the host is not started"):
            made.registry.reload("lamp")
        made.registry.start()
        assert made.registry.get("lamp").state == "running"


def test_a_manifest_that_grew_with_its_dialect(tmp_path: Path, src: Path) -> None:
    """A newer dialect reads more out of the same manifest: that is asked for too."""
    with stage(tmp_path / "data") as made:
        made.registry.install(archive(src))
        made.registry.enable("lamp")
        manifest = made.registry.folder("lamp") / "stage.json"
        manifest.write_text(json.dumps({"slug": "lamp", "permissions": ["kv"]}))
        made.registry.start()
        state = made.registry.get("lamp")
        assert (state.state, state.missing) == ("disabled", ("kv",))
        assert state.reason == "needs approval: kv"
        assert made.registry.enable("lamp", "all").state == "running"


def test_files_that_were_tampered_with(tmp_path: Path, src: Path) -> None:
    with stage(tmp_path / "data") as made:
        made.registry.install(archive(src))
        made.registry.enable("lamp")
        (made.registry.folder("lamp") / "stage.json").write_text("{")
        made.registry.start()
        state = made.registry.get("lamp")
        assert state.state == "failed" and "is not JSON" in state.last_error


# -- update, rollback ------------------------------------------------------------------------------


def test_an_update_swaps_what_runs(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src, permissions=["kv"]))
    lit.registry.enable("lamp", "all")
    state = lit.registry.update("lamp", archive(src, version="2", permissions=["kv"]))
    assert (state.state, state.version, state.granted) == ("running", "2", ("kv",))
    assert [a.context.spec.version for a in lit.dialect.alive] == ["2"]
    assert state.versions == ("2", "1.0.0")
    assert [(v.version, v.current) for v in lit.registry.versions("lamp")] == [
        ("2", True), ("1.0.0", False),
    ]  # fmt: skip


def test_an_update_that_asks_for_more_waits(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src, permissions=["kv"]))
    lit.registry.enable("lamp", "all")
    state = lit.registry.update("lamp", archive(src, version="2", permissions=["kv", "chat.send"]))
    assert (state.state, state.version, state.pending_version) == ("running", "1.0.0", "2")
    assert state.missing == ("chat.send",) and state.permissions == ("chat.send", "kv")
    assert state.reason.startswith("needs approval: version 2 asks for chat.send; version 1.0.0")
    assert lit.dialect.starts == 1
    with pytest.raises(ApprovalNeeded):
        lit.registry.enable("lamp")
    assert lit.registry.reload("lamp").version == "1.0.0"
    state = lit.registry.enable("lamp", "all")
    assert (state.state, state.version, state.pending_version) == ("running", "2", None)
    assert state.granted == ("chat.send", "kv")
    assert [a.context.spec.version for a in lit.dialect.alive] == ["2"]


def test_a_waiting_update_can_be_taken_back_or_replaced(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src))
    lit.registry.enable("lamp")
    lit.registry.update("lamp", archive(src, version="2", permissions=["chat.send"]))
    state = lit.registry.rollback("lamp")
    assert (state.version, state.pending_version, state.missing) == ("1.0.0", None, ())
    lit.registry.update("lamp", archive(src, version="3", permissions=["chat.send"]))
    state = lit.registry.update("lamp", archive(src, version="4"))
    assert (state.version, state.pending_version) == ("4", None)


def test_an_update_of_what_is_disabled_asks_when_it_is_enabled(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src))
    state = lit.registry.update("lamp", archive(src, version="2", permissions=["kv"]))
    assert (state.version, state.state) == ("2", "disabled")
    assert state.reason == "needs approval: kv"
    assert lit.dialect.starts == 0


def test_an_update_that_fails_to_start_goes_back(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src, settings={"color": {"default": "red"}}))
    lit.registry.set_settings("lamp", {"color": "blue"})
    lit.registry.enable("lamp")
    state = lit.registry.update("lamp", archive(src, version="2", start="fails"))
    assert (state.state, state.version) == ("running", "1.0.0")
    assert state.last_error == "version 2 did not start: NameError: no such prop"
    assert [a.context.spec.version for a in lit.dialect.alive] == ["1.0.0"]
    assert lit.registry.settings("lamp") == {"color": "blue"}
    assert state.versions == ("2", "1.0.0")


def test_an_update_must_be_of_the_same_plugin(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src))
    with pytest.raises(InvalidInput, match="is plugin 'rope'; expected 'lamp'"):
        lit.registry.update("lamp", archive(src, slug="rope"))
    assert len(files(lit)) == 1


def test_rollback_restores_settings_and_grants(lit: Stage, src: Path) -> None:
    color = {"color": {"default": "red"}}
    lit.registry.install(archive(src, permissions=["kv", "chat.send"], settings=color))
    lit.registry.enable("lamp", "all")
    lit.registry.set_settings("lamp", {"color": "blue"})
    lit.registry.update("lamp", archive(src, version="2", permissions=["kv"], settings=color))
    lit.registry.set_settings("lamp", {"color": "green"})
    assert lit.registry.get("lamp").granted == ("kv",)
    state = lit.registry.rollback("lamp")
    assert (state.state, state.version, state.granted) == (
        "running", "1.0.0", ("chat.send", "kv"),
    )  # fmt: skip
    assert lit.registry.settings("lamp") == {"color": "blue"}
    state = lit.registry.rollback("lamp", "2")
    assert (state.version, state.granted) == ("2", ("kv",))
    assert lit.registry.settings("lamp") == {"color": "green"}


def test_rollback_does_not_bring_back_what_was_refused_since(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src, permissions=["chat.send"]))
    lit.registry.enable("lamp", "all")
    lit.registry.update("lamp", archive(src, version="2", permissions=["chat.send"]))
    lit.registry.enable("lamp", [])
    state = lit.registry.rollback("lamp")
    assert (state.version, state.granted, state.refused) == ("1.0.0", (), ("chat.send",))


def test_rollback_to_a_version_that_asks_for_more(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src, permissions=["chat.send"]))
    lit.registry.update("lamp", archive(src, version="2"))
    lit.registry.enable("lamp")
    state = lit.registry.rollback("lamp")
    assert (state.version, state.pending_version, state.missing) == ("2", "1.0.0", ("chat.send",))
    assert lit.registry.enable("lamp", "all").version == "1.0.0"


def test_rollback_to_nothing(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src))
    with pytest.raises(NotFound, match="no earlier version is kept; there are: none"):
        lit.registry.rollback("lamp")
    lit.registry.update("lamp", archive(src, version="2"))
    with pytest.raises(NotFound, match=r"no other version '9' is kept; there are: 1\.0\.0"):
        lit.registry.rollback("lamp", "9")


def test_old_versions_go(tmp_path: Path, src: Path) -> None:
    with stage(tmp_path / "data", kept_versions=2) as made:
        made.registry.install(archive(src, version="0"))
        for number in range(1, 6):
            made.registry.update("lamp", archive(src, version=str(number)))
        assert made.registry.get("lamp").versions == ("5", "4", "3")
        assert len(list((made.data.plugins / "lamp").iterdir())) == 3
        made.registry.rollback("lamp", "3")
        assert made.registry.get("lamp").versions == ("5", "4", "3")


def test_a_version_that_never_ran_goes_before_one_that_did(tmp_path: Path, src: Path) -> None:
    with stage(tmp_path / "data", kept_versions=1) as made:
        made.registry.start()
        made.registry.install(archive(src, version="1"))
        made.registry.enable("lamp")
        made.registry.update("lamp", archive(src, version="2"))
        state = made.registry.update("lamp", archive(src, version="3", start="fails"))
        assert (state.version, state.versions) == ("2", ("2", "1"))


def test_two_builds_of_one_version(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src))
    lit.registry.update("lamp", archive(src))
    new, old = lit.registry.versions("lamp")
    assert new.version == old.version and new.id != old.id
    lit.registry.rollback("lamp", old.id)
    assert lit.registry.folder("lamp").name == old.id


def test_a_database_that_refuses_an_update(
    lit: Stage, src: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lit.registry.install(archive(src))
    lit.registry.enable("lamp")
    before = files(lit)
    refuse(lit, monkeypatch)
    with pytest.raises(SurroundingsError):
        lit.registry.update("lamp", archive(src, version="2"))
    assert files(lit) == before
    state = lit.registry.get("lamp")
    assert (state.state, state.version) == ("running", "1.0.0")
    assert [a.context.spec.version for a in lit.dialect.alive] == ["1.0.0"]


# -- uninstall -------------------------------------------------------------------------------------


def fill(made: Stage) -> None:
    with made.db.begin() as session:
        session.execute(text("INSERT INTO kv (slug, key, value) VALUES ('lamp', 'k', 'v')"))
    made.data.plugin_data("lamp").mkdir(parents=True)
    (made.data.plugin_data("lamp") / "scores.txt").write_text("1")
    made.registry.log("lamp").info("hello")


def values(made: Stage) -> list[str]:
    with made.db.read() as session:
        return list(session.execute(text("SELECT value FROM kv")).scalars())


def test_uninstall_keeps_data_for_a_later_install(lit: Stage, src: Path) -> None:
    settings = {"color": {"default": "red"}}
    lit.registry.install(archive(src, settings=settings, permissions=["kv"]))
    lit.registry.enable("lamp", "all")
    lit.registry.set_settings("lamp", {"color": "blue"})
    fill(lit)
    lit.registry.uninstall("lamp")
    assert lit.dialect.alive == [] and lit.dispatcher.attached == {}
    assert lit.registry.list() == [] and files(lit) == set()
    assert lit.registry.kept_data() == {"lamp": "stage"}
    assert values(lit) == ["v"]
    state = lit.registry.install(archive(src, settings=settings, permissions=["kv"]))
    assert state.missing == ("kv",), "grants are not data: they are asked for again"
    assert lit.registry.settings("lamp") == {"color": "blue"}
    assert (lit.data.plugin_data("lamp") / "scores.txt").exists()
    assert lit.registry.kept_data() == {}


def test_uninstall_with_data(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src))
    lit.registry.install(archive(src, slug="lamp2"))
    lit.registry.log("lamp2").info("stays")
    fill(lit)
    lit.registry.uninstall("lamp", keep_data=False)
    assert values(lit) == [] and lit.registry.kept_data() == {}
    assert not lit.data.plugin_data("lamp").exists()
    assert not lit.data.log_file("lamp").exists()
    assert lit.data.log_file("lamp2").exists()
    assert [state.slug for state in lit.registry.list()] == ["lamp2"]


def test_kept_data_can_be_deleted(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src))
    fill(lit)
    with pytest.raises(NotFound, match="no data of an uninstalled plugin"):
        lit.registry.delete_kept_data("lamp")
    lit.registry.uninstall("lamp")
    lit.registry.delete_kept_data("lamp")
    assert values(lit) == [] and lit.registry.kept_data() == {}
    assert not lit.data.plugin_data("lamp").exists()


def test_a_database_that_refuses_to_forget(
    lit: Stage, src: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lit.registry.install(archive(src))
    before = files(lit)
    with monkeypatch.context() as patch:
        refuse(lit, patch)
        with pytest.raises(SurroundingsError):
            lit.registry.uninstall("lamp", keep_data=False)
    assert files(lit) == before
    assert lit.registry.enable("lamp").state == "running"


# -- suspension ------------------------------------------------------------------------------------


def test_suspension_lasts_until_the_operator_enables(tmp_path: Path, src: Path) -> None:
    with stage(tmp_path / "data") as made:
        made.registry.start()
        made.registry.install(archive(src))
        made.registry.enable("lamp")
        made.registry.suspend("lamp", "five strikes")
        state = made.registry.get("lamp")
        assert (state.state, state.enabled, state.reason) == ("suspended", True, "five strikes")
        assert made.dialect.alive == []
        made.registry.suspend("lamp", "again")
        assert made.registry.get("lamp").reason == "five strikes"
    with stage(tmp_path / "data") as made:
        made.registry.start()
        assert made.registry.get("lamp").state == "suspended"
        assert made.registry.enable("lamp").state == "running"
        assert made.registry.get("lamp").reason == ""


def test_enabling_what_is_suspended_while_the_host_is_down(tmp_path: Path, src: Path) -> None:
    with stage(tmp_path / "data") as made:
        made.registry.start()
        made.registry.install(archive(src))
        made.registry.enable("lamp")
        made.registry.suspend("lamp", "five strikes")
    with stage(tmp_path / "data") as made:
        assert made.registry.enable("lamp").reason == "starts with the host"
        made.registry.start()
        assert made.registry.get("lamp").state == "running"


def test_three_crashes_in_an_hour_even_over_a_restart(
    tmp_path: Path, src: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_800_000_000.0
    monkeypatch.setattr(misbehaviour.time, "time", lambda: now)
    with stage(tmp_path / "data") as made:
        made.registry.start()
        made.registry.install(archive(src))
        made.registry.enable("lamp")
        assert not made.registry.note_crash("lamp", "boom")
        now += 3601
        assert not made.registry.note_crash("lamp", "boom")
        assert not made.registry.note_crash("lamp", "boom")
        assert made.registry.get("lamp").state == "running"
    with stage(tmp_path / "data") as made:
        made.registry.start()
        assert made.registry.note_crash("lamp", "out of memory")
        state = made.registry.get("lamp")
        assert state.state == "suspended"
        assert state.reason == "it crashed 3 times within an hour; last: out of memory"
        made.registry.enable("lamp")
        assert not made.registry.note_crash("lamp", "boom"), "enabling forgives"


# -- start and stop of the host --------------------------------------------------------------------


def test_the_host_starts_what_is_enabled(tmp_path: Path, src: Path) -> None:
    with stage(tmp_path / "data") as made:
        for slug in ("a", "b", "c"):
            made.registry.install(
                archive(src, slug=slug, **({"start": "fails"} if slug == "b" else {}))
            )
        made.registry.enable("a")
        made.registry.enable("b")
        made.registry.start()
        assert [s.state for s in made.registry.list()] == ["running", "failed", "disabled"]
        made.registry.stop()
        assert made.dialect.alive == [] and made.dispatcher.attached == {}
        state = made.registry.get("a")
        assert (state.state, state.enabled) == ("disabled", True)
    with stage(tmp_path / "data") as made:
        made.registry.start()
        assert [s.state for s in made.registry.list()] == ["running", "failed", "disabled"]
        assert not made.registry.safe_mode


def test_safe_mode_after_a_start_up_that_did_not_finish(tmp_path: Path, src: Path) -> None:
    with stage(tmp_path / "data") as made:
        for slug in ("a", "b"):
            made.registry.install(archive(src, slug=slug))
            made.registry.enable(slug)
    (tmp_path / "data" / "starting").write_text("b")
    with stage(tmp_path / "data") as made:
        made.registry.start()
        assert made.registry.safe_mode and made.registry.suspect == "b"
        assert made.dialect.starts == 0
        state = made.registry.get("b")
        assert state.state == "suspended"
        assert state.reason == "the host ended while this plugin was starting"
        # One can be enabled, others removed, and then safe mode be left.
        made.registry.install(archive(src, slug="c"))
        assert made.registry.enable("c").state == "running"
        made.registry.leave_safe_mode()
        assert [s.state for s in made.registry.list()] == ["running", "suspended", "running"]
        assert not made.registry.safe_mode
    with stage(tmp_path / "data") as made:
        made.registry.start()
        assert not made.registry.safe_mode
        assert made.registry.get("b").state == "suspended"
        assert made.registry.enable("b").state == "running"


@pytest.mark.parametrize("suspect", ["", "gone", "disabled"])
def test_safe_mode_without_somebody_to_blame(tmp_path: Path, src: Path, suspect: str) -> None:
    with stage(tmp_path / "data") as made:
        made.registry.install(archive(src, slug="disabled"))
    (tmp_path / "data" / "starting").write_text(suspect)
    with stage(tmp_path / "data") as made:
        made.registry.start()
        assert made.registry.safe_mode
        assert made.registry.get("disabled").state == "disabled"


@pytest.mark.parametrize(("asked", "running"), [(True, False), (False, True)])
def test_the_operator_decides_on_safe_mode(
    tmp_path: Path, src: Path, asked: bool, running: bool
) -> None:
    with stage(tmp_path / "data") as made:
        made.registry.install(archive(src))
        made.registry.enable("lamp")
    with stage(tmp_path / "data", safe_mode=asked) as made:
        made.registry.start()
        assert made.registry.safe_mode is asked
        assert (made.registry.running("lamp") is not None) is running


def test_a_dialect_that_is_gone(tmp_path: Path, src: Path) -> None:
    with stage(tmp_path / "data") as made:
        made.registry.install(archive(src, permissions=["kv"]))
        made.registry.enable("lamp", "all")
    with stage(tmp_path / "data", dialects={}) as made:
        made.registry.start()
        state = made.registry.get("lamp")
        assert (state.state, state.enabled, state.name) == ("disabled", True, "Lamp")
        assert state.reason == "incompatible: dialect 'stage' is not installed"
        for call in (made.registry.enable, made.registry.reload):
            with pytest.raises(Conflict, match="its dialect 'stage' is not installed"):
                call("lamp")
        with pytest.raises(Conflict):
            made.registry.update("lamp", archive(src))
    with stage(tmp_path / "data") as made:
        made.registry.start()
        assert made.registry.get("lamp").state == "running"


def test_a_full_disk_while_plugins_run(
    lit: Stage, src: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lit.registry.install(archive(src))
    lit.registry.enable("lamp")
    with monkeypatch.context() as patch:
        refuse(lit, patch)
        assert lit.registry.reload("lamp").state == "running"
        with pytest.raises(SurroundingsError):
            lit.registry.disable("lamp")
        assert lit.dialect.alive == [], "what the operator stops is stopped"
        assert lit.registry.get("lamp").state == "disabled"
    lit.registry.disable("lamp")
    lit.close()
    with stage(lit.data.path) as made:
        made.registry.start()
        assert made.registry.get("lamp").state == "disabled"


# -- settings --------------------------------------------------------------------------------------

FIELDS = {
    "color": {"default": "red", "label": "Colour"},
    "count": {"type": "number", "default": 1},
    "key": {"secret": True},
    "note": {"type": "info"},
}


def test_settings(lit: Stage, src: Path) -> None:
    state = lit.registry.install(archive(src, settings=FIELDS))
    assert state.settings_count == 3
    unset = {"secret": True, "set": False}
    assert lit.registry.settings("lamp") == {"color": "red", "count": 1, "key": unset}
    found = lit.registry.set_settings("lamp", {"count": 2, "key": "hunter2"})
    assert found == {"color": "red", "count": 2, "key": {"secret": True, "set": True}}
    assert lit.registry.set_settings("lamp", found) == found, "as shown means as it is"
    assert lit.registry.set_settings("lamp", {"count": None, "key": None}) == {
        "color": "red", "count": 1, "key": unset,
    }  # fmt: skip


@pytest.mark.parametrize(
    "bad", [{"count": "2"}, {"nothing": 1}, {"nothing": None}, {"note": "x"}, {"color": {"a": 1}}]
)
def test_bad_settings_store_nothing(lit: Stage, src: Path, bad: dict[str, Any]) -> None:
    lit.registry.install(archive(src, settings=FIELDS))
    before = lit.registry.settings("lamp")
    with pytest.raises(InvalidInput, match="lamp"):
        lit.registry.set_settings("lamp", {"color": "blue", **bad})
    assert lit.registry.settings("lamp") == before


def test_settings_outlive_a_restart_and_a_change_of_type(tmp_path: Path, src: Path) -> None:
    with stage(tmp_path / "data") as made:
        made.registry.install(archive(src, settings=FIELDS))
        made.registry.set_settings("lamp", {"color": "blue", "count": 5})
    with stage(tmp_path / "data") as made:
        assert made.registry.settings("lamp")["count"] == 5
        fields = {"color": {"default": "red"}, "count": {"type": "string", "default": "one"}}
        made.registry.update("lamp", archive(src, version="2", settings=fields))
        assert made.registry.settings("lamp") == {"color": "blue", "count": "one"}


# -- who is told, and who asks at once -------------------------------------------------------------


def test_every_change_is_told_after_it_was_stored(lit: Stage, src: Path) -> None:
    changes: list[tuple[str, str, str]] = []

    def stored(change: Change) -> None:
        with lit.db.read() as session:
            state = session.execute(text("SELECT state FROM plugins")).scalar()
        changes.append((change.slug, change.what, str(state)))
        assert change.state is None or change.state.state == state

    lit.registry.observe(stored)
    lit.registry.install(archive(src, settings=FIELDS))
    lit.registry.enable("lamp")
    lit.registry.set_settings("lamp", {"color": "blue"})
    lit.registry.suspend("lamp", "strikes")
    lit.registry.uninstall("lamp")
    assert list(dict.fromkeys(changes)) == [
        ("lamp", "installed", "disabled"),
        ("lamp", "state", "starting"),
        ("lamp", "state", "running"),
        ("lamp", "settings", "running"),
        ("lamp", "state", "suspended"),
        ("lamp", "uninstalled", "None"),
    ]


def test_an_observer_may_read_and_fail_but_not_change(lit: Stage, src: Path) -> None:
    seen: list[str] = []

    def curious(change: Change) -> None:
        seen.append(lit.registry.get(change.slug).state)
        with pytest.raises(Conflict, match="cannot be changed while it is being installed"):
            lit.registry.disable(change.slug)
        raise ZeroDivisionError

    lit.registry.observe(curious)
    lit.registry.install(archive(src))
    assert seen == ["disabled"]


def test_lines_of_all_logs_can_be_watched(lit: Stage, src: Path) -> None:
    lines: list[tuple[str, str]] = []
    lit.registry.install(archive(src))
    lit.registry.log("lamp").info("unwatched")
    lit.registry.log_watcher = lambda slug, line: lines.append((slug, line.text))
    lit.registry.log("lamp").info("watched")
    assert lines == [("lamp", "watched")]


def test_others_go_on_while_one_starts(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src, slug="slow"))
    lit.registry.install(archive(src, slug="quick"))
    lit.dialect.gate = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(lit.registry.enable, "slow")
        assert lit.dialect.at_gate.wait(20)
        assert lit.registry.get("slow").state == "starting"
        gate, lit.dialect.gate = lit.dialect.gate, None
        assert lit.registry.enable("quick").state == "running"
        stopping = pool.submit(lit.registry.disable, "slow")
        gate.set()
        assert slow.result(20).slug == "slow"
        assert stopping.result(20).state == "disabled"
    assert [a.context.spec.slug for a in lit.dialect.alive] == ["quick"]


def test_many_ask_for_everything_at_once(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src, permissions=["kv"]))
    packages = [archive(src, version=str(number), permissions=["kv"]) for number in range(4)]

    def work(number: int) -> None:
        registry: Registry = lit.registry
        for step in range(6):
            match (number + step) % 6:
                case 0:
                    registry.enable("lamp", "all")
                case 1:
                    registry.disable("lamp")
                case 2:
                    registry.update("lamp", packages[number % 4])
                case 3:
                    registry.suspend("lamp", "why")
                case 4:
                    registry.set_settings("lamp", {})
                case 5:
                    registry.list()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    lit.registry.enable("lamp", "all")
    assert len(lit.dialect.alive) == 1
    assert list(lit.dispatcher.attached) == ["lamp"]
    kept = {v.id for v in lit.registry.versions("lamp")}
    assert {p.name for p in (lit.data.plugins / "lamp").iterdir()} == kept
    assert list(lit.data.staging.iterdir()) == []


def test_one_of_many_installs_wins(lit: Stage, src: Path) -> None:
    packages = [archive(src, version=str(number)) for number in range(6)]

    def install(package: Path) -> bool:
        try:
            lit.registry.install(package)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(install, packages)) == 1
    assert len(files(lit)) == 1
