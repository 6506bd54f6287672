"""The object that the core knows of this dialect."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

from dialects.owncast.projects import project
from jackfield.dialects.owncast import dialect
from jackfield.dialects.owncast.permissions import PERMISSIONS
from jackfield.plugins.dialect import Dialect
from jackfield.plugins.files import FolderFiles
from jackfield.plugins.permissions import Permission


def test_it_is_found_by_its_entry_point() -> None:
    points = importlib.metadata.entry_points(group="jackfield.dialects")
    found: Dialect = points["owncast"].load()
    assert found is dialect
    assert (found.name, found.suffixes) == ("owncast", (".ocpkg",))


def test_it_reads(tmp_path: Path) -> None:
    files = FolderFiles(project(tmp_path, permissions=["chat.send"]))
    assert dialect.recognises(files)
    assert dialect.read(files).permissions == (Permission("chat.send"),)


def test_every_permission_can_be_written_and_tells_what_it_means() -> None:
    assert list(PERMISSIONS) == sorted(PERMISSIONS)
    assert len(PERMISSIONS) == 23
    for name, info in PERMISSIONS.items():
        assert Permission.parse(name) == Permission(name)
        assert info.title
    assert {n for n, i in PERMISSIONS.items() if i.risk == "high"} >= {"network.fetch", "auth.gate"}


def test_importing_it_loads_no_engine_and_no_web_framework() -> None:
    code = (
        "import sys, jackfield.dialects.owncast\n"
        "heavy = {'wasmtime', 'fastapi', 'starlette', 'sqlalchemy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
