"""Hosts for the tests of background work; their processes find the modules beside this file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from task_host import SmallHost

FOLDER = Path(__file__).parent


@pytest.fixture(scope="session")
def _path() -> Iterator[None]:
    """The processes find the modules beside this file."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(FOLDER) + (f":{before}" if before else "")
    yield
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before


@pytest.fixture(scope="session")
def _shared_host(_path: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallHost]:
    host = SmallHost(tmp_path_factory.mktemp("host") / "dispatcharr")
    yield host
    host.close()


@pytest.fixture
def host(_shared_host: SmallHost) -> Iterator[SmallHost]:
    """A host whose worker keeps its queues in memory; shared by the tests of this process."""
    _shared_host.said.clear()
    yield _shared_host
    for key in list(_shared_host.plugins):
        _shared_host.drop(key)


@pytest.fixture
def new_host(_path: None, tmp_path: Path) -> Iterator[Callable[..., SmallHost]]:
    """Makes hosts of the test's own."""
    made: list[SmallHost] = []

    def make(**options: Any) -> SmallHost:
        host = SmallHost(tmp_path / f"home{len(made)}", **options)
        made.append(host)
        return host

    yield make
    for host in made:
        host.close()
