"""The command `cisim intervene`: one programme, on its own and through an initiative, and why it stalls."""

from typing import TYPE_CHECKING, Any

import click

from cisim.cli.console import show, table, warn
from cisim.cli.options import Files, answer, of_scenario, outputs
from cisim.text.english import count
from cisim.text.numbers import fixed, percent, ranged, signed

if TYPE_CHECKING:
    from cisim.scenario import Scenario
    from cisim.statistics.paired import Effect
    from cisim.studies.programme import Demonstration

OUTCOMES = ("need", "stage", "end", "everybody")


@click.command()
@of_scenario
@click.option("--need", required=True, help="The need the money is for.")
@click.option("--stage", required=True, help="The stage of the pipeline it is for.")
@click.option("--amount", default=500.0, help="How much ($k a year).")
@click.option("--years", "span", default="2-5", metavar="A-B", help="First and last year, counted from the common start.")
@click.option("--district", default=0, help="The district, from 1; 0 means all.")
@click.option("--unrestricted", is_flag=True, help="The organisations may use it for anything, not only for direct costs.")
@click.option("--after", default=2, type=click.IntRange(0, 59), help="Years after the money ends at which its effect is judged.")
@click.option("--outcome", type=click.Choice(OUTCOMES), default="everybody", help="The outcome that the diagnosis explains.")
@click.option("--diagnosis/--no-diagnosis", default=True, help="Explain why it stalled (takes most of the time).")
@click.option("--seeds", default=64, type=click.IntRange(2, 100_000), help="How many seeds.")
@outputs(json="Write everything shown.", csv="Write every outcome by world, seed and year (tidy).", plot="its effect by year")
def intervene(
    chosen: "Scenario", span: str, after: int, outcome: str, diagnosis: bool, seeds: int, files: Files, **wanted: Any
) -> None:
    """Add money for one need at one stage to SCENARIO: what it lifts, on its own and through the initiative, what is left
    after its end, and why it stalled.

    \b
    Examples:
      cisim intervene default --need academic --stage primary --amount 500 --years 2-5
      cisim intervene default --need health --stage early_years --plot effect.png
      cisim intervene default --need academic --stage primary --outcome end --after 8
      cisim intervene strive --need mentoring --stage secondary --years 3 --no-diagnosis
    """
    from cisim.studies.programme import programme_study, years_of

    first, last = years_of(span)
    wanted |= {"from_year": first, "to_year": last, "restricted": not wanted.pop("unrestricted")}
    result = answer(programme_study(chosen, wanted, seeds, after, outcome if diagnosis else None))
    show_intervention(result)
    files.json(result.summary)
    files.csv(result.frame)
    files.plot("lift_and_fade", result)


def show_intervention(result: "Demonstration") -> None:
    """Prints its effect by year in each world, its money, why it stalled, and the closing sentences."""
    one = result.intervention
    place = f", district {one.district}" if one.district else ""
    kind = "restricted" if one.restricted else "unrestricted"
    what = f"${fixed(one.amount, 0)}k a year, {kind}, for the {one.need} need in {one.stage}{place}"
    when = f"years {one.from_year} to {one.to_year}; {result.seeds} seeds"
    show(f"{result.scenario.title}: {what}, {when}")
    warn(result.scenario.warnings(["isolated_impact", "collective_impact"]))
    from cisim.studies.programme import WORLDS
    from cisim.studies.with_programme import MEASURES

    for world in ("isolated", "collective"):
        rows = []
        for year in result.shown_years:
            later = year - one.to_year
            note = "  the money ends" if later == 0 else f"  {count(later, 'year')} later" if later > 0 else ""
            rows.append([f"year {year}{note}", *(cell(result.effect(world, measure, year)) for measure in MEASURES)])
        title = f"{WORLDS[world].capitalize()}: difference with and without it, with its 95 % interval (percentage points)"
        show("", table(title, ["", *MEASURES.values()], rows))
    laters = sorted({k for k in (1, 2, result.after) if 0 < k <= result.after})
    heads = ["", "given", "spent on delivery", f"its own need, end of year {one.to_year}"]
    heads += [f"left {count(k, 'year')} later" for k in laters]
    rows = []
    for world in result.histories:
        given, delivered = result.money(world)
        spent = ranged(delivered.difference, delivered.low, delivered.high, lambda thousands: fixed(thousands, 0))
        left = [result.left(world, "need", k) for k in laters]
        rise = cell(result.effect(world, "need", one.to_year))
        rows.append([WORLDS[world], fixed(given, 0), spent, rise, *("-" if k is None else ranged(*k, percent) for k in left)])
    show("", table("Its money ($k), and how much of the effect on its own need is left", heads, rows))
    if result.diagnosis:
        _show_diagnosis(result)
    show("", " ".join(result.sentences()))


def _show_diagnosis(result: "Demonstration") -> None:
    from cisim.studies.frictions import FRICTIONS
    from cisim.studies.with_programme import MEASURES

    found = result.diagnosis
    assert found
    parts = found.parts
    rows = [["as it is", cell(found.actual, 3), "", ""]]
    for name, (label, _) in FRICTIONS.items():
        part = percent(parts[name]) if parts else "-"
        rows.append([f"without {label}", cell(found.off(name), 3), cell(found.shares[name], 3), part])
    rows.append(["without all five", cell(found.frictionless, 3), cell(found.gap, 3), "100 %" if parts else "-"])
    title = f"Why it stalled on its own: {MEASURES[found.outcome]}, end of year {result.look} (percentage points)"
    show("", table(title, ["", "its effect", "loss due to this friction", "share of the loss"], rows))
    show("Frictions are switched off in the whole community, with and without the money, from the first day of the money:")
    show(*(f"  {label}: {meaning}" for label, meaning in FRICTIONS.values()))
    show(
        "Frictions interact, so the effects without one need not add up. The loss due to a friction is the mean over all orders "
        "in which the five could be switched off (its Shapley share); these losses add up. Below 0: without this friction the "
        "community does better by itself, so the money can improve less."
    )


def cell(effect: "Effect", digits: int = 2) -> str:
    """An effect of shares and its interval, in percentage points."""
    return ranged(100 * effect.difference, 100 * effect.low, 100 * effect.high, lambda value: signed(value, digits))
