"""Between the steps: how often luck alone shows 34 of 53 indicators up."""

from __future__ import annotations

from cisim.present.echarts.figure import Figure
from cisim.present.echarts.guessed import compared
from cisim.studies.chance_alone import Luck
from cisim.ui.learn.jobs import CLAIM, CLAIM_YEARS, luck
from cisim.ui.learn.step import Guess, Slider, Step, number

INDICATORS = 53


def share(result: Luck) -> float:
    """Histories of a hundred in which the claim comes out although nothing was changed."""
    return 100 * result.isolated_correlated


def _said(result: Luck) -> str:
    low, high = result.interval(result.isolated_correlated)
    return f"In {share(result):.0f} of 100 ({100 * low:.0f} to {100 * high:.0f}: other histories would give another count)."


def _why(result: Luck) -> list[str]:
    told = [
        f"If every indicator were a fair coin, {result.claimed} of {result.indicators} would come up in "
        f"{100 * result.coins:.1f} of 100 tries. But indicators share their luck: a good year lifts "
        f"many. Then it is {100 * result.correlated_coins:.0f}."
    ]
    if result.isolated_correlated > 1.1 * result.correlated_coins:
        told.append(f"And a community may be on its way up anyway: in the model, left alone, {share(result):.0f}.")
    else:
        told.append(f"In the model's community, left alone, it is {share(result):.0f}.")
    told.append(
        f"So {result.claimed} of {result.indicators} may be a success. To know, one must see the same community without the "
        "initiative. Here we can; outside we cannot, and have to compare with other places."
    )
    return told


def _figure(result: Luck, guess: Guess) -> Figure:
    return compared(
        f"How often {result.claimed} of {result.indicators} or more go up when nothing is done",
        f"Of 100 histories. The model: {result.seeds} histories of a community like Strive's, in which Strive never was.",
        {
            "the model's community, left alone": result.isolated_correlated,
            "the same, if indicators shared no luck": result.isolated_independent,
            "coins that share some luck": result.correlated_coins,
            "fair coins": result.coins,
        },
        number(guess),
        "lesson-luck",
        digits=1,
    )


STEP = Step(
    name="luck",
    label="Luck",
    title="Thirty-four of fifty-three",
    story=(
        f"A famous initiative reported that {CLAIM} of its {INDICATORS} indicators went up in its first {CLAIM_YEARS} years.",
        "Now think of the same community, in which nobody does anything new. Indicators go up and down anyway.",
    ),
    question=f"In how many of 100 such histories would {CLAIM} or more of {INDICATORS} go up all the same?",
    ask=Slider(0, 100, 1, " of 100", ("never", "always")),
    job=luck,
    answer=share,
    said=_said,
    why=_why,
    figure=_figure,
    debrief="What would you have to know to tell an initiative's success from a good few years?",
    assumed="How far indicators move together (reporting.indicator_correlation) is assumed; by how much they rise by themselves "
    "follows from the model's community.",
    sources=(
        "Kania & Kramer 2011: 34 of 53 up in the first four years of StrivePartnership.",
        "For other claims and cases: cisim luck strive --claimed 34",
    ),
)
