"""The command `cisim decide`: what a funder can do with its own money, portfolios side by side."""

import re
from typing import Any

import click

from cisim.cli.console import show, table, warn
from cisim.cli.options import MARGIN, PLACE, SET, YEARS, Files, answer, outputs, read_scenario


def _thousands(context: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    """Dollars a year as $k: "5000000", "5m" and "5,000k" are the same."""
    if value is None:
        return None
    match = re.fullmatch(r"\$?([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,15})(\.[0-9]{1,6})?([kKmM]?)", value.strip())
    if not match:
        raise click.UsageError(f"--me {value[:60]}: give dollars a year, as in --me 5000000 or --me 5m.")
    scale = {"": 0.001, "k": 1.0, "m": 1000.0}[match[3].lower()]
    return float(match[1].replace(",", "") + (match[2] or "")) * scale


@click.command()
@click.argument("source", metavar="FILE")
@click.option("--me", "budget", callback=_thousands, metavar="DOLLARS", help="What you give a year: 5000000, 5m, 800k.")
@click.option("--funder", metavar="NAME", help="Your name in the community's own file of funders.")
@click.option("--ways", metavar="A,B,...", help="Only these portfolios (default: all).")
@click.option("--stop-after", type=click.IntRange(0, 60), metavar="YEAR", help="What if you stop after this year? 0: not asked.")
@click.option("--others-leave-after", "leave_after", type=click.IntRange(0, 60), metavar="YEAR", help="What if all others leave?")
@click.option("--seeds", default=32, type=click.IntRange(1, 100_000), help="How many seeds.")
@YEARS
@MARGIN
@SET
@PLACE
@outputs(json="Write the summary.", csv="Write the table, one row a portfolio.")
def decide(
    source: str,
    budget: float | None,
    funder: str | None,
    ways: str | None,
    stop_after: int | None,
    leave_after: int | None,
    seeds: int,
    years: int | None,
    margin: float | None,
    changes: tuple[str, ...],
    place: tuple[str, ...],
    files: Files,
) -> None:
    """What should I do with my money? Compare ways to give it on the same simulated histories, from this year on.

    FILE is a decision file (docs/decide.md), or a scenario (a file or a shipped name) with --me or --funder. All other funders
    give on as they do. What is given on the command line goes before what the file says.

    \b
    Examples:
      cisim decide default --me 5000000
      cisim decide default --me 5m --ways longer,backbone,mix --seeds 64 --years 25
      cisim decide default --me 5m --place programmes.menu=3 --stop-after 3
      cisim decide my-town/community.toml --funder "Example Community Foundation"
      cisim decide my-decision.toml --csv ways.csv
    """
    from cisim.studies.decision_file import is_decision, read_decision
    from cisim.studies.margins import margin_in
    from cisim.studies.own_money import decision_study
    from cisim.studies.portfolios import PORTFOLIOS, Me

    asked: dict[str, Any] = {}
    if is_decision(source):
        if changes or place:
            raise click.UsageError("--set and --place change a scenario: write [settings] and [place] into the decision file.")
        asked = read_decision(source).arguments()
    else:
        asked = {"scenario": read_scenario(source, changes, place), "portfolios": PORTFOLIOS, "me": Me()}
    if budget is not None or funder is not None:
        asked["me"] = Me(budget, funder or (asked["me"].funder if budget is not None else ""))
    if ways is not None:
        names = [name.strip() for name in ways.split(",") if name.strip()]
        known = asked["portfolios"]
        asked["portfolios"] = {name: known[name] for name in names} if set(names) <= set(known) else names
    given = {"stop_after": stop_after, "leave_after": leave_after, "years": years}
    given["margin"] = None if margin is None else margin_in("on_track", margin)  # type: ignore[assignment]
    asked |= {name: value for name, value in given.items() if value is not None}
    result = answer(decision_study(**asked, seeds=seeds))
    show(f"{result.scenario.title}: {result.seeds} seeds")
    warn(result.scenario.warnings(["isolated_impact"]))
    title, heads, rows = result.table()
    show("", table(title, heads, rows), "", str(result.verdict))
    files.json(result.summary)
    files.csv(result.frame)
