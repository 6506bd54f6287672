"""Plugins of several files."""

from __future__ import annotations

import pytest

from jackfield.sandbox import (
    PluginRaised,
)

pytestmark = pytest.mark.sandbox


def test_modules_by_path(load):
    instance = load(
        "import helpers\nfrom pkg.sub import two\ndef run(_): return [helpers.one(), two()]\n",
        modules={
            "helpers.py": "def one(): return 1\n",
            "pkg/__init__.py": "",
            "pkg/sub.py": "from .third import value\ndef two(): return value\n",
            "pkg/third.py": "value = 3\n",
        },
    )
    assert instance.call("run", seconds=1) == [1, 3]
    instance.restart()
    assert instance.call("run", seconds=1) == [1, 3]


def test_own_modules_win_over_the_library(load):
    source = "import queue, json\ndef run(_): return [queue.mine, json.dumps(1)]\n"
    assert load(source, modules={"queue": "mine = True\n"}).call("run", seconds=1) == [True, "1"]


def test_a_traceback_goes_through_modules(load):
    instance = load(
        "import helpers\ndef run(x): return helpers.divide(x)\n",
        modules={"lib/helpers.py": "", "helpers.py": "def divide(x):\n    return 1 / x\n"},
    )
    with pytest.raises(PluginRaised) as caught:
        instance.call("run", 0, seconds=1)
    assert 'File "helpers.py", line 2, in divide' in caught.value.traceback
    assert "    return 1 / x" in caught.value.traceback


def test_dataclasses_pickle_and_type_hints_find_the_plugins_module(load):
    source = (
        "from __future__ import annotations\n"
        "import dataclasses, pickle, typing\n"
        "@dataclasses.dataclass\n"
        "class Point:\n    x: int\n    origin: typing.ClassVar[int] = 0\n"
        "def run(x):\n"
        "    point = pickle.loads(pickle.dumps(Point(x)))\n"
        "    return [point.x, [f.name for f in dataclasses.fields(Point)],\n"
        "            str(typing.get_type_hints(Point)['x'])]\n"
    )
    assert load(source).call("run", 4, seconds=1) == [4, ["x"], "<class 'int'>"]
