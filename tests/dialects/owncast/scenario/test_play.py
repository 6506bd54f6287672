"""Scenarios in the real sandbox. Source: owncast spec 6.1 and 6.2."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dialects.owncast.projects import project
from jackfield.dialects.owncast.scenario.play import chat_message
from jackfield.errors import InvalidInput
from jackfield.plugins.scenario import ScenarioReport
from jackfield.scenarios import run_scenarios, stage_maker
from jackfield.services.engine import SandboxEngine

pytestmark = pytest.mark.sandbox

EVERYTHING = [
    *("chat.send", "chat.filter", "chat.history", "storage.kv", "storage.sql", "storage.fs"),
    *("http.serve", "http.sse", "ui.modify", "auth.gate", "users.register", "events.emit"),
    *("server.read", "network.fetch"),
]

Play = Callable[..., list[list[str]]]


@pytest.fixture
def play(tmp_path: Path, sandbox_engine: SandboxEngine) -> Play:
    """Plays scenarios of a plugin with that source; gives each one's errors."""

    def run(source: str, *scenarios: dict[str, Any], **more: Any) -> list[list[str]]:
        files = more.pop("files", {})
        folder = project(
            tmp_path / "bot",
            {
                "src/plugin.py": "from owncast_plugin import *\n" + source,
                "__tests__/a.test.json": json.dumps(
                    [{"name": f"s{n}", **scenario} for n, scenario in enumerate(scenarios)]
                ),
                **files,
            },
            permissions=EVERYTHING,
            network={"allowedHosts": ["*"]},
            **more,
        )
        report = run_scenarios(folder, report=lambda result: None)
        assert report.load_error == ""
        return [list(result.errors) for result in report.results]

    return run


def message(body: str, **more: Any) -> dict[str, Any]:
    return {"event": "chat.message.received", "payload": {"body": body, **more}}


def test_each_scenario_has_a_plugin_and_services_of_its_own(play: Play) -> None:
    source = (
        "count = 0\n"
        "@plugin.on_chat_message\n"
        "def f(msg):\n"
        "    global count\n"
        "    count += 1\n"
        '    owncast.chat.send(f\'{count} {owncast.kv.get("k")} {owncast.fs.list("")}\')\n'
        "    owncast.kv.set('k', 'v')\n"
        "    owncast.fs.write('f', 'x')\n"
    )
    again = {
        "events": [message("x"), message("y")],
        "expect": {"chatSends": ["1 None []", "2 v ['f']"], "kv": {"k": "v"}},
    }
    assert play(source, again, again, {"given": {"kv": {"k": "g"}}, "expect": {"kv": {"k": "g"}}}) \
        == [[], [], []]  # fmt: skip


def test_what_is_given_is_found(play: Play) -> None:
    source = (
        "@plugin.on_chat_message\n"
        "def f(msg):\n"
        "    owncast.chat.send(owncast.config.get('greeting'))\n"
        "    owncast.chat.send(owncast.stream.current().title)\n"
        "    owncast.chat.send([m.body for m in owncast.chat.history(1)])\n"
        "    owncast.chat.send(owncast.http.fetch('https://x.example/a?b').body)\n"
        "    owncast.sql.exec('CREATE TABLE t (a)')\n"
        "    owncast.chat.send(owncast.sql.query('SELECT count(*) AS n FROM t'))\n"
    )
    given = {
        "config": {"greeting": "hi", "undeclared": 1},
        "stream": {"title": "live"},
        "chatHistory": [{"body": "old"}, {"body": "new"}],
        "httpResponses": [{"url": "https://x.example/*", "status": 200, "body": "fetched"}],
    }
    sends = ["hi", "live", "['new']", "fetched", "[{'n': 0}]"]
    assert play(
        source,
        {"given": given, "events": [message("x")], "expect": {"chatSends": sends}},
        {"events": [message("x")], "expect": {"chatSends": ["default", "None", "[]"]}},
        config={"greeting": {"type": "string", "default": "default"}},
    ) == [[], []]


