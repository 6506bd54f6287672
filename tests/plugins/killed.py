"""Lives a plugin's whole life in children that are killed at each step of it.

Run as ``python killed.py FOLDER``; makes ``FOLDER/0``, ``FOLDER/1``, … with the data directory
of a host that was killed (``kill -9``) at the first, second, … step, the name of that step, and
how many operations had returned by then.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from jackfield.plugins import steps
from plugins.stage import Stage, archive

COLOR = {"color": {"default": "red"}}

Found = tuple[bool, str, str, tuple[str, ...]] | None
"""What matters of the plugin: enabled, version, colour, grants; ``None``: not installed."""

LIFE: list[tuple[str, list[Found]]] = [
    ("install", [(False, "1", "red", ())]),
    ("enable", [(True, "1", "red", ("kv",))]),
    ("paint blue", [(True, "1", "blue", ("kv",))]),
    ("update 2", [(True, "2", "blue", ("kv",))]),
    ("paint green", [(True, "2", "green", ("kv",))]),
    # The version that fails to start was current for a moment, before the old one came back.
    ("update broken", [(True, "2", "green", ("kv",)), (True, "broken", "green", ("kv",))]),
    ("rollback", [(True, "1", "blue", ("kv",))]),
    ("update 4", [(True, "4", "blue", ("kv",))]),
    ("suspend", [(True, "4", "blue", ("kv",))]),
    ("enable", [(True, "4", "blue", ("kv",))]),
    ("restart", [(True, "4", "blue", ("kv",))]),
    ("disable", [(False, "4", "blue", ("kv",))]),
    ("uninstall", [None]),
]
"""Each operation with what may be found once it has returned."""


def live(folder: Path, kill_at: int) -> None:
    """Live it all; at the step of that number the process ends as by ``kill -9``."""
    stage = Stage(folder / "data", kept_versions=1)
    registry = stage.registry
    counter = itertools.count()

    def observe(step: str) -> None:
        if next(counter) == kill_at:
            (folder / "step").write_text(step)
            os.kill(os.getpid(), signal.SIGKILL)

    steps.observer = observe
    registry.start()

    def update(version: str, start: str = "runs") -> None:
        registry.update(
            "lamp",
            archive(folder, version=version, permissions=["kv"], settings=COLOR, start=start),
        )

    def restart() -> None:
        registry.stop()
        registry.start()

    doing: dict[str, Callable[[], object]] = {
        "install": lambda: registry.install(
            archive(folder, version="1", permissions=["kv"], settings=COLOR)
        ),
        "enable": lambda: registry.enable("lamp", "all"),
        "paint blue": lambda: registry.set_settings("lamp", {"color": "blue"}),
        "paint green": lambda: registry.set_settings("lamp", {"color": "green"}),
        "update 2": lambda: update("2"),
        "update broken": lambda: update("broken", "fails"),
        "update 4": lambda: update("4"),
        "rollback": lambda: registry.rollback("lamp"),
        "suspend": lambda: registry.suspend("lamp", "strikes"),
        "restart": restart,
        "disable": lambda: registry.disable("lamp"),
        "uninstall": lambda: registry.uninstall("lamp", keep_data=False),
    }
    for number, (operation, _) in enumerate(LIFE):
        doing[operation]()
        (folder / "done").write_text(str(number + 1))
    stage.close()


def main(root: Path) -> None:
    """One child a step, until a child has nothing left to be killed at."""
    for number in itertools.count():
        folder = root / str(number)
        folder.mkdir()
        if (child := os.fork()) == 0:
            live(folder, number)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            print(json.dumps({"lives": number, "status": status}))
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]))
