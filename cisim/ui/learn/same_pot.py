"""Step 4: the same pot of money. What one programme gets, another lacks."""

from __future__ import annotations

from cisim.present.by_row import compared
from cisim.present.figure import Figure
from cisim.studies.what_if import Programme
from cisim.ui.learn.jobs import programme
from cisim.ui.learn.lesson import LAST, step
from cisim.ui.learn.step import Guess, number
from cisim.ui.learn.words import percent, points

LATER = LAST + 3


def kept(result: Programme) -> float | None:
    """Percent of the gain among all pupils that remains where the money is not new, in the last year."""
    return percent(result.part("everybody", LAST, "everybody", LAST, "same_pot"))


def _said(result: Programme) -> str:
    part = kept(result)
    if part is None:
        return "Even new money brings no clear gain here."
    return f"About {part:.0f} % of the gain remains." if part > 0 else "None of the gain remains."


def _why(result: Programme) -> list[str]:
    pot, new = result.effect("everybody", LAST, "same_pot"), result.effect("everybody", LAST)
    lost, later = result.change("everybody", LAST, "same_pot"), result.effect("everybody", LATER, "same_pot")
    told = [f"Of all pupils, new money changes the share on track by {points(new)}, redirected money by {points(pot)}."]
    if lost.high < 0:
        told.append("The difference is what other programmes can no longer do without that money. Their pupils bear the cost.")
    elif lost.low > 0:
        told.append("Here redirected money does even more: the programmes it was taken from did less good.")
    else:
        told.append("There is no clear difference between the two.")
    if later.low > 0:
        told.append(f"Three years after the money ends, redirected money still shows a gain: {points(later)}.")
    else:
        told.append(f"Three years after the money ends, redirected money shows no clear gain any more: {points(later)}.")
    told.append("A programme's own report shows only its own pupils. It cannot show what was not done elsewhere.")
    return told


def _figure(result: Programme, guess: Guess) -> Figure:
    new, share = result.effect("everybody", LAST), number(guess)
    return compared(
        "All pupils of the community, more on track",
        "Percentage points, with the programme compared with without it. Lines: 95 % intervals.",
        {
            f"new money, year {LAST}": new,
            f"from the same pot, year {LAST}": result.effect("everybody", LAST, "same_pot"),
            f"new money, year {LATER}": result.effect("everybody", LATER),
            f"from the same pot, year {LATER}": result.effect("everybody", LATER, "same_pot"),
        },
        None if share is None else share * new.difference,
        "lesson-pot",
        digits=3,
    )


STEP = step("4", job=lambda: programme("same_pot", years=LATER), answer=kept, said=_said, why=_why, figure=_figure)
