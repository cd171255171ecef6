"""The commands `cisim sweep`, `status` and `merge`: many runs into a results folder that survives interruptions."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import TYPE_CHECKING

import click

from cisim.cli.completion import experiment_names
from cisim.cli.console import ExitStatus, line, show, table, watching
from cisim.cli.options import ANSWER, STANDARD, Files, announce_compiling, standard_input
from cisim.processes import STOPPING
from cisim.text.english import plain
from cisim.text.numbers import duration, size

if TYPE_CHECKING:
    from cisim.sweeps.experiment import Experiment
    from cisim.sweeps.running import Outcome, Shard
    from cisim.sweeps.running.plan import Estimate
    from cisim.sweeps.store import Status

SHOWN = 1_000  # characters of a message that come from a results folder


@click.command()
@click.argument("experiment", shell_complete=experiment_names)
@click.option("-o", "--output", "folder", required=True, metavar="FOLDER", help="The results folder: new, or one to continue.")
@click.option("--workers", type=click.IntRange(1, 1000), help="Number of processes (default: one per core).")
@click.option("--dask", "address", metavar="ADDRESS", help='Run on the workers of a Dask scheduler, or "local".')
@click.option("--shard", "share", metavar="K/N", help="Run only part K of N of the points; `cisim merge` joins the parts.")
@click.option("--dry-run", is_flag=True, help="Only print how many runs it takes, how long (by a short probe) and how much disk.")
@click.option("--retry", is_flag=True, help="Also run failed runs again.")
@ANSWER
def sweep(
    experiment: str,
    folder: str,
    workers: int | None,
    address: str | None,
    share: str | None,
    dry_run: bool,
    retry: bool,
    files: Files,
) -> None:
    """Run all runs of EXPERIMENT (a file or a shipped name) that FOLDER does not have yet.

    Ctrl-C or SIGTERM finishes the chunks in progress and stores them; a second one stops at once. The same command continues,
    also after a crash. The results do not depend on how they were run. Exits with status 1 if some runs failed, 130 if
    it was stopped.

    \b
    Examples:
      cisim sweep when_does_it_pay -o results/when-it-pays
      cisim sweep experiments/mine.toml -o results/mine --dry-run
      cisim sweep experiments/mine.toml -o results/mine --dask tcp://host:8786
      cisim sweep experiments/mine.toml -o results/part-3 --shard 3/40
    """
    with leaving_at_once(folder):
        from cisim.sweeps import running
        from cisim.sweeps.experiment import Experiment
        from cisim.sweeps.running.workers import local_processes
        from cisim.sweeps.store import Store

        standard = experiment == STANDARD
        asked = Experiment.of(standard_input(), "standard_input", Path.cwd()) if standard else Experiment.read(experiment)
        for note in asked.base.notes:
            click.echo(f"Note: {note}", err=True)
        shard = running.Shard.read(share) if share else running.WHOLE
        if share and not len(running.Plan(asked, shard)):
            sentence = f"the experiment has fewer points ({len(asked):,}) than shards, so this one is empty: it can be left out."
            raise click.UsageError(f"--shard {share}: {sentence}")
        if address and workers and address != "local":
            raise click.UsageError("--workers is for this machine; a Dask scheduler's workers are as many as you started.")
        start: running.workers.Start = local_processes
        if address:
            from cisim.sweeps.running.dask import dask_workers

            start = dask_workers(address)
        announce_compiling()
        if dry_run:
            found = show_size(asked, shard, workers)
            files.json(lambda: vars(found))
            return
        if retry and (Path(folder) / "manifest.json").exists():
            with Store.open(folder, running.manifest_of(asked)) as store:
                click.echo(f"{store.forget_failures()} failed runs will be run again.", err=True)
        with watching() as advance:
            outcome = running.sweep(asked, folder, workers, advance, start=start, shard=shard)
        files.json(lambda: {"folder": folder, **vars(outcome)})
        _show_outcome(outcome, folder, shard)


@contextmanager
def leaving_at_once(folder: str) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the process where it is, except where `cisim.sweeps.running` lets chunks in work finish. (Some
    libraries swallow or print an exception that is raised while they load.)"""

    def leave(_: int, __: FrameType | None) -> None:
        cursor = "\x1b[?25h" if sys.stderr.isatty() else ""  # the bar hides it
        sentence = f"{cursor}Stopped at once; what was stored in {folder} is safe. Give the same command to continue.\n"
        os.write(2, sentence.encode(errors="replace"))
        os._exit(ExitStatus.INTERRUPTED)

    before = {number: signal.getsignal(number) for number in STOPPING}
    for number, handler in before.items():
        if handler != signal.SIG_IGN:
            signal.signal(number, leave)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _show_outcome(outcome: "Outcome", folder: str, shard: "Shard") -> None:
    for message in outcome.messages:
        click.echo(f"cisim: {plain(message, SHOWN)}", err=True)
    if not outcome.complete:
        click.echo(f"Stopped; {outcome.rows:,} rows are safe in {folder}. Give the same command to continue.", err=True)
        sys.exit(ExitStatus.INTERRUPTED)
    of_shard = "" if shard.count == 1 else f", all of shard {shard}"
    click.echo(f"{outcome.rows:,} rows in {folder} ({outcome.added:,} new, {outcome.failed:,} failed){of_shard}.")
    if outcome.failed:
        click.echo("See `cisim status`; --retry runs the failed ones again.", err=True)
        sys.exit(ExitStatus.NOT_AS_ASKED)


