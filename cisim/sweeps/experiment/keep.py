"""What is kept of a run: some metrics at some years, and on request in every quarter."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from cisim.errors import InputError
from cisim.model.metric_table import HEADLINES, NUMBERS, PUBLISHED, as_published
from cisim.model.metrics import METRICS
from cisim.numerics.sampling import Floats
from cisim.sweeps.experiment.file import KeepTable, repeated
from cisim.text.english import nearest, shown

Places = npt.NDArray[np.intp]


PLACE = {label: place for place, label in enumerate(NUMBERS)}  # in a record of metrics, which consists of these numbers only


@dataclass(frozen=True)
class Keep:
    """The numbers kept of each run: (metric, year) of each column, and the metrics whose trajectories are kept."""

    places: tuple[tuple[str, int], ...]
    horizon: int
    trajectories: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the numbers that `extract` returns, in its order."""
        return tuple(self.column(metric, year) for metric, year in self.places)

    def column(self, metric: str, year: int) -> str:
        """The name of a metric at the end of a year: metric@year, or metric at the horizon."""
        return metric if year == self.horizon else f"{metric}@{year}"

    @property
    def lists(self) -> tuple[str, ...]:
        """The names of the trajectories, in the order of `trajectory`."""
        return tuple(f"{metric} by quarter" for metric in self.trajectories)

    @cached_property
    def _quarters(self) -> Places:
        return np.asarray([-1 - 4 * (self.horizon - year) for _, year in self.places], np.intp)

    def extract(self, history: npt.NDArray[np.void]) -> Floats:
        """The kept numbers of histories that end at the horizon: shape (..., quarters) to shape (..., columns)."""
        return _numbers(history, self._quarters, [metric for metric, _ in self.places])

    def trajectory(self, history: npt.NDArray[np.void]) -> Floats:
        """`trajectories` from the common start to the horizon: (..., quarters) to (..., metrics, 4 x years + 1)."""
        quarters = slice(-4 * self.horizon - 1, None)
        return np.ascontiguousarray(_numbers(history, quarters, self.trajectories).swapaxes(-1, -2))

    def also(self, metric: str, year: int) -> Self:
        """The same, with one more number if it is not kept yet."""
        return replace(self, places=tuple(dict.fromkeys([*self.places, (metric, year)])))


def _numbers(history: npt.NDArray[np.void], quarters: Places | slice, metrics: Sequence[str]) -> Floats:
    """Some metrics of histories, shape (..., quarters), at some quarters, as they are published."""
    numbers = np.ascontiguousarray(history).view(np.float64).reshape(*history.shape, -1)
    values: Floats = numbers[..., quarters, [PLACE[metric] for metric in metrics]]
    if some := [k for k, metric in enumerate(metrics) if metric in PUBLISHED]:
        values[..., some] = as_published(values[..., some])
    return values


def keep(table: KeepTable, horizon: int, where: str) -> Keep:
    """What a table asks to keep: by default the headline metrics of a comparison, at the horizon. Raises InputError."""
    metrics = table.metrics or list(HEADLINES)
    for metric in metrics:
        check_metric(metric, f"{where}: keep.metrics")
    years = table.years or [horizon]
    for year in years:
        if not 0 <= year <= horizon:
            raise InputError(where, f"keep.years holds {year}, outside the run: give 0 (the common start) to {horizon}.")
    for key, given in (("metrics", metrics), ("years", years)):
        if twice := repeated(given):
            raise InputError(where, f"keep.{key} holds {twice[0]} twice: keep one.")
    places = tuple((metric, year) for metric in metrics for year in years)
    return Keep(places, horizon, tuple(metrics) if table.trajectories else ())


def check_metric(metric: str, where: str) -> None:
    """Raises InputError unless this is one number of METRICS."""
    if metric in NUMBERS:
        return
    if metric in METRICS:
        entries = [label for label, (name, _) in NUMBERS.items() if name == metric]
        raise InputError(where, f'"{metric}" is a list: name its entries one by one, "{entries[0]}" to "{entries[-1]}".')
    entries = [label for label in NUMBERS if label.startswith(f"{metric.partition('[')[0]}[")]
    raise InputError(where, f'"{shown(metric)}" is not a metric. {nearest(metric, entries or METRICS)}')
