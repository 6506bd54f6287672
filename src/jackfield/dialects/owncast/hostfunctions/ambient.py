"""What every plugin may call: timers, settings, its own assets, its log."""

from __future__ import annotations

from typing import Any

from jackfield.dialects.owncast.hostfunctions.caller import Caller, Functions
from jackfield.plugins.files import holds
from jackfield.plugins.logs import clean
from jackfield.services.console import Console


def functions(caller: Caller) -> Functions:
    """Sources: owncast spec 2.2, 3.6 (timers) and 10.1 (log)."""
    console = caller.services.find(Console)

    def timer_set(timer_id: int, delay_ms: int, repeat: int) -> bool:
        return caller.set_timer(timer_id, delay_ms, repeat == 1)

    def config_get(key: str) -> Any:
        return caller.settings().get(key)

    def asset_read(path: str) -> bytes | None:
        if ".." in path or path.startswith("/") or "\\" in path or "\0" in path:
            caller.log.warning(f"assets.read: {path[:200]!r} is not a path inside assets/")
            return None
        folder = caller.root / "assets"
        file = folder / path
        return file.read_bytes() if holds(folder, file) else None

    def log(level: str, message: str) -> None:
        # One entry is one line: a plugin must not be able to write what looks like another's.
        text = clean(message.replace("\n", " ").replace("\t", " "))
        if console is not None:
            console.logged(caller.slug, level, text)
        caller.log.write(level, text)

    return {
        "owncast_timer_set": timer_set,
        "owncast_timer_clear": caller.clear_timer,
        "owncast_config_get": config_get,
        "owncast_asset_read": asset_read,
        "owncast_log_info": lambda message: log("info", message),
        "owncast_log_warning": lambda message: log("warning", message),
        "owncast_log_error": lambda message: log("error", message),
    }
