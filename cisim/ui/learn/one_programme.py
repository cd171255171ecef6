"""Step 1: a programme that works, and fades."""

from __future__ import annotations

from cisim.present.by_year import course
from cisim.present.figure import Figure
from cisim.studies.what_if import Programme
from cisim.ui.learn.jobs import programme
from cisim.ui.learn.lesson import FIRST, LAST, step
from cisim.ui.learn.step import Guess, number
from cisim.ui.learn.words import percent, points

LATER, YEARS = LAST + 2, 10


def left(result: Programme) -> float | None:
    """Percent of the gain at the end of the money that is left two years later; None where there was no gain."""
    return percent(result.part("need", LATER, "need", LAST))


def _said(result: Programme) -> str:
    part = left(result)
    if part is None:
        return "The programme brings no clear gain here, so there is nothing to fade."
    if not result.effect("need", LATER).low > 0:
        return f"About {part:.0f} % is left, and this may be chance."
    return f"About {part:.0f} % is left."


def _why(result: Programme) -> list[str]:
    ended, later = result.effect("need", LAST), result.effect("need", LATER)
    if not ended.low > 0:
        return [f"In year {LAST}, the share of this need that is met differs by {points(ended)}: no clear gain."]
    told = [f"It works: in year {LAST}, it adds {points(ended)} to the share of the need for academic support that is met."]
    if later.low > 0.5 * ended.difference:
        return [*told, f"Two years later it is still {points(later)}: most of the gain lasts here."]
    told.append("Then the money ends, the programme closes, and new pupils arrive who never had it.")
    told.append(f"Two years later, the gain is {points(later)}.")
    return [*told, "Nobody failed. A programme meets a need only while it runs."]


def _figure(result: Programme, guess: Guess) -> Figure:
    share = number(guess)
    years = range(YEARS + 1)
    return course(
        "What the programme adds to the need it serves",
        "Percentage points, compared with the same simulated histories without it. Shade: 95 % interval.",
        years,
        {"academic need met, primary": [result.effect("need", year) for year in years]},
        (FIRST, LAST),
        None if share is None else (LATER, result.effect("need", LAST).difference * share / 100),
        "lesson-fade",
    )


STEP = step("1", job=lambda: programme(years=YEARS), answer=left, said=_said, why=_why, figure=_figure)
