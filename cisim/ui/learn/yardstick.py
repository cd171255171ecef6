"""The yardstick of every step: young people on track in the whole community, on average over the first ten years, and the price
of each year that one more of them is on track."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from cisim.model.metric_table import USES
from cisim.scenario import load
from cisim.statistics import Floats
from cisim.statistics.paired import Effect, paired, ratio
from cisim.studies.comparison import Comparison
from cisim.studies.programme import Demonstration
from cisim.studies.what_if import Programme
from cisim.text.numbers import money, ranged, signed
from cisim.ui.learn.lesson import CASE

YEARS = 10
_COMMUNITY = load(CASE).settings.community
YOUNG_PEOPLE = int(_COMMUNITY.schools * _COMMUNITY.pupils_per_school)
"""Of the lesson's community."""


@dataclass(frozen=True)
class Yardstick:
    """What `label` names, on average over ten years: `before` young people are on track without it, and so many more with it
    (`effect`). `cost` is the money in $ that it takes in that time, `price` that for a year on track, with its 95 % interval (not
    finite where there is no clear gain)."""

    label: str
    before: float
    effect: Effect
    cost: float
    price: tuple[float, float, float]

    def words(self) -> str:
        """The yardstick in a sentence or two."""
        gain, many = self.effect, f"{YOUNG_PEOPLE:,} young people"
        if gain.low > 0.0 or gain.high < 0.0:
            more = "more" if gain.difference > 0 else "fewer"
            text = f"{abs(gain.difference):.1f} {more} of {many} are on track, on average over {YEARS} years."
        else:
            text = f"{signed(gain.difference, 1)} of {many} on track on average over {YEARS} years: no clear difference."
        if self.cost < 1000.0:
            return f"{text} No money is spent on it."
        text += f" It costs ${self.cost / 1e6:.1f} million"
        if not gain.low > 0.0:
            return f"{text}."
        price, low, high = self.price
        return f"{text}: {ranged(price / 1000, low / 1000, high / 1000, money)} for each year that one more is on track."

    def data(self) -> dict[str, Any]:
        """What dots.vue draws."""
        words, more = self.words(), round(self.effect.difference)
        return {"label": self.label, "total": YOUNG_PEOPLE, "before": round(self.before), "more": more, "words": words}


def of_programme(result: Programme, label: str, what_if: str = "as_it_is") -> Yardstick:
    """A programme on its own. From the same pot, its money is no cost of its own: what others lose is in the effect."""
    given, without = (
        np.stack([result.at("everybody", year, what_if, one) for year in range(1, YEARS + 1)]) for one in (True, False)
    )
    return _yardstick(label, given, without, 0.0 if what_if == "same_pot" else _spent(result))


def of_demonstration(result: Demonstration, label: str, world: str) -> Yardstick:
    """A programme on its own or through the initiative."""
    given, without = (
        np.stack([result.at(world, "everybody", year, one) for year in range(1, YEARS + 1)]) for one in (True, False)
    )
    return _yardstick(label, given, without, _spent(result))


def of_arm(result: Comparison, arm: str) -> Yardstick:
    """An arm of a comparison, against isolated impact: its cost is what programmes get less."""
    years = min(YEARS, result.years)
    given, without = (
        np.stack([result.at("on_track", one, year) for year in range(1, years + 1)]) for one in (arm, result.reference)
    )
    delivery = [
        result.at("spent", one, years)[:, USES["delivery"]] - result.at("spent", one, 0)[:, USES["delivery"]]
        for one in (result.reference, arm)
    ]
    return _yardstick(result.label(arm), given, without, 1000.0 * (delivery[0] - delivery[1]))


def _spent(result: Programme | Demonstration) -> float:
    one = result.intervention
    return float(1000.0 * one.amount * (one.to_year - one.from_year + 1))


def _yardstick(label: str, given: Floats, without: Floats, cost: Floats | float) -> Yardstick:
    """Of shares on track of shape (years, seeds)."""
    more = YOUNG_PEOPLE * (given - without).mean(axis=0)
    effect, costs = paired(more), np.broadcast_to(np.asarray(cost, float), more.shape)
    price = ratio(costs, len(given) * more) if effect.low > 0.0 else (np.nan, -np.inf, np.inf)
    return Yardstick(label, YOUNG_PEOPLE * float(without.mean()), effect, float(costs.mean()), price)
