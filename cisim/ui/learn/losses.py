"""Step 7: where collective impact loses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cisim.present.by_row import in_thousand
from cisim.present.figure import Figure
from cisim.statistics.paired import Effect
from cisim.statistics.verdict import Outcome
from cisim.studies.comparison import Comparison
from cisim.text.english import capital
from cisim.ui.learn.jobs import places
from cisim.ui.learn.lesson import LESSON, step
from cisim.ui.learn.step import Guess

WORDS: Mapping[str, str] = LESSON["steps"]["7"]["choices"]
PLACES: Mapping[str, Mapping[str, Any]] = {name: LESSON["places"][name] for name in WORDS}
"""The settings of each place, by name."""


def leads(result: Mapping[str, Comparison]) -> dict[str, tuple[str, Effect]]:
    """The strongest alternative in each place, and collective impact's lead over it."""
    return {name: one.against_best() for name, one in result.items()}


def worst(result: Mapping[str, Comparison]) -> str | None:
    """Where it falls furthest behind; None where it is clearly behind nowhere."""
    found = leads(result)
    name = min(found, key=lambda one: found[one][1].difference)
    return name if found[name][1].high < 0 else None


def _said(result: Mapping[str, Comparison]) -> str:
    name = worst(result)
    return "It is clearly behind in none of them." if name is None else f"{capital(WORDS[name])}."


def _why(result: Mapping[str, Comparison]) -> list[str]:
    found = leads(result)
    told = []
    for verdict in (Outcome.WORSE, Outcome.NO_CLEAR_DIFFERENCE, Outcome.BETTER):
        there = [WORDS[name] for name, (_, lead) in found.items() if lead.outcome == verdict]
        told += [f"{capital(verdict)}: {'; '.join(there)}."] if there else []
    lowest = worst(result)
    if lowest is not None:
        told.append(f"In the worst of these places, the strongest alternative is {result[lowest].label(found[lowest][0])}.")
    told.append(
        "Collective impact is one approach, and it has a price. Where hours achieve nothing, time is short, or a cheaper "
        "approach does the same, it loses."
    )
    return told


def _figure(result: Mapping[str, Comparison], guess: Guess) -> Figure:
    return in_thousand(
        "Collective impact compared with the strongest alternative",
        "Young people of 1,000 more (+) or fewer (-) on track, at the end of each place's years. Lines: 95 % intervals.",
        {WORDS[name]: lead for name, (_, lead) in leads(result).items()},
        WORDS[guess] if isinstance(guess, str) else None,
        "lesson-losses",
    )


STEP = step("7", job=lambda: places(PLACES), answer=worst, said=_said, why=_why, figure=_figure)