def show_size(asked: "Experiment", shard: "Shard", workers: int | None) -> "Estimate":
    """Prints how many runs it takes, how long and how much disk, by a short probe, and returns it."""
    from cisim.sweeps.running import WHOLE
    from cisim.sweeps.running.plan import probe

    found = probe(asked, shard)
    cores = workers or os.cpu_count() or 1
    most = " at most" if asked.replicates.watched else ""
    of_shard = "" if shard == WHOLE else f" in shard {shard}"
    what = f"{found.points:,} points x {asked.most_seeds} seeds x {len(asked.arms)} arms = {found.runs:,} runs{most}{of_shard}"
    times = f"about {duration(found.core_seconds / cores)} on {cores} cores ({duration(found.core_seconds)} on one)"
    click.echo(f"{asked.title}: {what}; {times}, {size(found.bytes)} on disk (from {found.tried} runs tried).")
    if found.failed:
        click.echo(f"{found.failed} of the {found.tried} runs tried failed: {found.message}", err=True)
    return found


@click.command()
@click.argument("folder")
@ANSWER
def status(folder: str, files: Files) -> None:
    """Show the progress of the results in FOLDER, while a sweep writes them or afterwards.

    \b
    Example:
      cisim status results/when-it-pays
    """
    from cisim.sweeps.store import Results
    from cisim.sweeps.store import status as status_

    found = status_(folder)
    rows = [["state", found.state], ["rows", f"{found.rows:,}"], ["failed", f"{found.failures:,}"]]
    rows += [["parts", f"{found.parts} ({size(found.bytes)})"], ["last rows", found.updated]]
    further = [["model", found.manifest.model_digest], *_how_far(folder, found)]
    if found.state == "finished":
        further.append(["content digest", Results.of(folder).digest()])
    show(table(folder, ["", ""], rows + further))
    about = {name: value for name, value in vars(found).items() if name != "manifest"}
    files.json(lambda: {"folder": folder, **about, **{name.replace(" ", "_"): value for name, value in further}})
    if found.failures:
        for message, count in Results.of(folder).failures()["error"].value_counts().head(5).items():
            click.echo(f"{count:,} runs failed: {plain(str(message), SHOWN)}")


def _how_far(folder: str, found: "Status") -> list[list[str]]:
    """Rate and time left while it runs; what is missing when it does not."""
    known = found.progress
    shard = [["shard", known["shard"]]] if known.get("shard", "1/1") != "1/1" else []
    if found.state == "finished":
        return []
    if found.state == "running":  # a namespace like `Progress`, whose module would load the engine
        return [*shard, ["progress", line(SimpleNamespace(**known))]] if "rate" in known else shard
    from cisim.errors import InputError
    from cisim.sweeps.experiment import Experiment
    from cisim.sweeps.running import Shard, lacking
    from cisim.sweeps.store import Results

    try:
        experiment, results = Experiment.stored(found.manifest), Results.of(folder)
    except InputError as error:  # of another version of cisim, for instance: the rows can still be read
        return [*shard, ["missing", f"unknown: {error}"]]
    mine = [[f"of shard {shard[0][1]}", str(lacking(experiment, results, Shard.read(shard[0][1])))]] if shard else []
    return [*mine, ["of the whole", str(lacking(experiment, results))]]


@click.command()
@click.argument("folders", nargs=-1, required=True)
@click.option("-o", "--output", "into", required=True, metavar="FOLDER", help="Where the merged results go.")
@ANSWER
def merge(folders: tuple[str, ...], into: str, files: Files) -> None:
    """Put results FOLDERS of one experiment and one model together, each row once.

    Exits with status 1 if rows are missing, and prints how many; `cisim sweep` with the merged folder runs them.

    \b
    Example:
      cisim merge results/part-1 results/part-2 -o results/whole
    """
    from cisim.sweeps.experiment import Experiment
    from cisim.sweeps.running import lacking
    from cisim.sweeps.store import merge as merge_

    with merge_(list(folders), into) as whole:
        left = lacking(Experiment.stored(whole.manifest), whole)
        if left.runs:
            whole.compact()
        else:
            whole.finish()
        click.echo(f"{len(whole):,} rows in {into}, content digest {whole.digest()}.")
        for message in whole.messages:
            click.echo(f"cisim: {plain(message, SHOWN)}", err=True)
        about = {"folder": into, "rows": len(whole), "content_digest": whole.digest(), "messages": whole.messages}
        files.json(lambda: {**about, "missing_runs": left.runs})
    if left.runs:
        remedy = f"Merge the other shards also, or run what is missing: `cisim sweep EXPERIMENT -o {into}`"
        click.echo(f"Not finished: {left}. {remedy}.", err=True)
        sys.exit(ExitStatus.NOT_AS_ASKED)
