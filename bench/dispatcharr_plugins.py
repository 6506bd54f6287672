"""What Dispatcharr's plugin list and a run of an action cost.

    python bench/dispatcharr_plugins.py [--json] [--rounds N] [--plugins N] [--no-run]

Everything happens in this process and over real sockets, in turns, so that a change of the
machine's speed meets all variants; compare ratios, not times. A ratio is the median of the rounds'
own ratios.

- ``list_few``, ``list_many``: ``GET /api/plugins/plugins/`` with 10 and with 200 plugins.
- ``fixed``: the same server sends the same bytes as ``list_many`` from memory: what is left when
  nothing is looked up.
- ``direct``: the class' ``run`` called in this process.
- ``run``: the action run through the registry, in the plugin's own process, as a job.
- ``rest``: ``POST …/run/``.
"""

from __future__ import annotations

import argparse
import http.client
import json
import platform
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount, Route

from jackfield.cli.server import listen
from jackfield.config import Config
from jackfield.host import Host
from jackfield.services.accounts import Accounts

FEW = 10
LIST = "/api/plugins/plugins/"
CALLS = 20

PLUGIN = """
class Plugin:
    name = "Plugin {n}"
    version = "1.{n}.0"
    description = "What it does, in a line or two, as authors write it."
    author = "Somebody"
    fields = [
        {{"id": "enabled", "label": "Enabled", "type": "boolean", "default": True}},
        {{"id": "limit", "label": "Item limit", "type": "number", "default": 5}},
        {{"id": "mode", "label": "Mode", "type": "select", "default": "safe", "options": [
            {{"value": "safe", "label": "Safe"}}, {{"value": "fast", "label": "Fast"}}]}},
        {{"id": "api_key", "label": "API key", "type": "string", "input_type": "password"}},
    ]
    actions = [{{"id": "work", "label": "Work", "confirm": {{"message": "Sure?"}}}}]

    def run(self, action, params, context):
        return {{"status": "ok", "processed": int(context["settings"].get("limit", 5))}}
"""


class Served:
    """A host with that many plugins, served on a port of its own."""

    def __init__(self, folder: Path, plugins: int) -> None:
        root = folder / "dispatcharr" / "plugins"
        for n in range(plugins):
            (root / f"plugin_{n}").mkdir(parents=True)
            (root / f"plugin_{n}" / "plugin.py").write_text(PLUGIN.format(n=n))
        self.host = Host(Config(data_dir=folder, only=("dispatcharr",)))
        self.host.start()
        self.host.wait_started()
        _, secret = self.host.services.get(Accounts).tokens.create("bench")
        self.headers = {"authorization": f"Bearer {secret}"}
        self.fixed = b""
        routes = [Route("/fixed", self._fixed), Mount("", self.host.sites["dispatcharr"])]
        listener = listen("127.0.0.1", 0)
        config = uvicorn.Config(
            Starlette(routes=routes), log_level="error", lifespan="off", timeout_keep_alive=600
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        self._connection = http.client.HTTPConnection(*listener.getsockname(), timeout=120)

    def _fixed(self, _request: Any) -> Response:
        return Response(self.fixed, media_type="application/json")

    def ask(self, path: str, method: str = "GET", value: Any = None) -> bytes:
        """One request on a connection that is kept."""
        headers = {**self.headers, "content-type": "application/json"}
        body = None if value is None else json.dumps(value)
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        data = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{method} {path} answered {answer.status}: {data[:300]!r}")
        return data

    def stop(self) -> None:
        self._connection.close()
        self._server.should_exit = True
        self._thread.join(10)
        self.host.stop()


def timed(call: Callable[[], Any], calls: int = CALLS) -> float:
    """Seconds that one call takes, about."""
    started = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - started) / calls


def rounds_of(variants: dict[str, Callable[[], Any]], rounds: int) -> list[dict[str, float]]:
    for call in variants.values():
        call()
    return [{name: timed(call) for name, call in variants.items()} for _ in range(rounds)]


def ratio(rounds: list[dict[str, float]], over: str, under: str) -> float:
    return round(statistics.median(one[over] / one[under] for one in rounds), 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--plugins", type=int, default=200)
    parser.add_argument("--no-run", action="store_true", help="only the list")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        few, many = Served(Path(folder) / "few", FEW), Served(Path(folder) / "many", asked.plugins)
        try:
            many.fixed = many.ask(LIST)
            variants: dict[str, Callable[[], Any]] = {
                "list_few": lambda: few.ask(LIST),
                "list_many": lambda: many.ask(LIST),
                "fixed": lambda: many.ask("/fixed"),
            }
            if not asked.no_run:
                variants |= run_variants(few)
            rounds = rounds_of(variants, asked.rounds)
        finally:
            few.stop()
            many.stop()
    found: dict[str, Any] = {
        "python": platform.python_version(),
        "plugins": asked.plugins,
        "bytes": len(many.fixed),
        "list_many/list_few": ratio(rounds, "list_many", "list_few"),
        "list_many/fixed": ratio(rounds, "list_many", "fixed"),
    }
    if not asked.no_run:
        found["run/direct"] = ratio(rounds, "run", "direct")
        found["rest/run"] = ratio(rounds, "rest", "run")
        found["rest/list_few"] = ratio(rounds, "rest", "list_few")
    for name in rounds[0]:
        found[f"{name} ms"] = round(1000 * statistics.median(one[name] for one in rounds), 3)
    print(json.dumps(found) if asked.json else "\n".join(f"{k:20} {v}" for k, v in found.items()))


def run_variants(served: Served) -> dict[str, Callable[[], Any]]:
    """The ways to run an action of one plugin, which is enabled for it."""
    served.ask(f"{LIST}plugin_0/enabled/", "POST", {"enabled": True})
    space: dict[str, Any] = {}
    exec(PLUGIN.format(n=0), space)
    plugin = space["Plugin"]()
    context = {"settings": {"limit": 5}, "logger": None, "actions": {}}
    body = {"action": "work", "params": {}}
    return {
        "direct": lambda: plugin.run("work", {}, context),
        "run": lambda: served.host.registry.run_action("plugin_0", "work"),
        "rest": lambda: served.ask(f"{LIST}plugin_0/run/", "POST", body),
    }


if __name__ == "__main__":
    main()
