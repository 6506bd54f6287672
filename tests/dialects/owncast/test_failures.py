from __future__ import annotations

import pytest

from jackfield.dialects.owncast.failures import author_place, plugin_failure
from jackfield.errors import InvalidInput
from jackfield.sandbox.errors import LimitExceeded, PluginCrashed, PluginRaised, SandboxError

TRACE = """Traceback (most recent call last):
  File "src/plugin.py", line 3, in f
    helper.work()
  File "src/helper.py", line 9, in work
    owncast.users.list()
  File "/0/owncast_plugin/api/people.py", line 16, in list
  File "/python/json/__init__.py", line 16, in loads
  File "<string>", line 1, in x
PermissionMissing: no
"""


def test_the_place_is_the_last_of_the_authors_own() -> None:
    assert author_place(TRACE) == "src/helper.py:9"
    assert author_place("ValueError: no trace\n") is None


def test_an_exception_of_the_plugin() -> None:
    error = PluginRaised("PermissionMissing", "no", TRACE, plugin="bot", call="on_event")
    failure = plugin_failure(error, plugin="bot", call="event tick")
    assert (failure.kind, failure.call, failure.file) == ("raised", "event tick", "src/helper.py:9")
    assert failure.message == "PermissionMissing: no"
    assert failure.traceback == TRACE


def test_a_plugin_that_was_stopped_is_told_where() -> None:
    error = LimitExceeded("bot", "on_event", "event_seconds", 0.5, traceback=TRACE)
    failure = plugin_failure(error, plugin="bot", call="event tick")
    assert (failure.kind, failure.file, failure.traceback) == ("timeout", "src/helper.py:9", TRACE)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (LimitExceeded("bot", "on_event", "event_seconds", 0.5), "timeout"),
        (LimitExceeded("bot", "on_event", "seconds", 0.5), "timeout"),
        (LimitExceeded("bot", "on_event", "host_seconds", 60), "timeout"),
        (LimitExceeded("bot", "on_event", "memory_bytes", 1), "limit"),
        (LimitExceeded("bot", "on_event", "host_calls", 1), "limit"),
        (LimitExceeded("bot", "f", "output_bytes", 1, instance_lost=False), "limit"),
        (LimitExceeded("bot", "f", "wait_seconds", 1, instance_lost=False), "busy"),
        (LimitExceeded("bot", "f", "filter_seconds", 1, instance_lost=False), "busy"),
        (PluginCrashed("bot", "on_event", "abort"), "limit"),
        (SandboxError("could not be loaded again", plugin="bot"), "raised"),
        (InvalidInput("is missing", plugin="bot", file="plugin.py"), "raised"),
    ],
)
def test_kinds(error: SandboxError, kind: str) -> None:
    failure = plugin_failure(error, plugin="bot", call="event tick")
    assert failure.kind == kind
    assert failure.message == getattr(error, "what", error.message)
    assert failure.file == error.file
