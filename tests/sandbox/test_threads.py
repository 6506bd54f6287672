"""Several threads, several plugins: never two in one instance, truly at once in two."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from jackfield.sandbox import Instance, LimitExceeded, Limits, SandboxError

pytestmark = pytest.mark.sandbox

COUNTER = """
inside = 0
total = 0

def work(n):
    global inside, total
    inside += 1
    seen = inside
    sum(range(n))
    host_call("pause")
    total += 1
    inside -= 1
    return [seen, total]

def count(_):
    return total
"""


def test_two_threads_never_enter_one_instance(load):
    instance = load(COUNTER, host=lambda name, arguments: time.sleep(0))
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: instance.call("work", 200, seconds=5), range(800)))
    assert {seen for seen, _ in results} == {1}
    assert sorted(total for _, total in results) == list(range(1, 801))
    assert instance.generation == 1


def test_many_instances_at_once(load, engine):
    def use(number):
        with Instance(
            engine,
            f"mine = {number}\ndef run(x): return [mine, host_call('echo', x), print('x')]\n",
            name=f"p{number}",
            host=lambda name, arguments: arguments[0] + number,
            output=lambda channel, line: None,
        ) as instance:
            return [instance.call("run", x, seconds=5)[:2] for x in range(20)]

    with ThreadPoolExecutor(4) as pool:
        for number, results in enumerate(pool.map(use, range(40))):
            assert results == [[number, x + number] for x in range(20)]


def test_a_plugin_that_loops_does_not_hinder_another(load):
    looping = load("def run(_):\n    while True: pass\n", name="looping")
    calm = load("def run(x): return x\n", name="calm")

    def loop():
        with pytest.raises(LimitExceeded):
            looping.call("run", seconds=0.3)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(loop)
        answered = 0
        while not done.done():
            assert calm.call("run", answered, seconds=5) == answered
            answered += 1
        done.result()
    assert answered > 10
    assert calm.generation == 1


def test_stopping_one_plugin_leaves_the_others_that_run(load):
    stopped = [load("def run(_):\n    while True: pass\n", name=f"s{n}") for n in range(2)]
    busy = load("def run(n):\n    for _ in range(n): sum(range(1000))\n    return n\n")

    def stop(instance):
        for _ in range(3):
            with pytest.raises(LimitExceeded):
                instance.call("run", seconds=0.02)

    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(stop, instance) for instance in stopped]
        assert pool.submit(busy.call, "run", 5_000, seconds=20).result() == 5_000
        for job in jobs:
            job.result()
    assert busy.generation == 1


class Holder:
    """Keeps an instance busy inside a host call until told to go on."""

    def __init__(self, load, **options):
        self.inside, self.go_on = threading.Event(), threading.Event()
        source = "def hold(_): return host_call('hold')\ndef quick(x): return x\n"
        self.instance = load(source, host=self._hold, **options)
        self.thread = threading.Thread(target=self._run)
        self.error = None

    def _hold(self, name, arguments):
        self.inside.set()
        self.go_on.wait(20)

    def _run(self):
        try:
            self.instance.call("hold", seconds=5)
        except SandboxError as error:
            self.error = error

    def __enter__(self):
        self.thread.start()
        assert self.inside.wait(10)
        return self

    def __exit__(self, *_):
        self.go_on.set()
        self.thread.join(10)
        assert not self.thread.is_alive()


def test_a_filters_wait_counts_against_its_time(load):
    with Holder(load) as holder:
        with pytest.raises(LimitExceeded) as caught:
            holder.instance.call("quick", 1, seconds=0.05, wait_included=True)
        assert caught.value.limit == "filter_seconds"
        assert "it was busy" in str(caught.value)
        assert not caught.value.instance_lost
    assert holder.error is None
    assert holder.instance.call("quick", 1, seconds=0.05, wait_included=True) == 1
    assert holder.instance.generation == 1


def test_an_event_waits_its_turn(load):
    with Holder(load) as holder, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(holder.instance.call, "quick", 1, seconds=0.05)
        time.sleep(0.2)
        assert not waiting.done()
        holder.go_on.set()
        assert waiting.result(10) == 1


def test_no_wait_is_for_ever(load):
    with Holder(load, limits=Limits(wait_seconds=0.05)) as holder:
        with pytest.raises(LimitExceeded) as caught:
            holder.instance.call("quick", 1, seconds=1)
        assert (caught.value.limit, caught.value.value) == ("wait_seconds", 0.05)
        assert not caught.value.instance_lost


def test_the_memory_figure_does_not_wait(load):
    with Holder(load) as holder:
        assert holder.instance.memory_bytes == 0  # nothing known yet, and not the time to ask
    assert holder.instance.memory_bytes > 0


def test_close_stops_a_call_that_runs(load):
    instance = load("def run(_):\n    host_call('started')\n    while True: pass\n", host=print)
    started = threading.Event()
    instance._host = lambda name, arguments: started.set()

    def call():
        with pytest.raises(SandboxError, match="was closed during run"):
            instance.call("run", seconds=20)

    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(call)
        assert started.wait(10)
        before = time.monotonic()
        instance.close()
        job.result(10)
    assert time.monotonic() - before < 10


def test_calls_during_a_reload_wait_for_it(load):
    source = "import os\ndef crash(_): os._exit(1)\ndef alive(x): return x\n"
    instance = load(source)
    for number in range(10):
        with pytest.raises(SandboxError):
            instance.call("crash", seconds=1)
        assert instance.call("alive", number, seconds=1) == number
    assert instance.generation == 11


def test_the_next_call_waits_even_if_the_reload_has_not_begun(load, monkeypatch):
    source = "import os\ndef crash(_): os._exit(1)\ndef alive(x): return x\n"
    instance = load(source)
    revive = instance._revive

    def late():
        time.sleep(0.1)
        revive()

    monkeypatch.setattr(instance, "_revive", late)
    with pytest.raises(SandboxError):
        instance.call("crash", seconds=1)
    assert instance.call("alive", 1, seconds=1) == 1


def test_without_a_thread_the_reload_happens_at_once(load, monkeypatch):
    source = "import os\ndef crash(_): os._exit(1)\ndef alive(x): return x\n"
    instance = load(source)

    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(SandboxError):
        instance.call("crash", seconds=1)
    assert instance.generation == 2
    assert instance.call("alive", 1, seconds=1) == 1
