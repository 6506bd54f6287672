from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from jackfield.errors import Conflict, SurroundingsError
from jackfield.store import DataDir
from jackfield.store.data_dir import LAYOUT, write_private


def test_folders_are_made_for_this_user_only(tmp_path: Path) -> None:
    with DataDir(tmp_path / "a" / "data") as data:
        assert data.path == tmp_path / "a" / "data"
        assert data.path.stat().st_mode & 0o777 == 0o700
        assert all(f.is_dir() for f in (data.plugins, data.staging, data.logs, data.cache))
        assert not data.plugin_data("lamp").exists()
        assert data.database_url == f"sqlite:///{data.path}/jackfield.db"
        assert not data.temporary


def test_a_temporary_one_goes_when_it_is_closed() -> None:
    with DataDir() as data:
        path = data.path
        assert data.temporary and path.is_dir()
    assert not path.exists()
    data.close()  # closing twice harms nobody


def test_opened_again_it_holds_what_was_there(tmp_path: Path) -> None:
    with DataDir(tmp_path) as data:
        (data.plugins / "file").write_text("kept")
    with DataDir(tmp_path) as data:
        assert (data.plugins / "file").read_text() == "kept"


def test_one_host_at_a_time(tmp_path: Path) -> None:
    with DataDir(tmp_path):
        with pytest.raises(Conflict, match="in use by another host") as caught:
            DataDir(tmp_path)
        assert caught.value.file == str(tmp_path)
    DataDir(tmp_path).close()


def test_who_asks_whether_a_host_runs_keeps_none_from_starting(tmp_path: Path) -> None:
    DataDir(tmp_path).close()
    asked = threading.Event()

    def ask() -> None:
        with (tmp_path / "lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            asked.set()
            time.sleep(0.03)

    asking = threading.Thread(target=ask)
    asking.start()
    asked.wait(10)
    DataDir(tmp_path).close()
    asking.join()


def test_the_conflict_names_the_other_host(tmp_path: Path) -> None:
    with DataDir(tmp_path) as data:
        data.write_run_info({"pid": 4711, "host": "127.0.0.1", "port": 8080, "token": "secret"})
        with pytest.raises(Conflict, match=r"process 4711 at 127\.0\.0\.1:8080") as caught:
            DataDir(tmp_path)
        assert "secret" not in str(caught.value)


def test_run_info_is_private_and_lives_as_long_as_the_host(tmp_path: Path) -> None:
    assert DataDir.read_run_info(tmp_path) is None
    info = {"pid": os.getpid(), "host": "127.0.0.1", "port": 8080, "token": "t"}
    with DataDir(tmp_path) as data:
        assert DataDir.read_run_info(tmp_path) is None
        data.write_run_info(info)
        assert DataDir.read_run_info(tmp_path) == info
        assert (tmp_path / "run.json").stat().st_mode & 0o777 == 0o600
    assert DataDir.read_run_info(tmp_path) is None
    assert not (tmp_path / "run.json").exists()


def test_what_a_killed_host_left_is_not_believed(tmp_path: Path) -> None:
    script = (
        "import os, sys, signal, pathlib\n"
        "from jackfield.store import DataDir\n"
        "data = DataDir(pathlib.Path(sys.argv[1]))\n"
        "data.write_run_info({'pid': os.getpid(), 'port': 1})\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert (tmp_path / "run.json").exists()
    assert DataDir.read_run_info(tmp_path) is None
    with DataDir(tmp_path):
        assert DataDir.read_run_info(tmp_path) is None


@pytest.mark.parametrize("content", ["", "{", "[]", '"x"'])
def test_a_damaged_run_info_is_none(tmp_path: Path, content: str) -> None:
    with DataDir(tmp_path):
        (tmp_path / "run.json").write_text(content)
        assert DataDir.read_run_info(tmp_path) is None


def test_data_of_a_newer_version(tmp_path: Path) -> None:
    (tmp_path / "layout.json").write_text(json.dumps({"layout": LAYOUT + 1}))
    with pytest.raises(SurroundingsError, match="newer version of Jackfield"):
        DataDir(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["layout.json", "lock"]
    (tmp_path / "layout.json").write_text(json.dumps({"layout": LAYOUT}))
    DataDir(tmp_path).close()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"other": 1}'])
def test_a_damaged_layout(tmp_path: Path, content: str) -> None:
    (tmp_path / "layout.json").write_text(content)
    with pytest.raises(SurroundingsError, match=r"layout\.json: is not readable"):
        DataDir(tmp_path)
    assert (tmp_path / "layout.json").read_text() == content


def test_a_file_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("mine")
    for path in (tmp_path / "data", tmp_path / "data" / "below"):
        with pytest.raises(SurroundingsError, match="cannot use the data directory"):
            DataDir(path)
    assert (tmp_path / "data").read_text() == "mine"


def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    """As another user, because root may write everywhere."""
    folder = tmp_path / "data"
    folder.mkdir()
    script = (
        "import os, sys, pathlib\n"
        "from jackfield.errors import SurroundingsError\n"
        "from jackfield.store import DataDir, Database\n"
        "if os.getuid() == 0:\n"
        "    os.chown(sys.argv[1], 65534, 65534); os.chmod(sys.argv[1], 0o500)\n"
        "    for parent in pathlib.Path(sys.argv[1]).parents:\n"
        "        try: os.chmod(parent, parent.stat().st_mode | 0o111)\n"
        "        except OSError: pass\n"
        "    os.setuid(65534)\n"
        "else:\n"
        "    os.chmod(sys.argv[1], 0o500)\n"
        "try:\n"
        "    DataDir(pathlib.Path(sys.argv[1]))\n"
        "except SurroundingsError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=False
    )
    assert "cannot use the data directory: permission denied" in done.stdout, done.stderr
    assert "writable for this user" in done.stdout


def test_a_private_file_is_written_whole_or_not(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_private(file, b"first")
    write_private(file, b"second")
    assert file.read_bytes() == b"second"
    with pytest.raises(TypeError):
        write_private(file, None)  # type: ignore[arg-type]
    assert file.read_bytes() == b"second"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_logs_of_one_plugin(tmp_path: Path) -> None:
    with DataDir(tmp_path) as data:
        for name in ("lamp.jsonl", "lamp.jsonl.1", "lamp2.jsonl", "other.jsonl"):
            (data.logs / name).write_text("")
        assert data.log_file("lamp").name == "lamp.jsonl"
        assert sorted(f.name for f in data.log_files("lamp")) == ["lamp.jsonl", "lamp.jsonl.1"]


def test_asking_for_the_host_does_not_import_the_database() -> None:
    script = (
        "import sys, jackfield.store\n"
        "print('sqlalchemy' in sys.modules, jackfield.store.Database.__name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "Database"]


def test_a_place_may_be_given_as_text(tmp_path: Path) -> None:
    with DataDir(str(tmp_path / "data")) as data:
        assert data.path == tmp_path / "data"
