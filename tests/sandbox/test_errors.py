from __future__ import annotations

import pytest

from jackfield.errors import PluginError, Unavailable
from jackfield.sandbox import (
    CallAborted,
    EngineUnavailable,
    LimitExceeded,
    PluginCrashed,
    PluginRaised,
    SandboxError,
)
from jackfield.sandbox.errors import format_amount


def test_all_are_errors_of_the_plugin_but_the_engine():
    for kind in (SandboxError, PluginRaised, LimitExceeded, PluginCrashed, CallAborted):
        assert issubclass(kind, PluginError)
    assert issubclass(EngineUnavailable, Unavailable)


def test_limit_exceeded_names_plugin_call_and_limit():
    error = LimitExceeded("greeter", "on_event", "memory_bytes", 64 << 20)
    assert str(error) == "greeter: the call on_event exceeded the limit memory_bytes of 64 MiB"
    assert (error.plugin, error.call, error.limit) == ("greeter", "on_event", "memory_bytes")
    assert error.value == 64 << 20
    assert error.instance_lost


def test_limit_exceeded_while_loading_says_so():
    error = LimitExceeded("greeter", "load", "load_seconds", 10.0, detail="it looped")
    assert str(error) == "greeter: loading it exceeded the limit load_seconds of 10 s: it looped"


def test_plugin_raised_keeps_the_parts():
    error = PluginRaised("KeyError", "'x'", "Traceback ...", plugin="greeter", call="on_event")
    assert str(error) == "greeter: KeyError: 'x', raised in on_event"
    assert (error.type, error.text, error.traceback) == ("KeyError", "'x'", "Traceback ...")


def test_plugin_crashed_says_what_the_interpreter_did():
    error = PluginCrashed("greeter", "on_event", "wasm trap: unreachable")
    assert str(error) == (
        "greeter: the interpreter was stopped in on_event: wasm trap: unreachable"
    )
    assert error.limit == "interpreter"
    assert error.value is None


@pytest.mark.parametrize(
    ("limit", "value", "text"),
    [
        ("memory_bytes", 64 << 20, "64 MiB"),
        ("output_bytes", 256 << 10, "256 KiB"),
        ("print_line_bytes", 2000, "2000 bytes"),
        ("filter_seconds", 0.05, "0.05 s"),
        ("seconds", 2, "2 s"),
        ("host_calls", 10_000, "10000"),
    ],
)
def test_amounts_read_well(limit, value, text):
    assert format_amount(limit, value) == text
