"""Between the steps: how often chance alone shows 34 of 53 indicators up."""

from __future__ import annotations

from cisim.present.by_row import compared
from cisim.present.figure import Figure
from cisim.studies.chance_alone import Luck
from cisim.ui.learn.jobs import chance
from cisim.ui.learn.lesson import step
from cisim.ui.learn.step import Guess, number


def share(result: Luck) -> float:
    """Histories of a hundred in which the claim comes out although nothing was changed."""
    return 100 * result.isolated_correlated


def _said(result: Luck) -> str:
    low, high = result.interval(result.isolated_correlated)
    return f"In {share(result):.0f} of 100 (95 % interval: {100 * low:.0f} to {100 * high:.0f})."


def _why(result: Luck) -> list[str]:
    claim = f"{result.claimed} or more of {result.indicators}"
    more = result.isolated_correlated > 1.1 * result.correlated_coins
    return [
        f"If every indicator were a fair coin, {claim} would come up in {100 * result.coins:.1f} of 100 tries. But indicators "
        f"move together: a good year lifts many of them. With that, it is {100 * result.correlated_coins:.0f} of 100.",
        f"{'A community may also be improving already: in' if more else 'In'} the model's community, without any initiative, "
        f"it is {share(result):.0f} of 100.",
        f"So {result.claimed} of {result.indicators} may be a success, or not. To know, compare with the same community without "
        "the initiative. A model can do that; in the real world we have to compare with other places.",
    ]


def _figure(result: Luck, guess: Guess) -> Figure:
    return compared(
        f"How often {result.claimed} or more of {result.indicators} go up when nothing is done",
        f"Of 100 histories. The model: {result.seeds} simulated histories of a community like Strive's, without Strive.",
        {
            "the model's community, no initiative": result.isolated_correlated,
            "the same, if indicators were independent": result.isolated_independent,
            "coins that partly move together": result.correlated_coins,
            "fair coins": result.coins,
        },
        number(guess),
        "lesson-chance",
        digits=1,
    )


STEP = step("chance", job=chance, answer=share, said=_said, why=_why, figure=_figure)
