"""Step 5: talk alone, without anything to work on."""

from __future__ import annotations

from cisim.present.by_row import in_thousand
from cisim.present.figure import Figure
from cisim.statistics.verdict import Outcome
from cisim.studies.comparison import Comparison
from cisim.ui.learn.jobs import TALK, conditions
from cisim.ui.learn.lesson import step
from cisim.ui.learn.step import Guess
from cisim.ui.learn.words import per_thousand


def more(result: Comparison) -> float:
    """Young people of a thousand more on track at the horizon than in isolated impact."""
    return 1000 * result.effect("on_track", TALK).difference


def _said(result: Comparison) -> str:
    effect = result.effect("on_track", TALK)
    words = {Outcome.BETTER: "talk alone helps here", Outcome.WORSE: "talk alone does harm here"}
    return f"{per_thousand(effect)}: {words.get(effect.outcome, 'no clear difference')}."


def _why(result: Comparison) -> list[str]:
    trust = result.effect("trust_1_to_4", TALK)
    change = f"({trust.difference:+.2f} on a scale from 1 to 4)"
    told = ["Meetings take hours, and hours cost money that programmes then lack."]
    if trust.low > 0:
        told.append(f"People do trust each other more {change}.")
    elif trust.high < 0:
        told.append(f"People even trust each other less {change}.")
    else:
        told.append("Trust does not clearly rise: it grows where promises are made and kept, not where people only meet.")
    return [*told, "Nobody has agreed on a goal, sees shared results or changes what they do. Talk has nothing to work on."]


def _figure(result: Comparison, guess: Guess) -> Figure:
    return in_thousand(
        f"Talk alone, after {result.years} years",
        "Of 1,000 young people, how many more are on track than under isolated impact. Line: 95 % interval.",
        {"talk alone": result.effect("on_track", TALK)},
        guess,
        "lesson-talk",
    )


STEP = step("5", job=conditions, answer=more, said=_said, why=_why, figure=_figure)
