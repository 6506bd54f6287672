"""A real host that runs Dispatcharr plugins in real processes, for tests."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jackfield.config import Config
from jackfield.dialects.dispatcharr.dialect import DispatcharrDialect
from jackfield.dialects.dispatcharr.installation import Installation
from jackfield.dialects.dispatcharr.runtime import DispatcharrRuntime
from jackfield.host import Host
from jackfield.plugins.approval import Answer

HEAD = """
class Plugin:
    name = "{name}"
    version = "1.0"
    description = "For a test"
    actions = [{{"id": "go", "label": "Go"}}]

"""


def until(true: Callable[[], Any], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.02)
    return bool(true())


class PluginHost:
    """Installs plugins written in a test, and runs them."""

    def __init__(self, folder: Path, **config: Any) -> None:
        self.folder = folder
        self.dialect = DispatcharrDialect()
        self.host = Host(
            Config(data_dir=folder / "data", **config), dialects={"dispatcharr": self.dialect}
        )
        self.host.start()
        assert self.host.wait_started(60)
        self.registry = self.host.registry

    @property
    def installation(self) -> Installation:
        return self.dialect.installation(self.host.core)

    def write(self, name: str, source: str = "", files: Mapping[str, str] | None = None) -> Path:
        """A plugin's folder. *source* is ``plugin.py``, or only the body of ``run``."""
        folder = self.folder / "sources" / name
        folder.mkdir(parents=True, exist_ok=True)
        text = textwrap.dedent(source)
        if source and "class Plugin" not in text:
            body = textwrap.indent(text.strip("\n"), " " * 8)
            run = "    def run(self, action, params, context):\n"
            text = HEAD.lstrip().format(name=name) + run + body + "\n"
        every = {"plugin.py": text} if source else {}
        for path, content in {**every, **(files or {})}.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(textwrap.dedent(content))
        return folder

    def add(
        self,
        name: str,
        source: str = "",
        files: Mapping[str, str] | None = None,
        grant: Answer = "all",
    ) -> Any:
        """Write, install and enable a plugin; its state."""
        self.registry.install(self.write(name, source, files))
        return self.registry.enable(name, grant)

    def running(
        self,
        name: str,
        source: str = "",
        files: Mapping[str, str] | None = None,
        grant: Answer = "all",
    ) -> None:
        """As :meth:`add`; it must run."""
        state = self.add(name, source, files, grant)
        assert state.state == "running", state.last_error + "\n" + self.log(name)

    def have(self, name: str, source: str) -> None:
        """As :meth:`running`, unless another test of the module had it run already."""
        if self.registry.running(name) is None:
            self.running(name, source)

    def run(self, name: str, action: str = "go", **params: Any) -> Any:
        return self.registry.run_action(name, action, params)

    def log(self, name: str) -> str:
        return "\n".join(f"{e.level}: {e.text}" for e in self.registry.log(name).tail(500))

    def runtime(self, name: str) -> DispatcharrRuntime:
        running = self.registry.running(name)
        assert running is not None
        runtime = running.runtime
        assert isinstance(runtime, DispatcharrRuntime)
        return runtime

    def pid(self, name: str) -> int:
        child = self.runtime(name)._child
        assert child is not None
        assert until(lambda: child.pid)
        return child.pid

    def stop(self) -> None:
        self.host.stop()


def exists(pid: int) -> bool:
    """Whether a process lives; one that only waits for its parent does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"
