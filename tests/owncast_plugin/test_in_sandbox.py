"""The same package baked into the engine: what a plugin sees inside the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from owncast_plugin._wire import EXPORTS, pack

if TYPE_CHECKING:
    from jackfield.sandbox import Engine, Instance

pytestmark = pytest.mark.sandbox

MESSAGE = {"body": "hi", "user": {"displayName": "Ada"}}


class PermissionDenied(Exception):
    pass


class World:
    """The host's side: remembers calls, and answers as told."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.calls: list[tuple[str, list[Any]]] = []
        self.output: list[str] = []
        self.answers: dict[str, Any] = {}

    def host(self, name: str, arguments: list[Any]) -> Any:
        self.calls.append((name, arguments))
        answer = self.answers.get(name)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def load(self, source: str, **more: Any) -> Instance:
        from jackfield.sandbox import Instance

        return Instance(
            self.engine,
            source,
            name="bot",
            host=self.host,
            output=lambda stream, line: self.output.append(line),
            sdk="owncast_plugin.guest",
            **more,
        )


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


def send(plugin: Instance, name: str = "chat.message.received", payload: Any = None) -> Any:
    return plugin.call("on_event", {"eventType": name, "payload": payload or MESSAGE}, seconds=5)


def test_exports_and_registration(world: World) -> None:
    source = "plugin.on_tick(print)\nplugin.commands({'a': {'run': print}})\n"
    with world.load(source, config={"manifest": {"slug": "bot"}}) as plugin:
        assert plugin.exports == frozenset(EXPORTS)
        told = plugin.call("register", None, seconds=5)
    assert told["slug"] == "bot"
    assert told["subscriptions"] == {"notify": [{"event": "tick"}]}
    assert told["commands"][0]["name"] == "a"


def test_every_way_to_the_sdk(world: World) -> None:
    source = """
import extism, owncast_plugin as sdk
from owncast_plugin import owncast as other, User, testing
assert sdk.owncast is owncast is other and extism.Http
assert math and re and json and datetime and base64 and hashlib and itertools and collections
@plugin.on_chat_message
async def f(msg):
    owncast.chat.send(f"{msg.user.display_name}: {msg.body}")
"""
    with world.load(source) as plugin:
        send(plugin)
    assert world.calls == [("owncast_send_chat", ["Ada: hi"])]


def test_bytes_cross_unharmed(world: World) -> None:
    data = bytes(range(256))
    world.answers["owncast_asset_read"] = pack(data)
    world.answers["owncast_fs_write"] = {"ok": True}
    source = """
@plugin.on_http_request
def f(req):
    data = owncast.assets.read("a")
    assert owncast.fs.write("b", data) == {"ok": True}
    return {"status": 200, "body": data}
"""
    with world.load(source) as plugin:
        answer = plugin.call("on_http_request", {"method": "GET", "path": "/"}, seconds=5)
    assert world.calls[1] == ("owncast_fs_write", ["b", pack(data)])
    assert answer == {"status": 200, "bodyBase64": pack(data)}


def test_a_call_that_is_not_granted_is_told_and_the_plugin_goes_on(world: World) -> None:
    world.answers["owncast_send_chat"] = PermissionDenied("no")
    source = """
@plugin.on_chat_message
def f(msg):
    owncast.chat.send("x")
    owncast.log.info("after")
"""
    with world.load(source) as plugin:
        send(plugin)
    assert world.calls[1] == ("owncast_log_info", ["after"])
    assert "owncast.chat.send() needs the permission 'chat.send'" in world.output[0]


def test_an_error_of_the_host_can_be_caught(world: World) -> None:
    world.answers["owncast_kv_get"] = OSError("the disk is full")
    source = """
@plugin.on_chat_message
def f(msg):
    try:
        owncast.kv.get("a")
    except RuntimeError as error:
        print(type(error).__name__, error)
"""
    with world.load(source) as plugin:
        send(plugin)
    assert world.output == ["HostError the disk is full"]


def own_lines(trace: str) -> list[str]:
    return [line.strip() for line in trace.splitlines() if line.startswith("  File ")]


@pytest.mark.parametrize("make", ["single", "several"])
def test_a_traceback_names_only_the_authors_own_lines(
    world: World, make: str, tmp_path: Any
) -> None:
    from dialects.owncast.projects import project
    from jackfield.dialects.owncast.bundle import bundle
    from jackfield.dialects.owncast.code import Code, unbundle
    from jackfield.plugins.files import FolderFiles
    from jackfield.sandbox import PluginRaised

    call = "1 / 0" if make == "single" else "helpers.fail()"
    source = (
        "from __future__ import annotations\nfrom owncast_plugin import (\n    plugin,\n)\n"
        + ("import helpers\n" if make == "several" else "\n")
        + f"@plugin.filter_chat_message\ndef f(msg):\n    return {call}\n"
    )
    files = {"src/plugin.py": source, "src/helpers.py": "\ndef fail():\n    1 / 0\n"}
    built = bundle(FolderFiles(project(tmp_path, files)), "bot").source
    code = unbundle(built) or Code(built)
    with (
        world.load(code.source, filename=code.filename, modules=code.modules) as plugin,
        pytest.raises(PluginRaised) as error,
    ):
        plugin.call("on_filter", {"eventType": "chat.message.received"}, seconds=5)
    expected = ['File "plugin.py", line 8, in f']
    if make == "several":
        expected.append('File "helpers.py", line 3, in fail')
    assert own_lines(error.value.traceback) == expected


def test_a_bundle_also_runs_as_it_is(world: World, tmp_path: Any) -> None:
    """As the original host runs it, and as ours would if it could not take it apart."""
    from dialects.owncast.projects import project
    from jackfield.dialects.owncast.bundle import bundle
    from jackfield.plugins.files import FolderFiles

    files = {
        "src/plugin.py": "from helpers import say\nplugin.on_chat_message(say)\n",
        "src/helpers.py": "from owncast_plugin import auth_check, owncast\n"
        "def say(msg):\n    owncast.chat.send(auth_check.ok()['action'])\n",
    }
    built = bundle(FolderFiles(project(tmp_path, files)), "bot").source
    with world.load(built) as plugin:
        send(plugin)
    assert world.calls == [("owncast_send_chat", ["ok"])]
