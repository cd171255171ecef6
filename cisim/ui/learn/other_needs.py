"""Step 2: the other needs bind. Do they, in this model?"""

from __future__ import annotations

from cisim.present.echarts.figure import Figure
from cisim.present.echarts.guessed import compared
from cisim.studies.what_if import Programme
from cisim.ui.learn.jobs import PROGRAMME, programme
from cisim.ui.learn.step import Guess, Slider, Step, number
from cisim.ui.learn.words import points, span

LAST = PROGRAMME["to_year"]


def reached(result: Programme) -> float | None:
    """Pupils more on track for each hundred needs met more, at that stage in the last year; None where no need was."""
    part = result.part("stage", LAST, "need", LAST)
    return None if part is None else 100 * part


def _said(result: Programme) -> str:
    found = reached(result)
    return "Here no more needs are met, beyond luck." if found is None else f"About {found:.0f} more are on track."


def _why(result: Programme) -> list[str]:
    need, stage = result.effect("need", LAST), result.effect("stage", LAST)
    alone, spread = result.change("stage", LAST, "stand_in"), result.change("stage", LAST, "spread")
    told = [
        f"The need met rises by {points(need.difference)} points, pupils on track at that stage by only "
        f"{points(stage.difference)}{span(stage)}. A hungry or lonely child learns less from good lessons, "
        "and skills take years to grow."
    ]
    small = "The other needs bind less here than one might think: most of the gap has other reasons, as that skills grow slowly."
    if alone.low > 0:
        binds = "The other needs bind." if alone.difference > 0.25 * stage.difference else small
        told.append(
            f"If any need met could stand in for another, it would be {points(alone.difference)} more{span(alone)}. {binds}"
        )
    else:
        change = f"{points(alone.difference)}{span(alone)}"
        told.append(f"Honestly: if any need met could stand in for another, it would change by {change}, within luck. {small}")
    if spread.low > 0:
        told.append(f"And the same money, spread over several needs, would lift {points(spread.difference)} more.")
    elif spread.high < 0:
        told.append(
            f"And the same money, spread thinly over several needs, would lift less ({points(spread.difference)}): "
            "a little of everything is no answer either."
        )
    else:
        told.append("And the same money, spread over several needs, would do about the same, within luck.")
    return told


def _figure(result: Programme, guess: Guess) -> Figure:
    need = result.effect("need", LAST)
    bars = {
        "the need itself": need,
        "on track": result.effect("stage", LAST),
        "on track, if needs could stand in": result.effect("stage", LAST, "stand_in"),
        "on track, money spread out": result.effect("stage", LAST, "spread"),
    }
    percent = number(guess)
    at = None if percent is None else percent * need.difference
    return compared(
        f"From a need met to a pupil on track, year {LAST}",
        "Points of a hundred pupils in primary school, with the programme against without it. Lines: 95 % intervals.",
        bars,
        at,
        "lesson-needs",
    )


STEP = Step(
    name="2",
    label="The other needs",
    title="One need of five",
    story=(
        "The programme meets one need: academic support. Pupils have others: health, family, enrichment, a mentor.",
        "A pupil is on track when skills have grown enough, and skills grow from all of them, over years.",
    ),
    question="For every 100 needs for academic support met more: how many more pupils are on track at the end of the money?",
    ask=Slider(0, 100, 5, " pupils", ("none", "all 100")),
    job=lambda: programme("spread", "stand_in", years=LAST),
    answer=reached,
    said=_said,
    why=_why,
    figure=_figure,
    debrief="Which other need would have to be met before this programme could show what it can do? Who meets it?",
    assumed="How far one need met can stand in for another (skills.complementarity) is assumed; studies support and dispute it.",
    sources=(
        "Cunha, Heckman & Schennach 2010: skills build on skills. Johnson & Jackson 2019: investments reinforce each other.",
        "Dobbie & Fryer 2011 (Harlem): community programmes neither necessary nor sufficient for the schools' gains.",
    ),
)
