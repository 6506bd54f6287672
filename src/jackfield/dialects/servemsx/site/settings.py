"""``/settings``: what the operator and the clients choose.

Source: servemsx spec 8, ``/settings``.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from starlette.responses import Response

from jackfield.dialects.servemsx import wire_json
from jackfield.dialects.servemsx.answer import VERSION
from jackfield.dialects.servemsx.home import MEDIA, Home
from jackfield.dialects.servemsx.settings_file import Settings
from jackfield.dialects.servemsx.site.access import Access
from jackfield.dialects.servemsx.site.answers import Obj, action, reply
from jackfield.dialects.servemsx.site.ask import Ask
from jackfield.dialects.servemsx.site.faults import Fault
from jackfield.dialects.servemsx.site.menu import NAME, machine
from jackfield.dialects.servemsx.site.plugin_list import PluginList
from jackfield.dialects.servemsx.site.torrents import Torrents
from jackfield.dialects.servemsx.urls import quote_go
from jackfield.errors import InvalidInput

WALLS_FROM: Final = 100
"""A number from this on chooses a wallpaper; one below turns over choices of the client."""

MAX_ID: Final = 200
_ALL_FLAGS: Final = 0x7F
_PAGE: Final = resource.getpagesize()


class SettingsPage:
    """The settings of one home."""

    def __init__(self, home: Home, plugins: PluginList, torrents: Torrents, access: Access) -> None:
        self._home = home
        self._plugins = plugins
        self._torrents = torrents
        self._access = access

    def __call__(self, ask: Ask) -> Response:
        """Show them, or change one by the kind of ``data``."""
        if ask.method != "POST":
            return self._shown()
        data = ask.data()
        if isinstance(data, str):
            self._access.require_nearby(ask)
            return self._set_torrserver(data, quiet=ask.has("v"))
        if isinstance(data, int | float) and not isinstance(data, bool):
            return self._set_number(ask, int(max(min(data, 2**31), -(2**31))))
        if isinstance(data, Mapping):
            self._access.require_operator(ask)
            for name, value in data.items():
                if isinstance(value, str):
                    self._set_text(name, value)
            return action("info:OK")
        return self._ask_torrserver(ask)

    def _shown(self) -> Response:
        settings = self._home.settings.to_dict()
        used, held = memory()
        found: Obj = {
            "Name": NAME,
            "Version": VERSION,
            "Up": duration(time.time() - self._home.started),
            "Platform": machine(),
            **{kind.capitalize(): self._home.link(kind) for kind in MEDIA},
            "MemSys": held,
            "MemAlloc": used,
            "Plugins": self._plugins.to_json(),
            **settings,
        }
        return reply(wire_json.encode(found, indent=True))

    # -- changes --------------------------------------------------------------------------------

    def _set_torrserver(self, address: str, *, quiet: bool) -> Response:
        try:
            version = self._torrents.version(address) if address else ""
        except Fault as error:
            self._home.change(lambda settings: setattr(settings, "torrserver", ""))
            if quiet:
                return action(f"error:{error.text}")
            raise
        self._home.change(lambda settings: setattr(settings, "torrserver", address))
        text = (
            f"TorrServer {version}: {address}" if version else "TorrServer: {dic:label:none|None}"
        )
        steps = (f"success:{text}", "back", "reload:menu")
        return action("data", {"actions": [{"action": step} for step in steps]})

    def _set_number(self, ask: Ask, number: int) -> Response:
        if number >= WALLS_FROM:
            self._access.require_nearby(ask)
            self._home.change(lambda s: setattr(s, "videowall", number - WALLS_FROM))
        else:
            client_id = ask.query_value("id")
            if len(client_id) > MAX_ID:
                raise Fault(f"the client's id is longer than {MAX_ID} characters", 400)
            self._home.toggle(client_id, number & _ALL_FLAGS)
        return action("[cleanup|reload:menu]")

    def _set_text(self, name: str, value: str) -> None:
        try:
            if name in MEDIA:
                self._home.set_link(name, value)
            elif name == "Background":
                self._home.change(lambda settings: setattr(settings, "background", value))
            elif name in ("FFmpeg", "FFprobe"):
                self._home.set_program(name.lower(), value)
            elif name == "FFstream":
                self._home.change(_stream_port(value))
        except InvalidInput as error:
            raise Fault(error.message) from None

    def _ask_torrserver(self, ask: Ask) -> Response:
        """Let the client type its address, beginning with the one that is likely."""
        self._access.require_nearby(ask)
        show = f"execute:{ask.base}/msx/input?addr"
        host, colon, _ = ask.host.rpartition(":")
        proposed = self._home.torrserver()
        if not proposed and colon:
            proposed = f"{host}:8090"
            try:
                version = self._torrents.version(proposed)
                show = f"[{show}|info:Torrserver {version}: {proposed}]"
            except Fault:
                start, dot, _ = proposed.rpartition(".")
                proposed = start + dot if dot else proposed
        elif not proposed:
            proposed = ask.host.rpartition(".")[0] or ask.host
        return action(
            show,
            {
                "action": f"execute:{ask.base}/settings",
                "headline": "{dic:Address|Address of} Torrserver:",
                "extension": "<IP>:8090",
                "value": proposed,
            },
        )


def _stream_port(value: str) -> Any:
    digits = value[1:] if value[:1] in ("+", "-") else value
    if value and not (digits.isascii() and digits.isdecimal()):
        raise Fault(f"strconv.Atoi: parsing {quote_go(value)}: invalid syntax")
    if value and not -(2**63) <= int(value[:40]) < 2**63:
        raise Fault(f"strconv.Atoi: parsing {quote_go(value)}: value out of range")

    def change(settings: Settings) -> None:
        settings.ffstream = value

    return change


def duration(seconds: float) -> str:
    """Whole seconds as ``1h2m3s``."""
    minutes, left = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{left}s"
    return f"{minutes}m{left}s" if minutes else f"{left}s"


def memory() -> tuple[int, int]:
    """Bytes of memory that this process uses now, and the most that it held."""
    unit = 1 if sys.platform == "darwin" else 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    try:
        used = int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):
        used = most
    return used, max(used, most)  # the system counts the peak a little later
