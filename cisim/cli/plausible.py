"""The command `cisim plausible`: its options, and its result as printed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from cisim.cli.console import progress, show, table, warn
from cisim.cli.options import SCENARIO, SET, YEARS, Files, announce_compiling, outputs, read_scenario
from cisim.text.numbers import percent, signed

if TYPE_CHECKING:
    from cisim.scenario import Scenario
    from cisim.studies.plausible import Decider, Plausible


@click.command()
@SCENARIO
@click.option("--points", default=200, type=click.IntRange(1, 100_000), help="How many points (settings tried together).")
@click.option("--seeds", default=16, type=click.IntRange(2, 10_000), help="How many seeds each point runs on.")
@click.option("--sample", default=0, type=click.IntRange(0), help="Seed of the sample of settings.")
@SET
@YEARS
@outputs(
    json="Write the summary.",
    csv="Write every point: settings, differences, verdict.",
    plot="Draw leads and deciders (png, svg, pdf).",
)
def plausible(
    scenario: str, points: int, seeds: int, sample: int, changes: tuple[str, ...], years: int | None, files: Files
) -> None:
    """Show at what share of all plausible settings of SCENARIO collective impact does better than the strongest alternative.

    Settings given by the scenario or by --set stay fixed; every other setting with a plausible range varies.

    \b
    Examples:
      cisim plausible default --points 200 --plot where.png
      cisim plausible strive --points 64 --set skills.complementarity=0.5
    """
    result = run_plausible(read_scenario(scenario, changes), points, seeds, years, sample)
    show_plausible(result)
    files.json(result.summary)
    files.csv(result.frame)
    files.plot("leads_and_deciders", result)


def run_plausible(scenario: "Scenario", points: int, seeds: int = 16, years: int | None = None, sample: int = 0) -> "Plausible":
    """The analysis, with its progress on standard error."""
    from cisim.studies.plausible import plausible as plausible_

    announce_compiling()
    with progress("points", points) as advance:
        return plausible_(scenario, points, seeds, years, sample, advance)


def show_plausible(result: "Plausible") -> None:
    """Prints the shares of points, against whom, and which settings decide."""
    from cisim.scenario.plausible_ranges import LOG_FROM
    from cisim.statistics.verdict import Outcome
    from cisim.studies.plausible import FEW_LOSE, in_percent

    points = len(result.values)
    size = f"{points} points over {len(result.ranges)} settings, {result.seeds} seeds each"
    show(f"{result.scenario.title}: {size}, {result.years} years")
    warn(result.scenario.warnings(list(result.arms)))
    whole, others = result.shares(), ("the strongest alternative", "the best with grants as long as its own")
    rows = [[others[0], *in_percent(whole), ""], [others[1], *in_percent(result.shares(result.same_grants)), ""]]
    for arm in result.rivals:
        best = percent(result.strongest_alternative.count(arm) / points)
        rows.append([result.arms[arm], *in_percent(result.shares([arm])), best])
    heads = ["collective impact against", *whole, "is the strongest"]
    title = "Pupils on track at the end: share of points, by the 95 % interval of the paired difference"
    show("", table(title, heads, rows), "")
    _show_deciders(result.deciders(), others[0])
    _show_deciders(result.deciders(result.same_grants), others[1])
    show(" ".join(result.sentences()))
    if whole[Outcome.WORSE] < FEW_LOSE:
        few = f"It does worse at fewer than {percent(FEW_LOSE)} of the points"
        show(f"{few}: look for a thumb on the scale before you believe it.")
    spread = percent(0.98 / points**0.5)
    show(
        f"Shares are accurate to about {spread} either way. They are not probabilities: the ranges are our judgement, and every"
        f" value in them counts the same (or every order of magnitude, where the ends differ by {LOG_FROM:g} times or more)."
        " The strongest alternative is chosen on the seeds on which it is compared, which favours it slightly."
    )


def _show_deciders(deciders: Sequence["Decider"], other: str) -> None:
    """The settings that go with the lead over another arm, and the strongest in a sentence."""
    rows = []
    for decider in deciders:
        thirds = (decider.better_low, decider.better_high, decider.worse_low, decider.worse_high)
        rows.append([decider.path, signed(decider.correlation), *map(percent, thirds)])
    heads = ["setting", "rank correlation", "better: lowest third", "highest third", "worse: lowest third", "highest third"]
    if rows:
        show(table(f"Settings that go with its lead over {other}, more than chance would show", heads, rows))
    none = f"No single setting clearly goes with its lead over {other}; more points could show weaker relations."
    show(deciders[0].sentence() if deciders else none, "")
