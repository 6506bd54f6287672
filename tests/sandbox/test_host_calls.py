"""Calls out of a plugin."""

from __future__ import annotations

import msgspec
import pytest

from jackfield.sandbox import (
    CallAborted,
    Limits,
    PluginRaised,
    SandboxError,
)

pytestmark = pytest.mark.sandbox


def test_host_calls_get_names_and_values(load):
    source = "def run(x): return host_call('kv.set', 'key', x, None)\n"
    assert load(source).call("run", {"a": 1}, seconds=1) == ["kv.set", "key", {"a": 1}, None]


def test_host_calls_work_while_loading(load):
    load("assert host_call('hello') == ['hello']\n")


def test_a_host_function_that_raises_raises_in_the_plugin(load):
    def host(name, arguments):
        raise PermissionError("chat.send is not granted")

    source = (
        "def run(_):\n"
        "    try: host_call('chat.send')\n"
        "    except HostError as error: return [error.type, str(error)]\n"
    )
    instance = load(source, host=host)
    assert instance.call("run", seconds=1) == ["PermissionError", "chat.send is not granted"]


def test_a_host_error_that_is_not_caught_is_the_plugins(load):
    def host(name, arguments):
        raise ValueError("no")

    with pytest.raises(PluginRaised) as caught:
        load("def run(_): host_call('x')\n", host=host).call("run", seconds=1)
    assert caught.value.type == "HostError"
    assert "line 1, in run" in caught.value.traceback


def test_a_host_result_that_is_not_json_is_an_error_in_the_plugin(load):
    instance = load("def run(_): host_call('x')\n", host=lambda name, arguments: object())
    with pytest.raises(PluginRaised) as caught:
        instance.call("run", seconds=1)
    assert caught.value.type == "HostError"


def test_a_host_result_that_is_not_utf8_is_an_error_in_the_plugin(load):
    host = lambda name, arguments: msgspec.Raw(b'"\xff"')  # noqa: E731
    with pytest.raises(PluginRaised) as caught:
        load("def run(_): host_call('x')\n", host=host).call("run", seconds=1)
    assert caught.value.type == "HostError"


def test_host_arguments_that_are_not_json_are_the_plugins_error(load):
    with pytest.raises(PluginRaised) as caught:
        load("def run(_): host_call('x', object())\n").call("run", seconds=1)
    assert caught.value.type == "TypeError"


@pytest.mark.parametrize("call", ["'x', text", "text", "'x', {'deep': [text]}", "'x', {text: 1}"])
def test_a_lone_surrogate_in_a_host_call_is_an_error_that_the_plugin_can_catch(load, call):
    source = (
        "def run(text):\n"
        f"    try: return host_call({call})\n"
        "    except UnicodeEncodeError as error: return error.reason\n"
        "def cut(_): return run('\\N{WAVING HAND SIGN}'.encode('utf-16-le')[:2]"
        ".decode('utf-16-le', 'surrogatepass'))\n"
    )
    asked = []
    instance = load(source, host=lambda name, arguments: asked.append(name) or "answered")
    assert instance.call("cut", seconds=1) == "surrogates not allowed"
    assert not asked
    assert (
        instance.call(
            "run", "Gr\N{LATIN SMALL LETTER U WITH DIAERESIS}\N{WAVING HAND SIGN}", seconds=1
        )
        == "answered"
    )
    assert instance.generation == 1


def test_a_host_functions_name_that_is_no_text_is_the_plugins_error(load):
    instance = load("def run(name): host_call(name)\ndef fine(_): return 1\n")
    with pytest.raises(PluginRaised) as caught:
        instance.call("run", 5, seconds=1)
    assert caught.value.type == "AttributeError"
    assert instance.call("fine", seconds=1) == 1
    assert instance.generation == 1


def test_a_host_result_over_the_cap_is_an_error_in_the_plugin(load):
    limits = Limits(host_result_bytes=100)
    source = "def run(n): return len(host_call('x', n))\n"
    instance = load(source, host=lambda name, arguments: "y" * arguments[0], limits=limits)
    assert instance.call("run", 98, seconds=1) == 98  # two quotes
    with pytest.raises(PluginRaised) as caught:
        instance.call("run", 99, seconds=1)
    assert caught.value.type == "HostError"


def test_a_host_function_may_end_the_call(load):
    def host(name, arguments):
        raise CallAborted("the host is not allowed", plugin="demo")

    source = "def run(_):\n    try: host_call('x')\n    except BaseException: return 'caught'\n"
    instance = load(source, host=host)
    with pytest.raises(CallAborted, match="the host is not allowed"):
        instance.call("run", seconds=1)
    with pytest.raises(SandboxError, match="no export"):
        instance.call("other", seconds=1)
    assert instance.generation == 2


def test_keyboard_interrupt_in_a_host_function_is_not_swallowed(load):
    def host(name, arguments):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load("def run(_): host_call('x')\n", host=host).call("run", seconds=1)


def test_a_call_from_within_a_call_is_refused(load):
    instances = []

    def host(name, arguments):
        return instances[0].call("inner", seconds=1)

    source = "def run(_): return host_call('again')\ndef inner(_): return 1\n"
    instances.append(load(source, host=host))
    with pytest.raises(PluginRaised, match="inner was called from within a call of the same") as c:
        instances[0].call("run", seconds=1)
    assert c.value.type == "HostError"
    assert instances[0].call("inner", seconds=1) == 1


def test_a_ring_of_plugins_is_refused_too(load):
    plugins = {}

    def host(name, arguments):
        return plugins[name].call("run", arguments[0] - 1, seconds=1)

    source = "def run(n): return host_call({other!r}, n) if n else 'done'\n"
    plugins["a"] = load(source.format(other="b"), name="a", host=host)
    plugins["b"] = load(source.format(other="a"), name="b", host=host)
    assert plugins["a"].call("run", 1, seconds=1) == "done"
    with pytest.raises(PluginRaised, match="from within a call of the same plugin"):
        plugins["a"].call("run", 2, seconds=1)
