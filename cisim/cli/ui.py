"""The command `cisim ui`: the page in the browser, served from this machine to this machine."""

import contextlib
import os
import sys
from pathlib import Path
from typing import TypeAlias

import click

import cisim

Paths: TypeAlias = tuple[Path, ...]
Names: TypeAlias = tuple[str, ...]

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
ALLOWED = "A host name under which others open the page, as in cisim.example.org (repeatable)."


@click.command()
@click.argument("scenario", required=False)
@click.option("--scenario", "named", metavar="SCENARIO", help="The same as the argument.")
@click.option("--host", default="127.0.0.1", help="Address to listen on (default: this machine only).")
@click.option("--port", default=8765, type=click.IntRange(0, 65535), help="Port to listen on (0: any free port).")
@click.option("--results", multiple=True, metavar="FOLDER", type=FOLDER, help="Results folder, or a folder of them (repeatable).")
@click.option("--allow-host", "allowed", multiple=True, metavar="NAME", envvar="CISIM_UI_ALLOW_HOST", help=ALLOWED)
@click.option(
    "--proxy", is_flag=True, envvar="CISIM_UI_PROXY", help="Trust addresses that a reverse proxy on this machine reports."
)
@click.option("--no-browser", is_flag=True, help="Do not open the browser.")
def ui(
    scenario: str | None, named: str | None, host: str, port: int, results: Paths, allowed: Names, proxy: bool, no_browser: bool
) -> None:
    """Open the page: compare approaches, beginning with SCENARIO (a file or a shipped name; default: an ordinary community).

    Everything comes from installed packages: no request leaves this machine. Ctrl-C ends it.

    \b
    Examples:
      cisim ui
      cisim ui strive --port 0
      cisim ui my.toml --no-browser
      cisim ui --host 0.0.0.0          also for phones in your network
      cisim ui --results results
      cisim ui --host 0.0.0.0 --allow-host cisim.example.org --no-browser
    """
    if scenario and named and scenario != named:
        raise click.UsageError(f"two scenarios, {scenario} and {named}: give one.")
    from cisim.ui.server.hosts import EVERYWHERE, NAME, local_network, web_address

    for name in allowed:
        if not NAME.fullmatch(name):
            raise click.UsageError(f"--allow-host {name[:100]}: give only a name, as in cisim.example.org.")
    chosen = cisim.load(scenario or named or "default")
    from cisim.ui.server.start import CannotStartError, listening, prepare, serve

    try:
        prepare()
        found = listening(host, port)
    except CannotStartError as error:
        raise click.ClickException(str(error)) from None
    port = found.getsockname()[1]
    address = web_address(EVERYWHERE.get(host, host), port)
    others = [web_address(one, port) for one in local_network(host)]
    network = f"{' or '.join(others)} for devices in your network, and at " if others else ""

    def announce() -> None:
        click.echo(f"The page is at {network}{address}{' on this machine' if others else ''} (Ctrl-C ends it).")
        if not no_browser:
            import webbrowser

            webbrowser.open(address)

    with contextlib.suppress(KeyboardInterrupt):  # how one ends it; SIGTERM does the same
        serve(found, chosen, announce, results, (host, *allowed), proxy)
    click.echo("Ended.")
    end_at_once()


def end_at_once() -> None:
    """Ends the process without taking down what its threads may be in the middle of.

    A thread may be compiling or loading the engine, which may not be interrupted; at a usual exit of Python, LLVM would be taken
    down beneath it, and the process would end with an assertion of LLVM's. Nothing is left to be saved.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
