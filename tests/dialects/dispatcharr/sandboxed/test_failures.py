"""What went wrong in the sandbox, in words."""

from __future__ import annotations

import pytest

from jackfield.dialects.dispatcharr.sandboxed.failures import LACKS, reported, spot_of, stopped
from jackfield.sandbox.errors import LimitExceeded, PluginCrashed, PluginRaised, SandboxError

TRACE = """Traceback (most recent call last):
  File "sandbox.py", line 3, in run
  File "_jackfield/guest.py", line 70, in run
  File "mine/plugin.py", line 12, in run
    work()
  File "mine/lib/helper.py", line 4, in work
    re.match(x)
  File "/python/re/__init__.py", line 167, in match
MemoryError"""


def test_the_place_is_the_last_of_the_plugins_own() -> None:
    assert spot_of(TRACE, "mine") == "lib/helper.py:4 in work"
    assert spot_of(TRACE, "other") == ""
    assert spot_of('  File "mine/plugin.py", line 3\n    def (:', "mine") == "plugin.py:3"


@pytest.mark.parametrize(
    ("error", "text", "kind"),
    [
        (
            LimitExceeded("p", "run", "seconds", 3600),
            "did not end within 3600 seconds and was",
            "timeout",
        ),
        (
            LimitExceeded("p", "run", "load_seconds", 120),
            "did not end within 120 seconds",
            "timeout",
        ),
        (
            LimitExceeded("p", "run", "event_seconds", 0.5),
            "did not end within 0.5 seconds",
            "timeout",
        ),
        (
            LimitExceeded("p", "run", "memory_bytes", 2**26),
            "took more than 64 MiB of memory",
            "limit",
        ),
        (LimitExceeded("p", "run", "stack_bytes", 1024), "exceeded the limit stack_bytes", "limit"),
        (LimitExceeded("p", "run", "host_calls", 9), "exceeded the limit host_calls of 9", "limit"),
        (
            LimitExceeded("p", "run", "output_bytes", 2**24, instance_lost=False),
            "its result is larger than 16 MiB",
            "raised",
        ),
        (
            LimitExceeded("p", "run", "payload_bytes", 2**24, instance_lost=False),
            "its parameters are larger than 16 MiB",
            "raised",
        ),
        (
            LimitExceeded("p", "run", "wait_seconds", 30, instance_lost=False),
            "was busy for 30 s",
            "busy",
        ),
        (
            PluginCrashed("p", "run", "unreachable"),
            "the interpreter was stopped: unreachable",
            "limit",
        ),
        (
            PluginRaised("UnicodeEncodeError", "no", TRACE, plugin="p", call="run"),
            "UnicodeEncodeError: no",
            "raised",
        ),
        (
            SandboxError("could not be loaded again", plugin="p"),
            "could not be loaded again",
            "raised",
        ),
    ],
)
def test_each_way_to_be_stopped(error: SandboxError, text: str, kind: str) -> None:
    failure = stopped(error, plugin="mine", call="action go", package="mine")
    assert failure.message.startswith(text)
    assert (failure.kind, failure.call, failure.plugin) == (kind, "action go", "mine")


def test_the_place_is_in_the_message_and_the_traceback_begins_there() -> None:
    error = LimitExceeded("mine", "run", "memory_bytes", 2**26, traceback=TRACE)
    failure = stopped(error, plugin="mine", call="action go", package="mine")
    assert failure.message.endswith(" (mine: lib/helper.py:4 in work)")
    assert failure.traceback.splitlines()[:2] == [
        "Traceback (most recent call last):",
        '  File "mine/plugin.py", line 12, in run',
    ]
    known = stopped(error, plugin="mine", call="x", package="mine", spot="plugin.py:1 in stop")
    assert known.message.endswith(" (mine: plugin.py:1 in stop)")


def test_what_the_plugin_raised() -> None:
    failed = {
        "message": "boom",
        "type": "ValueError",
        "spot": "plugin.py:3 in run",
        "traceback": "T",
    }
    failure = reported(failed, plugin="mine", call="action go")
    assert (failure.message, failure.traceback) == ("boom (mine: plugin.py:3 in run)", "T")
    lacking = reported({**failed, "lacks": True}, plugin="mine", call="x", way_out="do this")
    assert lacking.message == f"boom (mine: plugin.py:3 in run); {LACKS}; do this"
    missing = reported({"type": "NotThere", "message": "imports x", "lacks": True},
                       plugin="mine", call="load", way_out="do this")  # fmt: skip
    assert missing.message == "imports x (mine); do this"


@pytest.mark.parametrize(
    "failed", [{}, {"message": None}, {"message": [1], "spot": 5, "lacks": {}}]
)
def test_whatever_it_makes_up_is_shown(failed: dict[str, object]) -> None:
    assert "mine" in reported(failed, plugin="mine", call="x").message


def test_what_it_makes_up_has_bounds() -> None:
    failure = reported({"message": "x" * 10**6, "spot": "y" * 10**6, "traceback": "z" * 10**6},
                       plugin="mine", call="x")  # fmt: skip
    assert len(failure.message) < 9_000
    assert len(failure.traceback) < 20_000
