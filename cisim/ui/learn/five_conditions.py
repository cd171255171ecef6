"""Step 6: the five conditions together, and what they cost."""

from __future__ import annotations

from cisim.present.echarts.figure import Figure
from cisim.present.echarts.guessed import compared
from cisim.scenario import CONDITIONS
from cisim.studies.comparison import Comparison
from cisim.ui.learn.jobs import ALL, conditions
from cisim.ui.learn.step import Guess, Slider, Step, number
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
    return per_thousand(effect) + {"ahead": ".", "behind": ": it loses here.", "within luck": ": within luck."}[effect.verdict]


def _why(result: Comparison) -> list[str]:
    whole = result.effect("on_track", ALL)
    parts = [result.effect("on_track", f"only_{one}") for one in CONDITIONS]
    added, beyond = sum(one.difference for one in parts), sum(one.low > 0 for one in parts)
    told = [
        f"Each condition by itself adds up to {round(1000 * added, 1) + 0.0:+.1f} of 1,000; "
        f"{beyond or 'none'} of the five does good beyond luck. "
        f"Together it is {1000 * whole.difference:+.1f}."
    ]
    if whole.low > added:
        told.append(
            "They need one another: a plan needs data, data need somebody to look after them, trust needs promises that are kept."
        )
    before, after = cents(result, ISOLATED), cents(result, ALL)
    told.append(
        f"It has its price: of each dollar {after:.1f} cents reach programmes instead of {before:.1f}. The rest pays "
        "for staff, data, meetings and training, out of the same pot."
    )
    price = result.cost_per_young_person(ALL)
    if price == price:
        told.append(f"That is about ${price:,.0f} of programmes forgone for each additional young person on track.")
    behind = result.behind_until(ALL)
    if behind:
        told.append(f"And it takes patience: until year {behind} it is behind.")
    return told


def _figure(result: Comparison, guess: Guess) -> Figure:
    bars = {result.label(f"only_{one}"): result.effect("on_track", f"only_{one}") for one in CONDITIONS}
    return compared(
        f"Each condition alone, and all five together, after {result.years} years",
        "Young people of 1,000 more on track than in isolated impact. Lines: 95 % intervals.",
        {result.label(ALL): result.effect("on_track", ALL), **bars},
        number(guess),
        "lesson-five",
        times=1000.0,
        digits=1,
    )


STEP = Step(
    name="6",
    label="Five together",
    title="Five conditions at once",
    story=(
        "Collective impact asks for five things together: a common agenda, shared measurement, activities that reinforce each "
        "other, continuous communication, and a backbone: staff who hold it together.",
        "No new money: all of it is paid out of the same pot.",
    ),
    question="After ten years: how many more of 1,000 young people are on track?",
    ask=Slider(-20, 20, 1, " of 1,000", ("20 fewer", "20 more")),
    job=conditions,
    answer=more,
    said=_said,
    why=_why,
    figure=_figure,
    debrief="Is it worth its price? Who would have to give up something, and who gains?",
    assumed="What the conditions cost in hours and staff, and how much members learn from data, are assumed. Nothing in the "
    "model multiplies an outcome because it is collective.",
    sources=(
        "Kania & Kramer 2011: the five conditions.",
        "Which condition carries how much: cisim ablate default. What each costs and risks: docs/not_rigged.md.",
    ),
)
