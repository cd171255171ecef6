"""Which settings matter: how much of what differs between points each factor explains, by itself and together with others.

The design decides how: a Saltelli sample gives Sobol' indices, Morris trajectories give elementary effects, a full grid
main effects, and any other points rank correlations. Two intervals are kept apart, and both are 95 %: what other luck
would change (other seeds at the same points) and what another sample would change (other points, the same seeds).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cisim.analysis.factors import encoded, in_order, names
from cisim.analysis.indices import (
    elementary_effects,
    first_by_luck,
    main_by_luck,
    main_variances,
    morris_indices,
    sobol_variances,
)
from cisim.analysis.measures import Measure
from cisim.analysis.outcome import TIMES, Floats, Outcome
from cisim.analysis.runs import Runs
from cisim.statistics.ranks import beyond_luck, rank_correlations
from cisim.text.english import capital, listing
from cisim.text.numbers import percent, signed, span

if TYPE_CHECKING:
    import pandas as pd

SOBOL, MORRIS, MAIN, RANKS = "sobol", "morris", "main effects", "rank correlations"

INTERACTIONS = "interactions"
"""What stands for a factor where no single one is meant."""

NORMAL = 1.959964
RARE = 0.95
MUCH_LUCK = 0.5
"""If more of the variance among points than this is luck, settings should not be told apart yet."""

LITTLE = 0.05
"""A share of variance below this is told as little."""

FEW_VALUES = 8
A_DIRECTION = 0.1
"""A weaker rank correlation is not told as a direction: the outcome may well be highest in the middle."""


@dataclass(frozen=True)
class Sensitivity:
    """What each factor does to an outcome.

    `frame` has one row a factor (or a word it may take) and index:
    factor       path of the setting; "interactions" for what no factor does by itself
    level        the word or switch position meant, where a factor has no order and the index is about one; else ""
    index        sobol: first, total (shares of variance); morris: mu, mu_star, sigma (in the outcome's unit, from one end of
                 a factor's range to the other); main effects: main (share of variance); rank correlations: rank_correlation
    estimate     the index
    by_chance    what the index of a factor without effect reaches by luck in one world in twenty, beside the effects of all
                 others (of total: in one in twenty at most; of rank correlations: that of the strongest of all factors,
                 outcomes shuffled among points); nan with one seed
    seeds_low, seeds_high     95 % interval over other seeds; nan with one seed
    design_low, design_high   95 % interval over other points of such a design; nan for a grid, which has all of its points

    `luck` is the share of the variance among points that is luck; `where` says where the outcome is larger, by factor.
    """

    method: str
    measure: Measure
    explained: str
    frame: pd.DataFrame
    points: int
    seeds: int
    luck: float
    called: dict[str, str]
    where: dict[str, str]

    def sentences(self) -> list[str]:
        """What matters, what does not, and how much of it may be luck, in plain words."""
        if self.frame["estimate"].isna().all():
            return [f"{capital(self.explained)} is the same at all {self.points} points: there is nothing to explain."]
        if not np.isfinite(self.luck):
            sentence = (
                "Too few runs to tell which settings matter: with one seed at a point, differences between points cannot be"
            )
            return [f"{sentence} distinguished from chance. Run more seeds."]
        return [*self._strongest(), *self._less(), *self._without_effect(), self._chance()]

    @property
    def key(self) -> str:
        """The sentence on the setting that matters most; "" where none does."""
        return next(iter(self._strongest()), "") if np.isfinite(self.luck) and not self.frame["estimate"].isna().all() else ""

    def _strongest(self) -> list[str]:
        """A sentence on each setting that matters, the strongest first."""
        by_method = {SOBOL: self._by_variance, MAIN: self._by_variance, MORRIS: self._by_change, RANKS: self._by_rank}
        return by_method[self.method]()

    def ranking(self) -> pd.DataFrame:
        """The rows by which factors are ranked (total, mu_star, main or the rank correlation), strongest first, with a
        column `matters`: whether it is more than chance would show."""
        index = {SOBOL: "total", MORRIS: "mu_star", MAIN: "main", RANKS: "rank_correlation"}[self.method]
        rows = self.frame[(self.frame["index"] == index) & (self.frame["factor"] != INTERACTIONS)]
        size = rows["estimate"].abs()
        rows = rows.assign(matters=size > rows["by_chance"])
        return rows.loc[size.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)

    def _by_variance(self) -> list[str]:
        alone = self.frame[self.frame["index"].isin(["first", "main"])].set_index("factor")
        rows = self.ranking()
        said: list[str] = []
        for row in rows[rows["matters"] & (rows["estimate"] >= LITTLE)].itertuples():
            own = alone.loc[row.factor]
            text = f"by itself it explains {_part(own.estimate)}"
            text += "" if said else f" of the variance of {self.explained} between points"
            text += _spans(own, _part)
            if self.method == SOBOL:
                text += f", and together with other settings {_part(row.estimate)}{_spans(row, _part)}"
            said.append(f"{'Next' if said else 'The most important setting'} is {self._name(row.factor)}: {text}.")
        return said

    def _less(self) -> list[str]:
        """What else is to be known of the method's result: settings that matter little, and what no setting explains."""
        rows = self.ranking()
        if self.method == RANKS:
            least = f"by chance alone the strongest of all settings reaches {rows['by_chance'].max():.2f} in one case in twenty"
            hidden = "a setting that is best in the middle of its range stays hidden"
            return [f"Rank correlations find what rises or falls throughout; {hidden}, and {least}."]
        if self.method == MORRIS:
            return []
        said: list[str] = []
        some = rows[rows["matters"] & (rows["estimate"] < LITTLE)]
        if little := [f"{self.called[row.factor]} ({_part(row.estimate)})" for row in some.itertuples()]:
            said.append(f"Of little importance, but more than chance would show: {listing(little)}.")
        alone = self.frame[self.frame["index"].isin(["first", "main"])].set_index("factor")
        rest = 1 - float(alone["estimate"].drop(INTERACTIONS, errors="ignore").sum())
        if rest > 0.005:
            said.append(
                f"{percent(rest)} is not explained by any setting by itself: it is due to settings together, and to chance."
            )
        return said

    def _by_change(self) -> list[str]:
        rows, other = self.ranking(), self.frame.pivot(index="factor", columns="index", values="estimate")
        said: list[str] = []
        for row in rows[rows["matters"]].itertuples():
            mu, sigma = other.loc[row.factor, "mu"], other.loc[row.factor, "sigma"]
            way = "up or down" if abs(mu) < 0.5 * row.estimate else "mostly up" if mu > 0 else "mostly down"
            what = "it changes that" if said else f"from the low end of its range to the high one it changes {self.explained}"
            text = f"{what} by {self.measure.amount(row.estimate)} on average, {way}{_spans(row, self.measure.number)}"
            if sigma > row.estimate:
                text += "; by how much depends on the other settings, or on where in the range"
            said.append(f"{'Next' if said else 'The most important setting'} is {self.called[row.factor]}: {text}.")
        return said

    def _by_rank(self) -> list[str]:
        rows = self.ranking()
        said = []
        for row in rows[rows["matters"]].itertuples():
            name = f"{self.called[row.factor]} is {row.level or ('high' if row.estimate > 0 else 'low')}"
            more = "larger" if row.estimate > 0 or not row.level else "smaller"
            spans = _spans(row, signed)
            said.append(f"{capital(self.explained)} is {more} where {name}: rank correlation {signed(row.estimate)}{spans}.")
        return said

    def _without_effect(self) -> list[str]:
        rows = self.ranking()
        some = set(rows["factor"][rows["matters"]])
        little = [self.called[path] for path in dict.fromkeys(rows["factor"]) if path not in some]
        if not little:
            return []
        return [f"{capital(listing(little))}: no effect that can be distinguished from chance."]

    def _chance(self) -> str:
        where = f"among the {self.points} points, with {self.seeds} or more seeds each"
        text = f"Of the variance {where}, {percent(self.luck)} is chance"
        return f"{text}: run more seeds before drawing conclusions." if self.luck > MUCH_LUCK else f"{text}."

    def _name(self, path: str) -> str:
        where = self.where.get(path)
        return f"{self.called[path]} ({where})" if where else self.called[path]


def sensitivity(
    runs: Runs, column: str = "on_track", arm: str | None = None, against: str | None = None, alone: bool = False
) -> Sensitivity:
    """What each factor does to a kept column at the points of a sweep, by the method that fits its design.

    Explained is the lead of `arm` (default: collective impact) over the strongest alternative, over the arm `against`, or with
    `alone` the arm's own number. A grid that lacks points is looked at by rank correlations. Raises InputError for a
    Saltelli or Morris sample that lacks points, an arm that did not run and a column that was not kept.
    """
    kind = runs.experiment.design.kind
    if kind == "saltelli":
        return sobol(runs, column, arm, against, alone)
    if kind == "morris":
        return morris(runs, column, arm, against, alone)
    if kind == "grid" and runs.frame["point"].nunique() == len(runs.experiment):
        return main_effects(runs, column, arm, against, alone)
    return ranks(runs, column, arm, against, alone)


def sobol(
    runs: Runs, column: str = "on_track", arm: str | None = None, against: str | None = None, alone: bool = False
) -> Sensitivity:
    """Sobol' indices of a Saltelli sample, by SALib: `first` is the share of the variance between points that would go if this
    factor were known, `total` the share that would stay if all others were. Raises InputError as `sensitivity` does."""
    from SALib.analyze import sobol as salib

    outcome = Outcome.of(runs, column, arm, against, alone)
    places = in_order(runs, outcome.labels, "saltelli", "Sobol' indices")
    means, factors = outcome.means[places], runs.factors
    if np.ptp(means) == 0.0:
        return _result(runs, outcome, SOBOL, column, [_row(path, "total") for path in factors])
    # SALib takes seed = 0 for none
    found = salib.analyze(runs.experiment.problem, means, calc_second_order=False, num_resamples=TIMES, seed=1)
    parts, whole = sobol_variances(outcome.resampled[places], len(factors))
    by_luck, half = _luck(outcome, parts / whole, sobol_variances(outcome.deviations[places], len(factors))[0], means)
    variance = sobol_variances(means[:, None], len(factors))[1][0]
    by_luck[0] = first_by_luck(means, outcome.deviations[places], len(factors), RARE) / variance
    rows = [
        _row(path, index, found[name][k], by_luck[n, k], half[n, k], found[f"{name}_conf"][k])
        for k, path in enumerate(factors)
        for n, (index, name) in enumerate((("first", "S1"), ("total", "ST")))
    ]
    return _result(runs, outcome, SOBOL, column, rows)


def morris(
    runs: Runs, column: str = "on_track", arm: str | None = None, against: str | None = None, alone: bool = False
) -> Sensitivity:
    """Elementary effects (Morris 1991): what moving one factor changes, per whole range of it. `mu` is their mean, `mu_star` the
    mean of their sizes (Campolongo et al. 2007), `sigma` how much they differ from place to place. The sample's interval
    draws trajectories again. Raises InputError as `sensitivity` does."""
    outcome = Outcome.of(runs, column, arm, against, alone)
    places = in_order(runs, outcome.labels, "morris", "elementary effects")
    if np.ptp(outcome.means) == 0.0:
        return _result(runs, outcome, MORRIS, column, [_row(path, "mu_star") for path in runs.factors])
    shares = runs.experiment.shares()
    effects = elementary_effects(shares, outcome.means[places, None])
    found = morris_indices(effects)[..., 0]
    half = outcome.half_width(morris_indices(elementary_effects(shares, outcome.resampled[places])))
    drawn = np.random.Generator(np.random.PCG64(0)).integers(len(effects), size=(len(effects), TIMES))
    by_design = NORMAL * morris_indices(np.moveaxis(effects[drawn, :, 0], 2, 1)).std(axis=-1, ddof=1)
    noise = elementary_effects(shares, outcome.deviations[places])
    by_luck = np.quantile(np.abs(morris_indices(noise)), RARE, axis=-1)
    rows = [
        _row(path, index, found[n, k], by_luck[n, k], half[n, k], by_design[n, k])
        for k, path in enumerate(runs.factors)
        for n, index in enumerate(("mu", "mu_star", "sigma"))
    ]
    return _result(runs, outcome, MORRIS, column, rows)


def main_effects(
    runs: Runs, column: str = "on_track", arm: str | None = None, against: str | None = None, alone: bool = False
) -> Sensitivity:
    """Analysis of variance of a full grid: the share of the variance between points that the means at each factor's values
    explain; the rest is interactions, and luck. Raises InputError as `sensitivity` does, and where points are missing."""
    outcome = Outcome.of(runs, column, arm, against, alone)
    places = in_order(runs, outcome.labels, "grid", "main effects")
    shape = [len(factor.levels()) for factor in runs.experiment.factors]
    means = outcome.means[places]
    if np.ptp(means) == 0.0:
        return _result(runs, outcome, MAIN, column, [_row(path, "main") for path in runs.factors])
    found, variance = main_variances(means[:, None], shape)
    parts, whole = main_variances(outcome.resampled[places], shape)
    by_luck, half = _luck(outcome, parts / whole, main_variances(outcome.deviations[places], shape)[0], means)
    shuffled = np.append(main_by_luck(means, shape, TIMES, RARE), 0.0)  # of interactions, what luck adds is all there is
    by_luck = np.minimum(np.maximum(by_luck, shuffled), 1.0)  # a share
    rows = [
        _row(path, "main", found[k, 0] / variance[0], by_luck[k], half[k]) for k, path in enumerate([*runs.factors, INTERACTIONS])
    ]
    return _result(runs, outcome, MAIN, column, rows)


def ranks(
    runs: Runs, column: str = "on_track", arm: str | None = None, against: str | None = None, alone: bool = False
) -> Sensitivity:
    """Spearman's rank correlation of each factor with the outcome, for points of any design; a factor of words or switches has
    one a word. Raises InputError as `sensitivity` does."""
    outcome = Outcome.of(runs, column, arm, against, alone)
    if np.ptp(outcome.means) == 0.0:
        return _result(runs, outcome, RANKS, column, [_row(path, "rank_correlation") for path in runs.factors])
    meant, values = encoded(runs, outcome.labels)
    found = rank_correlations(values, outcome.means)
    half = outcome.half_width(rank_correlations(values, outcome.resampled))
    rng = np.random.Generator(np.random.PCG64(0))
    drawn = [rng.integers(len(values), size=len(values)) for _ in range(TIMES)]
    others = NORMAL * np.std([rank_correlations(values[some], outcome.means[some]) for some in drawn], axis=0, ddof=1)
    threshold = beyond_luck(values, outcome.means)
    rows = [
        _row(path, "rank_correlation", found[k], threshold, half[k], others[k], level) for k, (path, level) in enumerate(meant)
    ]
    return _result(runs, outcome, RANKS, column, rows)


def _luck(outcome: Outcome, indices: Floats, parts: Floats, means: Floats) -> tuple[Floats, Floats]:
    """What shares of variance reach by luck alone, from the parts of the variance of deviations; and half of their intervals."""
    by_luck: Floats = np.quantile(np.abs(parts), RARE, axis=-1) / means.var()
    return by_luck, outcome.half_width(indices)


def _row(
    path: str,
    index: str,
    estimate: float = np.nan,
    by_luck: float = np.nan,
    luck: float = np.nan,
    design: float = np.nan,
    level: str = "",
) -> dict[str, Any]:
    return {
        "factor": path,
        "level": level,
        "index": index,
        "estimate": float(estimate),
        "by_chance": float(by_luck),
        "seeds_low": float(estimate - luck),
        "seeds_high": float(estimate + luck),
        "design_low": float(estimate - design),
        "design_high": float(estimate + design),
    }


def _result(runs: Runs, outcome: Outcome, method: str, column: str, rows: list[dict[str, Any]]) -> Sensitivity:
    import pandas as pd

    frame = pd.DataFrame(rows)
    if outcome.seeds < 2:
        frame["by_chance"] = np.nan
    called, where = names(runs.experiment.factors), _where(runs, outcome)
    measure = Measure.of(runs, column)
    return Sensitivity(method, measure, outcome.called, frame, len(outcome.labels), outcome.seeds, outcome.luck, called, where)


def _where(runs: Runs, outcome: Outcome) -> dict[str, str]:
    """Where the outcome is larger, by factor, as far as it rises or falls; else of few values or words, the one with the largest
    mean."""
    meant, values = encoded(runs, outcome.labels)
    found: dict[str, str] = {}
    best: dict[str, float] = {}
    for (path, level), column, rank in zip(meant, values.T, rank_correlations(values, outcome.means), strict=True):
        if not level:
            known = np.unique(column)
            if abs(rank) > A_DIRECTION:
                found[path] = f"the lower, the {'smaller' if rank > 0 else 'larger'}"
            elif len(known) <= FEW_VALUES:
                means = [outcome.means[column == value].mean() for value in known]
                found[path] = f"largest at {known[int(np.argmax(means))]:g}"
        elif column.any():
            mean = float(outcome.means[column == 1].mean())
            if mean > best.get(path, -np.inf):
                best[path], found[path] = mean, f"largest where it is {level}"
    return found


def _part(share: float) -> str:
    """A share of variance in whole percents: what an estimate is below 0 or above 1 is error."""
    return percent(min(max(share, 0.0), 1.0))


def _spans(row: Any, show: Callable[[float], str]) -> str:
    """Both intervals of a row in brackets, each where there is one."""
    spans = []
    if np.isfinite(row.seeds_low):
        spans.append(f"{span(row.seeds_low, row.seeds_high, show)} with other seeds")
    if np.isfinite(row.design_low):
        spans.append(f"{span(row.design_low, row.design_high, show)} at other points")
    return f" ({', '.join(spans)})" if spans else ""
