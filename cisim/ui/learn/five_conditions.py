"""Step 6: the five conditions together, and what they cost."""

from __future__ import annotations

from cisim.present.by_row import in_thousand
from cisim.present.figure import Figure
from cisim.scenario import CONDITIONS
from cisim.statistics.verdict import Outcome
from cisim.studies.comparison import Comparison
from cisim.ui.learn.jobs import ALL, conditions
from cisim.ui.learn.lesson import step
from cisim.ui.learn.step import Guess
from cisim.ui.learn.words import per_thousand

ISOLATED = "isolated_impact"


def more(result: Comparison) -> float:
    """Young people of a thousand more on track at the horizon than in isolated impact."""
    return 1000 * result.effect("on_track", ALL).difference


def cents(result: Comparison, arm: str) -> float:
    """Of each dollar that came in, the cents that reached programmes."""
    return 100 * result.money[arm]["delivery"] / result.money[arm]["money_in"]


def _said(result: Comparison) -> str:
    effect = result.effect("on_track", ALL)
    words = {Outcome.BETTER: "", Outcome.WORSE: ": it loses here"}
    return f"{per_thousand(effect)}{words.get(effect.outcome, ': no clear difference')}."


def _why(result: Comparison) -> list[str]:
    whole = result.effect("on_track", ALL)
    parts = [result.effect("on_track", f"only_{one}") for one in CONDITIONS]
    added, clear = sum(one.difference for one in parts), sum(one.low > 0 for one in parts)
    told = [
        f"Tried one at a time, the five conditions add up to {round(1000 * added, 1) + 0.0:+.1f} of 1,000; {clear or 'none'} of "
        f"them clearly {'help' if clear > 1 else 'helps'} alone. Together they reach {1000 * whole.difference:+.1f}."
    ]
    if whole.low > added:
        told.append("They need each other: a plan needs data, data needs people to look after it, trust needs kept promises.")
    before, after = cents(result, ISOLATED), cents(result, ALL)
    told.append(
        f"{'It has its price: of' if after < before else 'Of'} each dollar, {after:.1f} cents reach programmes instead of "
        f"{before:.1f}. Staff, data, meetings and training are paid from the same pot."
    )
    price = result.cost_per_young_person(ALL)
    if price == price:
        told.append(f"That is about ${price:,.0f} less for programmes for each additional young person on track.")
    behind = result.behind_until(ALL)
    if behind:
        told.append(f"It takes patience: until year {behind}, it is behind isolated impact.")
    return told


def _figure(result: Comparison, guess: Guess) -> Figure:
    return in_thousand(
        f"Each condition alone, and all five together, after {result.years} years",
        "Of 1,000 young people, how many more are on track than under isolated impact. Lines: 95 % intervals.",
        {result.label(arm): result.effect("on_track", arm) for arm in (ALL, *(f"only_{one}" for one in CONDITIONS))},
        guess,
        "lesson-five",
    )


STEP = step("6", job=conditions, answer=more, said=_said, why=_why, figure=_figure)
