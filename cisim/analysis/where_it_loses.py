"""Where collective impact does worse, in words: the few limits on settings inside which most of these points lie. Scenario
discovery (Bryant and Lempert 2010); a box that is no better than the boxes of nearly all shuffles of the verdicts is left out."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from cisim.analysis.box_search import Box, Inputs, candidates, within
from cisim.analysis.explained import Explained
from cisim.analysis.runs import Runs, chosen, coded
from cisim.errors import InputError
from cisim.statistics import Flags, Floats
from cisim.statistics.verdict import Outcome, outcomes
from cisim.text.english import capital, listing, nearest
from cisim.text.numbers import percent, plain

WORSE, NOT_BETTER, BETTER = "does worse", "does not do better", "does better"
FEW = 8  # fewer points than this on either side have no box worth showing
ONE_IN_TWENTY = 0.05
SHUFFLES = 199
MOST = 3  # boxes that are shown: after one is found, the next is looked for among the points outside it


@dataclass(frozen=True)
class Found:
    """A search among points that no earlier box holds. `candidates` are its boxes, best first; their density and support are
    among these points, coverage is of their cases. `base` is the share of cases, `chance` the share of shuffles of the cases
    whose best box is as good as the first, and `density_by_chance` the mean density of the shuffles' best boxes."""

    candidates: tuple[Box, ...]
    base: float
    chance: float
    density_by_chance: float


