"""Where a stopped plugin was, read from its memory."""

from __future__ import annotations

import textwrap
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.sandbox import LimitExceeded, PluginCrashed, standing
from jackfield.sandbox.standing import Frame, as_traceback, find_runtime, frames, line_of

pytestmark = pytest.mark.sandbox


def stopped(load, source: str, export: str = "run", **options) -> LimitExceeded:
    seconds = options.pop("seconds", 0.1)
    instance = load(textwrap.dedent(source), **options)
    with pytest.raises(LimitExceeded) as caught:
        instance.call(export, seconds=seconds)
    return caught.value


# -- in real plugins ----------------------------------------------------------------------------


def test_an_endless_loop_has_a_traceback(load) -> None:
    error = stopped(
        load,
        """
        from helper import spin

        def run(_):
            try:
                deeper(2)
            finally:
                pass

        def deeper(left):
            return deeper(left - 1) if left else spin()
        """,
        modules={"helper.py": "def spin():\n    while True:\n        x = 1\n"},
    )
    lines = error.traceback.splitlines()
    assert lines[0] == "Stopped (most recent call last):"
    assert lines[1:9] == [
        '  File "plugin.py", line 6, in run',
        "    deeper(2)",
        *['  File "plugin.py", line 11, in deeper',
          "    return deeper(left - 1) if left else spin()"] * 3,
    ]  # fmt: skip
    assert lines[9] in (
        '  File "helper.py", line 2, in spin',
        '  File "helper.py", line 3, in spin',
    )
    assert len(lines) == 11


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("sum(range(10**12))", '  File "plugin.py", line 2, in run'),
        ("import re; re.match('(a+)+$', 'a' * 40 + 'b')", '  File "plugin.py", line 2, in run'),
        ("import time; time.sleep(1)", '  File "plugin.py", line 2, in run'),
        ("[0 for _ in iter(int, 1)]", '  File "plugin.py", line 2, in run'),
        ("next(x for x in iter(int, 1) if x)", '  File "plugin.py", line 2, in <genexpr>'),
        ("(lambda: sum(range(10**12)))()", '  File "plugin.py", line 2, in <lambda>'),
    ],
)
def test_whatever_takes_long_has_one(load, body: str, place: str) -> None:
    assert place in stopped(load, f"def run(_):\n    {body}\n").traceback.splitlines()


def test_a_crash_has_one(load) -> None:
    error = stopped(load, "import os\ndef run(_):\n    os._exit(3)\n")
    assert isinstance(error, PluginCrashed)
    assert '  File "plugin.py", line 3, in run' in error.traceback.splitlines()


def test_a_stack_that_is_too_deep_has_its_end(load) -> None:
    source = """
    import sys
    def run(_):
        sys.setrecursionlimit(10**9)
        return deep()
    def deep():
        return [deep() for _ in range(1)]
    """
    error = stopped(load, source, seconds=30)
    assert error.limit == "stack_bytes"
    assert error.traceback.count('  File "plugin.py", line 7, in deep') == standing.MAX_FRAMES


def test_an_endless_import_has_one(load) -> None:
    from jackfield.sandbox import Limits

    with pytest.raises(LimitExceeded) as caught:
        load("x = 1\nwhile True: x += 1\n", limits=Limits(load_seconds=0.2))
    assert '  File "plugin.py", line 2, in <module>' in caught.value.traceback.splitlines()


def test_names_beyond_ascii_are_read(load) -> None:
    error = stopped(
        load, "def straße(_):\n    日本()\ndef 日本():\n    while True: pass\n", "straße"
    )
    found = error.traceback.splitlines()
    assert '  File "plugin.py", line 2, in straße' in found
    assert '  File "plugin.py", line 4, in 日本' in found


def test_a_function_with_a_made_up_name_writes_no_lines(load) -> None:
    source = r"""
    def run(_):
        space = {}
        code = compile("def f():\n    while True: pass", 'plugin.py"\n\x1b[31m', "exec")
        exec(code, space)
        space["f"]()
    """
    error = stopped(load, source)
    assert '  File "plugin.py???[31m", line 2, in f' in error.traceback.splitlines()


def test_a_plugin_that_hides_its_memory_is_stopped_all_the_same(load) -> None:
    source = """
    import sys
    sys.modules['jackfield_engine']._marked = b''
    kept = [bytes(32) for _ in range(10_000)]
    def run(_):
        while True: pass
    """
    error = stopped(load, source)
    assert (error.limit, error.traceback) == ("seconds", "")


# -- its parts ----------------------------------------------------------------------------------

LINES = """
def f(a,
      b=(1,
         2)):
    try:
        x = [i
             for i in a

             if i]
    except ValueError:
        raise
    finally:
        with a as y:
            z = f"{y}" \\
                "more"


    return (x,
            y,
            z)
"""


def test_the_location_table_is_read_as_python_reads_it() -> None:
    space: dict[str, object] = {}
    exec(LINES, space)
    code = space["f"].__code__  # type: ignore[attr-defined]
    checked = 0
    for start, end, line in code.co_lines():
        for offset in range(start, end, 2):
            if line is not None:
                assert line_of(code.co_linetable, code.co_firstlineno, offset // 2) == line
                checked += 1
    assert checked > 30


@given(st.binary(max_size=300), st.integers(0, 2**32), st.integers(-(2**31), 2**31))
def test_any_location_table_gives_a_line_or_nothing(table: bytes, first: int, unit: int) -> None:
    with suppress(standing.Unreadable, IndexError):
        assert isinstance(line_of(table, first, unit), int)


@given(st.binary(max_size=2_000), st.booleans())
def test_any_memory_gives_frames_or_none(memory: bytes, cookie: bool) -> None:
    if cookie:
        memory = standing.COOKIE + (standing.KNOWN_VERSION << 16).to_bytes(8, "little") + memory

    def read(offset: int, length: int) -> bytes:
        return memory[offset : offset + length]

    assert find_runtime(read, len(memory)) == (0 if cookie else None) or standing.COOKIE in memory
    assert isinstance(frames(read, 0), list)


def test_frames_that_go_in_a_circle_end() -> None:
    size = len(standing._FIELDS)
    values = dict.fromkeys(standing._FIELDS, 0)
    values["frame.owner"] = 8
    memory = bytearray(standing.COOKIE + (standing.KNOWN_VERSION << 16).to_bytes(8, "little"))
    for value in values.values():
        memory += value.to_bytes(8, "little")
    assert len(memory) == 16 + 8 * size

    def read(offset: int, length: int) -> bytes:
        if length == 1:
            return bytes([3])  # a frame of the interpreter's own
        if length == 4:
            return (64).to_bytes(4, "little")  # every pointer leads to the same place
        return bytes(memory[offset : offset + length])

    assert frames(read, 0) == []


def test_what_called_the_plugin_is_left_out() -> None:
    found = [Frame("/engine.py", 1, "call"), Frame("a.py", 2, "f"), Frame("/lib/x.py", 3, "g")]
    assert as_traceback(found, {"a.py": "one\n  two\n"}) == (
        "Stopped (most recent call last):\n"
        '  File "a.py", line 2, in f\n    two\n  File "/lib/x.py", line 3, in g\n'
    )
    assert as_traceback(found, {}) == ""
