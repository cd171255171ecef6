"""Step 1: a programme that works, and fades."""

from __future__ import annotations

from cisim.present.echarts.figure import Figure
from cisim.present.echarts.guessed import course
from cisim.studies.what_if import Programme
from cisim.ui.learn.jobs import PROGRAMME, programme
from cisim.ui.learn.step import Guess, Slider, Step, number
from cisim.ui.learn.words import points, span

FIRST, LAST = PROGRAMME["from_year"], PROGRAMME["to_year"]
LATER = LAST + 2
YEARS = 10


def left(result: Programme) -> float | None:
    """Percent of the gain at the end of the money that is left two years later; None where there was no gain."""
    part = result.part("need", LATER, "need", LAST)
    return None if part is None else 100 * part


def _said(result: Programme) -> str:
    part = left(result)
    if part is None:
        return "Here the programme lifts nothing beyond luck, so nothing can fade."
    if not result.effect("need", LATER).low > 0:
        return f"About {part:.0f} % is left, and that cannot be told from luck."
    return f"About {part:.0f} % is left."


def _why(result: Programme) -> list[str]:
    ended, later = result.effect("need", LAST), result.effect("need", LATER)
    if not ended.low > 0:
        return [f"In year {LAST} the difference is {points(ended.difference)} points{span(ended)}: within luck."]
    told = [f"It works: in year {LAST} the need for academic support is met {points(ended.difference)} points more{span(ended)}."]
    if later.low > 0.5 * ended.difference:
        return [*told, f"Two years later it is still {points(later.difference)}{span(later)}: here most of it lasts."]
    told.append(
        f"Then the money ends, the programme closes, and new pupils come who never had it: "
        f"{points(later.difference)}{span(later)}."
    )
    return [*told, "Nobody failed. A programme meets a need while it is there."]


def _figure(result: Programme, guess: Guess) -> Figure:
    percent = number(guess)
    share = None if percent is None else result.effect("need", LAST).difference * percent / 100
    years = range(YEARS + 1)
    return course(
        "What the programme adds to the need it is for",
        "Points of a hundred, against the same community and the same luck without it. Shade: 95 % interval.",
        years,
        {"academic need met, primary": [result.effect("need", year) for year in years]},
        (FIRST, LAST),
        None if share is None else (LATER, share),
        "lesson-fade",
    )


STEP = Step(
    name="1",
    label="It works, and fades",
    title="A good programme",
    story=(
        "A community spends $24 million a year on its young people. A donor adds $500,000 a year, for four years, for academic "
        "support in primary schools.",
        "It is a good programme, run by good people. Then the money ends.",
    ),
    question="Two years after the money has ended: how much of the gain is left?",
    ask=Slider(0, 100, 5, " %", ("nothing", "all of it")),
    job=lambda: programme(years=YEARS),
    answer=left,
    said=_said,
    why=_why,
    figure=_figure,
    debrief="Where did the gain go, and who could have kept it?",
    assumed="How fast needs met rise and fall (delivery.speed_up, delivery.speed_down) is set so that about half an "
    "effect is left a year after its end.",
    sources=(
        "Li et al.: in 67 studies of programmes for young children nearly half of the effect is gone after a year.",
        f"The same with a table: cisim intervene default --need academic --stage primary --amount 500 --years {FIRST}-{LAST}",
    ),
)
