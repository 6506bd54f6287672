from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from plugins.stage import Stage, stage


@pytest.fixture
def src(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    return tmp_path / "src"


@pytest.fixture
def lit(tmp_path: Path) -> Iterator[Stage]:
    """A stage whose host is started."""
    with stage(tmp_path / "data") as made:
        made.registry.start()
        yield made
