"""``owncast-plugin-serve``: one plugin behind a local web server. Source: owncast spec 6.4, 11."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from jackfield.dialects.owncast import package
from jackfield.dialects.owncast.package import SUFFIX
from jackfield.dialects.owncast.scenario.project import packed
from jackfield.dialects.owncast.tools.console import TerminalConsole
from jackfield.dialects.owncast.tools.dev_services import DevChat, Tell, dev_services
from jackfield.errors import InvalidInput, JackfieldError, NotFound, SurroundingsError
from jackfield.plugins.archive import open_archive
from jackfield.plugins.scenario import Stage
from jackfield.plugins.scenario_play import start_failure
from jackfield.plugins.spec import PluginSpec

NAME = "owncast-plugin-serve"
VERSION_FLAGS = ("--version", "-version", "version")
ADDRESS = "127.0.0.1"
PORT = 8080
DATA = Path(".owncast-dev-data") / "plugin-storage"
LOG_LABEL = "[{level} from plugin {slug}]"


class DevStage(Stage, Protocol):
    """A composed host that can also tick."""

    def start(self) -> None:
        """Start to tick."""

    def wait_started(self, timeout: float | None = None) -> bool:
        """Wait until it is up."""
        ...


OpenStage = Callable[[Mapping[type, Any], TerminalConsole], DevStage]
"""Composes a host with these services; the console shows progress and failures."""


def main(arguments: Sequence[str], open_stage: OpenStage) -> int:
    """Serve until killed; the exit code is 2 when there is nothing that can be served.

    :param arguments: without the program's name: ``[folder or package]``. The port is in the
        environment variable ``PORT``.
    """
    if arguments and arguments[0] in VERSION_FLAGS:
        print(f"{NAME} {version('jackfield')}")  # noqa: T201
        return 0
    source = Path(arguments[-1] if arguments else ".")
    console = TerminalConsole(LOG_LABEL)
    try:
        with _listen(_port(os.environ.get("PORT", ""))) as listener, _opened(source) as opened:
            return _serve(source, *opened, listener, console, open_stage)
    except JackfieldError as error:
        print(f"{NAME}: {error}", file=sys.stderr)  # noqa: T201
    return 2


def _serve(
    source: Path,
    spec: PluginSpec,
    archive: Path,
    listener: socket.socket,
    console: TerminalConsole,
    open_stage: OpenStage,
) -> int:
    import uvicorn

    from jackfield.dialects.owncast.tools.dev_server import DevDriver, dev_app

    port = listener.getsockname()[1]
    tell = Tell(console)
    chat = DevChat(tell)
    home = source if source.is_dir() else source.parent
    services = dev_services(
        chat, tell, address=f"http://localhost:{port}", storage=(home / DATA).resolve()
    )
    stage = open_stage(services, console)
    try:
        stage.start()
        stage.wait_started()
        stage.registry.install(archive)
        if stage.registry.enable(spec.slug, "all").state != "running":
            raise start_failure(stage, spec.slug)
        driver = DevDriver(stage, spec.slug, chat)
        folders = [name for name in ("public", "assets") if (home / name).is_dir()]
        app = dev_app(driver, stage, index_text(spec, port), _say)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=2
        )
        _say(banner(spec, port, folders if source.is_dir() else []))
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        stage.stop()
    return 0


def banner(spec: PluginSpec, port: int, folders: Sequence[str]) -> str:
    """What the author reads first."""
    base = f"http://localhost:{port}"

    pages = spec.details["adminPages"]
    lines = [
        f"{spec.name} is served at {base}/plugins/{spec.slug}/",
        *(f"static files: {folder}/" for folder in folders),
        *(["admin pages need no login here: " + ", ".join(p["path"] for p in pages)] * bool(pages)),
        "",
        "say something in the chat:",
        f'  curl -X POST {base}/_dev/chat -d \'{{"user": "alice", "body": "hi"}}\'',
        "fire an event:",
        f'  curl -X POST {base}/_dev/event -d \'{{"type": "stream.started", "payload": {{}}}}\'',
        "",
        "Stop with Ctrl-C.",
    ]
    return "\n".join(lines)


def index_text(spec: PluginSpec, port: int) -> str:
    """The text at ``/``."""
    return (
        f"{NAME}: {spec.name} {spec.version}\n\n"
        f"GET  http://localhost:{port}/plugins/{spec.slug}/   the plugin's pages\n"
        "GET  /_dev/chat    what was said\n"
        'POST /_dev/chat    {"user": "alice", "body": "hi"}\n'
        'POST /_dev/event   {"type": "stream.started", "payload": {}}\n'
    )


@contextmanager
def _opened(source: Path) -> Iterator[tuple[PluginSpec, Path]]:
    """The plugin of a built project folder, or of a package."""
    if source.is_dir():
        with packed(source, built=True) as made:
            yield made
        return
    if not source.is_file():
        raise NotFound("there is no such folder or package", file=str(source))
    if source.suffix != SUFFIX:
        raise InvalidInput(f"expected a folder or a {SUFFIX} package", file=str(source))
    with open_archive(source) as files:
        yield package.read(files), source


def _port(text: str) -> int:
    if not text:
        return PORT
    if not text.isdigit() or int(text) > 65535:
        raise InvalidInput(f"PORT is not the number of a port: {text!r}")
    return int(text)


@contextmanager
def _listen(port: int) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((ADDRESS, port))
        except OSError as error:
            raise SurroundingsError(
                f"cannot listen on {ADDRESS}:{port}: {error.strerror}",
                hint="set PORT to another number",
            ) from None
        yield listener


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
