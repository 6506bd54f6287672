"""What one host has of Dispatcharr."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dispatcharr_host import PluginHost, until
from jackfield.dialects.dispatcharr import installation as installations
from jackfield.dialects.dispatcharr.installation import Installation
from jackfield.dialects.dispatcharr.limits import ACTION_SECONDS, MEMORY_MIB, ActionLimits
from jackfield.errors import InvalidInput, Unavailable
from jackfield.plugins.dialect import Core

pytestmark = pytest.mark.e2e


@pytest.fixture
def own(tmp_path: Path) -> Iterator[PluginHost]:
    made = PluginHost(tmp_path)
    yield made
    made.stop()


def test_the_secret_is_kept_and_nobody_elses(own: PluginHost) -> None:
    secret = own.installation.secret
    file = own.installation.home / "secret.key"
    assert len(secret) >= 32
    assert file.read_text().strip() == secret
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Installation(own.host.core).secret == secret


def test_a_home_is_taken_in_place(tmp_path: Path) -> None:
    home = tmp_path / "data of the original"
    plugin = home / "plugins" / "dropped"
    plugin.mkdir(parents=True)
    (plugin / "plugin.py").write_text(
        "class Plugin:\n    name = 'Dropped'\n    def run(self, action, params, context):\n"
        "        return {'file': __file__}\n"
    )
    host = PluginHost(tmp_path, homes={"dispatcharr": home})
    try:
        assert host.registry.get("dropped").state == "disabled"
        state = host.registry.enable("dropped", "all")
        assert state.state == "running", state.last_error
        assert host.run("dropped")["file"] == str(plugin / "plugin.py")
        assert (home / "dispatcharr.db").is_file()
    finally:
        host.stop()


def test_websocket_messages_of_plugins_reach_the_watchers(own: PluginHost) -> None:
    sent: list[Any] = []
    own.installation.updates.send = lambda *message: sent.append(message)  # type: ignore[method-assign]
    own.running(
        "sender",
        "from core.utils import send_websocket_update\n"
        "send_websocket_update('updates', 'update', {'type': 'plugin', 'message': 'Done'})\n"
        "return {}",
    )
    own.run("sender")
    assert sent == [("updates", "update", {"type": "plugin", "message": "Done"})]


def test_plugins_run_each_others_actions_through_the_manager(own: PluginHost) -> None:
    own.running("answering", "return {'got': params}")
    own.running(
        "asking",
        "from apps.plugins.loader import PluginManager\n"
        "return PluginManager.get().run_action('answering', 'go', {'n': 1})",
    )
    assert own.run("asking") == {"got": {"n": 1}}


def test_the_shared_keys_are_one_for_all(own: PluginHost) -> None:
    own.running(
        "setter",
        "from core.utils import RedisClient\n"
        "RedisClient.get_client().set('mine', params['v'])\nreturn {}",
    )
    own.running(
        "getter",
        "from core.utils import RedisClient\n"
        "found = RedisClient.get_client().get('mine')\n"
        "return {'v': found.decode() if isinstance(found, bytes) else found}",
    )
    own.run("setter", v="7")
    assert own.run("getter") == {"v": "7"}


def test_the_application_answers_on_its_socket(own: PluginHost) -> None:
    path = own.installation.application()
    assert until(path.exists)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_closed_one_starts_nothing(own: PluginHost) -> None:
    one = Installation(own.host.core)
    one.close()
    with pytest.raises(Unavailable):
        _ = one.tasks


def test_a_dialect_that_was_not_attached_says_so(own: PluginHost) -> None:
    from jackfield.dialects.dispatcharr.dialect import DispatcharrDialect

    with pytest.raises(Unavailable, match="not part of this host"):
        DispatcharrDialect().installation(own.host.core)


def test_postgresql_is_shared_and_sqlite_is_not(own: PluginHost) -> None:
    core = own.host.core
    assert installations._shared_database(core) == ""
    other = Core(core.plugins, core.events, core.services, core.data, {}, "postgresql://h/d")
    assert installations._shared_database(other) == "postgresql://h/d"


def test_limits_are_the_operators() -> None:
    assert ActionLimits.chosen({}).action == 3600
    assert ActionLimits.chosen({ACTION_SECONDS: "0"}).action == 0
    with pytest.raises(InvalidInput, match="expected a number, found 'x'"):
        ActionLimits.chosen({ACTION_SECONDS: "x"})


def test_memory_limits_are_the_operators(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MEMORY_MIB, "100")
    assert installations._process_limits().memory == 100 * 2**20
    monkeypatch.setenv(MEMORY_MIB, "5")
    with pytest.raises(InvalidInput, match="64 or more"):
        installations._process_limits()
