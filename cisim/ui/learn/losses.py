"""Step 7: where collective impact loses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cisim.present.echarts.figure import Figure
from cisim.present.echarts.guessed import compared
from cisim.statistics.paired import Effect
from cisim.studies.comparison import Comparison
from cisim.text.english import capital
from cisim.ui.learn.jobs import places
from cisim.ui.learn.step import Choice, Guess, Step

POOR = {"information.open_data_quality": 0.2}
"""Poor public data, as in docs/where_it_loses.md: where they are good, they are a rival by themselves."""

HOURS = {"meeting": 36, "dialogue": 18, "planning": 24, "communication": 24, "indicator": 24, "outreach": 12, "steering": 36}

PLACES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "ordinary": ("an ordinary community with poor public data", POOR),
    "meetings": (
        "the same, with meetings three times as long",
        {**POOR, **{f"coordination.{k}_hours": h for k, h in HOURS.items()}},
    ),
    "hurry": ("only three years, and an expensive backbone", {**POOR, "run.years": 3, "initiative.backbone_budget": 1500.0}),
    "gaming": (
        "results that pay, so people work on the figures",
        {**POOR, "delivery.gaming_response": 0.3, "grants.evidence_weight": 2.0, "initiative.strictness": 0.8},
    ),
    "open": ("good public data, which everybody can use", {"information.open_data_quality": 0.7}),
}
"""Words and settings, all from docs/where_it_loses.md; the first two are places where it was not found to lose."""


def leads(result: Mapping[str, Comparison]) -> dict[str, tuple[str, Effect]]:
    """The best other way in each place, and collective impact's lead over it."""
    return {name: one.against_best() for name, one in result.items()}


def worst(result: Mapping[str, Comparison]) -> str | None:
    """Where it falls furthest behind; None where it is behind nowhere beyond luck."""
    found = leads(result)
    name = min(found, key=lambda one: found[one][1].difference)
    return name if found[name][1].high < 0 else None


def _said(result: Mapping[str, Comparison]) -> str:
    name = worst(result)
    return "In none of these, beyond luck." if name is None else f"With {PLACES[name][0]}."


def _why(result: Mapping[str, Comparison]) -> list[str]:
    found = leads(result)
    ways: dict[str, list[str]] = {"ahead": [], "within luck": [], "behind": []}
    for name, (_, lead) in found.items():
        ways[lead.verdict].append(PLACES[name][0])
    told = [
        f"{capital(word)}: {'; '.join(ways[verdict])}."
        for verdict, word in (
            ("behind", "it loses with"),
            ("within luck", "it ties, within luck, with"),
            ("ahead", "it wins with"),
        )
        if ways[verdict]
    ]
    lowest = worst(result)
    if lowest is not None:
        told.append(f"At the worst of these, {result[lowest].label(found[lowest][0])} does better.")
    told.append(
        "It is one way of working, with a price. Where hours buy nothing, time is short or a cheaper way does the same, it loses."
    )
    return told


def _figure(result: Mapping[str, Comparison], guess: Guess) -> Figure:
    return compared(
        "Collective impact against the best other way of working",
        "Young people of 1,000 more (+) or fewer (-) on track, at the end of each place's years. Lines: 95 % intervals.",
        {PLACES[name][0]: lead for name, (_, lead) in leads(result).items()},
        PLACES[guess][0] if isinstance(guess, str) else None,
        "lesson-losses",
        times=1000.0,
        digits=1,
    )


STEP = Step(
    name="7",
    label="Where it loses",
    title="Where collective impact loses",
    story=(
        "Five conditions together, in an ordinary community: that was one place. Elsewhere it may be otherwise.",
        "Here are five places. In each, four ways of working get the same money and the same luck.",
    ),
    question="Where does collective impact fall furthest behind the best other way?",
    ask=Choice({name: capital(words) for name, (words, _) in PLACES.items()}),
    job=lambda: places({name: settings for name, (_, settings) in PLACES.items()}),
    answer=worst,
    said=_said,
    why=_why,
    figure=_figure,
    debrief="Which of these places is most like yours? What would you try first there?",
    assumed="The places were looked for: they show that it can lose, not how often. Over all plausible settings the page "
    "Compare counts, beside its verdict.",
    sources=(
        "More places, also those where it was expected to lose and does not: docs/where_it_loses.md.",
        "Hallfors 2002 (Fighting Back): $87.9 m, 12 coalitions, ten years, no effect.",
    ),
)