def test_an_event_skips_filters_and_its_failures_are_only_logged(play: Play) -> None:
    source = (
        "@plugin.filter_chat_message\n"
        "def no(msg): return filter.drop('never')\n"
        "@plugin.on_chat_message\n"
        "def f(msg):\n"
        "    owncast.chat.send(msg.body)\n"
        "    1 / 0\n"
        "@plugin.on_tick\n"
        "def t(e): owncast.chat.send(e.now)\n"
    )
    events = [message("a"), {"event": "tick", "payload": {"now": 5}}, {"event": "stream.started"}]
    assert play(source, {"events": events, "expect": {"chatSends": ["a", "5"]}}) == [[]]


def test_a_message_is_as_the_host_would_send_it(play: Play) -> None:
    source = "@plugin.on_chat_message\ndef f(msg): owncast.chat.send(sorted(msg.raw))\n"
    sent = message("x", user={"displayName": "ann", "odd": 1}, odd=2)
    assert play(source, {"events": [sent], "expect": {
        "chatSends": ["['body', 'id', 'timestamp', 'user']"]}}) == [[]]  # fmt: skip
    with pytest.raises(InvalidInput, match=r"payload\.body: expected `str`, got `int`"):
        chat_message({"body": 5})
    assert chat_message({"user": "ann"})["user"] == "ann"
    assert chat_message("text") == "text"


def test_timers_commands_and_custom_events_reach_their_owner(play: Play) -> None:
    source = (
        "owncast.timer.set_interval(lambda: owncast.chat.send('timer'), 100)\n"
        "@plugin.on('go')\n"
        "def go(p): owncast.chat.send(p)\n"
        "plugin.commands({'up': {'run': lambda c: c.reply(c.arg_string), 'cooldown_ms': 5000}})\n"
        "@plugin.on_sse_connect\n"
        "def s(e): owncast.chat.send(e.channel)\n"
    )
    at = [f"2026-01-01T00:00:0{n}Z" for n in range(7)]
    events = [
        {"event": "timer.fire", "payload": {"id": 1}},
        {"event": "timer.fire", "payload": {"id": 99}},
        {"event": "go", "payload": "bare"},
        {"event": "bot.go", "payload": "full"},
        {"event": "other.go", "payload": "never"},
        message("!up 1", timestamp=at[0]),
        message("!up 2", timestamp=at[4]),
        message("!up 3", timestamp=at[5]),
        message("!help", timestamp=at[6]),
        {"event": "sse.connect", "payload": {"channel": "c"}},
    ]
    sends = ["timer", "bare", "full", "1", "3", "c"]
    assert play(source, {"events": events, "expect": {"chatSends": sends, "chatSystems": []}}) \
        == [[]]  # fmt: skip


def test_emits_are_recorded_and_go_nowhere(play: Play) -> None:
    source = (
        "@plugin.on('go')\ndef go(p): owncast.chat.send('heard')\n"
        "@plugin.on_chat_message\ndef f(m): owncast.events.emit('bot.go', {'a': 1, 'b': 2})\n"
    )
    expect = {"emits": [{"eventType": "bot.go", "payload": {"a": 1}}], "chatSends": []}
    assert play(source, {"events": [message("x")], "expect": expect}) == [[]]


FILTER = (
    "@plugin.filter_chat_message\n"
    "def f(msg):\n"
    "    if msg.body == 'drop': return filter.drop('no')\n"
    "    if msg.body == 'boom': 1 / 0\n"
    "    if msg.body == 'same': return filter.modify(msg.raw)\n"
    "    if msg.body == 'shout': return filter.modify({**msg.raw, 'body': 'SHOUT'})\n"
)


