"""The runs of a sweep as analyses take them: those that did not fail, with arms, kept numbers, and factors as numbers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from cisim.errors import InputError, StoreError
from cisim.statistics import Floats, Places
from cisim.studies.comparison import FOCUS
from cisim.studies.margins import Margin
from cisim.sweeps.experiment import Experiment, Factor, Value
from cisim.text.english import nearest
from cisim.text.numbers import plain


@dataclass(eq=False)
class Runs:
    """The results of a sweep so far.

    `frame` has one row a run: id, point, seed, arm, a column a factor (named by its setting's path) and a column a kept
    number (`experiment.columns`). All arms of a point and seed share their random numbers. `finished`: only failed runs are
    missing. `failed`: how many failed. `digest` is that of the rows, `model` that of the model that ran. `margin`: the smallest
    worthwhile difference as given; without it that of the experiment.

    `factors` are the paths of the settings that vary, `called` their names in sentences; `arms` are in the experiment's order,
    with their `labels` on screen. The others are compared with `reference` (isolated impact if it ran, else the first), verdicts
    are about `focus` (collective impact if it ran, else the last), and `kin` are its variants, which share most of its rules.
    """

    experiment: Experiment
    frame: pd.DataFrame
    failed: int = 0
    digest: str = ""
    finished: bool = True
    model: str = ""
    margin: Margin = None

    @classmethod
    def of(cls, folder: str | Path) -> Self:
        """The runs in a results folder, finished or not. Raises StoreError, and InputError where there is no run yet."""
        from cisim.sweeps.store import Results

        results = Results.of(folder)
        experiment = Experiment.stored(results.manifest)
        factors = [factor.path for factor in experiment.factors]
        frame = results.frame(["id", "point", "seed", "arm", *factors, *experiment.columns, "error"])
        good = frame[frame["error"].isna()].drop(columns="error").reset_index(drop=True)
        wrong = [f"an arm {arm[:60]}" for arm in sorted(set(frame["arm"].unique()) - set(experiment.arms))[:1]]
        missing = (good[factors].isna() | good[factors].isin([float("inf"), -float("inf")])).any()
        if wrong := [*wrong, *(f"a run without {path}" for path in missing.index[missing])]:
            text = f"its rows have {wrong[-1]}, which the experiment does not. Run it again, into another folder."
            raise StoreError(f"{results.folder}: {text}")
        if good.empty:
            raise InputError(str(folder), "it has no finished run yet: `cisim status` shows the progress of the sweep.")
        manifest, failed = results.manifest, len(frame) - len(good)
        return cls(experiment, good, failed, results.digest(), bool(manifest.finished), manifest.model_digest)

    def __post_init__(self) -> None:
        base, arms = self.experiment.base, self.experiment.arms
        self.arms, self.factors = arms, tuple(factor.path for factor in self.experiment.factors)
        self.reference = "isolated_impact" if "isolated_impact" in arms else arms[0]
        self.focus = FOCUS if FOCUS in arms else arms[-1]
        self.kin = tuple(arm for arm in arms if base.own_arms.get(arm, {}).get("like") == self.focus)
        self.labels = {arm: base.arm(arm).label for arm in arms}
        last = {path: path.rpartition(".")[2] for path in self.factors}
        often = Counter(last.values())
        words = {path: "number of NPOs" if name == "npos" else name.replace("_", " ") for path, name in last.items()}
        self.called = {path: words[path] if often[name] == 1 else path for path, name in last.items()}

    @cached_property
    def points(self) -> pd.DataFrame:
        """The factors' values of each point: index point, a column a factor."""
        return self.frame.groupby("point", sort=False)[list(self.factors)].first()

    def column(self, metric: str, year: int | None = None) -> str:
        """The kept column of a metric at the end of a year (default: the last). Raises InputError if it was not kept."""
        return self._kept(self.experiment.keep.column(metric, self.experiment.years if year is None else year))

    def wide(self, column: str) -> pd.DataFrame:
        """A kept number: index (point, seed) where all arms ran, a column an arm. Raises InputError if it was not kept."""
        table = self.frame.pivot_table(index=["point", "seed"], columns="arm", values=self._kept(column), sort=True)
        return table.reindex(columns=list(self.arms)).dropna()

    def _kept(self, column: str) -> str:
        if column not in self.experiment.columns:
            raise InputError(self.experiment.where, f'"{column}" was not kept. {nearest(column, self.experiment.columns)}')
        return column

    def factor(self, name: str) -> str:
        """The path of a factor, given it or its last part. Raises InputError for a setting that did not vary."""
        found = [path for path in self.factors if path == name or path.rpartition(".")[2] == name]
        if len(found) != 1:
            several = f"is short for several factors: give one of {', '.join(found)}."
            unknown = f"is not a factor of this sweep. {nearest(name, self.factors)}"
            raise InputError(self.experiment.where, f'"{name}" {several if found else unknown}')
        return found[0]

    def among(self, arms: Sequence[str]) -> Self:
        """Only some of the arms. Raises InputError for one that did not run."""
        for arm in arms:
            if arm not in self.arms:
                raise InputError(self.experiment.where, f'the arm "{arm}" did not run here. {nearest(arm, self.arms)}')
        kept = tuple(arm for arm in self.arms if arm in arms)
        frame = self.frame[self.frame["arm"].isin(kept)].reset_index(drop=True)
        return replace(self, experiment=replace(self.experiment, arms=kept), frame=frame)

    def where(self, values: Mapping[str, Value]) -> Self:
        """Only the runs whose factors have exactly these values. Raises InputError where there is none."""
        frame = self.frame
        for name, value in values.items():
            path = self.factor(name)
            tried = frame[path].drop_duplicates().sort_values().tolist()
            same = [one for one in tried if one == value or str(one).lower() == str(value).lower()]
            if not same:
                known = ", ".join(f"{one:g}" if isinstance(one, float) else str(one) for one in tried[:12])
                several = f"{known}{' ...' if len(tried) > 12 else ''}"
                shown = f"{value:g}" if isinstance(value, float) else value
                raise InputError(self.experiment.where, f"no run has {path} = {shown}. Tried: {several}.")
            frame = frame[frame[path] == same[0]]
        return replace(self, frame=frame.reset_index(drop=True))

    def notes(self) -> list[str]:
        """What a reader must know before any result."""
        found = self.experiment.base.warnings(self.arms)
        if not self.finished:
            rows = f"{len(self.frame) + self.failed:,} runs"
            reason = f"the sweep is not finished ({rows} are there), and what has run is no fair sample of all settings"
            found.append(f"So far: {reason}.")
        if self.failed:
            found.append(f"{self.failed:,} run{' is' if self.failed == 1 else 's are'} left out because they failed.")
        for metric, text in self.experiment.keep.functions.items():
            again = "only a notebook or script that has it can run it again"
            found.append(f"{metric} was made by a Python function ({text}): {again}.")
        if self.experiment.replicates.watched:
            found.append("Seeds were added until an interval was narrow enough, which makes intervals a little too narrow.")
        return found


def coded(runs: Runs, labels: Sequence[str]) -> Floats:
    """The factors' values at the points with these labels, shape (points, factors). A word is its place among the factor's."""
    points = runs.points.loc[list(labels)]
    columns = [
        [factor.values.index(value) for value in points[factor.path]] if chosen(factor) else points[factor.path]
        for factor in runs.experiment.factors
    ]
    return np.array([np.asarray(column, dtype=np.float64) for column in columns]).T


def encoded(runs: Runs, labels: Sequence[str]) -> tuple[list[tuple[str, str]], Floats]:
    """The same with a column of 0 and 1 for each word, after the path of each column and its word ("" for numbers)."""
    columns: list[tuple[str, str, Floats]] = []
    for factor, column in zip(runs.experiment.factors, coded(runs, labels).T, strict=True):
        words = enumerate(factor.values) if chosen(factor) else ()
        columns += [(factor.path, plain(value), (column == place).astype(np.float64)) for place, value in words]
        columns += [] if chosen(factor) else [(factor.path, "", column)]
    return [(path, word) for path, word, _ in columns], np.stack([column for *_, column in columns], axis=1)


def in_order(runs: Runs, labels: tuple[str, ...], kind: str, method: str) -> Places:
    """The place of each point of the design among the labels. Raises InputError for another design or an unfinished sweep."""
    experiment = runs.experiment
    if experiment.design.kind != kind:
        raise InputError(experiment.where, f'{method} need design.kind = "{kind}", but it is "{experiment.design.kind}".')
    known = {label: place for place, label in enumerate(labels)}
    wanted = [point.label for point in experiment.points()]
    if missing := sum(label not in known for label in wanted):
        sentence = f"{method} need every point of the design, but {missing} of {len(wanted)} have no seed on which all arms ran"
        remedy = "finish the sweep first (`cisim sweep` continues where it stopped)"
        failed = f"; {runs.failed} runs failed, and `cisim status` says why" if runs.failed else ""
        raise InputError(experiment.where, f"{sentence}: {remedy}{failed}.")
    return np.array([known[label] for label in wanted])


def chosen(factor: Factor) -> bool:
    """Whether a factor's values are words or on and off, which have no order."""
    return any(isinstance(value, str | bool) for value in factor.values)
