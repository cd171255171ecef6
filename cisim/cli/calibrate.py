"""The command `cisim calibrate`: which settings fit published or own numbers."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cisim.cli.console import ExitStatus, show, table, watching
from cisim.cli.options import STANDARD, Files, announce_compiling, outputs, standard_input
from cisim.cli.sweep import leaving_at_once, show_size
from cisim.errors import require
from cisim.text.english import count
from cisim.text.numbers import plain, span

if TYPE_CHECKING:
    from cisim.calibration.result import Result


@click.command()
@click.argument("targets")
@click.option(
    "-o", "--output", "folder", required=True, metavar="FOLDER", help="The calibration's folder: new, or one to continue."
)
@click.option("--workers", type=click.IntRange(1, 1000), help="Number of processes (default: one per core).")
@click.option("--dask", "address", metavar="ADDRESS", help='Run on the workers of a Dask scheduler, or "local".')
@click.option("--dry-run", is_flag=True, help="Only print how many runs a wave takes, and how long (by a short probe).")
@outputs(
    json="Write everything shown, and the ensemble.", csv="Write the ensemble: weights and settings.", plot="how well it fits"
)
def calibrate(targets: str, folder: str, workers: int | None, address: str | None, dry_run: bool, files: Files) -> None:
    """Find the settings at which the model shows the numbers of TARGETS, a file, or "ledger" for those of the evidence ledger.

    Waves of runs rule settings out (history matching); settings drawn from what is left are run and weighted. Where nothing fits,
    that is printed, with the targets that conflict. Ctrl-C or SIGTERM finishes the chunks in progress and stores them; the same
    command continues. Exits with status 1 if nothing fits, 130 if it was stopped.

    \b
    Examples:
      cisim calibrate ledger -o results/calibration --dry-run
      cisim calibrate ledger -o results/calibration
      cisim calibrate my-targets.toml -o results/mine --csv ensemble.csv --plot fit.png
      cisim status results/mine/wave-1
    """
    require("calibrate", "calibration")
    with leaving_at_once(folder):
        from cisim.calibration.targets import Calibration
        from cisim.calibration.waves import StoppedError
        from cisim.calibration.waves import calibrate as calibrate_
        from cisim.sweeps.running import WHOLE
        from cisim.sweeps.running.workers import Start, local_processes

        standard = targets == STANDARD
        asked = Calibration.of(standard_input(), "standard_input", Path.cwd()) if standard else Calibration.read(targets)
        start: Start = local_processes
        if address:
            from cisim.sweeps.running.dask import dask_workers

            start = dask_workers(address)
        announce_compiling()
        if dry_run:
            show_size(asked.experiment, WHOLE, workers)
            waves = count(asked.asked.waves, "wave")
            click.echo(f"Up to {waves} of that size, then an ensemble of up to {count(asked.asked.ensemble, 'point')}.")
            return
        try:
            result = calibrate_(asked, folder, workers, lambda sentence: click.echo(sentence, err=True), watching, start)
        except StoppedError:
            click.echo(f"Stopped; what was stored in {Path(folder)} is safe. Give the same command to continue.", err=True)
            sys.exit(ExitStatus.INTERRUPTED)
        _show(result)
        files.json(result.summary)
        files.csv(result.frame)
        if "plot" in files:
            from cisim.present.pictures import save

            drawn = result.figures()
            save(drawn, files["plot"], asked.title, "\n".join(one.note for one in drawn))
    if not result.fits:
        sys.exit(ExitStatus.NOT_AS_ASKED)


def _show(result: "Result") -> None:
    fits = result.fits
    columns = [
        "target",
        "published",
        "sd",
        "discrepancy",
        "before (95 % of points)",
        *(["after (95 % by weight)"] if fits else []),
    ]
    names = ("published", "error", "discrepancy")
    rows = [
        [row["target"], *(plain(row[name]) for name in names), *_spans(row, "before"), *(_spans(row, "after") if fits else [])]
        for row in result.targets().to_dict("records")
    ]
    show(table("What is to come out", columns, rows), "")
    if fits:
        settings = result.settings().to_dict("records")
        lines = [
            [row["setting"], span(row["low"], row["high"], plain), plain(row["after_mean"]), *_spans(row, "after")]
            for row in settings
        ]
        show(table("Settings that fit", ["setting", "plausible", "mean", "95 % by weight"], lines), "")
    show(*result.sentences(), f"Digest {result.digest}.")


def _spans(row: dict[str, float], name: str) -> list[str]:
    return [span(row[f"{name}_low"], row[f"{name}_high"], plain)]
