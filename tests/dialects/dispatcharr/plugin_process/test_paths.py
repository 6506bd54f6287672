"""``/data`` and ``/app/data`` lead to the home."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dispatcharr_host import PluginHost
from jackfield.dialects.dispatcharr.plugin_process.paths import Mapping


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("/data", "/home/x"), ("/data/", "/home/x/"), ("/data/a/b", "/home/x/a/b"),
        ("/app/data/a", "/home/x/a"), ("/database", "/database"),
        ("/app/database/x", "/app/database/x"),
        ("data/a", "data/a"), (b"/data/a", b"/home/x/a"), (Path("/data/a"), "/home/x/a"),
        (Path("/tmp"), Path("/tmp")), (3, 3), (None, None), ("", ""), ("/", "/"),
    ],
)  # fmt: skip
def test_where_a_path_leads(path: Any, leads: Any) -> None:
    assert Mapping(Path("/home/x"), ("/data", "/app/data")).path(path) == leads


def test_what_this_machine_has_there_is_found_there(tmp_path: Path) -> None:
    (tmp_path / "data" / "media").mkdir(parents=True)
    prefix = str(tmp_path / "data")
    (tmp_path / "data" / "plugins").mkdir()
    (tmp_path / "home" / "plugins").mkdir(parents=True)
    home = str(tmp_path / "home")
    mapping = Mapping(Path(home), (prefix,), (prefix,))
    assert mapping.path(f"{prefix}/media") == f"{prefix}/media"
    assert mapping.path(f"{prefix}/media/new") == f"{prefix}/media/new"
    assert mapping.path(f"{prefix}/exports/new") == f"{home}/exports/new"
    assert mapping.path(f"{prefix}/plugins/mine") == f"{home}/plugins/mine"
    assert mapping.path(prefix) == home


def test_arguments_of_programs_may_have_a_name_before_the_path() -> None:
    mapping = Mapping(Path("/home/x"), ("/data",))
    assert mapping.argument("--out=/data/a") == "--out=/home/x/a"
    assert mapping.argument("/data/a=/data/b") == "/home/x/a=/data/b"
    assert mapping.argument("-x") == "-x"


def test_files_are_made_and_found_in_whichever_way(plugins: PluginHost) -> None:
    plugins.running(
        "writer",
        """
        import glob, os, pathlib, shutil, sqlite3, subprocess, tempfile

        top = "/data/exports/writer"
        os.makedirs(top)
        with open(f"{top}/a.txt", "w") as out:
            out.write("a")
        pathlib.Path(top, "b.txt").write_text("b")
        (pathlib.Path("/app/data/exports/writer") / "sub").mkdir()
        shutil.copy(f"{top}/a.txt", f"{top}/sub/c.txt")
        os.rename(f"{top}/b.txt", f"{top}/d.txt")
        database = sqlite3.connect(f"{top}/e.db")
        database.execute("create table t (x)")
        database.commit()
        database.close()
        subprocess.run(["touch", f"{top}/f.txt"], check=True, cwd=top)
        with tempfile.NamedTemporaryFile(dir=top, suffix=".g", delete=False) as made:
            pass
        shutil.copytree(f"{top}/sub", f"{top}/other")
        shutil.rmtree(f"{top}/sub")
        return {
            "listed": sorted(one for one in os.listdir(top) if not one.endswith(".g")),
            "globbed": sorted(os.path.basename(one) for one in glob.glob(f"{top}/*.txt")),
            "walked": sorted(name for _, _, names in os.walk(top) for name in names)[0],
            "exists": [os.path.exists(f"{top}/a.txt"), pathlib.Path(top, "nothing").exists(),
                       os.path.isfile("/data/exports/writer/other/c.txt"),
                       pathlib.Path(top).is_dir(), made.name.startswith("/data/exports/writer/")],
            "read": pathlib.Path(f"{top}/d.txt").read_text(),
            "home": pathlib.Path(top).resolve().is_dir(),
        }
        """,
    )
    assert plugins.run("writer") == {
        "listed": ["a.txt", "d.txt", "e.db", "f.txt", "other"],
        "globbed": ["a.txt", "d.txt", "f.txt"],
        "walked": "a.txt",
        "exists": [True, False, True, True, True],
        "read": "b",
        "home": True,
    }
    home = plugins.installation.home
    assert (home / "exports" / "writer" / "other" / "c.txt").read_text() == "a"
    assert not Path("/data/exports/writer").exists()
