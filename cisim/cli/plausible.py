"""The command `cisim plausible`: its options, and its result as printed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cisim.cli.console import console, progress, table, warn
from cisim.cli.options import SCENARIO, SET, YEARS, announce_compiling, check_outputs, read_scenario, writable

if TYPE_CHECKING:
    from cisim.scenario import Scenario
    from cisim.studies.plausible import Decider, Plausible


@click.command()
@SCENARIO
@click.option(
    "--points", default=200, show_default=True, type=click.IntRange(1, 100_000), help="How many points (settings tried together)."
)
@click.option("--seeds", default=16, show_default=True, type=click.IntRange(2, 10_000), help="How many seeds each point runs on.")
@click.option("--sample", default=0, show_default=True, type=click.IntRange(0), help="Seed of the sample of settings.")
@SET
@YEARS
@click.option("--json", "json_file", callback=writable, metavar="FILE", help="Write the summary.")
@click.option("--csv", "csv_file", callback=writable, metavar="FILE", help="Write every point: settings, differences, verdict.")
@click.option("--plot", "plot_file", callback=writable, metavar="FILE", help="Draw leads and deciders (png, svg, pdf).")
def plausible(
    scenario: str,
    points: int,
    seeds: int,
    sample: int,
    changes: tuple[str, ...],
    years: int | None,
    json_file: Path | None,
    csv_file: Path | None,
    plot_file: Path | None,
) -> None:
    """Show at what share of all plausible settings of SCENARIO collective impact does better than the strongest alternative.

    Settings given by the scenario or by --set stay fixed; every other setting with a plausible range varies.

    \b
    Examples:
      cisim plausible default --points 200 --plot where.png
      cisim plausible strive --points 64 --set skills.complementarity=0.5
    """
    check_outputs(json_file, csv_file, plot_file)
    result = run_plausible(read_scenario(scenario, changes), points, seeds, years, sample)
    show_plausible(result)
    if json_file:
        json_file.write_text(json.dumps(result.summary(), indent=1) + "\n", encoding="utf-8")
    if csv_file:
        result.frame().to_csv(csv_file, index=False, lineterminator="\n")
    if plot_file:
        from cisim.present.pictures import leads_and_deciders

        leads_and_deciders(result, plot_file)


def run_plausible(scenario: Scenario, points: int, seeds: int = 16, years: int | None = None, sample: int = 0) -> Plausible:
    """The analysis, with its progress on standard error."""
    from cisim.studies.plausible import plausible as plausible_

    announce_compiling()
    with progress("points", points) as tell:
        return plausible_(scenario, points, seeds, years, sample, tell)


def show_plausible(result: Plausible) -> None:
    """Prints the shares of points, against whom, and which settings decide."""
    from cisim.scenario.plausible_ranges import LOG_FROM
    from cisim.statistics.verdict import Outcome
    from cisim.studies.plausible import FEW_LOSE, in_percent
    from cisim.text.numbers import percent

    out = console()
    points = len(result.values)
    size = f"{points} points over {len(result.ranges)} settings, {result.seeds} seeds each"
    out.print(f"{result.scenario.title}: {size}, {result.years} years")
    warn(result.scenario.warnings(list(result.arms)))
    out.print()
    whole = result.shares()
    rows = [["the strongest alternative", *in_percent(whole), ""]]
    rows.append(["the best with grants as long as its own", *in_percent(result.shares(result.same_grants)), ""])
    for arm in result.rivals:
        best = percent(result.strongest_alternative.count(arm) / points)
        rows.append([result.arms[arm], *in_percent(result.shares([arm])), best])
    heads = ["collective impact against", *whole, "is the strongest"]
    out.print(table("Pupils on track at the end: share of points, by the 95 % interval of the paired difference", heads, rows))
    out.print()
    _show_deciders(result.deciders(), "the strongest alternative")
    _show_deciders(result.deciders(result.same_grants), "the best with grants as long as its own")
    out.print(" ".join(result.sentences()), soft_wrap=True)
    if whole[Outcome.WORSE] < FEW_LOSE:
        few = (
            f"It does worse at fewer than {percent(FEW_LOSE)} of the points: look for a thumb on the scale before you believe it."
        )
        out.print(few, soft_wrap=True)
    spread = percent(0.98 / points**0.5)
    notes = (
        f"Shares are accurate to about {spread} either way. They are not probabilities: the ranges are our judgement, and every"
        f" value in them counts the same (or every order of magnitude, where the ends differ by {LOG_FROM:g} times or more)."
        " The strongest alternative is chosen on the seeds on which it is compared, which favours it slightly."
    )
    out.print(notes, soft_wrap=True)


def _show_deciders(deciders: Sequence[Decider], other: str) -> None:
    """The settings that go with the lead over another arm, and the strongest in a sentence."""
    from cisim.text.numbers import percent, signed

    out = console()
    rows = []
    for decider in deciders:
        thirds = (decider.better_low, decider.better_high, decider.worse_low, decider.worse_high)
        rows.append([decider.path, signed(decider.correlation), *map(percent, thirds)])
    heads = ["setting", "rank correlation", "better: lowest third", "highest third", "worse: lowest third", "highest third"]
    if rows:
        out.print(table(f"Settings that go with its lead over {other}, more than chance would show", heads, rows))
        out.print(deciders[0].sentence(), soft_wrap=True)
    else:
        out.print(
            f"No single setting clearly goes with its lead over {other}; more points could show weaker relations.", soft_wrap=True
        )
    out.print()
