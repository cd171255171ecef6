"""The runs of a sweep as analyses take them: those that did not fail, with factors, arms on shared luck, and kept numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cisim.experiment import Experiment
from cisim.scenario.errors import ScenarioError, nearest
from cisim.store import Results

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Runs:
    """What a sweep found so far.

    `frame` has one row a run: id, point, seed, regime, a column a factor (named by its setting's path) and a column a kept
    number (`experiment.columns`). All arms of a point and seed ran on the same luck.
    """

    experiment: Experiment
    frame: pd.DataFrame
    failed: int = 0
    digest: str = ""

    @classmethod
    def of(cls, folder: str | Path) -> Runs:
        """The runs in a results folder, finished or not. Raises StoreError, and ScenarioError where there is no run yet."""
        results = Results.of(folder)
        experiment = Experiment.stored(results.manifest)
        kept = [f.path for f in experiment.factors] + list(experiment.columns)
        frame = results.frame(["id", "point", "seed", "regime", *kept, "error"])
        good = frame[frame["error"].isna()].drop(columns="error").reset_index(drop=True)
        if good.empty:
            raise ScenarioError(str(folder), "it holds no run that came to its end: `cisim status` tells how far the sweep is.")
        return cls(experiment, good, len(frame) - len(good), results.digest())

    @property
    def factors(self) -> tuple[str, ...]:
        """Paths of the settings that vary."""
        return tuple(factor.path for factor in self.experiment.factors)

    @property
    def regimes(self) -> tuple[str, ...]:
        """The arms, in the experiment's order."""
        return self.experiment.regimes

    @property
    def reference(self) -> str:
        """The arm others are compared with: isolated impact where it is among them, else the first."""
        return "isolated_impact" if "isolated_impact" in self.regimes else self.regimes[0]

    @property
    def focus(self) -> str:
        """The arm verdicts are about: collective impact where it is among them, else the last."""
        return "collective_impact" if "collective_impact" in self.regimes else self.regimes[-1]

    @cached_property
    def points(self) -> pd.DataFrame:
        """The factors' values of each point: index point, a column a factor."""
        return self.frame.groupby("point", sort=False)[list(self.factors)].first()

    def wide(self, column: str) -> pd.DataFrame:
        """A kept number with the arms beside each other: index (point, seed), a column an arm; only where all arms ran."""
        if column not in self.experiment.columns:
            raise ScenarioError(self.experiment.where, f'"{column}" was not kept. {nearest(column, self.experiment.columns)}')
        table = self.frame.pivot_table(index=["point", "seed"], columns="regime", values=column, sort=True)
        return table.reindex(columns=list(self.regimes)).dropna()

    def label(self, regime: str) -> str:
        """What an arm is called on screen."""
        return self.experiment.base.arm(regime).label
