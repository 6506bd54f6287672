"""The code in the page for authors does what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "owncast-plugins.md"


def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, tests = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    (tmp_path / "src").mkdir()
    (tmp_path / "src/plugin.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(tests, names)
    names["test_greets"]()
