"""What the sandbox asks of the SDK."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

import owncast_plugin
from owncast_plugin import guest
from owncast_plugin._host import connect
from owncast_plugin.testing import RecordingHost


@pytest.fixture(autouse=True)
def _disconnected() -> Iterator[None]:
    yield
    connect(None)
    sys.modules.pop("extism", None)


def test_a_plugin_needs_no_import() -> None:
    host = RecordingHost()
    guest.start(host.call)
    source = """
assert json.loads("1") == 1 and re and math and random and time and base64 and hashlib
assert itertools.chain and collections.deque and functools.partial and datetime.datetime
assert define_commands and CommandContext and ChatMessage and auth_check and filter and extism.Http

@plugin.on_chat_message
def f(msg):
    owncast.chat.send(msg.body)
"""
    exec(source, guest.namespace())
    guest.exports["on_event"]({"eventType": "chat.message.received", "payload": {"body": "x"}})
    assert host.chat == ["x"]


def test_a_plugin_may_name_things_as_the_library_does() -> None:
    names = guest.namespace()
    exec("json = owncast = None\nimport owncast_plugin as sdk\nfrom owncast_plugin import *", names)
    assert names["sdk"] is owncast_plugin
    assert names["owncast"] is owncast_plugin.owncast
    assert guest.namespace()["json"] is not None


def test_register_gives_the_manifest_back() -> None:
    guest.start(RecordingHost().call, {"manifest": {"slug": "a", "subscriptions": 1}})
    assert guest.register() == {"slug": "a", "subscriptions": {}, "commands": []}
    guest.start(RecordingHost().call)
    assert guest.register() == {"subscriptions": {}, "commands": []}


def test_extism_can_be_imported_inside() -> None:
    guest.start(RecordingHost().call)
    names = guest.namespace()
    exec("import extism as module", names)
    assert names["module"] is names["extism"]


def test_the_sdk_needs_nothing_of_the_host() -> None:
    """It is baked into an engine in which jackfield does not exist."""
    code = (
        "import sys, owncast_plugin.guest, owncast_plugin.testing\n"
        "assert not [m for m in sys.modules if m.partition('.')[0] == 'jackfield'], sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