@pytest.mark.parametrize(
    ("body", "expect", "error"),
    [
        ("x", {"action": "pass"}, None),
        ("same", {"action": "pass"}, None),
        ("boom", {"action": "pass"}, None),
        ("shout", {"action": "pass"}, "expected pass, but the payload was changed to"),
        ("drop", {"action": "pass"}, "expected pass, but it was dropped: no"),
        ("shout", {"action": "modify", "payload": {"body": "SHOUT"}}, None),
        ("x", {"action": "modify"}, None),
        ("shout", {"action": "modify", "payload": {"body": "?"}}, 'expected payload {"body": "?"}'),
        ("drop", {"action": "modify"}, "expected modify, but it was dropped"),
        ("drop", {"action": "drop"}, None),
        ("drop", {"action": "drop", "reason": "no"}, None),
        ("drop", {"action": "drop", "reason": "n."}, 'expected reason "n.", got "no"'),
        ("x", {"action": "drop"}, "expected drop, but it passed"),
        ("x", {"action": "explode"}, "found 'explode'"),
        ("x", None, None),
    ],
)
def test_filters(play: Play, body: str, expect: Any, error: str | None) -> None:
    step = {"filter": "chat.message.received", "payload": {"body": body, "user": {"id": "u"}}}
    ((*found,),) = play(FILTER, {"events": [{**step, "expect": expect} if expect else step]})
    if error is None:
        assert found == []
    else:
        assert found[0].startswith("step 0: ")
        assert error in found[0]


def test_all_steps_run_after_an_error_and_then_what_was_expected(play: Play) -> None:
    drop = {"filter": "chat.message.received", "payload": {"body": "x"}}
    scenario = {
        "events": [
            {**drop, "expect": {"action": "drop"}},
            {"http": {"path": "/none", "expect": {"status": 200}}},
            message("x"),
        ],
        "expect": {"chatSends": ["y"]},
    }
    source = FILTER + "@plugin.on_chat_message\ndef g(msg): owncast.chat.send(msg.body)\n"
    (errors,) = play(source, scenario)
    assert [error.split(":")[0] for error in errors] == ["step 0", "step 1", "chatSends"]
    assert errors[1] == "step 1: expected status 200, got 404"


PAGES = (
    "import json\n"
    "@plugin.on_http_request\n"
    "def f(req):\n"
    "    if req.path == '/login': owncast.auth.grant_session('u1', 60)\n"
    "    return {'status': 201, 'headers': {'etag': 'e'}, 'body': json.dumps(req.raw)}\n"
    "@plugin.on_auth_check\n"
    "def check(req): return auth_check.deny('no') if req.user.id == 'bad' else auth_check.ok()\n"
    "@plugin.on_tab_content('t')\n"
    "def tab(req): return '<p>' + (req.user.display_name if req.user else '?')\n"
    "@plugin.on_page_content('c')\n"
    "def content(req): 1 / 0\n"
    "@plugin.on_page_styles\n"
    "def css(): return 'a {}'\n"
)
SESSION = "owncast_session=mock-session:u1; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"
PAGE_MANIFEST = {
    "admin": {"pages": {"/admin": {"title": "A"}}},
    "tabs": {"t": {"title": "T"}},
    "extraPageContent": {"slug": "c"},
}