@dataclass(frozen=True)
class Discovery:
    """The boxes that are better than chance would show.

    `frame` has one row a box, in the order found, each among the points outside those before: box (in words), limits (how many),
    density (share of its points that are cases), coverage (share of all cases), support (share of all points), base, chance and
    density_by_chance (see Found). `candidates` has all boxes of the first search, best first, with the first five columns.
    `asked` is what makes a point a case: WORSE, NOT_BETTER or BETTER. `losing` counts the points at which the arm does worse.
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
        than, all_points = f"than {self.other}", f"{self.points} points"
        found = [f"{capital(self.arm)} {self.asked} {than} at {self.cases} of {all_points}."]
        if self.asked == NOT_BETTER:
            few = f"only {self.losing} of {all_points}, too few to look for a pattern" if self.losing else f"none of {all_points}"
            rest = f"it {self.asked} at {self.cases}" if self.cases else "it does better at all of them"
            found = [f"{capital(self.arm)} {WORSE} {than} at {few}; {rest}."]
        least = min(self.cases, self.points - self.cases)
        if least < FEW:
            few = f"{least} of {self.points} points are too few to say what they have in common."
            return [*found, few] if least else found
        for place, row in enumerate(self.frame.itertuples()):
            text = f"points with {row.box} (against {percent(row.base)} of {'them' if place else 'all'})"
            found.append(
                f"{'Of the others, it' if place else 'It'} {self.asked} at {percent(row.density)} of {text}; this box holds "
                f"{percent(row.coverage)} of all points at which it {self.asked}, and {percent(row.support)} of all points."
            )
        if self.frame.empty:
            return [*found, f"No box of settings in which it {self.asked} can be distinguished from chance."]
        first = self.frame.iloc[0]
        as_good = round(first.chance * (self.shuffles + 1)) - 1
        average = f"it {self.asked} at {percent(first.density_by_chance)} of the points in the best box, on average"
        often = f"{as_good or 'none'} of {self.shuffles} shuffles gave as good a box as the first"
        return [*found, f"With verdicts shuffled among points, {average}; {often}."]


def discovery(
    runs: Runs,
    column: str = "on_track",
    arm: str | None = None,
    against: str | None = None,
    asked: str | None = None,
    shuffles: int = SHUFFLES,
) -> Discovery:
    """The boxes of settings in which `arm` (default: collective impact) does worse than the strongest alternative, or than the
    arm `against`. `asked` is WORSE, NOT_BETTER or BETTER; by default WORSE, or with fewer than 8 such points NOT_BETTER. With
    fewer than 19 `shuffles` no box can stand out. Raises InputError where a verdict takes more seeds, and as `Explained.of`."""
    explained, asked, cases, worse = cases_of(runs, column, arm, against, asked)
    inputs = Inputs.of(coded(runs, explained.labels), [chosen(factor) for factor in runs.experiment.factors])
    searches = cover(inputs, cases, shuffles)
    columns = ["box", "limits", "density", "coverage", "support"]

    def row(box: Box) -> tuple[Any, ...]:
        return _in_words(box, runs), len(box.limits), box.density, box.coverage, box.support

    rows = []
    for here, held in searches:
        if here.chance <= ONE_IN_TWENTY:
            best = here.candidates[0]
            coverage, support = best.density * best.support * held / int(cases.sum()), best.support * (held / len(cases))
            rows.append((*row(replace(best, coverage=coverage, support=support)), here.base, here.chance, here.density_by_chance))
    name, counts = runs.labels[arm or runs.focus], (len(cases), int(cases.sum()), int(worse.sum()))
    other = other_of(runs, explained)
    frame = pd.DataFrame(rows, columns=[*columns, "base", "chance", "density_by_chance"])
    all_boxes = pd.DataFrame([row(box) for box in searches[0][0].candidates] if searches else [], columns=columns)
    return Discovery(name, other, asked, *counts, frame, all_boxes, shuffles)


def cases_of(
    runs: Runs, column: str, arm: str | None = None, against: str | None = None, asked: str | None = None
) -> tuple[Explained, str, Flags, Flags]:
    """What is explained, what makes a point a case, which points are cases, and at which the arm does worse. See `discovery`."""
    explained = Explained.of(runs, column, arm, against)
    if explained.seeds < 2:
        raise InputError(runs.experiment.where, "a verdict takes 2 seeds or more at each point: run more seeds.")
    if asked is not None and asked not in (WORSE, NOT_BETTER, BETTER):
        raise InputError("asked", f'"{asked}" cannot be asked for. {nearest(asked, (WORSE, NOT_BETTER, BETTER))}')
    found = verdicts(explained.by_seed, explained.margin)
    worse, better = found == Outcome.WORSE, found == Outcome.BETTER
    asked = asked or (WORSE if worse.sum() >= FEW else NOT_BETTER)
    return explained, asked, {WORSE: worse, NOT_BETTER: ~better, BETTER: better}[asked], worse


def other_of(runs: Runs, explained: Explained) -> str:
    """What the arm is compared with, in words."""
    return runs.labels[runs.arms[explained.rivals[0]]] if len(explained.rivals) == 1 else "the strongest alternative"


def verdicts(differences: Floats, margin: float = 0.0) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    """The `Outcome` of each point, of paired differences of shape (points, seeds), nan where there is no run."""
    return np.array([str(one) for one in outcomes(differences, margin)])


def cover(inputs: Inputs, cases: Flags, shuffles: int = SHUFFLES) -> list[tuple[Found, int]]:
    """Searches for boxes with many cases, shape (points,), each among the points outside those before, with the number of these
    points. The last is the first whose box chance equals in more than one shuffle of twenty, or the third; none with fewer than
    FEW cases."""
    found: list[tuple[Found, int]] = []
    left = np.ones(len(cases), dtype=np.bool_)
    while len(found) < MOST and min(cases[left].sum(), (~cases[left]).sum()) >= FEW:
        here = search(Inputs.of(inputs.values[left], inputs.words), cases[left], shuffles)
        found.append((here, int(left.sum())))
        if here.chance > ONE_IN_TWENTY:
            break
        left &= ~within(here.candidates[0].limits, inputs.values)
    return found


def search(inputs: Inputs, cases: Flags, shuffles: int = SHUFFLES) -> Found:
    """The best box with many cases, shape (points,), and how it compares with chance."""
    base = float(cases.mean())
    if not (found := candidates(inputs, cases)):
        return Found((), base, 1.0, base)
    rng = np.random.Generator(np.random.PCG64(0))
    shuffled = [candidates(inputs, rng.permutation(cases)) for _ in range(shuffles)]
    as_good = sum((boxes[0].surplus if boxes else 0.0) >= found[0].surplus - 1e-12 for boxes in shuffled)
    density = np.array([boxes[0].density if boxes else base for boxes in shuffled])
    # the cases as they are count as one of the shuffles
    return Found(tuple(found), base, (1 + as_good) / (shuffles + 1), float(density.mean()))


def _in_words(box: Box, runs: Runs) -> str:
    """ "open data quality above 0.5 and governance shared or distributed"."""
    parts = []
    for column, factor in enumerate(runs.experiment.factors):
        limits = [limit for limit in box.limits if limit.column == column]
        if limits and chosen(factor):
            inside = [all(place in limit.words for limit in limits) for place in range(len(factor.values))]
            pairs = list(zip(map(plain, factor.values), inside, strict=True))
            allowed, refused = ([word for word, is_in in pairs if is_in == kept] for kept in (True, False))
            words = listing(allowed, "or") if len(allowed) <= len(refused) else f"not {listing(refused, 'or')}"
            parts.append(f"{runs.called[factor.path]} {words}")
        elif limits:
            # of few values a limit is given as one of them
            few = factor.discrete or runs.experiment.design.kind in ("grid", "morris")
            known = np.unique(runs.points[factor.path].to_numpy(dtype=np.float64)) if few else None
            lows, highs = ([limit.value for limit in limits if limit.above == above] for above in (True, False))
            parts.append(f"{runs.called[factor.path]} {_span(lows, highs, known)}")
    return listing(parts)


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
