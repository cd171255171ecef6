"""What is kept of a run (some metrics at some years, and on request in every quarter), and on which seeds a point runs.

Seeds are a fixed number, or more and more until a paired difference is known well enough: decided at 16, 32, 64 ... seeds from
the rows of the point alone. Repeated decisions stop early when an interval happens to be narrow: so the intervals of adaptive
points are slightly too narrow, less so if they begin with more.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from cisim.errors import InputError
from cisim.model.metric_table import HEADLINES, NUMBERS, PUBLISHED, as_published
from cisim.model.metrics import METRICS
from cisim.numerics.sampling import Floats
from cisim.statistics.paired import paired
from cisim.statistics.verdict import looks_at
from cisim.sweeps.experiment.expression import MOST_METRICS, Series, check, series
from cisim.sweeps.experiment.file import KeepTable, ReplicatesTable, repeated
from cisim.sweeps.own_function import at_quarters, is_reference
from cisim.text.english import nearest, shown

Places = npt.NDArray[np.intp]
PLACE = {label: place for place, label in enumerate(NUMBERS)}  # in a record of metrics, which consists of these numbers only


@dataclass(frozen=True)
class Keep:
    """The numbers kept of each run: (metric, year) of each column, and the metrics whose trajectories are kept. `own` are names
    and expressions of the experiment's own metrics."""

    places: tuple[tuple[str, int], ...]
    horizon: int
    trajectories: tuple[str, ...] = ()
    own: tuple[tuple[str, str], ...] = ()

    @property
    def only_years(self) -> bool:
        """Whether what is kept follows from the ends of years. An own metric may look at any quarter."""
        return not self.trajectories and not self.own

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the numbers that `extract` returns, in its order."""
        return tuple(self.column(metric, year) for metric, year in self.places)

    @property
    def functions(self) -> dict[str, str]:
        """The own metrics that a Python function makes: its name and the hash of its source."""
        return {name: text for name, text in self.own if is_reference(text)}

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

    @cached_property
    def _metrics(self) -> tuple[str, ...]:
        return tuple(metric for metric, _ in self.places)

    def extract(self, history: npt.NDArray[np.void]) -> Floats:
        """The kept numbers of histories that end at the horizon: shape (..., quarters) to shape (..., columns)."""
        return self._of(history, self._quarters, self._metrics)

    def trajectory(self, history: npt.NDArray[np.void]) -> Floats:
        """`trajectories` from the common start to the horizon: (..., quarters) to (..., metrics, 4 x years + 1)."""
        quarters = slice(-4 * self.horizon - 1, None)
        return np.ascontiguousarray(self._of(history, quarters, self.trajectories).swapaxes(-1, -2))

    def _of(self, history: npt.NDArray[np.void], quarters: Places | slice, metrics: tuple[str, ...]) -> Floats:
        """Some metrics, also own ones, at some quarters."""
        own = dict(self.own)
        if not own.keys() & set(metrics):
            return _numbers(history, quarters, metrics)
        values = _numbers(history, quarters, tuple("pupils" if metric in own else metric for metric in metrics))
        since = history[..., -4 * self.horizon - 1 :]
        for k, metric in enumerate(metrics):
            if metric in own:
                wanted = quarters if isinstance(quarters, slice) else quarters[k]
                values[..., k] = _own(own[metric], wanted, lambda name: _numbers(since, slice(None), (name,))[..., 0])
        return values


def _own(text: str, quarters: slice | np.intp, recorded: Series) -> Floats:
    """An own metric at one quarter, shape (...), or at all of a slice, shape (..., quarters)."""
    if not is_reference(text):
        return series(text, recorded)[..., quarters]
    places = range(recorded("pupils").shape[-1])
    if isinstance(quarters, slice):
        return at_quarters(text, recorded, places[quarters])
    return at_quarters(text, recorded, [places[quarters]])[..., 0]


@lru_cache
def _places(metrics: tuple[str, ...]) -> tuple[Places, list[int]]:
    """Where metrics are in a record, and which of them are published in another form."""
    published = [k for k, metric in enumerate(metrics) if metric in PUBLISHED]
    return np.asarray([PLACE[metric] for metric in metrics], np.intp), published


def _numbers(history: npt.NDArray[np.void], quarters: Places | slice, metrics: tuple[str, ...]) -> Floats:
    """Some metrics of histories, shape (..., quarters), at some quarters, as they are published."""
    places, some = _places(metrics)
    numbers = history.view(np.float64).reshape(*history.shape, -1)
    values: Floats = numbers[..., quarters, places]
    if some:
        values[..., some] = as_published(values[..., some])
    return values


def keep(table: KeepTable, horizon: int, where: str, own: Mapping[str, str] | None = None) -> Keep:
    """What a table asks to keep: by default the headline metrics of a comparison and all own ones, at the horizon. Raises
    InputError."""
    own = own or {}
    if len(own) > MOST_METRICS:
        raise InputError(where, f"there are {len(own):,} metrics of its own: give at most {MOST_METRICS}.")
    for name, text in own.items():
        check(name, text, f"{where}: metrics")
    metrics = table.metrics or [*HEADLINES, *own]
    for metric in metrics:
        check_metric(metric, f"{where}: keep.metrics", own)
    years = table.years or [horizon]
    for year in years:
        if not 0 <= year <= horizon:
            raise InputError(where, f"keep.years holds {year}, outside the run: give 0 (the common start) to {horizon}.")
    for key, given in (("metrics", metrics), ("years", years)):
        if twice := repeated(given):
            raise InputError(where, f"keep.{key} holds {twice[0]} twice: keep one.")
    places = tuple((metric, year) for metric in metrics for year in years)
    return Keep(places, horizon, tuple(metrics) if table.trajectories else (), tuple(own.items()))


def check_metric(metric: str, where: str, own: Collection[str] = ()) -> None:
    """Raises InputError unless this is one number of METRICS, or one of the experiment's own metrics."""
    if metric in NUMBERS or metric in own:
        return
    if metric in METRICS:
        entries = [label for label, (name, _) in NUMBERS.items() if name == metric]
        raise InputError(where, f'"{metric}" is a list: name its entries one by one, "{entries[0]}" to "{entries[-1]}".')
    entries = [label for label in NUMBERS if label.startswith(f"{metric.partition('[')[0]}[")]
    raise InputError(where, f'"{shown(metric)}" is not a metric. {nearest(metric, entries or METRICS)}')


