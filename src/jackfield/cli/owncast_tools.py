"""The programs ``owncast-plugin-test`` and ``owncast-plugin-serve``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jackfield.dialects.owncast.tools.console import TerminalConsole
    from jackfield.host import Host
    from jackfield.plugins.scenario import MakeStage


def test() -> None:
    """Play a built plugin's scenarios."""
    from jackfield.dialects.owncast.tools.test import main

    try:
        sys.exit(main(sys.argv[1:], _stages))
    except KeyboardInterrupt:
        sys.exit(130)


def _stages(console: TerminalConsole) -> MakeStage:
    from jackfield.config import default_cache_dir
    from jackfield.scenarios import stage_maker
    from jackfield.services.engine import SandboxEngine

    engine = SandboxEngine(default_cache_dir(), console.write)
    return stage_maker("owncast", engine, console.watch)


def serve() -> None:
    """Serve one plugin to its author."""
    from jackfield.dialects.owncast.tools.serve import main

    try:
        sys.exit(main(sys.argv[1:], _stage))
    except KeyboardInterrupt:
        sys.exit(130)


def _stage(services: Mapping[type, Any], console: TerminalConsole) -> Host:
    from jackfield.config import Config
    from jackfield.host import Host

    host = Host(Config(data_dir=None, only=("owncast",), safe_mode=False), services=services)
    host.engine.on_progress = console.write
    host.registry.log_watcher = console.watch
    return host
