"""Calls to the host, and how their failures look to an author."""

from __future__ import annotations

from typing import Any

import pytest

from owncast_plugin import HostError, NoHost, PermissionMissing, owncast
from owncast_plugin._host import call, checked, connect, outcome
from owncast_plugin.testing import RecordingHost, Refused


def test_without_a_host_the_message_says_what_to_do() -> None:
    with pytest.raises(NoHost, match=r"owncast\.chat\.send\(\) was called outside of a host") as e:
        owncast.chat.send("hi")
    assert "RecordingHost" in str(e.value)
    assert e.value.function == "owncast_send_chat"


def test_connect_gives_back_what_was_connected() -> None:
    first, second = RecordingHost(), RecordingHost()
    assert connect(first.call) is None
    assert connect(second.call) == first.call
    assert connect(None) == second.call


def test_a_refusal_of_the_host_becomes_a_host_error() -> None:
    with (
        RecordingHost(answers={"kv.get": Refused("the disk is full", "Unavailable")}),
        pytest.raises(HostError, match=r"^the disk is full$") as error,
    ):
        owncast.kv.get("x")
    assert isinstance(error.value, RuntimeError)
    assert error.value.function == "owncast_kv_get"


def test_an_error_of_the_plugin_itself_stays_as_it_is() -> None:
    answers = {"events.emit": TypeError("set is not JSON")}
    with RecordingHost(answers=answers), pytest.raises(TypeError, match="set is not JSON"):
        owncast.events.emit("a.b", {1})


def test_a_call_without_permission_does_nothing_and_is_told_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with RecordingHost(permissions=["storage.kv"]) as host:
        owncast.chat.send("one")
        owncast.chat.send("two")
        owncast.kv.set("k", "v")
        assert owncast.stream.current() is None
        assert owncast.users.list() == []
        assert owncast.fs.exists("x") is False
        assert owncast.fs.read("x") is None
        assert owncast.fs.list("") == []
    assert host.chat == []
    assert host.kv == {"k": "v"}
    assert host.denied[:2] == ["chat.send", "chat.send"]
    told = capsys.readouterr().err
    assert told.count("owncast.chat.send() needs the permission 'chat.send'") == 1
    assert "plugin.manifest.json" in told


def test_what_reports_by_raising_names_the_missing_permission(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with RecordingHost(permissions=[]):
        with pytest.raises(PermissionMissing, match=r"needs the permission 'users\.moderate'"):
            owncast.users.ban_ip("192.0.2.1")
        assert "'storage.fs'" in owncast.fs.write("a", "b")["error"]
        with pytest.raises(HostError, match=r"network\.fetch"):
            owncast.http.fetch("https://example.com")
    capsys.readouterr()


def test_what_needs_no_permission_always_works() -> None:
    with RecordingHost(permissions=[], config={"a": 1}) as host:
        assert owncast.config.get("a") == 1
        owncast.log.info("x")
        assert owncast.timer.set_timeout(print, 100) == 1
    assert host.denied == []


@pytest.mark.parametrize("answer", [None, "text", 3, ["ok"]])
def test_an_answer_that_is_no_outcome_is_a_failure(answer: Any) -> None:
    with RecordingHost(answers={"chat.kick": answer}):
        with pytest.raises(HostError, match=r"owncast\.chat\.kick\(\) failed"):
            checked("owncast_kick_client", 1)
        assert outcome("owncast_kick_client", 1)["ok"] is False


@pytest.mark.parametrize(
    ("answer", "said"), [({"ok": False, "error": "gone"}, "gone"), ({"error": ""}, "failed")]
)
def test_an_error_even_an_empty_one_raises(answer: dict[str, Any], said: str) -> None:
    with RecordingHost(answers={"chat.kick": answer}), pytest.raises(HostError, match=said):
        owncast.chat.kick(1)


@pytest.mark.parametrize("answer", [{}, {"ok": True}])
def test_both_forms_of_success_are_one(answer: dict[str, Any]) -> None:
    with RecordingHost(answers={"chat.kick": answer}):
        owncast.chat.kick(1)


def test_an_unknown_function_is_an_error() -> None:
    with RecordingHost(), pytest.raises(HostError, match="no host function 'owncast_fly'"):
        call("owncast_fly")
