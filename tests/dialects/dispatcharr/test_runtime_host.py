"""Plugins' processes and their host: nothing is left, nothing is too much."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatcharr_host import PluginHost, exists, until
from jackfield.dialects.dispatcharr.processes import linux

pytestmark = pytest.mark.e2e


def test_a_hundred_reloads_leave_nothing(plugins: PluginHost) -> None:
    plugins.running(
        "reloaded",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True)"
        ".start()\nreturn {}",
    )
    nursery = plugins.installation.family._nursery
    assert nursery is not None

    def held() -> tuple[int, int, int]:
        return (
            len(list(Path("/proc/self/fd").iterdir())),
            threading.active_count(),
            len(linux.descendants(nursery._process.pid)),
        )

    def reload() -> None:
        plugins.run("reloaded")
        plugins.registry.reload("reloaded")

    for _ in range(5):
        reload()
    until(lambda: False, 0.5)
    before, memory = held(), linux.resident_bytes(nursery._process.pid)
    for _ in range(100):
        reload()
    # A leak would be a hundred of something; the database may open a second connection meanwhile.
    assert until(lambda: all(a < b + 10 for a, b in zip(held(), before, strict=True))), (
        held(), before,
    )  # fmt: skip
    grown = linux.resident_bytes(nursery._process.pid) - memory
    assert grown < 8 * 2**20, grown


@pytest.fixture
def own(tmp_path: Path) -> Iterator[PluginHost]:
    made = PluginHost(tmp_path)
    yield made
    made.stop()


def test_everything_ends_with_the_host(own: PluginHost) -> None:
    own.running(
        "last",
        """
        class Plugin:
            name = "L"
            def run(self, action, params, context):
                return {}
            def stop(self, context):
                context["logger"].info("stopped for %s", context["reason"])
        """,
    )
    pid = own.pid("last")
    nursery = own.installation.family._nursery
    assert nursery is not None
    log = own.registry.log("last")
    own.stop()
    assert not exists(pid)
    assert not exists(nursery._process.pid)
    assert "stopped for shutdown" in "\n".join(entry.text for entry in log.tail())


def test_a_host_without_plugins_starts_nothing(own: PluginHost) -> None:
    assert own.installation.family._nursery is None
    assert not own.installation.home.exists()


def test_the_host_has_no_django(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sys, pathlib\n"
        "from dispatcharr_host import PluginHost\n"
        f"host = PluginHost(pathlib.Path({str(tmp_path)!r}))\n"
        "host.running('one', 'return {}')\n"
        "host.run('one')\n"
        "host.stop()\n"
        "print(sorted({m.partition('.')[0] for m in sys.modules} &"
        " {'django', 'celery', 'kombu', 'apps', 'core', 'dispatcharr'}))\n"
    )
    folder = str(Path(__file__).parents[2])
    found = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": folder}, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    assert found.stdout.strip() == "[]"


def test_a_plugin_may_write_beside_its_own_files_which_stay_as_they_were(
    plugins: PluginHost,
) -> None:
    plugins.running(
        "writer",
        "from pathlib import Path\n"
        "here = Path(__file__).parent\n"
        "(here / 'exports').mkdir(exist_ok=True)\n"
        "(here / 'exports' / 'x.txt').write_text('1')\n"
        "(here.parent / 'plugin_data').mkdir(exist_ok=True)\n"
        "return {'name': here.name, 'made': sorted(p.name for p in here.iterdir())}",
    )
    done = plugins.run("writer")
    assert done["name"] == "writer"
    assert "exports" in done["made"]
    assert not (plugins.registry.folder("writer") / "exports").exists()
    plugins.registry.reload("writer")
    assert "exports" in plugins.run("writer")["made"]
