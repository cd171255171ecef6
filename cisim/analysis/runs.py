"""The runs of a sweep as analyses take them: those that did not fail, with their factors, arms and kept numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self

import pandas as pd

from cisim.errors import InputError
from cisim.sweeps.experiment import Experiment, Value
from cisim.sweeps.store import Results, StoreError
from cisim.text.english import nearest


def _check(experiment: Experiment, frame: pd.DataFrame, folder: Path) -> None:
    """Raises StoreError for rows that no run of the experiment gives: of another arm, or without settings."""
    good = frame["error"].isna()
    strange = set(frame["arm"].unique()) - set(experiment.arms)
    wrong = f"an arm {min(strange)[:60]}" if strange else ""
    for factor in experiment.factors:
        values = frame.loc[good, factor.path]
        if not (values.notna() & (values.abs() < float("inf")) if values.dtype.kind == "f" else values.notna()).all():
            wrong = f"a run without {factor.path}"
    if wrong:
        raise StoreError(f"{folder}: its rows have {wrong}, which the experiment does not. Run it again, into another folder.")


@dataclass(frozen=True)
class Runs:
    """The results of a sweep so far.

    `frame` has one row a run: id, point, seed, arm, a column a factor (named by its setting's path) and a column a kept
    number (`experiment.columns`). All arms of a point and seed share their random numbers. `finished`: only failed runs are
    missing. `failed`: how many failed. `digest` is that of the rows, `model` that of the model that ran.
    """

    experiment: Experiment
    frame: pd.DataFrame
    failed: int = 0
    digest: str = ""
    finished: bool = True
    model: str = ""

    @classmethod
    def of(cls, folder: str | Path) -> Self:
        """The runs in a results folder, finished or not. Raises StoreError, and InputError where there is no run yet."""
        results = Results.of(folder)
        experiment = Experiment.stored(results.manifest)
        kept = [f.path for f in experiment.factors] + list(experiment.columns)
        frame = results.frame(["id", "point", "seed", "arm", *kept, "error"])
        _check(experiment, frame, results.folder)
        good = frame[frame["error"].isna()].drop(columns="error").reset_index(drop=True)
        if good.empty:
            raise InputError(str(folder), "it has no finished run yet: `cisim status` shows the progress of the sweep.")
        manifest = results.manifest
        failed = len(frame) - len(good)
        return cls(experiment, good, failed, results.digest(), bool(manifest.finished), manifest.model_digest)

    @property
    def factors(self) -> tuple[str, ...]:
        """Paths of the settings that vary."""
        return tuple(factor.path for factor in self.experiment.factors)

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms, in the experiment's order."""
        return self.experiment.arms

    @property
    def reference(self) -> str:
        """The arm others are compared with: isolated impact if it ran, else the first."""
        return "isolated_impact" if "isolated_impact" in self.arms else self.arms[0]

    @property
    def focus(self) -> str:
        """The arm verdicts are about: collective impact if it ran, else the last."""
        return "collective_impact" if "collective_impact" in self.arms else self.arms[-1]

    @property
    def kin(self) -> tuple[str, ...]:
        """The arms that are variants of the focus: they share most of its rules."""
        variants = self.experiment.base.own_arms
        return tuple(arm for arm in self.arms if variants.get(arm, {}).get("like") == self.focus)

    @cached_property
    def points(self) -> pd.DataFrame:
        """The factors' values of each point: index point, a column a factor."""
        return self.frame.groupby("point", sort=False)[list(self.factors)].first()

    def label(self, arm: str) -> str:
        """The name of an arm on screen."""
        return self.experiment.base.arm(arm).label

    def column(self, metric: str, year: int | None = None) -> str:
        """The kept column of a metric at the end of a year (default: the horizon). Raises InputError if it was not kept."""
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
        if len(found) == 1:
            return found[0]
        if found:
            raise InputError(self.experiment.where, f'"{name}" is short for several factors: give one of {", ".join(found)}.')
        raise InputError(self.experiment.where, f'"{name}" is not a factor of this sweep. {nearest(name, self.factors)}')

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
        """What a reader must know about these runs before any result: fixed sums that take much of the base scenario's money,
        an unfinished sweep, failed runs, seeds added as needed."""
        found = self.experiment.base.warnings(self.arms)
        if not self.finished:
            rows = f"{len(self.frame) + self.failed:,} runs"
            reason = f"the sweep is not finished ({rows} are there), and what has run is no fair sample of all settings"
            found.append(f"So far: {reason}.")
        if self.failed:
            found.append(f"{self.failed:,} run{' is' if self.failed == 1 else 's are'} left out because they failed.")
        if self.experiment.replicates.watched:
            found.append("Seeds were added until an interval was narrow enough, which makes intervals a little too narrow.")
        return found
