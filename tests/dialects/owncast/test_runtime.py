"""Plugins in the real sandbox, on a composed host."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from dialects.owncast.conftest import CHAT, OpenHost, PluginHost
from dialects.owncast.projects import project
from jackfield.dialects.owncast import dialect
from jackfield.dialects.owncast.code import Code
from jackfield.dialects.owncast.runtime import check_load
from jackfield.errors import JackfieldError, NotFound, PluginError
from jackfield.plugins.dialect import PluginFailure
from jackfield.plugins.events import Event
from jackfield.plugins.files import FolderFiles
from jackfield.plugins.http import HttpRequest
from jackfield.services.timers import HeapTimers, Timers

pytestmark = pytest.mark.sandbox


def test_a_message_reaches_the_handler_and_the_answer_the_chat(plugins: PluginHost) -> None:
    plugins.add(
        "@plugin.on_chat_message\n"
        "def greet(msg):\n"
        "    owncast.chat.send(f'hello {msg.user.display_name}, {msg.body}!')\n",
        "chat.send",
    )
    plugins.say("world")
    assert plugins.recorded.of("chatSends") == ["hello ann, world!"]


def test_what_was_not_granted_is_not_there(plugins: PluginHost) -> None:
    plugins.add(
        "@plugin.on_chat_message\n"
        "def f(msg):\n"
        "    try:\n"
        "        owncast.users.list()\n"
        "    except RuntimeError as error:\n"
        "        owncast.log.warning(error)\n"
    )
    plugins.say("x")
    (line,) = plugins.log()
    assert line.startswith("warning: owncast.users.list() needs the permission 'users.read'")
    assert '"permissions" in plugin.manifest.json' in line


def test_a_refused_permission_is_not_there_either(plugins: PluginHost) -> None:
    plugins.add(
        "@plugin.on_chat_message\n"
        "def f(msg):\n"
        "    owncast.chat.send('a')\n"
        "    owncast.kv.set('k', 'v')\n",
        "chat.send",
        "storage.kv",
        grant=["chat.send"],
    )
    plugins.say("x")
    assert plugins.recorded.of("chatSends") == ["a"]
    assert any("storage.kv" in line for line in plugins.log())


def test_a_failing_handler_names_file_and_line(plugins: PluginHost) -> None:
    plugins.add(
        "import helper\n@plugin.on_chat_message\ndef f(msg):\n    helper.work()\n",
        files={"src/helper.py": "def work():\n    return {}['missing']\n"},
    )
    with pytest.raises(PluginFailure) as caught:
        plugins.runtime().notify(Event(CHAT, {"body": "x"}))
    failure = caught.value
    assert (failure.kind, failure.call, failure.plugin) == ("raised", f"event {CHAT}", "bot")
    assert failure.file == "helper.py:2"
    assert failure.message == "KeyError: 'missing'"
    assert "return {}['missing']" in failure.traceback
    assert "plugin.py" in failure.traceback


@pytest.mark.parametrize(
    ("code", "kind", "limit"),
    [
        ("while True: pass", "timeout", "event_seconds"),
        ("import time; time.sleep(30)", "timeout", "sleep_seconds"),
        ("x = [bytes(1 << 20) for _ in range(200)]", "limit", "memory_bytes"),
    ],
)
def test_a_limit_ends_the_call_and_not_the_plugin(
    plugins: PluginHost, code: str, kind: str, limit: str
) -> None:
    plugins.add(
        "@plugin.on_chat_message\n"
        "def f(msg):\n"
        "    if msg.body == 'bad':\n"
        f"        {code}\n"
        "    owncast.chat.send('alive')\n",
        "chat.send",
    )
    with pytest.raises(PluginFailure, match=limit) as caught:
        plugins.runtime().notify(Event(CHAT, {"body": "bad"}))
    assert caught.value.kind == kind
    plugins.say("good")
    assert plugins.recorded.of("chatSends") == ["alive"]


def test_what_is_printed_is_in_the_log(plugins: PluginHost) -> None:
    plugins.add("import sys\nprint('one')\nprint('two', file=sys.stderr)\n")
    assert plugins.log() == ["info: one", "warning: two"]


# -- filters ----------------------------------------------------------------------------------


FILTER = (
    "@plugin.filter_chat_message\n"
    "def f(msg):\n"
    "    return {\n"
    "        'drop': lambda: filter.drop('no'),\n"
    "        'shout': lambda: filter.modify({**msg.raw, 'body': 'SHOUT'}),\n"
    "        'pass': lambda: filter.pass_(),\n"
    "        'none': lambda: None,\n"
    "        'odd': lambda: {'action': 'explode'},\n"
    "        'empty': lambda: {'action': 'modify'},\n"
    "        'boom': lambda: 1 / 0,\n"
    "        'loop': lambda: [0 for _ in iter(int, 1)],\n"
    "        'big': lambda: filter.modify({'body': 'x' * 2_000_000}),\n"
    "    }[msg.body]()\n"
)


def test_verdicts_of_a_filter(plugins: PluginHost) -> None:
    plugins.add("plugin.set_filter_priority(7)\n" + FILTER, "chat.filter")
    runtime = plugins.runtime()
    assert runtime.subscriptions.filters == {CHAT: 7}
    verdicts = {
        body: runtime.filter(Event(CHAT, {"body": body}))
        for body in ("drop", "shout", "pass", "none", "odd", "empty")
    }
    assert (verdicts["drop"].action, verdicts["drop"].reason) == ("drop", "no")
    assert (verdicts["shout"].action, verdicts["shout"].payload) == ("modify", {"body": "SHOUT"})
    assert [verdicts[b].action for b in ("pass", "none", "odd")] == ["pass"] * 3
    assert verdicts["empty"].action == "pass"  # a message changed into nothing
    assert any("unknown action 'explode'" in line for line in plugins.log())


def test_a_failing_filter_lets_the_message_pass_and_is_suspended_after_five(
    plugins: PluginHost,
) -> None:
    plugins.add(FILTER, "chat.filter")
    dispatcher = plugins.host.dispatcher
    for body in ("boom", "loop", "big", "boom"):
        assert dispatcher.filter(Event(CHAT, {"body": body})).action == "pass"
    assert dispatcher.filter(Event(CHAT, {"body": "drop"})).action == "drop"  # strikes are gone
    for _ in range(5):
        dispatcher.filter(Event(CHAT, {"body": "boom"}))
    assert dispatcher.filter(Event(CHAT, {"body": "drop"})).action == "pass"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("filter.modify(None)", "null"),
        ("{'action': 'modify'}", "null"),
        ("filter.modify('just the words')", "the text 'just the words'"),
        ("filter.modify([1])", "a list"),
        ("filter.modify({'body': 7})", "an object whose 'body' is the number 7"),
        ("filter.modify({'text': 'x'})", "an object whose 'body' is null"),
    ],
)
def test_a_message_changed_into_something_else_stays_as_it_was(
    plugins: PluginHost, answer: str, found: str
) -> None:
    shout = "filter.modify({**msg.raw, 'body': msg.body.upper()})"
    source = "plugin.set_filter_priority({})\n@plugin.filter_chat_message\ndef f(msg): return {}\n"
    plugins.add(source.format(1, answer), "chat.filter", slug="wrong")
    plugins.add(source.format(2, shout), "chat.filter", slug="shout")
    result = plugins.host.dispatcher.filter(Event(CHAT, {"body": "hi", "id": "1"}))
    assert result.payload == {"body": "HI", "id": "1"}
    assert plugins.log("wrong") == [
        (
            f"warning: filter {CHAT}: wrong answered 'modify' with {found}; expected an object "
            "with the text 'body'. The message stays as it was"
        )
    ]


def test_a_filter_that_was_not_granted_does_not_run(plugins: PluginHost) -> None:
    plugins.add(FILTER, "chat.filter", "chat.send", grant=["chat.send"])
    assert plugins.runtime().subscriptions.filters == {}
    assert plugins.log() == ["warning: its filter does not run: chat.filter was not granted"]


def test_filters_of_two_plugins_run_by_priority(plugins: PluginHost) -> None:
    add = (
        "plugin.set_filter_priority({})\n"
        "@plugin.filter_chat_message\n"
        "def f(msg):\n"
        "    return filter.modify({{**msg.raw, 'body': msg.body + '{}'}})\n"
    )
    plugins.add(add.format(50, "a"), "chat.filter", slug="late")
    plugins.add(add.format(10, "b"), "chat.filter", slug="early")
    result = plugins.host.dispatcher.filter(Event(CHAT, {"body": "-"}))
    assert result.payload == {"body": "-ba"}


# -- requests and content -----------------------------------------------------------------------


def test_a_request_is_answered(plugins: PluginHost) -> None:
    plugins.add(
        "@plugin.post('/form')\n"
        "def form(req):\n"
        "    return {'status': 201, 'headers': {'X-Secret': '1', 'etag': 'e'},\n"
        "            'body': req.body + req.raw['query']['a'] + req.raw['headers']['X-Foo']}\n",
        "http.serve",
    )
    answer = plugins.runtime().request(
        HttpRequest("POST", "/form/", {"a": ["1"]}, {"x-foo": ["y"]}, b"hi")
    )
    assert (answer.status, answer.body) == (201, b"hi1y")
    assert answer.headers == (("Etag", "e"), ("Content-Type", "text/plain; charset=utf-8"))


def test_a_bad_answer_is_the_plugins_failure(plugins: PluginHost) -> None:
    plugins.add(
        "@plugin.on_http_request\ndef f(req):\n    return {'body': 'a', 'bodyBase64': 'YQ=='}\n",
        "http.serve",
    )
    with pytest.raises(PluginFailure, match="both body and bodyBase64"):
        plugins.runtime().request(HttpRequest("GET", "/"))


def test_without_the_permission_there_are_no_pages(plugins: PluginHost) -> None:
    plugins.add("@plugin.on_http_request\ndef f(req):\n    return 'x'\n")
    with pytest.raises(NotFound, match="bot: serves no pages"):
        plugins.runtime().request(HttpRequest("GET", "/"))


def test_content_of_slots(plugins: PluginHost) -> None:
    plugins.add(
        "@plugin.on_tab_content('made')\ndef tab(req):\n"
        "    return f'<p>{req.user.display_name if req.user else None}</p>'\n"
        "@plugin.on_page_styles\ndef css():\n    return 'a {}'\n",
        "ui.modify",
        files={"assets/fixed.html": "<b>fixed</b>"},
        tabs={"made": {"title": "Made"}, "fixed": {"title": "Fixed", "content": "fixed.html"}},
    )
    runtime = plugins.runtime()
    assert runtime.render("tab/made", {"user": {"displayName": "ann"}}) == "<p>ann</p>"
    assert runtime.render("tab/made", {}) == "<p>None</p>"
    assert runtime.render("tab/fixed", {}) == "<b>fixed</b>"
    assert runtime.render("tab/none", {}) == ""
    assert runtime.render("styles", {}) == "a {}"
    assert runtime.render("scripts", {}) == ""
    assert runtime.render("elsewhere", {}) == ""


def test_content_needs_the_permission(plugins: PluginHost) -> None:
    plugins.add("@plugin.on_page_styles\ndef css():\n    return 'a {}'\n")
    assert plugins.runtime().render("styles", {}) == ""


def test_auth_check(plugins: PluginHost) -> None:
    plugins.add(
        "@plugin.on_auth_check\ndef check(req):\n"
        "    return auth_check.deny('gone') if req.user.id == 'u-1' else auth_check.ok()\n",
        "auth.gate",
    )
    runtime = plugins.runtime()
    assert runtime.auth_check({"id": "u-1"}) == {"action": "deny", "reason": "gone"}
    assert runtime.auth_check({"id": "u-2"}) == {"action": "ok"}
    plugins.add("", slug="plain")
    assert plugins.runtime("plain").auth_check({"id": "u-1"}) == {"action": "ok"}


def test_there_are_no_actions(plugins: PluginHost) -> None:
    plugins.add("")
    with pytest.raises(NotFound, match="has no action 'press'"):
        plugins.runtime().run("press", {})


# -- timers -------------------------------------------------------------------------------------


class Heard:
    """Counts what the plugin logs."""

    def __init__(self, plugins: PluginHost, text: str, times: int) -> None:
        self._text, self._left, self.done = text, times, threading.Event()
        plugins.host.registry.log_watcher = self._line

    def _line(self, _slug: str, line: object) -> None:
        if self._text in getattr(line, "text", ""):
            self._left -= 1
            if self._left <= 0:
                self.done.set()


def test_timers_fire(open_host: OpenHost) -> None:
    plugins = open_host(real=True)
    ticks = Heard(plugins, "tick", 3)
    plugins.add("owncast.timer.set_interval(lambda: print('tick'), 100)\n")
    assert ticks.done.wait(30)
    once = Heard(plugins, "once", 1)
    plugins.add("owncast.timer.set_timeout(lambda: print('once'), 100)\n", slug="other")
    assert once.done.wait(30)


def test_disabling_ends_the_timers(open_host: OpenHost) -> None:
    plugins = open_host(real=True)
    plugins.add("owncast.timer.set_interval(lambda: print('tick'), 60_000)\n")
    timers = plugins.host.services.get(Timers)
    assert isinstance(timers, HeapTimers)
    assert timers.pending("bot") == 1
    plugins.host.registry.disable("bot")
    assert timers.pending("bot") == 0


def test_a_lost_instance_takes_its_timers_with_it(open_host: OpenHost) -> None:
    plugins = open_host(real=True)
    plugins.add(
        "owncast.timer.set_interval(lambda: None, 60_000)\n"
        "@plugin.on_chat_message\n"
        "def f(msg):\n"
        "    if msg.body == 'set':\n"
        "        owncast.timer.set_timeout(lambda: None, 60_000)\n"
        "    else:\n"
        "        while True: pass\n"
    )
    timers = plugins.host.services.get(Timers)
    assert isinstance(timers, HeapTimers)
    plugins.say("set")
    assert timers.pending("bot") == 2
    plugins.say("loop")
    plugins.tell(CHAT, {"body": "set"})  # the new instance has set its own again, and this one
    assert timers.pending("bot") == 2


# -- starting and stopping -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "permissions", "what"),
    [
        ("1 / 0", [], r"ZeroDivisionError"),
        ("import nothing_like_this", [], "ModuleNotFoundError: No module named"),
        ("def f(:", [], "SyntaxError|invalid syntax"),
        ("@plugin.filter_chat_message\ndef f(m): pass", [], "needs the permission 'chat.filter'"),
        ("while True: pass", [], "load_seconds"),
    ],
)
def test_what_does_not_load(
    plugins: PluginHost, monkeypatch: pytest.MonkeyPatch, source: str, permissions: list[str],
    what: str,
) -> None:  # fmt: skip
    from jackfield.dialects.owncast import runtime as module
    from jackfield.sandbox import Limits

    monkeypatch.setattr(module, "Limits", lambda: Limits(load_seconds=0.5))
    with pytest.raises(JackfieldError, match=what):
        plugins.add(source, *permissions)
    assert plugins.host.registry.running("bot") is None


def test_a_hook_may_not_take_a_name_of_the_host(plugins: PluginHost) -> None:
    with pytest.raises(JackfieldError, match=r"would be chat\.message\.received"):
        plugins.add("@plugin.on('message.received')\ndef f(p): pass\n", slug="chat")


def test_an_admin_page_that_is_no_pattern(plugins: PluginHost) -> None:
    with pytest.raises(JackfieldError, match=r"'/\[x' is not a glob"):
        plugins.add("", admin={"pages": {"/[x": {"title": "A"}}})


def test_fediverse_events_need_their_permission(plugins: PluginHost) -> None:
    source = "@plugin.on_fediverse_follow\ndef f(event):\n    print('followed')\n"
    plugins.add(source)
    assert "fediverse.inbound is missing" in plugins.log()[0]
    plugins.add(source, "fediverse.inbound", slug="other")
    plugins.tell("fediverse.follow", {"actor": {"name": "x"}})
    assert "info: followed" not in plugins.log()
    assert plugins.log("other") == ["info: followed"]


def test_after_stop_nothing_can_be_called(plugins: PluginHost) -> None:
    plugins.add("")
    runtime = plugins.runtime()
    assert runtime.memory_bytes > 1_000_000
    plugins.host.registry.disable("bot")
    assert runtime.memory_bytes == 0
    with pytest.raises(PluginFailure, match="was stopped"):
        runtime.notify(Event(CHAT))
    runtime.stop("again")


def test_check_load_runs_the_code_once(tmp_path: Path) -> None:
    folder = project(tmp_path / "p", permissions=["chat.send"])
    spec = dialect.read(FolderFiles(folder))
    check_load(spec, Code("from owncast_plugin import *\nowncast.chat.send('hi')\n"))
    with pytest.raises(PluginFailure, match="ValueError: no") as caught:
        check_load(spec, Code("raise ValueError('no')\n", "main.py"))
    assert caught.value.file == "main.py:1"


def test_what_fails_at_load_is_kept_with_file_and_line(plugins: PluginHost) -> None:
    with pytest.raises(PluginError):
        plugins.add("import helper\n", files={"src/helper.py": "x = 1\nx = {}['missing']\n"})
    state = plugins.host.registry.get("bot")
    assert state.state == "failed"
    assert state.last_error == "helper.py:2: KeyError: 'missing'"
    assert state.reason == "did not start: helper.py:2: KeyError: 'missing'"
