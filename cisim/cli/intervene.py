"""The command `cisim intervene`: one programme, on its own and through an initiative, and why it stalls."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cisim.cli.console import console, table, warn
from cisim.cli.options import SCENARIO, SET, answer, read_scenario, writable
from cisim.text.english import count
from cisim.text.numbers import fixed, percent, ranged, signed

if TYPE_CHECKING:
    from cisim.statistics.paired import Effect
    from cisim.studies.programme import Demonstration

OUTCOMES = ("need", "stage", "end", "everybody")


@click.command()
@SCENARIO
@click.option("--need", required=True, help="The need the money is for.")
@click.option("--stage", required=True, help="The stage of the pipeline it is for.")
@click.option("--amount", default=500.0, show_default=True, help="How much ($k a year).")
@click.option(
    "--years", "span", default="2-5", show_default=True, metavar="A-B", help="First and last year, counted from the common start."
)
@click.option("--district", default=0, show_default=True, help="The district, from 1; 0 means all.")
@click.option("--unrestricted", is_flag=True, help="The organisations may use it for anything, not only for direct costs.")
@click.option(
    "--after", default=2, show_default=True, type=click.IntRange(0, 59), help="Years after its end at which it is judged."
)
@click.option(
    "--outcome",
    type=click.Choice(OUTCOMES),
    default="everybody",
    show_default=True,
    help="The measure that the diagnosis explains.",
)
@click.option("--diagnosis/--no-diagnosis", default=True, help="Explain why it stalled (takes most of the time).")
@click.option("--seeds", default=64, show_default=True, type=click.IntRange(2, 100_000), help="How many seeds.")
@SET
@click.option("--json", "json_file", callback=writable, metavar="FILE", help="Write everything shown.")
@click.option("--csv", "csv_file", callback=writable, metavar="FILE", help="Write every measure by world, seed and year (tidy).")
@click.option("--plot", "plot_file", callback=writable, metavar="FILE", help="Draw its effect by year (png, svg, pdf).")
def intervene(
    scenario: str,
    need: str,
    stage: str,
    amount: float,
    span: str,
    district: int,
    unrestricted: bool,
    after: int,
    outcome: str,
    diagnosis: bool,
    seeds: int,
    changes: tuple[str, ...],
    json_file: Path | None,
    csv_file: Path | None,
    plot_file: Path | None,
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
    if plot_file and plot_file.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise click.UsageError(f"--plot {plot_file}: a chart ends in .png, .svg or .pdf.")
    outputs = [path.resolve() for path in (json_file, csv_file, plot_file) if path]
    if len(set(outputs)) < len(outputs):
        raise click.UsageError("--json, --csv and --plot name the same file: give each its own.")
    chosen = read_scenario(scenario, changes)
    from cisim.studies.programme import programme_study, years_of

    first, last = years_of(span)
    wanted = {"need": need, "stage": stage, "amount": amount, "from_year": first, "to_year": last}
    wanted |= {"district": district, "restricted": not unrestricted}
    result = answer(programme_study(chosen, wanted, seeds, after, outcome if diagnosis else None))
    show_intervention(result)
    if json_file:
        json_file.write_text(json.dumps(result.summary(), indent=1) + "\n", encoding="utf-8")
    if csv_file:
        result.frame().to_csv(csv_file, index=False, lineterminator="\n")
    if plot_file:
        from cisim.present.pictures import lift_and_fade

        lift_and_fade(result, plot_file)


def show_intervention(result: Demonstration) -> None:
    """Prints its effect by year in each world, its money, why it stalled, and the closing sentences."""
    out, one = console(), result.intervention
    place = f", district {one.district}" if one.district else ""
    kind = "restricted" if one.restricted else "unrestricted"
    what = f"${whole(one.amount)}k a year, {kind}, for {one.need} in {one.stage}{place}, years {one.from_year} to {one.to_year}"
    out.print(f"{result.scenario.title}: {what}; {result.seeds} seeds", soft_wrap=True)
    warn(result.scenario.warnings(["isolated_impact", "collective_impact"]))
    from cisim.studies.programme import WORLDS

    for world in ("isolated", "collective"):
        out.print()
        title = f"{WORLDS[world].capitalize()}: difference with and without it, with its 95 % interval (percentage points)"
        out.print(table(title, ["", *_heads()], _by_year(result, world)))
    out.print()
    heads = ["", "given", "spent on delivery", f"its own need, end of year {one.to_year}", *(_left_heads(result))]
    out.print(table("Its money ($k), and how much of the effect on its own need is left", heads, _money(result)))
    if result.diagnosis:
        out.print()
        _show_diagnosis(result, out)
    out.print()
    out.print(" ".join(result.sentences()), soft_wrap=True)


def _heads() -> list[str]:
    from cisim.studies.with_programme import MEASURES

    return list(MEASURES.values())


def _by_year(result: Demonstration, world: str) -> list[list[str]]:
    from cisim.studies.with_programme import MEASURES

    ends, rows = result.intervention.to_year, []
    for year in result.shown_years:
        later = year - ends
        note = "  its end" if later == 0 else f"  {later} after its end" if later > 0 else ""
        rows.append([f"year {year}{note}", *(cell(result.effect(world, measure, year)) for measure in MEASURES)])
    return rows


def _left_heads(result: Demonstration) -> Sequence[str]:
    return [f"left {count(k, 'year')} later" for k in _laters(result)]


def _laters(result: Demonstration) -> list[int]:
    return sorted({k for k in (1, 2, result.after) if k <= result.after and k > 0})


def _money(result: Demonstration) -> list[list[str]]:
    from cisim.studies.programme import WORLDS

    rows = []
    for world in result.histories:
        given, delivered = result.money(world)
        left = [result.left(world, "need", k) for k in _laters(result)]
        rise = cell(result.effect(world, "need", result.intervention.to_year))
        shown = ["-" if part is None else ranged(*part, percent) for part in left]
        spent = ranged(delivered.difference, delivered.low, delivered.high, whole)
        rows.append([WORLDS[world], whole(given), spent, rise, *shown])
    return rows


def _show_diagnosis(result: Demonstration, out: Any) -> None:
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
    out.print(table(title, ["", "its effect", "loss due to this friction", "share of the loss"], rows))
    out.print(
        "Frictions are switched off in the whole community, with and without the intervention, from its first day:",
        soft_wrap=True,
    )
    for label, meaning in FRICTIONS.values():
        out.print(f"  {label}: {meaning}", soft_wrap=True)
    out.print(
        "Frictions interact, so the effects without one need not add up. The loss due to a friction is the mean over all orders "
        "in which the five could be switched off (its Shapley share); these losses add up. Below 0: without this friction the "
        "community does better by itself, so the money can improve less.",
        soft_wrap=True,
    )


def cell(effect: Effect, digits: int = 2) -> str:
    """An effect of shares and its interval, in percentage points."""
    return ranged(100 * effect.difference, 100 * effect.low, 100 * effect.high, lambda value: signed(value, digits))


def whole(thousands: float) -> str:
    """$k without decimals."""
    return fixed(thousands, 0)
