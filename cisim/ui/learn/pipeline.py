"""Step 3: the pipeline. What is done early arrives late."""

from __future__ import annotations

from cisim.present.echarts.figure import Figure
from cisim.present.echarts.guessed import course
from cisim.studies.what_if import Programme
from cisim.ui.learn.jobs import PROGRAMME, programme
from cisim.ui.learn.step import Guess, Slider, Step, number
from cisim.ui.learn.words import points, span

FIRST, LAST = PROGRAMME["from_year"], PROGRAMME["to_year"]
YEARS = 15


def visible(result: Programme) -> float | None:
    """Percent of what reaches the end of the pipeline by the last year that is there when the money ends."""
    part = result.part("end", LAST, "end", YEARS)
    return None if part is None else 100 * part


def _said(result: Programme) -> str:
    part = visible(result)
    if part is None:
        return f"Nothing beyond luck reaches the end of the pipeline, not even by year {YEARS}."
    return f"About {part:.0f} % can be seen by then."


def _why(result: Programme) -> list[str]:
    best = max(range(1, YEARS + 1), key=lambda year: result.effect("stage", year).difference)
    near, far = result.effect("stage", best), result.effect("end", YEARS)
    told = [f"In primary school the gain is largest in year {best}: {points(near.difference)} points{span(near)}."]
    if far.low > 0:
        told.append(
            f"It takes until the pupils have grown up: by year {YEARS} the end of the pipeline, after college, has gained "
            f"{points(far.difference)}{span(far)}. Who looks when the money ends sees almost nothing of it."
            if result.effect("end", LAST).difference < 0.25 * far.difference
            else f"By year {YEARS} the end of the pipeline has gained {points(far.difference)}{span(far)}."
        )
    else:
        told.append(f"By year {YEARS} the end of the pipeline differs by {points(far.difference)}{span(far)}: within luck.")
    told.append("On the way other schools, which know nothing of the programme, must keep up what it began.")
    return told


def _figure(result: Programme, guess: Guess) -> Figure:
    years = range(YEARS + 1)
    percent = number(guess)
    share = None if percent is None else result.effect("end", YEARS).difference * percent / 100
    return course(
        "The gain travels with the pupils",
        "More on track, in points of a hundred, with the programme against without it. Shade: 95 % interval.",
        years,
        {
            "end of the pipeline": [result.effect("end", year) for year in years],
            "primary school": [result.effect("stage", year) for year in years],
        },
        (FIRST, LAST),
        None if share is None else (LAST, share),
        "lesson-pipeline",
    )


STEP = Step(
    name="3",
    label="The pipeline",
    title="From primary school to the end of the pipeline",
    story=(
        "Young people go from the early years through primary, middle and secondary school to college. What counts in the end is "
        "who is on track there.",
        f"The donor asks for results in year {LAST}, when the money ends.",
    ),
    question=f"Of all that will have reached the end of the pipeline by year {YEARS}: how much can be seen when the money ends?",
    ask=Slider(0, 100, 5, " %", ("nothing yet", "all of it")),
    job=lambda: programme(years=YEARS),
    answer=visible,
    said=_said,
    why=_why,
    figure=_figure,
    debrief="When would you ask a programme for results, and where would you look?",
    assumed="How long a stage lasts and how much of a skill each stage can still change (skills.investment_share: large when "
    "young, small later).",
    sources=("Cunha, Heckman & Schennach 2010: investment shares 0.17-0.26 early, 0.045 late.",),
)
