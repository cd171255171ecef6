"""Where collective impact does worse, in words: the few limits on settings inside which most of these points lie.

Scenario discovery (Bryant and Lempert 2010). Whether it does worse at a point is the verdict of the paired difference to the
strongest alternative. A search always finds some box, so the same search is made with verdicts shuffled among points; a box
that is no better than what nearly all shuffles give is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cisim.analysis.box_search import SHUFFLES, Box, Cases, Floats, Inputs, Limit, by_luck, candidates, within
from cisim.analysis.factors import chosen, coded, names, word
from cisim.analysis.outcome import Outcome as Explained
from cisim.analysis.runs import Runs
from cisim.errors import InputError
from cisim.statistics.paired import paired
from cisim.statistics.verdict import Outcome
from cisim.sweeps.experiment import Factor
from cisim.text.english import capital, listing, nearest
from cisim.text.numbers import percent

if TYPE_CHECKING:
    import pandas as pd

WORSE, NOT_BETTER, BETTER = "does worse", "does not do better", "does better"

FEW = 8
"""Fewer points than this on either side have no box worth showing."""

ONE_IN_TWENTY = 0.05


MOST = 3
"""Boxes that are shown: after one is found, the next is looked for among the points outside it."""


@dataclass(frozen=True)
class Found:
    """The best box among points that no earlier box holds, and how it compares with chance: `chance` is the share of
    shuffles of the cases whose best box is as good, `density_by_chance` the mean density of their best boxes. `candidates` has
    all boxes of the search, best first; density and support of a box are among these points, coverage is of their cases."""

    candidates: tuple[Box, ...]
    base: float
    chance: float
    density_by_chance: float


@dataclass(frozen=True)
class Discovery:
    """The boxes that stand out, and what was looked for.

    `frame` has one row a box, in the order found, each among the points outside those before:
    box (in words), limits (how many), density (share of its points that are cases), coverage (share of all cases), support
    (share of all points), base (share of cases among the points it was looked for in), chance, density_by_chance (see Found).
    `candidates` are all boxes of the first search, best first: box, limits, density, coverage, support.
    `asked` is what makes a point a case: WORSE, NOT_BETTER or BETTER.
    """

    arm: str
    other: str
    asked: str
    points: int
    cases: int
    losing: int
    frame: pd.DataFrame
    candidates: pd.DataFrame
    shuffles: int

    def sentences(self) -> list[str]:
        """Where it loses and how sure that is, in plain words."""
        than, all_points = f"than {self.other}", f"{self.points} points"
        said = [f"{capital(self.arm)} {self.asked} {than} at {self.cases} of {all_points}."]
        if self.asked == NOT_BETTER:
            few = (
                f"at only {self.losing} of {all_points}, too few to look for a pattern"
                if self.losing
                else f"at none of {all_points}"
            )
            rest = f"it {self.asked} at {self.cases}" if self.cases else "it does better at all of them"
            said = [f"{capital(self.arm)} {WORSE} {than} {few}; {rest}."]
        others = self.points - self.cases
        if min(self.cases, others) < FEW:
            least = min(self.cases, others)
            return [*said, f"{least} of {self.points} points are too few to say what they have in common."] if least else said
        for place, row in enumerate(self.frame.itertuples()):
            text = f"points with {row.box} (against {percent(row.base)} of {'them' if place else 'all'})"
            said.append(
                f"{'Of the others, it' if place else 'It'} {self.asked} at {percent(row.density)} of {text}; this box holds"
                f" {percent(row.coverage)} of all points at which it {self.asked}, and {percent(row.support)} of all points."
            )
        if self.frame.empty:
            said.append(f"No box of settings in which it {self.asked} can be distinguished from chance.")
        else:
            first = self.frame.iloc[0]
            said.append(
                f"With verdicts shuffled among points, it {self.asked} at {percent(first.density_by_chance)} of the points in the"
                f" best box, on average; {_often(first.chance, self.shuffles)} gave as good a box as the first."
            )
        return said


def discovery(
    runs: Runs,
    column: str = "on_track",
    arm: str | None = None,
    against: str | None = None,
    asked: str | None = None,
    shuffles: int = SHUFFLES,
) -> Discovery:
    """The boxes of settings in which `arm` (default: collective impact) does worse than the strongest alternative, or than
    the arm `against`.

    `asked` may be WORSE, NOT_BETTER or BETTER; by default WORSE, and where it does worse at fewer than 8 points, NOT_BETTER. With
    fewer than 19 `shuffles` no box can stand out. Raises InputError where a verdict takes more seeds, and as `Explained.of`.
    """
    outcome = Explained.of(runs, column, arm, against)
    if outcome.seeds < 2:
        raise InputError(runs.experiment.where, "a verdict takes 2 seeds or more at each point: run more seeds.")
    if asked is not None and asked not in (WORSE, NOT_BETTER, BETTER):
        raise InputError("asked", f'"{asked}" cannot be asked for. {nearest(asked, (WORSE, NOT_BETTER, BETTER))}')
    found = verdicts(outcome.by_seed)
    losing = int((found == Outcome.WORSE).sum())
    asked = asked or (WORSE if losing >= FEW else NOT_BETTER)
    better = found == Outcome.BETTER
    cases = {WORSE: found == Outcome.WORSE, NOT_BETTER: ~better, BETTER: better}[asked]
    inputs = Inputs.of(coded(runs, outcome.labels), [chosen(factor) for factor in runs.experiment.factors])
    frame, all_boxes = _tables(cover(inputs, cases, shuffles), int(cases.sum()), len(cases), lambda box: _in_words(box, runs))
    other = runs.label(runs.arms[outcome.rivals[0]]) if len(outcome.rivals) == 1 else "the strongest alternative"
    arm = runs.label(arm or runs.focus)
    return Discovery(arm, other, asked, len(cases), int(cases.sum()), losing, frame, all_boxes, shuffles)


def verdicts(differences: Floats) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    """The `Outcome` of each point, of paired differences of shape (points, seeds), nan where there is no run."""
    known = [row[np.isfinite(row)] for row in differences]
    return np.array([str(paired(row, np.zeros(len(row))).outcome) for row in known])


def cover(inputs: Inputs, cases: Cases, shuffles: int = SHUFFLES) -> list[tuple[Found, int]]:
    """Box after box of inputs that holds many cases, shape (points,), each among the points outside
    those before, with the number of those points. The last is the first that luck does as well as in one shuffle of twenty,
    unless there are three; none with fewer than 8 cases, or 8 other points."""
    found: list[tuple[Found, int]] = []
    left = np.ones(len(cases), dtype=np.bool_)
    while len(found) < MOST and min(cases[left].sum(), (~cases[left]).sum()) >= FEW:
        here = search(Inputs.of(inputs.values[left], inputs.words), cases[left], shuffles)
        found.append((here, int(left.sum())))
        if here.chance > ONE_IN_TWENTY:
            break
        left &= ~within(here.candidates[0].limits, inputs.values)
    return found


def search(inputs: Inputs, cases: Cases, shuffles: int = SHUFFLES) -> Found:
    """The best box of inputs that holds many cases, shape (points,), and how it compares with luck."""
    base = float(cases.mean())
    if not (found := candidates(inputs, cases)):
        return Found((), base, 1.0, base)
    surplus, density = by_luck(inputs, cases, shuffles)
    # the cases as they are count as one of the shuffles
    chance = (1 + int((surplus >= found[0].surplus - 1e-12).sum())) / (shuffles + 1)
    return Found(tuple(found), base, chance, float(density.mean()))


def _in_words(box: Box, runs: Runs) -> str:
    """ "open data quality above 0.5 and governance shared or distributed"."""
    called = names(runs.experiment.factors)
    parts = []
    for column, factor in enumerate(runs.experiment.factors):
        limits = [limit for limit in box.limits if limit.column == column]
        if not limits:
            continue
        if chosen(factor):
            parts.append(f"{called[factor.path]} {_words(factor, limits)}")
        else:
            known = np.unique(runs.points[factor.path].to_numpy(dtype=np.float64)) if _has_few_values(runs, factor) else None
            lows, highs = ([limit.value for limit in limits if limit.above == above] for above in (True, False))
            parts.append(f"{called[factor.path]} {_span(lows, highs, known)}")
    return listing(parts)


def _words(factor: Factor, limits: list[Limit]) -> str:
    """The words a factor may take inside, or if they are fewer, those it may not."""
    inside = [all(place in limit.words for limit in limits) for place in range(len(factor.values))]
    allowed, refused = (
        [word(v) for v, is_in in zip(factor.values, inside, strict=True) if is_in == kept] for kept in (True, False)
    )
    return listing(allowed, "or") if len(allowed) <= len(refused) else f"not {listing(refused, 'or')}"


def _has_few_values(runs: Runs, factor: Factor) -> bool:
    """Whether a factor takes few values, so that a limit is given as one of them."""
    return factor.discrete or runs.experiment.design.kind in ("grid", "morris")


def _span(lows: list[float], highs: list[float], known: Floats | None) -> str:
    """ "above 0.5", "between 0.2 and 0.5"; of few known values "of 0.5 or more"."""
    if known is None:
        if lows and highs:
            return f"between {lows[0]:g} and {highs[0]:g}"
        return f"above {lows[0]:g}" if lows else f"up to {highs[0]:g}"
    low = f"{known[known > lows[0]].min():g}" if lows else ""
    high = f"{known[known <= highs[0]].max():g}" if highs else ""
    if low and high:
        return f"of {low}" if low == high else f"from {low} to {high}"
    return f"of {low} or more" if low else f"of {high} or less"


def _tables(
    found: list[tuple[Found, int]], cases: int, points: int, tell: Callable[[Box], str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frames of a Discovery: the boxes that stand out, and all candidates of the first search."""
    import pandas as pd

    rows = []
    for here, held in found:
        if here.chance <= ONE_IN_TWENTY:
            box, part = here.candidates[0], held / points
            coverage = box.density * box.support * held / cases
            row = (tell(box), len(box.limits), box.density, coverage, box.support * part, here.base)
            rows.append((*row, here.chance, here.density_by_chance))
    first = found[0][0].candidates if found else ()
    others = [(tell(box), len(box.limits), box.density, box.coverage, box.support) for box in first]
    names = ["box", "limits", "density", "coverage", "support"]
    return pd.DataFrame(rows, columns=[*names, "base", "chance", "density_by_chance"]), pd.DataFrame(others, columns=names)


def _often(chance: float, shuffles: int) -> str:
    """How many shuffles, as words."""
    many = round(chance * (shuffles + 1)) - 1
    return f"{many or 'none'} of {shuffles} shuffles"
