"""The command `cisim play`: a room in which a class runs the organisations of a small town."""

import contextlib
from pathlib import Path
from typing import TypeAlias

import click

import cisim
from cisim.cli.ui import ALLOWED, end_at_once

Names: TypeAlias = tuple[str, ...]


@click.command()
@click.option("--minutes", type=click.Choice(["45", "90"]), default="45", help="Length of the lesson.")
@click.option("--seed", type=click.IntRange(0, 2**53), help="Seed of the town (default: drawn).")
@click.option("--host", default="0.0.0.0", help="Address to listen on (default: all, so that phones reach it).")
@click.option("--port", default=8765, type=click.IntRange(0, 65535), help="Port to listen on (0: any free port).")
@click.option(
    "--rooms", "folder", metavar="FOLDER", type=click.Path(file_okay=False, path_type=Path), help="Where games are kept."
)
@click.option("--allow-host", "allowed", multiple=True, metavar="NAME", envvar="CISIM_UI_ALLOW_HOST", help=ALLOWED)
@click.option("--proxy", is_flag=True, envvar="CISIM_UI_PROXY", help="Trust addresses that a reverse proxy reports.")
@click.option("--no-browser", is_flag=True, help="Do not open the projector's page.")
def play(
    minutes: str, seed: int | None, host: str, port: int, folder: Path | None, allowed: Names, proxy: bool, no_browser: bool
) -> None:
    """Open a room: players join on their phones with a code, and run the organisations of a small town.

    Prints the address and the code. The projector's page has the code in large letters, a QR code and the teacher's buttons.
    Games are kept as files, which `cisim replay` plays again. Ctrl-C ends it; rooms go on when it is started again.

    \b
    Examples:
      cisim play
      cisim play --minutes 90
      cisim play --seed 7 --rooms games --no-browser
      cisim replay games/KITE.jsonl
    """
    from cisim.ui.server.hosts import EVERYWHERE, NAME, local_network, web_address
    from cisim.ui.server.start import CannotStartError, listening, prepare, serve

    for name in allowed:
        if not NAME.fullmatch(name):
            raise click.UsageError(f"--allow-host {name[:100]}: give only a name, as in cisim.example.org.")
    from cisim.ui.phones.audience import make_folder
    from cisim.ui.play.rooms import Rooms

    rooms = Rooms(folder, seed)
    try:
        make_folder(rooms.folder)
    except OSError as error:
        raise click.ClickException(f"{rooms.folder} cannot be written ({error.strerror}): give another with --rooms.") from None
    try:
        prepare()
        found = listening(host, port)
    except CannotStartError as error:
        raise click.ClickException(str(error)) from None
    port = found.getsockname()[1]
    here = web_address(EVERYWHERE.get(host, host), port)
    others = [f"{web_address(one, port)}/p" for one in local_network(host)]

    def announce() -> None:
        code, token = rooms.open_from_outside(int(minutes))
        projector = f"{here}/p/{code}/projector#{token}"
        click.echo(f"Players open {' or '.join(others) or f'{here}/p'} and enter the code {code}.")
        click.echo(f"The projector and your buttons: {projector} (keep this link to yourself; Ctrl-C ends it).")
        if not no_browser:
            import webbrowser

            webbrowser.open(projector)

    with contextlib.suppress(KeyboardInterrupt):
        serve(found, cisim.load("default"), announce, (), (host, *allowed), proxy, rooms)
    click.echo(f"Ended. Games are kept in {rooms.folder}.")
    end_at_once()
