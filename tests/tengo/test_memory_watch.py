"""Scripts that hold too much, and those that only use a lot on the way."""

from __future__ import annotations

import threading

import pytest

from jackfield.tengo import Limits, RunError, memory_watch, run
from jackfield.tengo.errors import MemoryLimitError

MIB = 1024 * 1024
LIMITS = Limits(memory=24 * MIB, seconds=1000, string_bytes=16 * MIB, bytes_length=16 * MIB)

HOARDERS = {
    "texts": 'text := import("text"); a := []; i := 0\n'
    'for { i++; a = append(a, text.repeat("x", 1000000) + string(i)) }',
    "numbers": "a := []; for i := 1000; true; i++ { a = append(a, i) }",
    "maps": "a := {}; for i := 0; true; i++ { a[string(i)] = [i] }",
    "bytes": "a := []; for { a = append(a, bytes(1000000)) }",
    "in a closure": "f := func() { a := []; return func() { a = append(a, bytes(1000000)) } }()\n"
    "for { f() }",
    "nested": "f := func(x) { return f([x, bytes(1000000)]) }; f(1)",
    "many places": "a := []; for i := 0; i < 3000000; i++ { a = append(a, 1) }; "
    "for b := []; true; b = append(b, a[1:] + [1]) {}",
    "errors": "a := []; for { a = append(a, error(bytes(1000000))) }",
}


@pytest.mark.parametrize("name", HOARDERS)
def test_who_holds_too_much_is_ended(name: str) -> None:
    with pytest.raises(MemoryLimitError, match="memory limit exceeded") as error:
        run(HOARDERS[name], stdlib="all", limits=LIMITS)
    assert str(error.value).startswith("Runtime Error: memory limit exceeded\n\tat (main):")
    assert isinstance(error.value, RunError)


def test_what_is_let_go_counts_for_nothing() -> None:
    source = """
    text := import("text")
    total := 0
    for i := 0; i < 400; i++ {
        s := text.repeat("x", 1000000) + string(i)
        total += len(s)
    }
    """
    found = run(source, stdlib="all", limits=LIMITS)
    assert found["total"] == 400 * 1_000_000 + sum(len(str(n)) for n in range(400))


def test_one_that_hoards_ends_no_other() -> None:
    ends: dict[str, object] = {}
    source = "a := 0; for i := 0; i < 6000000; i++ { a += i }"

    def go(name: str, text: str) -> None:
        try:
            ends[name] = run(text, stdlib="all", limits=LIMITS).get("a")
        except RunError as error:
            ends[name] = error.message

    threads = [
        threading.Thread(target=go, args=("modest", source)),
        threading.Thread(target=go, args=("hoarder", HOARDERS["texts"])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends == {"modest": 17999997000000, "hoarder": "memory limit exceeded"}


def test_systems_that_do_not_tell_their_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_watch, "_STATM", memory_watch._STATM.with_name("nothing"))
    monkeypatch.setattr(memory_watch, "WITHOUT_SIZE_SECONDS", 0.02)
    assert memory_watch.process_bytes() is None
    with pytest.raises(MemoryLimitError):
        run(HOARDERS["bytes"], limits=LIMITS)


def test_time_still_ends_a_run() -> None:
    with pytest.raises(RunError, match="time limit exceeded"):
        run("for {}", limits=Limits(memory=48 * MIB, seconds=0.05))


def test_without_a_time_a_run_ends_by_itself() -> None:
    assert run("a := 1", limits=Limits(memory=48 * MIB))["a"] == 1


def test_the_size_of_a_process_is_plausible() -> None:
    size = memory_watch.process_bytes()
    assert size is None or size > 10 * MIB
