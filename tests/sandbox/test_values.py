"""What goes into a call, and what comes out of it."""

from __future__ import annotations

import msgspec
import pytest

from jackfield.sandbox import (
    PluginRaised,
    SandboxError,
)

pytestmark = pytest.mark.sandbox

ECHO = "def echo(value):\n    return value\n"


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -1,
        2**53 + 1,
        2**63 - 1,
        1.5,
        1e300,
        "",
        "Grüße 👋 \u2028",
        'quote " backslash \\ newline \n null \x00',
        [],
        {},
        {"a": [1, {"b": None}]},
        "x" * 100_000,
        list(range(1000)),
    ],
)
def test_json_values_survive_the_way_there_and_back(load, value):
    assert load(ECHO).call("echo", value, seconds=1) == value


def test_exports_are_the_public_callables(load):
    instance = load("import json\ndef one(_): ...\ndef _two(_): ...\nthree = 3\nclass Four: ...\n")
    assert instance.exports == {"one", "Four"}


def test_json_text_in_and_out(load):
    instance = load(ECHO)
    assert instance.call_json("echo", b'{"a": [1]}', seconds=1) == b'{"a":[1]}'
    assert instance.call_json("echo", seconds=1) == b"null"


def test_state_stays_between_calls(load):
    instance = load("seen = []\ndef add(x):\n    seen.append(x)\n    return seen\n")
    instance.call("add", 1, seconds=1)
    assert instance.call("add", 2, seconds=1) == [1, 2]


def test_handlers_may_be_async(load):
    source = "async def inner(x): return x + 1\nasync def add(x): return await inner(x)\n"
    assert load(source).call("add", 1, seconds=1) == 2


def test_a_missing_export_is_named(load):
    with pytest.raises(SandboxError, match="demo: the plugin has no export 'nope'"):
        load(ECHO).call("nope", seconds=1)


@pytest.mark.parametrize(
    "value", ["\ud800", 10**5000, object(), {1j: 2}], ids=["surrogate", "int", "object", "key"]
)
def test_a_payload_that_is_not_json_is_refused(load, value):
    instance = load(ECHO)
    with pytest.raises(SandboxError, match="the payload of echo is not JSON"):
        instance.call("echo", value, seconds=1)
    assert instance.call("echo", 1, seconds=1) == 1


def test_a_payload_that_contains_itself_is_refused(load):
    loop: list = []
    loop.append(loop)
    with pytest.raises(SandboxError, match="the payload of echo is not JSON"):
        load(ECHO).call("echo", loop, seconds=1)


@pytest.mark.parametrize("text", [b"", b"{", b"nope", b" 1", b"[1,]"])
def test_payload_text_that_is_not_json_is_refused(load, text):
    instance = load(ECHO)
    with pytest.raises(SandboxError, match="the payload of echo cannot be read"):
        instance.call_json("echo", text, seconds=1)
    assert instance.generation == 1


def test_text_that_is_not_utf8_is_refused(load):
    instance = load(ECHO)
    with pytest.raises(SandboxError, match="not UTF-8"):
        instance.call_json("echo", b'"\xff"', seconds=1)
    with pytest.raises(SandboxError, match="not UTF-8"):
        instance.call("echo", msgspec.Raw(b'"\xff"'), seconds=1)
    with pytest.raises(SandboxError, match="not UTF-8"):
        instance.call("\ud800", seconds=1)
    assert instance.call("echo", "again", seconds=1) == "again"


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("float('nan')", "ValueError"),
        ("float('inf')", "ValueError"),
        ("'\\ud800'", "UnicodeEncodeError"),
        ("object()", "TypeError"),
        ("b'bytes'", "TypeError"),
        ("{(1, 2): 3}", "TypeError"),
        ("10 ** 5000", "ValueError"),
    ],
)
def test_results_that_are_not_json_are_the_plugins_error(load, expression, error):
    instance = load(f"import sys\ndef make(_): return {expression}\n")
    with pytest.raises(PluginRaised) as caught:
        instance.call("make", seconds=1)
    assert caught.value.type == error
    assert instance.generation == 1


def test_a_large_number_comes_out(load):
    assert load("def make(_): return 2 ** 64 - 1\n").call("make", seconds=1) == 2**64 - 1
