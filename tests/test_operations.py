"""What an operator can do: the same here and over HTTP."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jackfield.cli.remote import RemoteOperations
from jackfield.config import Config
from jackfield.errors import InvalidInput, NotFound
from jackfield.host import Host
from jackfield.operations import Operations, render_markdown
from toy_plugins import TOY, toy_archive

if str(TOY) not in sys.path:
    sys.path.append(str(TOY))


@pytest.fixture
def operations(tmp_path: Path) -> Iterator[Operations]:
    """Of a host that is not started, with one plugin installed."""
    host = Host(Config(data_dir=tmp_path / "data", only=("toy",)))
    host.registry.install(toy_archive(tmp_path, permissions=["chat.send", "network.fetch"]))
    yield Operations(host)
    host.stop()


def test_both_ways_to_a_host_have_the_same_methods() -> None:
    here = dict(inspect.getmembers(Operations, inspect.isfunction))
    there = dict(inspect.getmembers(RemoteOperations, inspect.isfunction))
    only_here = {"log_tail", "job_follower"}  # what the API's streams are made of
    only_there = {"follow_log"}
    public = {name for name in here if not name.startswith("_")} - only_here
    assert public == {name for name in there if not name.startswith("_")} - only_there
    for name in public:
        assert inspect.signature(here[name]) == inspect.signature(there[name]), name


def test_info_is_about_the_whole(operations: Operations) -> None:
    info = operations.info()
    assert info["data"] == str(operations.host.data.path)
    assert info["dialects"] == [{"name": "toy", "title": "Toy", "suffixes": [".toy"]}]
    assert info["plugins"] == {"disabled": 1}
    assert info["engine"]["state"] == "idle"


def test_each_permission_has_its_meaning_and_the_operators_answer(operations: Operations) -> None:
    def answers() -> dict[str, str]:
        return {a["permission"]: a["answer"] for a in operations.plugin("greeter")["asks"]}

    assert answers() == {"chat.send": "open", "network.fetch": "open"}
    operations.enable("greeter", ["chat.send"])
    assert answers() == {"chat.send": "granted", "network.fetch": "refused"}


def test_a_dialect_that_is_gone_leaves_the_plugin_visible(tmp_path: Path) -> None:
    with Host(Config(data_dir=tmp_path / "data", only=("toy",))) as host:
        host.registry.install(toy_archive(tmp_path))
    with Host(Config(data_dir=tmp_path / "data"), dialects={}) as host:
        (plugin,) = Operations(host).plugins()
        (asked,) = plugin["asks"]
    assert "incompatible" in plugin["reason"]
    assert (asked["risk"], asked["title"]) == ("high", "chat.send: unknown to this host")


def test_the_log_goes_back_beyond_this_run(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path / "data", only=("toy",))
    with Host(config) as host:
        host.registry.install(toy_archive(tmp_path))
        for number in range(5):
            host.registry.log("greeter").info(f"first {number}")
    with Host(config) as host:
        operations = Operations(host)
        log = host.registry.log("greeter")
        log.info("second 0")
        log.info("second 1")
        texts = [(e["number"], e["text"]) for e in operations.log("greeter", lines=4)]
        assert texts == [(0, "first 3"), (0, "first 4"), (1, "second 0"), (2, "second 1")]
        assert [e["text"] for e in operations.log("greeter", lines=1)] == ["second 1"]
        assert [e["text"] for e in operations.log("greeter", after=1)] == ["second 1"]
        assert [e["text"] for e in operations.log_tail("greeter", after=0)] == [
            "second 0", "second 1",
        ]  # fmt: skip


def test_settings_come_with_their_fields(operations: Operations) -> None:
    found = operations.set_settings("greeter", {"loud": True})
    assert [field["id"] for field in found["fields"]] == ["greeting", "loud", "key"]
    assert found["values"]["loud"] is True
    assert found["values"]["key"] == {"secret": True, "set": False}


def test_stats_of_a_plugin_that_never_ran_are_zero(operations: Operations) -> None:
    stats = operations.stats("greeter")
    assert (stats["calls"], stats["memory_bytes"]) == (0, 0)


@pytest.mark.parametrize(
    "call", ["plugin", "enable", "disable", "reload", "rollback", "uninstall", "versions",
             "settings", "log", "stats", "icon", "instructions"]
)  # fmt: skip
def test_an_unknown_plugin_is_not_found(operations: Operations, call: str) -> None:
    with pytest.raises(NotFound) as caught:
        getattr(operations, call)("nobody")
    assert caught.value.plugin == "nobody"


def test_scopes_are_given_and_taken(operations: Operations) -> None:
    made = operations.create_user("Ann", ["MODERATOR"])
    assert list(made["scopes"]) == ["MODERATOR"]
    changed = operations.change_user("ann", add_scopes=["ADMIN"], remove_scopes=["MODERATOR"])
    assert list(changed["scopes"]) == ["ADMIN"]
    assert "token" not in changed


def test_a_wrong_scope_makes_nobody(operations: Operations) -> None:
    with pytest.raises(InvalidInput):
        operations.create_user("Ann", ["GOD"])
    assert operations.users() == []


@pytest.mark.parametrize(
    ("markdown", "there", "not_there"),
    [
        ("# T\n\n**b**", "<strong>b</strong>", "**"),
        ("<script>x</script>", "&lt;script&gt;", "<script"),
        ("[x](javascript:alert(1))", "x", "href"),
        ("[x](https://example.org)", 'href="https://example.org"', "javascript"),
        ("<img src=x onerror=y>", "&lt;img", "<img"),
        ("|a|b|\n|-|-|\n|1|2|", "<td>1</td>", "|"),
    ],
)
def test_markdown_becomes_safe_html(markdown: str, there: str, not_there: str) -> None:
    html = render_markdown(markdown)
    assert there in html
    assert not_there not in html
