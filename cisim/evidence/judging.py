"""How a claim is judged: each part by one stated criterion, a claim by its parts.

A part is measured as a number with its 95 % interval over seeds. Criteria are data (claims.toml), so that they do not
depend on what the model shows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from cisim.statistics.paired import paired

Floats = npt.NDArray[np.float64]
Key = TypeVar("Key")


class Verdict(StrEnum):
    """The verdict on a claim."""

    REPRODUCED = "reproduced"
    PARTLY = "partly"
    NOT_REPRODUCED = "not reproduced"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True)
class Measured:
    """A number and its 95 % interval over seeds (which covers chance only)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Finding:
    """What the model shows about one claim: a number for each part, and others for its sentence (of arrays, the mean)."""

    parts: Mapping[str, Measured]
    others: Mapping[str, Any] = field(default_factory=dict)


def largest(values: Floats) -> Measured:
    """The largest value of all seeds, for what must hold in each: the interval is the range over seeds."""
    return Measured(float(values.max()), float(values.min()), float(values.max()))


def mean(values: Floats) -> Measured:
    """The mean over seeds, shape (seeds,); nan without seeds."""
    return difference(values, np.zeros_like(values)) if len(values) else Measured(np.nan, np.nan, np.nan)


def difference(a: Floats, b: Floats) -> Measured:
    """The mean paired difference a - b over seeds, shape (seeds,) each."""
    effect = paired(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))
    return Measured(effect.difference, effect.low, effect.high)


def shares(part: Floats, whole: Floats) -> Floats:
    """Values by seed with the mean and the spread of the ratio of the two means (linearised: the ratio in a single seed is
    useless if its whole is near 0)."""
    base = float(whole.mean())
    ratio = float(part.mean()) / base
    return ratio + (part - ratio * whole) / base


def ratio(part: Floats, whole: Floats) -> Measured:
    """The ratio of two means over the same seeds."""
    return mean(shares(part, whole))


@dataclass(frozen=True)
class Criterion:
    """One of four kinds, with its numbers.

    `above` low: the whole interval is above it; partly if only the value is, by at least half the distance from the value
    to the interval's end (a difference of zero would be on the right side half of the time by chance alone).
    `below` high: likewise. `between` low and high: the value is there; partly if the interval reaches that range, or the
    value is within `near` of it. `exactly` low: the interval is within `near` of it; never partly.
    """

    kind: str
    low: float
    high: float
    near: float = 0.0

    def judge(self, shown: Measured) -> Verdict:
        """The verdict on one measured part; nan is not reproduced."""
        if not np.isfinite(shown.value):
            return Verdict.NOT_REPRODUCED
        value, low, high = shown.value, shown.low, shown.high
        if self.kind == "above":
            whole, half = low > self.low, value - self.low > 0.5 * (value - low)
        elif self.kind == "below":
            whole, half = high < self.high, self.high - value > 0.5 * (high - value)
        elif self.kind == "between":
            whole = self.low <= value <= self.high
            reached = low <= self.high and high >= self.low
            half = reached or self.low - self.near <= value <= self.high + self.near
        else:
            whole, half = self.low - self.near <= low and high <= self.low + self.near, False
        return Verdict.REPRODUCED if whole else Verdict.PARTLY if half else Verdict.NOT_REPRODUCED


def together(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict on all parts: reproduced if each is, not reproduced if they score less than half (a reproduced part counts 1,
    a partly reproduced one 1/2), otherwise partly."""
    points = [{Verdict.REPRODUCED: 2, Verdict.PARTLY: 1, Verdict.NOT_REPRODUCED: 0}[verdict] for verdict in verdicts]
    if sum(points) == 2 * len(points):
        return Verdict.REPRODUCED
    return Verdict.PARTLY if sum(points) >= len(points) else Verdict.NOT_REPRODUCED


def best(values: Mapping[Key, Floats]) -> Key:
    """The key of the values with the highest mean."""
    return max(values, key=lambda key: float(values[key].mean()))


def inner_optimum(by_amount: dict[float, Floats]) -> tuple[float, Measured, Measured]:
    """The best amount strictly between the least and the most, and its gain over either end, paired over seeds.

    The gain allows for the search: on even seeds the amount is the best one of odd seeds, and vice versa, so that chance
    which made an amount look best does not count as its gain.
    """
    least, *inside, most = sorted(by_amount)
    chosen = np.empty(len(by_amount[least]))
    for fold in (0, 1):
        other = np.arange(len(chosen)) % 2 != fold
        chosen[~other] = by_amount[best({amount: by_amount[amount][other] for amount in inside})][~other]
    overall = best({amount: by_amount[amount] for amount in inside})
    return overall, difference(chosen, by_amount[least]), difference(chosen, by_amount[most])
