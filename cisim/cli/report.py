"""The command `cisim report`: what a results folder says, as one HTML file to read, print and forward."""

from pathlib import Path

import click

from cisim.cli.console import progress
from cisim.cli.options import announce_compiling, writable


@click.command()
@click.argument("folder")
@click.option("-o", "--output", "file", callback=writable, metavar="FILE", help="The HTML file (default: FOLDER's name).")
@click.option("--metric", default="on_track", help="The metric, as it was kept, with its year if need be: needs_met@5.")
@click.option("--map", "across", nargs=2, metavar="X Y", help="The map's two factors (default: those that change most).")
@click.option(
    "--plausible",
    "points",
    default=0,
    type=click.IntRange(0, 10_000),
    metavar="N",
    help="Also try N plausible combinations of settings.",
)
def report(folder: str, file: Path | None, metric: str, across: tuple[str, str] | None, points: int) -> None:
    """Write what the results in FOLDER say as one HTML file, which needs no network and prints well.

    It has sentences, charts and tables, the design, what the intervals cover, and how to reproduce everything. A sweep that is
    not finished is reported as far as it goes. The same folder gives the same file, to the byte.

    \b
    Examples:
      cisim report results/when-it-pays -o report.html
      cisim report results/when-it-pays --map complementarity meeting_hours
      cisim report results/when-it-pays --metric needs_met --plausible 60
    """
    from cisim.report import report as report_

    place = file or Path(f"{Path(folder).resolve().name}.html")
    if points:
        announce_compiling()
    with progress("plausible settings", max(points, 1)) as advance:
        size = report_(folder, place, metric, across, points, advance)
    click.echo(f"{place}: {size / 1000:,.0f} kB; open it in any browser, or print it.")
