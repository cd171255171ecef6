"""Step 4: the same pot of money. What one programme gets, another lacks."""

from __future__ import annotations

from cisim.present.echarts.figure import Figure
from cisim.present.echarts.guessed import compared
from cisim.studies.what_if import Programme
from cisim.ui.learn.jobs import PROGRAMME, programme
from cisim.ui.learn.step import Guess, Slider, Step, number
from cisim.ui.learn.words import points, span

LAST = PROGRAMME["to_year"]
LATER = LAST + 3


def kept(result: Programme) -> float | None:
    """Percent of the gain among all pupils that remains where the money is not new, in the last year."""
    part = result.part("everybody", LAST, "everybody", LAST, "same_pot")
    return None if part is None else 100 * part


def _said(result: Programme) -> str:
    part = kept(result)
    return "Even new money lifts nothing beyond luck here." if part is None else f"About {part:.0f} % of the gain remains."


def _why(result: Programme) -> list[str]:
    pot, new = result.effect("everybody", LAST, "same_pot"), result.effect("everybody", LAST)
    lost, later = result.change("everybody", LAST, "same_pot"), result.effect("everybody", LATER, "same_pot")
    told = [
        f"New money lifts all pupils on track by {points(new.difference)} points, money moved over by "
        f"{points(pot.difference)}{span(pot)}."
    ]
    if lost.high < 0:
        told.append("The rest is what other programmes, now without that money, no longer do. Their pupils pay for ours.")
    elif lost.low > 0:
        told.append("Here moved money does even more: what it was taken from did less good.")
    else:
        told.append("The difference between the two is within luck.")
    if later.low > 0:
        told.append(f"Three years after the end {points(later.difference)}{span(later)} is left of the moved money's gain.")
    else:
        told.append(f"Three years after the end nothing beyond luck is left of it: {points(later.difference)}{span(later)}.")
    told.append("A programme's own report shows its own pupils only. It cannot show what was not done elsewhere.")
    return told


def _figure(result: Programme, guess: Guess) -> Figure:
    new = result.effect("everybody", LAST)
    bars = {
        f"new money, year {LAST}": new,
        f"out of the same pot, year {LAST}": result.effect("everybody", LAST, "same_pot"),
        f"new money, year {LATER}": result.effect("everybody", LATER),
        f"out of the same pot, year {LATER}": result.effect("everybody", LATER, "same_pot"),
    }
    percent = number(guess)
    return compared(
        "All pupils of the community, more on track",
        "Points of a hundred, with the programme against without it. Lines: 95 % intervals.",
        bars,
        None if percent is None else percent * new.difference,
        "lesson-pot",
        digits=3,
    )


STEP = Step(
    name="4",
    label="The same pot",
    title="Whose money was it?",
    story=(
        "So far the donor's money was new. Mostly it is not: funders decide among good programmes, and what goes to one is "
        "missing from the others.",
        "The same programme again. This time the $500,000 comes out of what the funders give already.",
    ),
    question="Look at all pupils of the community: how much of the gain remains?",
    ask=Slider(0, 100, 5, " %", ("nothing", "all of it")),
    job=lambda: programme("same_pot", years=LATER),
    answer=kept,
    said=_said,
    why=_why,
    figure=_figure,
    debrief="Have you ever seen a programme's success that another programme paid for? How would one have noticed?",
    assumed="All funders give the same part less while the programme runs. How they choose among applications is assumed, too.",
    sources=("Bol 2018: past winners of grants get more. Gross & Bergstrom 2019: applying can cost as much as is given.",),
)
