"""Step 3: the pipeline. What is done early arrives late."""

from __future__ import annotations

from cisim.present.by_year import course
from cisim.present.figure import Figure
from cisim.studies.what_if import Programme
from cisim.ui.learn.jobs import programme
from cisim.ui.learn.lesson import END, FIRST, LAST, step
from cisim.ui.learn.step import Guess, number
from cisim.ui.learn.words import percent, points


def visible(result: Programme) -> float | None:
    """Percent of what reaches the end of the pipeline by the last year that is there when the money ends."""
    return percent(result.part("end", LAST, "end", END))


def _said(result: Programme) -> str:
    part = visible(result)
    if part is None:
        return f"No clear gain reaches the end of the pipeline, even by year {END}."
    return f"About {part:.0f} % can be seen by then."


def _why(result: Programme) -> list[str]:
    best = max(range(1, END + 1), key=lambda year: result.effect("stage", year).difference)
    far = result.effect("end", END)
    told = [f"In primary school the gain is largest in year {best}: {points(result.effect('stage', best))}."]
    if not far.low > 0:
        told.append(f"By year {END}, the end of the pipeline differs by {points(far)}: no clear gain.")
    elif result.effect("end", LAST).difference < 0.25 * far.difference:
        told.append(
            f"These pupils have to grow up first. By year {END}, the end of the pipeline, after college, has gained "
            f"{points(far)}. An evaluation at the end of the money sees only a small part of it."
        )
    else:
        told.append(f"By year {END}, the end of the pipeline has gained {points(far)}.")
    return [*told, "On the way, other schools that know nothing of the programme have to continue what it began."]


def _figure(result: Programme, guess: Guess) -> Figure:
    years = range(END + 1)
    share = number(guess)
    return course(
        "The gain travels with the pupils",
        "Percentage points more on track, with the programme compared with without it. Shade: 95 % interval.",
        years,
        {
            "end of the pipeline": [result.effect("end", year) for year in years],
            "primary school": [result.effect("stage", year) for year in years],
        },
        (FIRST, LAST),
        None if share is None else (LAST, result.effect("end", END).difference * share / 100),
        "lesson-pipeline",
    )


STEP = step("3", job=lambda: programme(years=END), answer=visible, said=_said, why=_why, figure=_figure)