@pytest.mark.parametrize(
    ("http", "error"),
    [
        ({"path": "x", "expect": {"status": 201, "headers": {"ETag": "e"}}}, None),
        ({"path": "/a?b=1&b=2", "expect": {"bodyContains": '"query": {"b": "1"}'}}, None),
        ({"path": "/", "expect": {"bodyContains": '"remoteAddr": "192.0.2.1:1234"'}}, None),
        ({"path": "/", "method": "POST", "body": "hi", "expect": {"bodyContains": '"hi"'}}, None),
        ({"path": "/admin", "expect": {"status": 401}}, None),
        (
            {"path": "/admin", "authenticated": True, "expect": {"bodyContains": "X-Test-Admin"}},
            None,
        ),
        ({"path": "/admin", "user": {"id": "u"}, "expect": {"bodyContains": "X-Test-User"}}, None),
        ({"path": "/a.txt", "expect": {"body": "text"}}, None),
        ({"path": "/a.txt", "expect": {"headers": {"content-type": "text/plain"}}}, None),
        ({"path": "/a.txt", "expect": {"bodyBase64": "dGV4dA=="}}, None),
        ({"path": "/_sse/x", "expect": {"status": 503}}, None),
        ({"path": "/login", "expect": {"headers": {"Set-Cookie": SESSION}}}, None),
        ({"path": "/"}, None),
        ({"path": "/x", "expect": {"status": 200}}, "expected status 200, got 201"),
        ({"path": "/x", "expect": {"headers": {"etag": "f"}}}, 'header etag "f", got "e"'),
        ({"path": "/a.txt", "expect": {"body": "t"}}, 'expected body "t", got "text"'),
        ({"path": "/a.txt", "expect": {"bodyBase64": ""}}, "bodyBase64: expected"),
        ({"path": "/a.txt", "expect": {"bodyContains": "z"}}, "body does not contain"),
    ],
)  # fmt: skip
def test_requests(play: Play, http: Any, error: str | None) -> None:
    ((*found,),) = play(
        PAGES, {"events": [{"http": http}]}, files={"public/a.txt": "text"}, **PAGE_MANIFEST
    )
    if error is None:
        assert found == []
    else:
        assert error in found[0]


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ({"tabContent": {"slug": "t", "expect": {"body": "<p>?"}}}, None),
        (
            {
                "tabContent": {
                    "slug": "t",
                    "user": {"displayName": "ann"},
                    "expect": {"bodyContains": "ann"},
                }
            },
            None,
        ),
        ({"tabContent": {"slug": "t", "expect": {"body": "x"}}}, 'expected body "x", got "<p>?"'),
        ({"pageContent": {"slug": "c"}}, "ZeroDivisionError"),
        ({"pageStyles": {"expect": {"body": "a {}"}}}, None),
        ({"pageScripts": {"expect": {"bodyContains": "x"}}}, "does not contain"),
        ({"authCheck": {"user": {"id": "u"}, "expect": {"action": "ok"}}}, None),
        (
            {"authCheck": {"user": {"id": "bad"}, "expect": {"action": "deny", "reason": "no"}}},
            None,
        ),
        (
            {"authCheck": {"user": {"id": "bad"}, "expect": {"action": "ok"}}},
            'expected action "ok", got "deny"',
        ),
        ({"authCheck": {}}, None),
    ],
)
def test_content_and_auth(play: Play, step: Any, error: str | None) -> None:
    ((*found,),) = play(PAGES, {"events": [step]}, **PAGE_MANIFEST)
    if error is None:
        assert found == []
    else:
        assert error in found[0]


def test_a_wrong_setting_is_a_load_error(play: Play) -> None:
    ((error,),) = play(
        "",
        {"given": {"config": {"n": "text"}}},
        config={"n": {"type": "number", "default": 1}},
    )
    assert error.startswith("load: bot: n: expected number")


def test_a_plugin_that_does_not_load(tmp_path: Path) -> None:
    folder = project(
        tmp_path / "bot",
        {"src/plugin.py": "import helper\n", "src/helper.py": "x = 1\n1 / 0\n"},
    )
    report: ScenarioReport = run_scenarios(folder, report=lambda result: None)
    assert "ZeroDivisionError" in report.load_error
    assert 'File "helper.py", line 2' in report.load_error
    assert report.results == []


def test_folders_that_no_dialect_knows(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no dialect knows this folder"):
        run_scenarios(tmp_path, report=lambda result: None)
    with pytest.raises(InvalidInput, match="no dialect 'nope' is installed"):
        run_scenarios(tmp_path, report=lambda result: None, dialect="nope")


def test_a_stage_is_a_host_of_its_own(sandbox_engine: SandboxEngine) -> None:
    make = stage_maker("owncast", sandbox_engine)
    first, second = make({}), make({})
    assert first.registry is not second.registry
    assert first.core.services.get(SandboxEngine) is sandbox_engine
    first.stop()
    second.stop()
