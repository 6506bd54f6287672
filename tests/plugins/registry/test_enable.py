from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jackfield.errors import (
    ApprovalNeeded,
    Conflict,
    InvalidInput,
)
from plugins.stage import Stage, archive, stage


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
