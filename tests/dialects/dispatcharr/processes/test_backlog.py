"""How much may wait."""

from __future__ import annotations

import threading

from jackfield.dialects.dispatcharr.processes.backlog import Backlog


def test_so_many_and_no_more() -> None:
    backlog = Backlog(2, 1000)
    assert backlog.admit(1) and backlog.admit(1)
    assert not backlog.admit(1)
    backlog.done(1)
    assert backlog.admit(1)


def test_so_large_and_no_larger() -> None:
    backlog = Backlog(10, 1000)
    assert backlog.admit(600)
    assert not backlog.admit(401)
    assert backlog.admit(400)
    backlog.done(600)
    assert backlog.admit(600)


def test_one_alone_may_have_any_size() -> None:
    backlog = Backlog(10, 1000)
    assert backlog.admit(5000)
    assert not backlog.admit(1)
    backlog.done(5000)
    assert backlog.admit(1)


def test_one_waits_until_there_is_room() -> None:
    backlog = Backlog(1, 1000)
    backlog.wait(1)
    waiting = threading.Thread(target=backlog.wait, args=(1,), daemon=True)
    waiting.start()
    waiting.join(0.05)
    assert waiting.is_alive()
    backlog.done(1)
    waiting.join(20)
    assert not waiting.is_alive()
