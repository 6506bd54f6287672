"""What a call into a sandboxed plugin costs, next to the ways one might do without the sandbox.

    python bench/sandbox.py [--json] [--rounds N] [--plugins N]

All variants take turns in short rounds, so that a change of the machine's speed meets all of them;
compare ratios, not microseconds. A ratio is the median of the rounds' own ratios.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import multiprocessing
import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import extism
import pluggy
import wasmtime

from jackfield.config import default_cache_dir
from jackfield.sandbox import EngineCache, Instance

EVENT = {"body": "hi"}
EVENT_JSON = b'{"body":"hi"}'
SECONDS = 0.5

PLUGIN = """
def noop(event):
    return {"ok": True}

def hostcall(event):
    return host_call("chat.send", event["body"])

def burn(rounds):
    total = 0
    for number in range(rounds):
        total += number * number % 7
    return total
"""

HANDLER = '''

class Viewer{n}:
    """Keeps what is known of one viewer."""

    limit = {n}

    def __init__(self, name, count=0):
        self.name = name
        self.count = count
        self.seen = {{}}

    def take(self, event):
        body = event.get("body", "").strip()
        if not body:
            return None
        self.seen[body] = self.seen.get(body, 0) + 1
        if self.seen[body] > self.limit:
            return {{"action": "drop", "reason": f"{{self.name}} repeats"}}
        return {{"action": "pass", "body": body.upper()}}


def on_event_{n}(event):
    viewer = Viewer{n}(event.get("user", "?"))
    return viewer.take(event)
'''

CHILD = """
import json, sys
for line in sys.stdin:
    event = json.loads(line)
    sys.stdout.write(json.dumps({"ok": True}) + "\\n")
    sys.stdout.flush()
