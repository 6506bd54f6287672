"""The author's bench: one plugin, kept in step with its folder."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jackfield.config import Config
from jackfield.errors import Conflict
from jackfield.host import Host
from jackfield.web.dev import DevBench
from toy_plugins import TOY, toy_folder

if str(TOY) not in sys.path:
    sys.path.append(str(TOY))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[DevBench]:
    """A loaded plugin in a host of its own."""
    with Host(Config(data_dir=None, only=("toy",))) as host:
        assert host.wait_started(30)
        made = DevBench(host, host.dialects["toy"], toy_folder(tmp_path))
        assert made.load()
        yield made


def texts(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["text"] for entry in entries]


def test_it_builds_and_runs_the_folder_with_all_it_asks_for(bench: DevBench) -> None:
    state = bench.state()
    assert (state["slug"], state["running"], state["generation"]) == ("greeter", True, 1)
    assert state["error"] is None
    assert state["events"] == ["chat.message.received", "toy.poke"]
    assert bench.written == {(bench.folder / "built.txt").resolve()}
    assert bench.host.registry.get("greeter").granted == ("chat.send",)


def test_a_change_is_loaded_and_may_ask_for_more(bench: DevBench) -> None:
    toy_folder(bench.folder.parent, version="2.0", permissions=["chat.send", "network.fetch"])
    assert bench.load()
    state = bench.state()
    assert (state["version"], state["generation"]) == ("2.0", 2)
    assert bench.host.registry.get("greeter").granted == ("chat.send", "network.fetch")


def test_a_change_without_a_new_version_is_loaded_too(bench: DevBench) -> None:
    toy_folder(bench.folder.parent, drops="spam")
    assert bench.load()
    assert bench.state()["filters"] == {"chat.message.received": 10}


def test_a_mistake_leaves_the_version_before_running(bench: DevBench) -> None:
    (bench.folder / "toy.json").write_text(json.dumps({"slug": 3}))
    assert not bench.load()
    state = bench.state()
    assert state["running"] is True
    assert state["error"]["field"] == "slug"
    toy_folder(bench.folder.parent, version="1.1")
    assert bench.load()
    assert bench.state()["error"] is None


def test_a_plugin_that_does_not_start_says_why(bench: DevBench) -> None:
    toy_folder(bench.folder.parent, broken=True)
    assert not bench.load()
    assert "it is broken" in bench.state()["error"]["message"]


def test_a_renamed_plugin_takes_the_place_of_the_old_one(bench: DevBench) -> None:
    (bench.folder / "toy.json").write_text(json.dumps({"slug": "renamed"}))
    assert bench.load()
    assert [s.slug for s in bench.host.registry.list()] == ["renamed"]
    assert bench.state()["slug"] == "renamed"


def test_anybody_can_be_made_to_speak(bench: DevBench) -> None:
    answer = bench.say("alice", "hi")
    assert (answer["allowed"], answer["settled"]) == (True, True)
    assert texts(answer["log"]) == ["heard hi"]
    bench.say("alice", "again")
    said = [(m["user"]["displayName"], m["body"]) for m in bench.chat()]
    assert said[:2] == [("alice", "hi"), ("Greeter", "hello: hi")]
    assert len(bench.host.services.get(_accounts()).all()) == 1


def _accounts() -> Any:
    from jackfield.services.accounts import Accounts

    return Accounts


def test_what_a_filter_drops_is_said_with_its_reason(bench: DevBench) -> None:
    toy_folder(bench.folder.parent, drops="spam")
    bench.load()
    answer = bench.say("", "buy spam")
    assert (answer["allowed"], answer["reason"]) == (False, "not that word")
    assert bench.chat() == []


def test_any_event_can_be_fired(bench: DevBench) -> None:
    answer = bench.fire("toy.poke", {"hard": True})
    assert texts(answer["log"]) == ['toy.poke {"hard": true}']
    assert answer["filter"]["action"] == "pass"
    assert bench.fire("nobody.listens", None)["log"] == []


def test_an_event_that_is_filtered_away_does_not_arrive(bench: DevBench) -> None:
    toy_folder(bench.folder.parent, drops="spam")
    bench.load()
    answer = bench.fire("chat.message.received", {"body": "spam"})
    assert (answer["filter"]["action"], answer["log"]) == ("drop", [])


def test_actions_can_be_run(bench: DevBench) -> None:
    assert bench.press("wave", {"n": 1})["result"] == {"ran": "wave", "n": 1}
    bench.host.registry.disable("greeter")
    with pytest.raises(Conflict, match="is disabled"):
        bench.press("wave", {})


def test_the_log_is_given_from_where_the_reader_is(bench: DevBench) -> None:
    bench.fire("toy.poke", 1)
    first = bench.state()["log"]
    bench.fire("toy.poke", 2)
    assert texts(bench.state(after=first[-1]["number"])["log"]) == ["toy.poke 2"]


def test_before_the_first_load_there_is_a_state_already(tmp_path: Path) -> None:
    (tmp_path / "toy.json").write_text("{")
    with Host(Config(data_dir=None, only=("toy",))) as host:
        bench = DevBench(host, host.dialects["toy"], tmp_path)
        assert bench.state()["running"] is False
        (tmp_path / "toy.json").write_text("{}")
        assert not bench.load()
        assert bench.state()["error"]["file"] == "toy.json"