@dataclass(frozen=True)
class Watched:
    """The paired difference that decides: of a kept column, `arm` minus `against`; the `width` wanted, and the most seeds."""

    column: str
    arm: str
    against: str
    width: float
    cap: int


@dataclass(frozen=True)
class Replicates:
    """The seeds of a point, from `first` on: `seeds` of them, or if a difference is watched that many at first."""

    seeds: int
    first: int
    watched: Watched | None = None

    def next(self, differences: npt.ArrayLike = ()) -> range:
        """The seeds to run next, given the watched difference on each seed so far (nan where a run failed)."""
        so_far = np.asarray(differences, dtype=np.float64)
        start = self.first + len(so_far)
        if self.watched is None:
            return range(start, max(start, self.first + self.seeds))
        return range(start, start + more_seeds_needed(so_far, self.watched.width, self.seeds, self.watched.cap))


def more_seeds_needed(differences: Floats, width: float, first: int = 16, cap: int = 256) -> int:
    """How many more seeds a point needs, given its paired differences so far, nan where a run failed: 0 if its 95 % interval is
    narrower than `width` at `first` seeds, twice that ... or at `cap`, or if every run failed."""
    for size in looks_at(cap, first):
        if size > len(differences):
            return size - len(differences)
        known = differences[:size][np.isfinite(differences[:size])]
        effect = paired(known) if len(known) else None
        if effect is None or effect.high - effect.low < width:
            return 0
    return 0


def seeds_of(table: ReplicatesTable, arms: Sequence[str], kept: Keep, where: str) -> tuple[Replicates, Keep]:
    """On which seeds points run, and what is kept: also the number that decides about more seeds."""
    if not table.model_fields_set & {"metric", "arm", "against", "year", "width", "cap"}:
        return Replicates(table.seeds, table.first), kept
    if not table.metric or table.width is None:
        missing, meaning = ("metric", "a metric") if not table.metric else ("width", "a number")
        sentence = f"replicates.{missing} is missing: give {meaning} to have seeds added until the difference is known"
        raise InputError(where, f"{sentence}, or only seeds for a fixed number.")
    check_metric(table.metric, f"{where}: replicates.metric", dict(kept.own))
    pair = {"arm": table.arm or "collective_impact", "against": table.against or "isolated_impact"}
    for key, arm in pair.items():
        if arm not in arms:
            raise InputError(where, f'replicates.{key}: the arm "{arm}" does not run here. {nearest(arm, arms)}')
    if pair["arm"] == pair["against"]:
        raise InputError(where, f'replicates compares "{pair["arm"]}" with itself: give another arm to compare with.')
    year = kept.horizon if table.year is None else table.year
    if year > kept.horizon:
        raise InputError(where, f"replicates.year = {year} is after the end of the run: give 0 to {kept.horizon}.")
    if not 2 <= table.seeds <= table.cap:
        sentence = f"replicates.seeds = {table.seeds} at first, but an interval needs 2 or more and cap = {table.cap} is the most"
        raise InputError(where, f"{sentence}: give 2 to {table.cap}.")
    watched = Watched(kept.column(table.metric, year), **pair, width=table.width, cap=table.cap)
    places = tuple(dict.fromkeys([*kept.places, (table.metric, year)]))
    return Replicates(table.seeds, table.first, watched), replace(kept, places=places)