"""

ECHO = """
(module
  (import "extism:host/env" "input_offset" (func $input_offset (result i64)))
  (import "extism:host/env" "input_length" (func $input_length (result i64)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (memory (export "memory") 1)
  (func (export "noop") (result i32)
    (call $output_set (call $input_offset) (call $input_length))
    (i32.const 0)))
"""


def answer(connection: Any) -> None:
    """The child's side of `Pipe`."""
    with contextlib.suppress(EOFError):
        while True:
            json.loads(connection.recv_bytes())
            connection.send_bytes(json.dumps({"ok": True}).encode())


class Pipe:
    """A child Python at the other end of a `multiprocessing.Pipe`, JSON both ways: what a plugin
    host without a sandbox would use to keep plugins apart."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self.child = context.Process(target=answer, args=(other,), daemon=True)
        self.child.start()
        other.close()

    def call(self) -> Any:
        self.connection.send_bytes(json.dumps(EVENT).encode())
        return json.loads(self.connection.recv_bytes())

    def close(self) -> None:
        self.connection.close()
        self.child.join()


class BarePipe:
    """The shortest way to a child Python: lines of JSON over its standard streams."""

    def __init__(self) -> None:
        command = [sys.executable, "-I", "-c", CHILD]
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def call(self) -> Any:
        self.child.stdin.write(json.dumps(EVENT).encode() + b"\n")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())

    def close(self) -> None:
        self.child.communicate()


def pluggy_hook() -> Callable[[], Any]:
    """A pluggy hook with one plugin."""
    spec, impl = pluggy.HookspecMarker("bench"), pluggy.HookimplMarker("bench")

    class Spec:
        @spec
        def noop(self, event: Any) -> Any: ...

    class Plugin:
        @impl
        def noop(self, event: Any) -> Any:
            return {"ok": True}

    manager = pluggy.PluginManager("bench")
    manager.add_hookspecs(Spec)
    manager.register(Plugin())
    return lambda: manager.hook.noop(event=EVENT)


def extism_noop() -> Callable[[], Any]:
    """Extism's Python SDK calling a plugin of five instructions, without an interpreter."""
    plugin = extism.Plugin(bytes(wasmtime.wat2wasm(ECHO)))
    assert plugin.call("noop", EVENT_JSON) == EVENT_JSON
    return lambda: plugin.call("noop", EVENT_JSON)


def measure(
    variants: dict[str, Callable[[], Any]], rounds: int, calls: int
) -> dict[str, list[float]]:
    """Microseconds a call, per variant and round."""
    times: dict[str, list[float]] = {name: [] for name in variants}
    gc.disable()
    for _ in range(rounds):
        for name, call in variants.items():
            started = time.perf_counter()
            for _ in range(calls):
                call()
            times[name].append((time.perf_counter() - started) / calls * 1e6)
        gc.collect()
    gc.enable()
    return times


def ratio(times: dict[str, list[float]], one: str, other: str) -> float:
    pairs = zip(times[one], times[other], strict=True)
    return round(statistics.median(a / b for a, b in pairs), 3)


def parallel_ratio(instances: list[Instance], rounds: int) -> float:
    """Time of two CPU-bound plugins on two threads, as a part of one after the other."""
    work = 600_000

    def burn(instance: Instance) -> None:
        instance.call("burn", work, seconds=20)

    serial, parallel = [], []
    for _ in range(rounds):
        started = time.perf_counter()
        for instance in instances:
            burn(instance)
        serial.append(time.perf_counter() - started)
        threads = [threading.Thread(target=burn, args=(i,)) for i in instances]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        parallel.append(time.perf_counter() - started)
    # The best of each: a core that something else uses says nothing about the sandbox.
    return round(min(parallel) / min(serial), 3)


def source_of_200_lines(number: int) -> str:
    """A plugin of 200 lines, never the same twice: nothing of it can have been compiled before."""
    handlers = "".join(HANDLER.format(n=number * 10 + k) for k in range(9))
    return "import re\n" + "".join(handlers.splitlines(keepends=True)[:199])


def start_times(engine: Any, rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds of first starts and of reloads."""
    starts, reloads = [], []
    for number in range(rounds):
        source = source_of_200_lines(number)
        assert len(source.splitlines()) == 200
        started = time.perf_counter()
        instance = make_instance(engine, source)
        starts.append((time.perf_counter() - started) * 1e3)
        started = time.perf_counter()
        instance.restart()
        reloads.append((time.perf_counter() - started) * 1e3)
        instance.close()
    return starts, reloads


def make_instance(engine: Any, source: str, name: str = "bench") -> Instance:
    return Instance(
        engine, source, name=name, host=lambda _n, a: a[0], output=lambda channel, line: None
    )


def pss_bytes() -> int:
    """This process's proportional set size: shared pages counted by their share."""
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("no Pss in /proc/self/smaps_rollup")


def pss_per_plugin(directory: Path, plugins: int) -> float:
    """MB for each of `plugins` plugins, in a process of their own."""
    command = [sys.executable, __file__, "--pss", str(plugins), "--cache", str(directory)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def print_pss(directory: Path, plugins: int) -> None:
    engine = EngineCache(directory).load()
    instances = []
    before = 0
    for number in range(plugins + 1):
        if number == 1:  # the first one brings the shared image into memory
            before = pss_bytes()
        instance = make_instance(engine, PLUGIN, f"plugin-{number}")
        for _ in range(20):
            instance.call("hostcall", EVENT, seconds=SECONDS)
        instances.append(instance)
    print((pss_bytes() - before) / plugins / 1e6)


def run(directory: Path, rounds: int, plugins: int) -> dict[str, Any]:
    """All measurements; keys as in the printed JSON."""
    cache = EngineCache(directory)
    cache.compile(lambda line: print(line, file=sys.stderr))
    loads = []
    for _ in range(5):
        started = time.perf_counter()
        engine = cache.load()
        loads.append((time.perf_counter() - started) * 1e3)
    first, second = make_instance(engine, PLUGIN), make_instance(engine, PLUGIN)
    pipe, bare_pipe = Pipe(), BarePipe()
    variants = {
        "plain": lambda: (lambda event: {"ok": True})(EVENT),
        "pluggy": pluggy_hook(),
        "pipe": pipe.call,
        "bare_pipe": bare_pipe.call,
        "extism": extism_noop(),
        "noop": lambda: first.call("noop", EVENT, seconds=SECONDS),
        "noop_json": lambda: first.call_json("noop", EVENT_JSON, seconds=SECONDS),
        "hostcall": lambda: first.call("hostcall", EVENT, seconds=SECONDS),
    }
    calls = measure(variants, rounds, 200)
    pipe.close()
    bare_pipe.close()
    starts, reloads = start_times(engine, max(rounds // 2, 5))
    return {
        "noop_vs_pipe": ratio(calls, "noop", "pipe"),
        "noop_vs_bare_pipe": ratio(calls, "noop", "bare_pipe"),
        "noop_vs_extism": ratio(calls, "noop", "extism"),
        "hostcall_vs_pipe": ratio(calls, "hostcall", "pipe"),
        "noop_vs_plain": ratio(calls, "noop", "plain"),
        "noop_vs_pluggy": ratio(calls, "noop", "pluggy"),
        "parallel_vs_serial": parallel_ratio([first, second], 7),
        "start_200_lines_ms": round(statistics.median(starts), 2),
        "reload_200_lines_ms": round(statistics.median(reloads), 2),
        "load_engine_ms": round(statistics.median(loads), 2),
        "pss_mb_per_plugin": round(pss_per_plugin(directory, plugins), 3),
        "plugins": plugins,
        "microseconds": {
            name: {"median": round(statistics.median(each), 2), "min": round(min(each), 2)}
            for name, each in calls.items()
        },
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }


def show(result: dict[str, Any]) -> None:
    print(f"{'one call':<34}{'median us':>10}{'min us':>10}{'to pipe':>9}")
    labels = {
        "plain": "plain Python call",
        "pluggy": "pluggy hook",
        "pipe": "JSON, multiprocessing.Pipe",
        "bare_pipe": "JSON lines, standard streams",
        "extism": "Extism no-op, no interpreter",
        "noop": "sandbox, object to object",
        "noop_json": "sandbox, JSON text to JSON text",
        "hostcall": "sandbox, with one host call",
    }
    pipe = result["microseconds"]["pipe"]["median"]
    for name, times in result["microseconds"].items():
        median = times["median"]
        print(f"{labels[name]:<34}{median:>10.2f}{times['min']:>10.2f}{median / pipe:>9.3f}")
    print()
    for name, value in result.items():
        if isinstance(value, float):
            print(f"{name:<34}{value:>10}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=41)
    parser.add_argument("--plugins", type=int, default=300, help="live plugins for memory")
    default = default_cache_dir()
    parser.add_argument("--cache", type=Path, default=default, help=f"default {default}")
    parser.add_argument("--pss", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.pss:
        print_pss(arguments.cache, arguments.pss)
        return
    result = run(arguments.cache, arguments.rounds, arguments.plugins)
    if arguments.json:
        print(json.dumps(result))
    else:
        show(result)


if __name__ == "__main__":
    main()
