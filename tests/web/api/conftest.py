"""A host with the toy dialect behind its real application, and a client that is an operator."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from jackfield.config import Config
from jackfield.host import Host
from jackfield.services.accounts import Accounts
from jackfield.web.app import create_app
from toy_plugins import TOY, toy_archive

if str(TOY) not in sys.path:
    sys.path.append(str(TOY))


@dataclass
class Api:
    """The application as an operator with a token uses it."""

    host: Host
    client: TestClient
    local: str
    """The token in the data directory."""


@contextmanager
def serving(data: Path) -> Iterator[Api]:
    """A started host on *data*."""
    host = Host(Config(data_dir=data, only=("toy",)))
    tokens = host.services.get(Accounts).tokens
    _, secret = tokens.create("test")
    local = tokens.create_passing("command line")
    host.data.write_run_info({"pid": 1, "host": "localhost", "port": 1, "token": local})
    client = TestClient(
        create_app(host), headers={"authorization": f"Bearer {secret}"},
        raise_server_exceptions=False,
    )  # fmt: skip
    with client:
        assert host.wait_started(30)
        yield Api(host, client, local)


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    """A host of the test's own."""
    with serving(tmp_path / "data") as one:
        yield one


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """One host for all tests of a module that change nothing: what they ask for is refused."""
    folder = tmp_path_factory.mktemp("unchanged")
    with serving(folder / "data") as one:
        one.host.registry.install(toy_archive(folder, "resident"))
        one.host.services.get(Accounts).register("Ann")
        yield one
        assert [state.slug for state in one.host.registry.list()] == ["resident"]
        assert [user.display_name for user in one.host.services.get(Accounts).all()] == ["Ann"]
