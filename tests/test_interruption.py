"""An exception for another thread never arrives inside a tracer."""

from __future__ import annotations

import threading
import types

import pytest

from jackfield import interruption
from jackfield.interruption import raise_in


class Sent(Exception):
    """What is raised in the other thread."""


def test_it_waits_until_a_tracer_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interruption, "_LOOKS", 30_000)
    inside, stay, found = threading.Event(), [True], []
    tracer = types.ModuleType("coverage.imagined")
    tracer.__dict__.update(inside=inside, stay=stay, found=found)
    source = (
        "def locked():\n"
        "    try:\n"
        "        inside.set()\n"
        "        while stay: pass\n"
        "    except BaseException as error:\n"
        "        found.append(f'inside: {error!r}')\n"
    )
    exec(source, tracer.__dict__)

    def traced() -> None:
        try:
            tracer.locked()
            for _ in range(10**9):
                pass
        except Sent:
            found.append("outside")

    thread = threading.Thread(target=traced, daemon=True)
    thread.start()
    assert inside.wait(20)
    assert thread.ident is not None
    sender = threading.Thread(target=raise_in, args=(thread.ident, Sent), daemon=True)
    sender.start()
    sender.join(0.2)
    assert sender.is_alive()
    stay.clear()
    thread.join(60)
    assert found == ["outside"]


def test_a_thread_that_is_gone_hears_nothing() -> None:
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()
    assert thread.ident is not None
    raise_in(thread.ident, Sent)
