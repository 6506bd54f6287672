from __future__ import annotations

import ast
import gc
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

import jackfield
from jackfield.plugins import syntax_trees
from jackfield.plugins.syntax_trees import parsed

SOURCE = "".join(f"def f{n}(a, b=[{{'x': (1, {n})}}]):\n    return a + b\n" for n in range(400))


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads change, and garbage is collected, as often as can be."""
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(50, 2, 2)
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*threshold)


class Garbage:
    """Runs Python when it is collected, amidst of whatever is being made."""

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        for _ in range(20):
            pass


@pytest.mark.usefixtures("restless")
def test_many_threads_make_trees_at_once() -> None:
    """Without taking turns, CPython 3.11 raises SystemError in some of them, each time."""

    def make(_: int) -> int:
        for _ in range(30):
            Garbage()
        return len(parsed(SOURCE).body)

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(make, range(64))) == {400}


def test_what_is_wrong_is_said_with_the_file() -> None:
    with pytest.raises(SyntaxError) as caught:
        parsed(b"x = 1\ndef (:\n", "a/b.py")
    assert (caught.value.filename, caught.value.lineno) == ("a/b.py", 2)


def test_nothing_is_said_of_escapes() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert isinstance(parsed("x = '\\d'"), ast.Module)


@pytest.mark.parametrize(("failures", "tries"), [(2, 3), (99, 5)])
def test_what_another_library_confused_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, failures: int, tries: int
) -> None:
    asked: list[str] = []

    def confused(source: str, path: str) -> ast.Module:
        asked.append(path)
        if len(asked) <= failures:
            raise SystemError("AST constructor recursion depth mismatch")
        return ast.Module([], [])

    monkeypatch.setattr(syntax_trees, "ast", SimpleNamespace(parse=confused))
    with suppress(SystemError) if failures > tries else nullcontext():
        assert parsed("", "p").body == []
    assert asked == ["p"] * tries


def test_nobody_in_the_host_makes_trees_past_it() -> None:
    """Each that did would confuse the others."""
    root = Path(jackfield.__file__).parent
    elsewhere = {"plugins/syntax_trees.py", "sandbox/build.py"}  # the latter when a wheel is built
    found = [
        name
        for file in root.rglob("*.py")
        if "ast.parse(" in file.read_text()
        and (name := file.relative_to(root).as_posix()) not in elsewhere
        and not name.startswith("sandbox/guest/")
    ]
    assert found == []
