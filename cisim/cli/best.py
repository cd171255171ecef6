"""The command `cisim best`: the best plan with the same money, and what the best possible one could reach."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cisim.cli.console import ExitStatus, complain, progress, show, table, warn
from cisim.cli.options import MARGIN, YEARS, Files, announce_compiling, of_scenario, outputs
from cisim.errors import require

if TYPE_CHECKING:
    from cisim.scenario import Scenario


@click.command()
@of_scenario
@click.option("--trials", default=150, type=click.IntRange(1, 2000), help="How many plans to try.")
@click.option("--members", default=48, type=click.IntRange(0, 1000), help="How many settings that fit the evidence; 0: its own.")
@click.option("--seeds", default=1, type=click.IntRange(1, 10), help="Histories of each; four times as many check the plans.")
@YEARS
@MARGIN
@click.option("--by", metavar="A,B,...", help="Only choices of these: funders, initiative, organisations.")
@click.option("--choices", metavar="PATH,...", help="Only these choices, by path (`initiative`: whether there is one).")
@click.option("--check", "checked", default=6, type=click.IntRange(1, 50), help="How many plans to check on fresh seeds.")
@click.option("-o", "--output", "file", metavar="FILE", help="Keep the search in this file; the same command continues it.")
@outputs(json="Write everything shown, and all plans tried.", csv="Write the plans tried.", plot="the plans by two aims")
def best(
    chosen: "Scenario",
    trials: int,
    members: int,
    seeds: int,
    years: int | None,
    margin: float | None,
    by: str | None,
    choices: str | None,
    checked: int,
    file: str | None,
    files: Files,
) -> None:
    """Search for the best plan with the same money: what funders, the initiative and others could choose from now on.

    Plans are compared on three aims at once: pupils on track, the equity gap, and the regret in the worst tenth of the
    settings that fit the evidence. Those found are run again on fresh seeds, beside what a planner who knows everything could
    reach. Ctrl-C loses nothing with -o: the same command continues, and ends as if it had not been interrupted.

    \b
    Examples:
      cisim best default
      cisim best default --trials 400 -o results/best.journal --plot plans.svg
      cisim best default --by funders --years 25
      cisim best default --choices initiative,switches.open_data,grants.grant_years --members 0
    """
    require("best", "a search for the best plan")
    from cisim.studies.best import best as best_
    from cisim.studies.margins import margin_in

    if file is not None and not Path(file).parent.is_dir():
        raise click.UsageError(f"-o {file}: it lies in {Path(file).parent}, which does not exist; give a file in a folder.")
    announce_compiling()
    with progress("plans", trials) as advance, _kept_in(file):
        result = best_(
            chosen,
            trials,
            members,
            seeds,
            years,
            _names(by),
            _names(choices),
            checked,
            margin_in("on_track", margin),
            Path(file) if file is not None else None,
            note=lambda sentence: click.echo(sentence, err=True),
            tell=lambda done, total: advance(min(done, trials)),
        )
    show(f"{chosen.title}: {trials} plans, the best of them checked on {result.histories} fresh histories")
    warn(chosen.warnings([]))
    title, heads, rows = result.table()
    from cisim.present import by_plan
    from cisim.present.terminal import plot

    show("", table(title, heads, rows), "", *plot(by_plan.tried(result)), "B: the best plan; letters: the usual arms", "")
    show(str(result.verdict))
    files.json(result.summary)
    files.csv(result.tried)
    files.plot("plans_by_aims", result)


@contextmanager
def _kept_in(file: str | None) -> Iterator[None]:
    """What is printed when a search is interrupted that is kept in a file."""
    try:
        yield
    except KeyboardInterrupt:
        if file is None:
            raise
        complain(f"interrupted; the plans tried are safe in {file}. Give the same command to continue.", ExitStatus.INTERRUPTED)


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]
