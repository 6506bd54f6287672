"""Which file and line of a plugin did it."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from types import ModuleType
from unittest.mock import MagicMock

import pytest

from jackfield.dialects.dispatcharr.plugin_process import blame
from jackfield.dialects.dispatcharr.plugin_process.blame import Spot

SOURCE = """
import json
def fail():
    json.loads("{")
def wrap():
    try:
        fail()
    except ValueError as error:
        raise RuntimeError("wrapped") from error
class Thing:
    def method(self):
        return 1
"""

DUMP = """Fatal Python error: Segmentation fault

Thread 0x01 (most recent call first):
  File "/usr/lib/python3/threading.py", line 5 in wait
  File "{root}/plugin.py", line 3 in waits

Current thread 0x02 (most recent call first):
  File "/usr/lib/python3/ctypes.py", line 9 in string_at
  File "{root}/deep/helper.py", line 7 in crash
  File "/x/holding.py", line 1 in run

Thread 0x03 (most recent call first):
  File "/usr/lib/python3/threading.py", line 5 in wait
"""


@pytest.fixture
def module(tmp_path: Path) -> ModuleType:
    file = tmp_path / "plugin.py"
    file.write_text(SOURCE)
    spec = importlib.util.spec_from_file_location("blamed", file)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def raised(call: object) -> BaseException:
    with pytest.raises(BaseException) as caught:
        call()  # type: ignore[operator]
    return caught.value


def test_the_last_line_of_the_plugin_on_the_way(module: ModuleType, tmp_path: Path) -> None:
    spot = blame.of_exception(raised(module.fail), str(tmp_path))
    assert spot == Spot("plugin.py", 4, "fail")
    assert str(spot) == "plugin.py:4 in fail"
    assert blame.of_exception(raised(module.wrap), str(tmp_path)) == Spot("plugin.py", 9, "wrap")


def test_what_is_not_the_plugins_has_no_spot(tmp_path: Path) -> None:
    assert blame.of_exception(ValueError("x"), str(tmp_path)) is None
    assert blame.of_object(len, str(tmp_path)) is None
    assert blame.of_object(functools.partial(len), str(tmp_path)) is None


def test_an_exception_that_wraps_the_plugins_leads_to_it(
    module: ModuleType, tmp_path: Path
) -> None:
    outer = RuntimeError("ours")
    outer.__cause__ = raised(module.fail)
    assert blame.of_exception(outer, str(tmp_path)) == Spot("plugin.py", 4, "fail")


def test_a_syntax_error_is_where_it_is(tmp_path: Path) -> None:
    file = tmp_path / "bad.py"
    file.write_text("x = 1\ndef f(:\n")
    error = raised(lambda: compile(file.read_text(), str(file), "exec"))
    assert blame.of_exception(error, str(tmp_path)) == Spot("bad.py", 2)


def test_the_traceback_begins_in_the_plugin(module: ModuleType, tmp_path: Path) -> None:
    shown = blame.shown_traceback(raised(module.fail), str(tmp_path))
    assert shown.startswith("Traceback (most recent call last):\n  File")
    assert "plugin.py" in shown.splitlines()[1]
    assert "JSONDecodeError" in shown
    assert "test_blame" not in shown


def test_where_functions_and_classes_come_from(module: ModuleType, tmp_path: Path) -> None:
    root = str(tmp_path)
    assert blame.of_object(module.fail, root) == Spot("plugin.py", 3, "fail")
    assert blame.of_object(functools.partial(module.fail), root) == Spot("plugin.py", 3, "fail")
    assert blame.of_object(module.Thing().method, root) == Spot("plugin.py", 11, "method")
    assert blame.of_object(module.Thing, root) == Spot("plugin.py", 11, "method")
    assert blame.of_object(property(module.fail), root) == Spot("plugin.py", 3, "fail")
    assert blame.of_object(MagicMock(side_effect=module.fail), root) is None


def test_a_dump_names_the_thread_that_crashed(tmp_path: Path) -> None:
    dump = DUMP.format(root=tmp_path)
    assert blame.of_dump(dump, str(tmp_path)) == Spot("deep/helper.py", 7, "crash")
    shown = blame.plugin_threads(dump, str(tmp_path))
    assert "waits" in shown and "crash" in shown and "0x03" not in shown
    assert blame.of_dump("", str(tmp_path)) is None
    assert blame.plugin_threads("nothing", str(tmp_path)) == "nothing"


def test_a_file_is_inside_by_its_real_path(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert blame.inside(str(tmp_path / "link" / "a.py"), str(tmp_path / "real")) == "a.py"
    assert blame.inside(str(tmp_path / "real2" / "a.py"), str(tmp_path / "real")) is None
