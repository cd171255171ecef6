"""A verdict as a value: better, worse, equivalent or undecided against a smallest worthwhile difference.

Three one-sided t tests judge a paired difference. It is *better* if it is clearly above the margin and *worse* if it is clearly
below minus the margin (2.5 % each: the 95 % interval lies beyond it), *equivalent* if it is clearly within (two one-sided tests
at 5 %: the 90 % interval lies within). If no test is clear it is *undecided*, and more seeds would tell. Without a margin every
difference counts: then only equal numbers are equivalent.
"""

import enum
import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from cisim.statistics import Flags, Floats
from cisim.statistics.distributions import student


class Outcome(enum.StrEnum):
    """The result of a comparison."""

    BETTER = "better"
    WORSE = "worse"
    EQUIVALENT = "equivalent"
    UNDECIDED = "undecided"

    @property
    def turned(self) -> "Outcome":
        """The result where less is better."""
        return {Outcome.BETTER: Outcome.WORSE, Outcome.WORSE: Outcome.BETTER}.get(self, self)


LEVELS = {Outcome.BETTER: 0.025, Outcome.WORSE: 0.025, Outcome.EQUIVALENT: 0.05}
"""How often each test may be wrong at most."""


@dataclass(frozen=True)
class Verdict:
    """A headline of one sentence, sentences with the numbers behind it, and a caveat: what the numbers do not cover."""

    outcome: Outcome
    headline: str
    detail: tuple[str, ...] = ()
    caveat: str = ""

    @property
    def sentences(self) -> list[str]:
        """Headline, detail and caveat, a sentence an entry."""
        return [text for text in (self.headline, *self.detail, self.caveat) if text]

    def __str__(self) -> str:
        return " ".join(self.sentences)


def p_values(difference: Floats, error: Floats, freedom: Floats, margin: float) -> Floats:
    """The p value of each test of LEVELS, shape (3, points), for mean differences with their standard errors and degrees of
    freedom, shape (points,). Below 1 degree of freedom nothing is known: all are 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        above, below = (difference - margin) / error, (-difference - margin) / error
        within = np.maximum(above, below)  # the test that fails first, of the two that it is within
        found = student(freedom, np.array([-above, -below, within]))
    exact = np.array([difference > margin, difference < -margin, np.abs(difference) <= margin])
    found = np.where(error > 0.0, found, np.where(exact, 0.0, 1.0))  # no variance: the difference is known
    result: Floats = np.where(freedom > 0.0, found, 1.0)
    return result


def decide(p: Floats, looks: int = 1) -> list[Outcome]:
    """The outcome at each point, of `p_values`. With several looks at growing data each has its part of the allowed error
    (Bonferroni), so all of them together are wrong no more often than one look alone."""
    clear = p <= np.array(list(LEVELS.values()))[:, None] / looks
    return [next((one for one, found in zip(LEVELS, here, strict=True) if found), Outcome.UNDECIDED) for here in clear.T]


def outcome(difference: float, error: float, freedom: float, margin: float = 0.0, looks: int = 1) -> Outcome:
    """The outcome of one comparison, where more is better."""
    mean, of, degrees = np.array([[difference], [error], [freedom]])
    return decide(p_values(mean, of, degrees, margin), looks)[0]


def adjusted(p: Floats, tested: Flags) -> Floats:
    """The p values of `p_values` corrected for the number of points tested (Benjamini and Hochberg 1995, which also holds for
    points that share their seeds): of all points called better, or worse, one in forty is wrongly called so on average at most,
    and of those called equivalent one in twenty."""
    result, count = p.copy(), int(tested.sum())
    if count:
        order = np.argsort(p[:, tested], axis=1)
        stepped = np.take_along_axis(p[:, tested], order, axis=1) * count / np.arange(1, count + 1)
        least = np.minimum.accumulate(stepped[:, ::-1], axis=1)[:, ::-1]  # of this and all larger ones
        found = np.empty_like(least)
        np.put_along_axis(found, order, np.minimum(least, 1.0), axis=1)
        result[:, tested] = found
    return result


def outcomes(differences: Floats, margin: float = 0.0) -> list[Outcome]:
    """The outcome at each point, of paired differences of shape (points, seeds), nan where there is no run, corrected for the
    number of points: see `adjusted`."""
    known = np.isfinite(differences)
    counts = known.sum(axis=1)
    means = np.where(known, differences, 0.0).sum(axis=1) / np.maximum(counts, 1)
    squares = np.where(known, differences - means[:, None], 0.0) ** 2
    errors = np.sqrt(squares.sum(axis=1) / np.maximum(counts - 1, 1) / np.maximum(counts, 1))
    return decide(adjusted(p_values(means, errors, counts - 1.0, margin), counts > 1))


def share_interval(share: float, of: float) -> tuple[float, float]:
    """The 95 % interval of a share of so many points or seeds (Wilson 1927): others would give another share. Points that do not
    weigh the same count as so many of equal weight, which need not be a whole number."""
    count, z = share * of, NormalDist().inv_cdf(0.975)
    count = float(round(count)) if abs(count - round(count)) < 1e-6 else count
    middle, over = count + z * z / 2.0, of + z * z
    half = z * math.sqrt(z * z / 4.0 + count * (of - count) / of)
    return 0.0 if count == 0 else (middle - half) / over, 1.0 if count == of else (middle + half) / over


def looks_at(most: int, first: int = 16) -> list[int]:
    """The numbers of seeds at which growing data are judged: the first, twice as many ..., the most."""
    found = [min(first, most)]
    while found[-1] < most:
        found.append(min(2 * found[-1], most))
    return found
