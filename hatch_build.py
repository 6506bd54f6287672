"""Build hook: make the sandbox engine before a wheel or an editable install is put together."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class EngineBuildHook(BuildHookInterface):  # type: ignore[misc, type-arg]
    """Runs ``src/jackfield/sandbox/build.py``; a build whose inputs did not change does nothing."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Called by hatchling before it collects files."""
        builder = self._load_builder()
        if builder.build():
            self.app.display_info(f"Built {builder.WASM}")
        build_data["artifacts"] += [
            "src/jackfield/sandbox/engine.wasm",
            "src/jackfield/sandbox/engine.json",
        ]

    def _load_builder(self) -> Any:
        # By path: the package itself cannot be imported before it is installed.
        path = Path(self.root) / "src/jackfield/sandbox/build.py"
        spec = importlib.util.spec_from_file_location("jackfield_sandbox_build", path)
        if spec is None or spec.loader is None:
            raise FileNotFoundError(path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
