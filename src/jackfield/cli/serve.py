"""``jackfield serve``: run a host."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jackfield.cli.session import Session

if TYPE_CHECKING:
    from jackfield.host import Host

app = typer.Typer(rich_markup_mode=None, add_completion=False)

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8080

GLANCE_S = 0.25
"""What the greeting waits for the plugins: long enough to know whether the host is in safe mode."""


@app.command()
def serve(
    ctx: typer.Context,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            envvar="JACKFIELD_HOST",
            help="The address to listen on; 0.0.0.0 is every one of this machine.",
        ),
    ] = DEFAULT_HOST,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            envvar="JACKFIELD_PORT",
            help=f"The port; 0 takes a free one.  [default: {DEFAULT_PORT}; a free one with --only "
            "and --site]",
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="DIALECT", help="Serve only this plugin system; may be repeated."),
    ] = None,
    site: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DIALECT=HOST:PORT",
            help="Serve this plugin system at the root of an address of its own, too; may be "
            "repeated.",
        ),
    ] = None,
    native_ports: Annotated[
        bool,
        typer.Option(
            "--native-ports", help="Serve each plugin system on the port that its clients expect."
        ),
    ] = False,
    home: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DIALECT=DIR",
            help="Take the folder of an existing installation of the original in place; may be "
            "repeated.",
        ),
    ] = None,
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            envvar="JACKFIELD_TRUSTED_PROXY",
            help="A reverse proxy, or a network of them, that may say whose request it passes on "
            "(X-Forwarded-For, X-Forwarded-Proto); may be repeated. Without it every visitor "
            "behind a proxy counts as the proxy.",
        ),
    ] = None,
    safe_mode: Annotated[
        bool, typer.Option("--safe-mode", help="Start no plugin; all can still be managed.")
    ] = False,
) -> None:
    """Run a host until Ctrl-C: its page, its chat, its plugins."""
    from jackfield.cli.addresses import homes_of, listen_sites, main_port, proxies, site_addresses
    from jackfield.cli.server import listen, run_server
    from jackfield.config import Config, default_database
    from jackfield.host import Host, installed_dialects
    from jackfield.services.accounts import Accounts
    from jackfield.web.app import site_app

    session = Session.of(ctx)
    dialects = installed_dialects(tuple(only or ()))
    trusted = proxies(trusted_proxy or [])
    addresses = site_addresses(site or [], dialects, host if native_ports else None)
    config = Config(
        data_dir=session.data_dir,
        database=default_database(),
        only=tuple(only or ()),
        homes=homes_of(home or [], dialects),
        safe_mode=safe_mode or None,
    )
    with ExitStack() as open_sockets:
        chosen = main_port(port, DEFAULT_PORT, only or [], addresses)
        socket = open_sockets.enter_context(listen(host, chosen))
        listeners = listen_sites(addresses, open_sockets)
        served = Host(config, dialects=dialects)
        bound = int(socket.getsockname()[1])
        served.engine.on_progress = lambda line: session.output.note(f"sandbox engine: {line}")

        def ready() -> None:
            served.wait_started(GLANCE_S)
            token = served.services.get(Accounts).tokens.create_passing("command line")
            served.data.write_run_info(
                {"pid": os.getpid(), "host": host, "port": bound, "token": token}
            )
            session.output.lines(_greeting(served, host, bound, addresses))
            # Now, and not when the first plugin is enabled: nobody shall wait for it then.
            served.engine.start()

        sites = [(site_app(served, name), listener) for name, listener in listeners.items()]
        run_server(served.asgi(), socket, ready, sites, trusted)


def _greeting(served: Host, host: str, port: int, sites: dict[str, tuple[str, int]]) -> list[str]:
    from jackfield.cli.operator import at_home
    from jackfield.services.accounts import Accounts
    from jackfield.services.users import ADMIN

    address = f"http://{at_home(host)}:{port}"
    states = served.registry.list()
    enabled = sum(state.enabled for state in states)
    own = [f"  {name:<8} http://{at_home(at)}:{its}/" for name, (at, its) in sites.items()]
    lines = [
        f"Jackfield serves {address}/",
        *own,
        f"  data     {served.data.path}",
        f"  plugins  {len(states)} installed, {enabled} enabled",
    ]
    if served.registry.safe_mode:
        lines.append("  safe mode: no plugin was started; each can be enabled, disabled or removed")
    accounts = served.services.get(Accounts)
    if not accounts.any_with(ADMIN):
        lines += [
            f"  admin    {address}/#claim={accounts.tokens.create_claim()}",
            "           whoever opens that first, within a day, becomes the administrator",
        ]
    lines += [f"  manage   {_program(served.data.path)} --help", "Ctrl-C stops it."]
    return lines


def _program(data: Path) -> str:
    """How to call this program for this host, as short as it works in the user's shell."""
    from jackfield.config import default_data_dir

    called = Path(sys.argv[0])
    found = shutil.which(called.name)
    known = found is not None and Path(found).resolve() == called.resolve()
    words = [called.name if known else str(called)]
    if data != default_data_dir().absolute():
        words += ["--data", str(data)]
    return shlex.join(words)
