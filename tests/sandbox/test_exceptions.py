"""A plugin that raises, and what its author is told."""

from __future__ import annotations

import pytest

from jackfield.sandbox import (
    PluginRaised,
)

pytestmark = pytest.mark.sandbox


def test_an_exception_shows_the_authors_line(load):
    source = "def helper(x):\n    return 1 / x  # by zero\n\ndef run(x):\n    return helper(x)\n"
    instance = load(source, filename="greeter.py")
    with pytest.raises(PluginRaised) as caught:
        instance.call("run", 0, seconds=1)
    error = caught.value
    assert (error.type, error.text, error.call) == ("ZeroDivisionError", "division by zero", "run")
    assert error.traceback.splitlines()[:3] == [
        "Traceback (most recent call last):",
        '  File "greeter.py", line 5, in run',
        "    return helper(x)",
    ]
    assert '  File "greeter.py", line 2, in helper' in error.traceback
    assert "    return 1 / x  # by zero" in error.traceback
    assert "jackfield" not in error.traceback
    assert instance.generation == 1
    assert instance.call("run", 2, seconds=1) == 0.5


def test_a_syntax_error_shows_its_line(load):
    with pytest.raises(PluginRaised) as caught:
        load("x = 1\ndef broken(:\n    pass\n", filename="broken.py")
    assert caught.value.type == "SyntaxError"
    assert caught.value.call == "load"
    assert 'File "broken.py", line 2' in caught.value.traceback
    assert "def broken(:" in caught.value.traceback


def test_a_missing_module_is_explained(load):
    with pytest.raises(PluginRaised) as caught:
        load("import requests\n")
    assert caught.value.type == "ModuleNotFoundError"
    assert "No module named 'requests'" in caught.value.text
    assert "bundle a third-party package" in caught.value.text


@pytest.mark.parametrize("exception", ["SystemExit(3)", "KeyboardInterrupt()", "BaseException(1)"])
def test_no_exception_gets_past_the_call(load, exception):
    instance = load(f"def run(_): raise {exception}\n")
    with pytest.raises(PluginRaised) as caught:
        instance.call("run", seconds=1)
    assert caught.value.type == exception.partition("(")[0]
    assert instance.generation == 1


def test_an_exception_whose_text_cannot_be_made(load):
    source = (
        "class Bad(Exception):\n    def __str__(self): raise ValueError\ndef run(_): raise Bad\n"
    )
    with pytest.raises(PluginRaised) as caught:
        load(source).call("run", seconds=1)
    assert caught.value.type == "Bad"
    assert "could not be made" in caught.value.text


def test_an_exception_with_lone_surrogates_gets_across(load):
    with pytest.raises(PluginRaised):
        load("def run(_): raise ValueError('\\ud800')\n").call("run", seconds=1)


def test_a_huge_message_is_cut(load):
    with pytest.raises(PluginRaised) as caught:
        load("def run(_): raise ValueError('x' * 5_000_000)\n").call("run", seconds=1)
    assert len(caught.value.text) == 2_000
    assert len(caught.value.traceback) < 20_000
    assert "in run" in caught.value.traceback or caught.value.traceback.startswith("...")
