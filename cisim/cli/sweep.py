"""The commands `cisim sweep`, `status` and `merge`: many runs into a results folder that survives whatever happens."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cisim.cli.console import console, progress, table
from cisim.cli.options import announce_compiling

if TYPE_CHECKING:
    from cisim.experiment import Experiment

STOPPED = 130
FAILED_RUNS = 1


@click.command()
@click.argument("experiment")
@click.option("-o", "--output", "folder", required=True, metavar="FOLDER", help="The results folder: new, or to go on with.")
@click.option("--workers", type=click.IntRange(1, 1000), help="Processes at work (default: one a core).")
@click.option("--dry-run", is_flag=True, help="Only say how many runs, how long (from a short probe) and how much disk.")
@click.option("--retry", is_flag=True, help="Run failed runs again, too.")
def sweep(experiment: str, folder: str, workers: int | None, dry_run: bool, retry: bool) -> None:
    """Run all that EXPERIMENT (a file, or a shipped name) asks for and FOLDER does not hold yet.

    Ctrl-C finishes the chunks in work; the same command goes on where it was, after a crash, too. What is stored does not
    depend on how it was run. Exits with status 1 if some runs failed, 130 if it was stopped.

    \b
    Examples:
      cisim sweep when_does_it_pay -o results/when-it-pays
      cisim sweep experiments/mine.toml -o results/mine --dry-run
    """
    from cisim.experiment import Experiment
    from cisim.store import Store
    from cisim.sweep import manifest_of
    from cisim.sweep import sweep as sweep_

    asked = Experiment.read(experiment)
    announce_compiling()
    if dry_run:
        _tell_size(asked)
        return
    if retry and (Path(folder) / "manifest.json").exists():
        with Store.open(folder, manifest_of(asked)) as store:
            click.echo(f"{store.forget_failures()} failed runs will be run again.", err=True)
    with progress("points x seeds", len(asked) * asked.replicates.seeds) as tell:
        outcome = sweep_(asked, folder, workers, lambda done, total, failed: tell(done))
    for message in outcome.messages:
        click.echo(f"cisim: {message}", err=True)
    if not outcome.complete:
        click.echo(f"Stopped; {outcome.rows:,} rows are safe in {folder}. Give the same command to go on.", err=True)
        sys.exit(STOPPED)
    click.echo(f"{outcome.rows:,} rows in {folder} ({outcome.added:,} new, {outcome.failed:,} failed).")
    if outcome.failed:
        click.echo("See `cisim status`; --retry runs the failed ones again.", err=True)
        sys.exit(FAILED_RUNS)


def _tell_size(asked: Experiment) -> None:
    """Prints what a sweep would take, from a probe of one point on one seed."""
    import os

    from cisim.sweep import _Bench

    bench = _Bench(asked)
    bench.rows((0, 0))
    begun = time.monotonic()
    bench.rows((len(bench.points) // 2, 1))
    jobs = len(asked) * asked.most_seeds
    cores = os.cpu_count() or 1
    minutes = jobs * (time.monotonic() - begun) / cores / 60.0
    rows = jobs * len(asked.regimes)
    size = rows * (40 + 8 * len(asked.columns)) / 1e6
    most = " at most" if asked.replicates.watched else ""
    what = f"{len(asked):,} points x {asked.most_seeds} seeds x {len(asked.regimes)} arms = {rows:,} runs{most}"
    click.echo(f"{asked.title}: {what}; about {minutes:.1f} minutes on {cores} cores, {size:.1f} MB.")


@click.command()
@click.argument("folder")
def status(folder: str) -> None:
    """Tell how far the results in FOLDER are, from any terminal, while a sweep writes them or after.

    \b
    Example:
      cisim status results/when-it-pays
    """
    from cisim.store import Results
    from cisim.store import status as status_

    found = status_(folder)
    rows = [
        ["state", found.state],
        ["rows", f"{found.rows:,}"],
        ["failed", f"{found.failures:,}"],
        ["parts", f"{found.parts} ({found.bytes / 1e6:.1f} MB)"],
        ["last rows", found.updated],
        ["model", found.manifest.model_digest],
    ]
    if found.state == "running" and found.progress.get("seconds_a_job"):
        left = max(found.progress["total"] - found.progress["done"], 0)
        rows.append(["points x seeds left in this round", f"{left:,}"])
    if found.state == "finished":
        rows.append(["content digest", Results.of(folder).digest()])
    console().print(table(folder, ["", ""], rows))
    failures = Results.of(folder).failures() if found.failures else None
    if failures is not None:
        for message, count in failures["error"].value_counts().head(5).items():
            click.echo(f"{count:,} runs failed: {message}")


@click.command()
@click.argument("folders", nargs=-1, required=True)
@click.option("-o", "--output", "into", required=True, metavar="FOLDER", help="Where the merged results go.")
def merge(folders: tuple[str, ...], into: str) -> None:
    """Put results FOLDERS of one experiment and one model together, each row once.

    \b
    Example:
      cisim merge results/part-1 results/part-2 -o results/whole
    """
    from cisim.store import Results
    from cisim.store import merge as merge_

    with merge_(list(folders), into) as whole:
        whole.finish()
    merged = Results.of(into)
    click.echo(f"{len(merged):,} rows in {into}, content digest {merged.digest()}.")
