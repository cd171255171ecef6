"""Step 2: the other needs limit a programme. Do they, in this model?"""

from __future__ import annotations

from cisim.present.by_row import compared
from cisim.present.figure import Figure
from cisim.studies.what_if import Programme
from cisim.ui.learn.jobs import programme
from cisim.ui.learn.lesson import LAST, step
from cisim.ui.learn.step import Guess, number
from cisim.ui.learn.words import percent, points

SMALL = (
    "The other needs limit the programme less here than one might think. Most of the gap has other reasons: skills grow slowly."
)


def reached(result: Programme) -> float | None:
    """Pupils more on track for each hundred more needs met, at that stage in the last year; None where no more needs are."""
    return percent(result.part("stage", LAST, "need", LAST))


def _said(result: Programme) -> str:
    found = reached(result)
    if found is None:
        return "Here the programme does not clearly meet more needs."
    return f"About {abs(found):.0f} {'fewer' if round(found) < 0 else 'more'} are on track."


def _why(result: Programme) -> list[str]:
    need, stage = result.effect("need", LAST), result.effect("stage", LAST)
    alone, spread = result.change("stage", LAST, "stand_in"), result.change("stage", LAST, "spread")
    told = [
        f"The share of needs met changes by {points(need)}, the share of pupils on track at that stage by {points(stage)}. "
        "A hungry or lonely child learns less from good lessons, and skills take years to grow."
    ]
    if alone.low > 0:
        limits = "The other needs limit the programme." if alone.difference > 0.25 * stage.difference else SMALL
        told.append(f"If meeting any one need could make up for another, the gain would be larger by {points(alone)}. {limits}")
    else:
        change = f"{points(alone)}{': no clear difference' if alone.high >= 0 else ''}"
        told.append(f"If meeting any one need could make up for another, the gain would change by {change}. {SMALL}")
    if spread.low > 0:
        told.append(f"The same money, spread over several needs, would achieve more: {points(spread)}.")
    elif spread.high < 0:
        told.append(
            f"The same money, spread over several needs, would achieve less: {points(spread)}. "
            "A little of everything is no solution."
        )
    else:
        told.append(f"The same money, spread over several needs, makes no clear difference: {points(spread)}.")
    return told


def _figure(result: Programme, guess: Guess) -> Figure:
    need, share = result.effect("need", LAST), number(guess)
    return compared(
        f"From a need met to a pupil on track, year {LAST}",
        "Percentage points in primary school, with the programme compared with without it. Lines: 95 % intervals.",
        {
            "the need itself": need,
            "on track": result.effect("stage", LAST),
            "on track, if one need could replace another": result.effect("stage", LAST, "stand_in"),
            "on track, money spread out": result.effect("stage", LAST, "spread"),
        },
        None if share is None else share * need.difference,
        "lesson-needs",
    )


STEP = step("2", job=lambda: programme("spread", "stand_in", years=LAST), answer=reached, said=_said, why=_why, figure=_figure)
