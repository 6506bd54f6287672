"""The example on the sandbox's page runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from jackfield.config import default_cache_dir

PAGE = Path(__file__).parents[2] / "docs/sandbox.md"


@pytest.mark.sandbox
def test_the_example_runs(engine, capsys):
    code = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)[1]
    directory = default_cache_dir()
    exec(code.replace('"engine-cache"', repr(str(directory))), {})
    assert "{'said': 'Hello Ada'}" in capsys.readouterr().out


def test_every_file_of_the_package_is_named():
    page = PAGE.read_text()
    for file in (PAGE.parents[1] / "src/jackfield/sandbox").glob("*.py"):
        if file.name != "__init__.py":
            assert f"`{file.name}`" in page, file.name
