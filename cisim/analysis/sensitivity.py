"""Which settings matter: how much of the difference between points each factor explains, alone and together with others.

The design decides how: a Saltelli sample gives Sobol' indices, Morris trajectories give elementary effects, a full grid
main effects, and any other points rank correlations. Two 95 % intervals are kept apart: over other seeds at the same points,
and over other points with the same seeds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from cisim.analysis import indices
from cisim.analysis.explained import TIMES, Explained, chance_share
from cisim.analysis.measures import Measure
from cisim.analysis.runs import Runs, chosen, coded, encoded, in_order
from cisim.errors import require
from cisim.statistics import Floats
from cisim.statistics.ranks import beyond_chance, rank_correlations
from cisim.text.english import capital, listing
from cisim.text.numbers import percent, plain, signed, span

SOBOL, MORRIS, MAIN, RANKS = "sobol", "morris", "main effects", "rank correlations"
RANKED = {SOBOL: "total", MORRIS: "mu_star", MAIN: "main", RANKS: "rank_correlation"}  # the index by which a method ranks factors
INTERACTIONS = "interactions"  # in place of a factor: the part that no single one explains
NORMAL = 1.959964
RARE = 0.95
MUCH_CHANCE = 0.5  # if more of the variance among points than this is chance, settings should not be distinguished yet
LITTLE = 0.05  # a share of variance below this is called little
FEW_VALUES = 8
A_DIRECTION = 0.1  # a weaker rank correlation is not called a direction: the outcome may well be highest in the middle


@dataclass(frozen=True)
class Sensitivity:
    """The influence of each factor on an outcome.

    `frame` has one row a factor (or a word it may take) and index:
    factor       path of the setting; "interactions" for the part that no factor explains by itself
    level        the word or switch position, where a factor has no order and the index is about one; else ""
    index        sobol: first, total (shares of variance); morris: mu, mu_star, sigma (in the outcome's unit, from one end of
                 a factor's range to the other); main effects: main (share of variance); rank correlations: rank_correlation
    estimate     the index
    by_chance    the size that the index of a factor without effect reaches by chance in one case in twenty, given all others (of
                 total: at most; of rank correlations: that of the strongest of all factors); nan with one seed
    seeds_low, seeds_high     95 % interval over other seeds; nan with one seed
    design_low, design_high   95 % interval over other points of such a design; nan for a grid, which has all of its points

    `chance` is the share of the variance among points that is chance; `where` says where the outcome is larger, by factor.
    """

    method: str
    measure: Measure
    explained: str
    frame: pd.DataFrame
    points: int
    seeds: int
    chance: float
    called: dict[str, str]
    where: dict[str, str]

    def sentences(self) -> list[str]:
        if reason := self._unclear:
            return [reason]
        rows = self.ranking()
        some = set(rows["factor"][rows["matters"]])
        found = [*self._strongest(), *self._less()]
        if little := [self.called[path] for path in dict.fromkeys(rows["factor"]) if path not in some]:
            found.append(f"{capital(listing(little))}: no effect that can be distinguished from chance.")
        where = f"among the {self.points} points, with {self.seeds} or more seeds each"
        doubt = ": run more seeds before drawing conclusions" if self.chance > MUCH_CHANCE else ""
        return [*found, f"Of the variance {where}, {percent(self.chance)} is chance{doubt}."]

    @property
    def key(self) -> str:
        """The sentence on the setting that matters most; "" where none does."""
        return next(iter([] if self._unclear else self._strongest()), "")

    @property
    def _unclear(self) -> str:
        if self.frame["estimate"].isna().all():
            return f"{capital(self.explained)} is the same at all {self.points} points: there is nothing to explain."
        if np.isfinite(self.chance):
            return ""
        reason = "with so few seeds at a point, differences between points cannot be distinguished from chance"
        return f"Too few runs to tell which settings matter: {reason}. Run more seeds."

    def ranking(self) -> pd.DataFrame:
        """The rows by which factors are ranked, strongest first; column `matters`: whether it is more than chance would show."""
        rows = self.frame[(self.frame["index"] == RANKED[self.method]) & (self.frame["factor"] != INTERACTIONS)]
        size = rows["estimate"].abs()
        rows = rows.assign(matters=size > rows["by_chance"])
        return rows.loc[size.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)

    def _strongest(self) -> list[str]:
        rows = self.ranking()
        rows = rows[rows["matters"]]
        if self.method in (SOBOL, MAIN):
            rows = rows[rows["estimate"] >= LITTLE]
        worded = {RANKS: self._by_rank, MORRIS: self._by_change}.get(self.method, self._by_variance)
        return [worded(row, k == 0) for k, row in enumerate(rows.itertuples())]

    @property
    def _alone(self) -> pd.DataFrame:
        """The share of variance that each factor explains by itself, by factor."""
        return self.frame[self.frame["index"].isin(["first", "main"])].set_index("factor")

    def _by_variance(self, row: Any, first: bool) -> str:
        own, where = self._alone.loc[row.factor], self.where.get(row.factor)
        name = self.called[row.factor] + (f" ({where})" if where else "")
        of = f" of the variance of {self.explained} between points" if first else ""
        text = f"by itself it explains {_part(own.estimate)}{of}{_spans(own, _part)}"
        if self.method == SOBOL:
            text += f", and together with other settings {_part(row.estimate)}{_spans(row, _part)}"
        return f"{'The most important setting' if first else 'Next'} is {name}: {text}."

    def _by_change(self, row: Any, first: bool) -> str:
        other = self.frame[self.frame["factor"] == row.factor].set_index("index")["estimate"]
        mu, sigma = other["mu"], other["sigma"]
        way = "up or down" if abs(mu) < 0.5 * row.estimate else "mostly up" if mu > 0 else "mostly down"
        what = f"from the low end of its range to the high one it changes {self.explained}" if first else "it changes that"
        text = f"{what} by {self.measure.amount(row.estimate)} on average, {way}{_spans(row, self.measure.number)}"
        depends = "; by how much depends on the other settings, or on where in the range" if sigma > row.estimate else ""
        return f"{'The most important setting' if first else 'Next'} is {self.called[row.factor]}: {text}{depends}."

    def _by_rank(self, row: Any, first: bool) -> str:
        name = f"{self.called[row.factor]} is {row.level or ('high' if row.estimate > 0 else 'low')}"
        more = "larger" if row.estimate > 0 or not row.level else "smaller"
        correlation = f"rank correlation {signed(row.estimate)}{_spans(row, signed)}"
        return f"{capital(self.explained)} is {more} where {name}: {correlation}."

    def _less(self) -> list[str]:
        """The limits of the method's result: settings that matter little, and the part that no setting explains."""
        rows, found = self.ranking(), []
        if self.method == RANKS:
            least = f"by chance alone the strongest of all settings reaches {rows['by_chance'].max():.2f} in one case in twenty"
            hidden = "a setting that is best in the middle of its range stays hidden"
            found.append(f"Rank correlations find what rises or falls throughout; {hidden}, and {least}.")
        if self.method in (SOBOL, MAIN):
            some = rows[rows["matters"] & (rows["estimate"] < LITTLE)]
            if little := [f"{self.called[row.factor]} ({_part(row.estimate)})" for row in some.itertuples()]:
                found.append(f"Of little importance, but more than chance would show: {listing(little)}.")
            rest = 1 - float(self._alone["estimate"].drop(INTERACTIONS, errors="ignore").sum())
            reason = "is not explained by any setting by itself: it is due to settings together, and to chance"
            found += [f"{percent(rest)} {reason}."] if rest > 0.005 else []
        return found


def sensitivity(
    runs: Runs,
    column: str = "on_track",
    arm: str | None = None,
    against: str | None = None,
    alone: bool = False,
    method: str | None = None,
) -> Sensitivity:
    """The influence of each factor on a kept column at the points of a sweep, by `method` (SOBOL, MORRIS, MAIN or RANKS; default:
    the one that fits the design; a grid that lacks points is analysed by rank correlations). Explained is the lead of `arm`
    (default: collective impact) over the strongest alternative, over the arm `against`, or with `alone` the arm's own number.
    Raises InputError for a design that does not suit the method or lacks points, and for an arm or a column that is not there."""
    kind = runs.experiment.design.kind
    whole = kind == "grid" and runs.frame["point"].nunique() == len(runs.experiment)
    method = method or {"saltelli": SOBOL, "morris": MORRIS}.get(kind, MAIN if whole else RANKS)
    explained = used = Explained.of(runs, column, arm, against, alone)
    if method in NEEDS:
        places = in_order(runs, explained.labels, *NEEDS[method])
        used = replace(explained, labels=tuple(explained.labels[k] for k in places), values=explained.values[places])
    if np.ptp(used.means) == 0.0:
        frame = _rows([(path, "") for path in runs.factors], [RANKED[method]], np.nan, np.nan, np.nan)
    else:
        frame = BY_METHOD[method](runs, used)
    if explained.judging < 2:
        frame["by_chance"] = np.nan
    about = Measure.of(runs, column), explained.called, frame, len(explained.labels), explained.seeds
    return Sensitivity(method, *about, chance_share(explained.by_seed), runs.called, _where(runs, explained))


def _sobol(runs: Runs, used: Explained) -> pd.DataFrame:
    """By SALib: `first` is the variance that would go if the factor were known, `total` what would stay if all others were."""
    require("analysis")
    from SALib.analyze import sobol as salib

    means, factors = used.means, len(runs.factors)
    # SALib takes seed = 0 for none
    found = salib.analyze(runs.experiment.problem, means, calc_second_order=False, num_resamples=TIMES, seed=1)
    parts, whole = indices.sobol_variances(used.resampled, factors)
    by_chance = _rare(indices.sobol_variances(used.deviations, factors)[0]) / means.var()
    variance = indices.sobol_variances(means[:, None], factors)[1][0]
    by_chance[0] = indices.first_by_chance(means, used.deviations, factors, RARE) / variance
    estimate, design = ([found[f"{name}{end}"] for name in ("S1", "ST")] for end in ("", "_conf"))
    return _rows(
        [(path, "") for path in runs.factors], ["first", "total"], estimate, by_chance, used.half_width(parts / whole), design
    )


def _morris(runs: Runs, used: Explained) -> pd.DataFrame:
    """Elementary effects (Morris 1991), per whole range of the factor that moves: `mu` is their mean, `mu_star` the mean of their
    sizes (Campolongo et al. 2007), `sigma` how much they differ. The sample's interval draws trajectories again."""
    shares = runs.experiment.shares()
    effects = indices.elementary_effects(shares, used.means[:, None])
    found = indices.morris_indices(effects)[..., 0]
    half = used.half_width(indices.morris_indices(indices.elementary_effects(shares, used.resampled)))
    drawn = np.random.Generator(np.random.PCG64(0)).integers(len(effects), size=(len(effects), TIMES))
    design = NORMAL * indices.morris_indices(np.moveaxis(effects[drawn, :, 0], 2, 1)).std(axis=-1, ddof=1)
    by_chance = _rare(indices.morris_indices(indices.elementary_effects(shares, used.deviations)))
    return _rows([(path, "") for path in runs.factors], ["mu", "mu_star", "sigma"], found, by_chance, half, design)


def _main_effects(runs: Runs, used: Explained) -> pd.DataFrame:
    """Analysis of variance of a full grid; what the means at each factor's values leave is interactions and chance."""
    shape, means = [len(factor.levels()) for factor in runs.experiment.factors], used.means
    found, variance = indices.main_variances(means[:, None], shape)
    parts, whole = indices.main_variances(used.resampled, shape)
    by_chance = _rare(indices.main_variances(used.deviations, shape)[0]) / means.var()
    shuffled = np.append(indices.main_by_chance(means, shape, TIMES, RARE), 0.0)  # interactions without effect are only chance
    by_chance = np.minimum(np.maximum(by_chance, shuffled), 1.0)  # a share
    paths = [(path, "") for path in (*runs.factors, INTERACTIONS)]
    return _rows(paths, ["main"], found[:, 0] / variance[0], by_chance, used.half_width(parts / whole))


def _rank_correlations(runs: Runs, used: Explained) -> pd.DataFrame:
    """Spearman's rank correlation of each factor with the outcome; a factor of words or switches has one a word."""
    meanings, values = encoded(runs, used.labels)
    found = rank_correlations(values, used.means)
    half = used.half_width(rank_correlations(values, used.resampled))
    rng = np.random.Generator(np.random.PCG64(0))
    drawn = [rng.integers(len(values), size=len(values)) for _ in range(TIMES)]
    design = NORMAL * np.std([rank_correlations(values[some], used.means[some]) for some in drawn], axis=0, ddof=1)
    return _rows(meanings, ["rank_correlation"], found, beyond_chance(values, used.means), half, design)


BY_METHOD = {SOBOL: _sobol, MORRIS: _morris, MAIN: _main_effects, RANKS: _rank_correlations}
NEEDS = {SOBOL: ("saltelli", "Sobol' indices"), MORRIS: ("morris", "elementary effects"), MAIN: ("grid", "main effects")}
"""The kind of design a method needs, and what it is called in a message."""


def _rare(deviations: Floats) -> Floats:
    """The size that is reached in one case in twenty, of shape (..., times): shape (...)."""
    size: Floats = np.quantile(np.abs(deviations), RARE, axis=-1)
    return size


def _rows(
    meanings: list[tuple[str, str]], index_names: Sequence[str], estimate: Any, by_chance: Any, half: Any, design: Any = np.nan
) -> pd.DataFrame:
    """The frame of a Sensitivity, of a path and a level each, and numbers of shape (indices, meanings)."""
    shape = len(index_names), len(meanings)
    value, chance, seeds, points = (np.broadcast_to(numbers, shape) for numbers in (estimate, by_chance, half, design))
    columns = {"estimate": value, "by_chance": chance, "seeds_low": value - seeds, "seeds_high": value + seeds}
    columns |= {"design_low": value - points, "design_high": value + points}
    names_of = [(path, level, name) for path, level in meanings for name in index_names]
    frame = pd.DataFrame(names_of, columns=["factor", "level", "index"])
    return frame.assign(**{name: numbers.T.ravel() for name, numbers in columns.items()})


def _where(runs: Runs, explained: Explained) -> dict[str, str]:
    """Where the outcome is larger, by factor, as far as it rises or falls; else the word or one of few values that is best."""
    what, values = "the lead" if explained.rivals else "the metric", coded(runs, explained.labels)
    found: dict[str, str] = {}
    ranks = rank_correlations(values, explained.means)
    for factor, column, rank in zip(runs.experiment.factors, values.T, ranks, strict=True):
        known, words = np.unique(column), chosen(factor)
        if abs(rank) > A_DIRECTION and not words:
            found[factor.path] = f"{what} is {'smaller' if rank > 0 else 'larger'} at low values"
        elif words or len(known) <= FEW_VALUES:
            best = known[int(np.argmax([explained.means[column == value].mean() for value in known]))]
            at = f"where it is {plain(factor.values[int(best)])}" if words else f"at {best:g}"
            found[factor.path] = f"{what} is largest {at}"
    return found


def _part(share: float) -> str:
    """A share of variance in whole percents; an estimate below 0 or above 1 is error."""
    return percent(min(max(share, 0.0), 1.0))


def _spans(row: Any, show: Callable[[float], str]) -> str:
    intervals = ((row.seeds_low, row.seeds_high, "with other seeds"), (row.design_low, row.design_high, "at other points"))
    spans = [f"{span(low, high, show)} {over}" for low, high, over in intervals if np.isfinite(low)]
    return f" ({', '.join(spans)})" if spans else ""
