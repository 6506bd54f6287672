"""A host whose plugins are granted the sandbox, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from dispatcharr_host import PluginHost
from jackfield.dialects.dispatcharr.sandboxed.runtime import SandboxedRuntime
from jackfield.sandbox import Engine

SANDBOX = "dispatcharr.full(sandbox=true)"


class SandboxHost(PluginHost):
    """As its base, but all that it enables runs in the sandbox."""

    def add(
        self,
        name: str,
        source: str = "",
        files: Mapping[str, str] | None = None,
        grant: Any = (SANDBOX,),
    ) -> Any:
        return super().add(name, source, files, grant)

    def running(
        self,
        name: str,
        source: str = "",
        files: Mapping[str, str] | None = None,
        grant: Any = (SANDBOX,),
    ) -> None:
        super().running(name, source, files, grant)
        assert isinstance(self.sandboxed(name), SandboxedRuntime)

    def sandboxed(self, name: str) -> SandboxedRuntime:
        running = self.registry.running(name)
        assert running is not None
        assert isinstance(running.runtime, SandboxedRuntime)
        return running.runtime


@pytest.fixture(scope="module")
def boxed(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Iterator[SandboxHost]:
    """A host for the tests of one module; the engine is compiled before."""
    made = SandboxHost(tmp_path_factory.mktemp("host"))
    yield made
    made.stop()
