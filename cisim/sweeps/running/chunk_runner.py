"""Runs a chunk, in whatever process: scenarios of its points, their arms on shared seeds, and the rows that are kept."""

import gc
import itertools
import pickle
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self, TypeAlias

import numpy as np
import pyarrow as pa

from cisim import processes
from cisim.engines.compiled import MODEL_DIGEST, run_arms, warm_up, worlds_of
from cisim.engines.world import World
from cisim.numerics.sampling import Floats
from cisim.sweeps.experiment import Experiment, Point, Value
from cisim.sweeps.own_function import check_known
from cisim.sweeps.running.fast_worlds import Nearby
from cisim.sweeps.store import Manifest, point_key, row_id
from cisim.sweeps.store.identity import key_at, key_of

# a point's values in the order of the factors, and seeds: all arms run on each of them and share the warm-up
Piece: TypeAlias = tuple[tuple[Value, ...], tuple[int, ...]]
Chunk: TypeAlias = tuple[Piece, ...]
NUMPY = {"number": np.float64, "whole": np.int64, "text": object}


def manifest_of(experiment: Experiment) -> Manifest:
    """What a results folder of this experiment is about. Points and seeds may be added to a folder; nothing else may change."""
    arms = {arm: point_key(experiment.base, arm, experiment.years) for arm in experiment.arms}
    fixed: dict[str, Any] = {"arms": arms, "factors": [factor.path for factor in experiment.factors], "years": experiment.years}
    if experiment.keep.own:  # what the rows do not show: an own metric of the same name may be another number
        fixed["metrics"] = dict(experiment.keep.own)
    columns: dict[str, Any] = experiment.kinds
    first, text, files = experiment.replicates.first, experiment.text, dict(experiment.files)
    seeds = tuple(range(first, first + experiment.most_seeds))
    return Manifest(text, fixed, MODEL_DIGEST, columns, len(experiment), seeds, experiment.name, files)


@dataclass(frozen=True)
class _Start:
    """A point: the keys of its rows, and the worlds of its arms, or why there are none."""

    values: Mapping[str, Value]
    label: str
    keys: list[str]
    worlds: list[World]
    error: str | None = None


@dataclass(frozen=True)
class _Job:
    """A point on a seed in all arms: why it failed, or the kept numbers and trajectories by arm."""

    start: _Start
    seed: int
    error: str | None
    numbers: Floats | None = None
    paths: Floats | None = None


class Bench:
    """Turns chunks of one experiment into rows. Several threads may use it at once."""

    def __init__(self, experiment: Experiment) -> None:
        check_known(experiment.keep.functions, experiment.where)
        self.experiment = experiment
        self.paths = [factor.path for factor in experiment.factors]
        manifest = manifest_of(experiment)
        self.schema, self.kinds = manifest.schema, manifest.columns
        self._nearby = Nearby(experiment.base, experiment.arms, experiment.years, self.paths, experiment.from_first_day)

    def table(self, chunk: Chunk) -> pa.Table:
        """The rows of a chunk, one for each arm and seed. A run that raises gives rows that say so."""
        jobs: list[_Job] = []
        for seeds, pieces in itertools.groupby(chunk, lambda piece: piece[1]):
            starts = [self._ready(values) for values, _ in pieces]
            jobs += [self._job(start, seed) for seed in seeds for start in starts]  # points may share what a seed begins with
        return pa.concat_tables([self._rows([job for job in jobs if (job.error is None) == good]) for good in (True, False)])

    def failures(self, piece: Piece, message: str) -> pa.Table:
        """The rows of runs that failed, all for one reason."""
        start = self._ready(piece[0])
        return self._rows([_Job(start, seed, message) for seed in piece[1]])

    def _ready(self, values: tuple[Value, ...]) -> _Start:
        """What the runs of a point start from, or why they cannot."""
        point = self.experiment.point(values)
        try:
            worlds, keys = self._start(point)
            own = [key_at(point.values, key, arm) for key, arm in zip(keys, self.experiment.arms, strict=True)]
            return _Start(point.values, point.label, own, worlds)
        except ValueError as error:  # it makes no scenario: named by its values
            keys = [key_of({"values": dict(point.values), "arm": arm}) for arm in self.experiment.arms]
            return _Start(point.values, point.label, keys, [], f"{type(error).__name__}: {error}")

    def _start(self, point: Point) -> tuple[list[World], list[str]]:
        """The worlds of a point's arms and their keys. Raises InputError if its values contradict each other."""
        if near := self._nearby.start(point.values):
            return near
        experiment = self.experiment
        scenario = experiment.scenario(point)
        keys = [point_key(scenario, arm, experiment.years) for arm in experiment.arms]
        return worlds_of(scenario, experiment.arms, experiment.years), keys

    def _job(self, start: _Start, seed: int) -> _Job:
        """Runs a point on a seed."""
        keep = self.experiment.keep
        if start.error:
            return _Job(start, seed, start.error)
        try:
            histories = run_arms(start.worlds, seed, past=False, yearly=keep.only_years)
            paths = keep.trajectory(histories) if keep.trajectories else None
            return _Job(start, seed, None, keep.extract(histories), paths)
        except Exception as error:
            return _Job(start, seed, f"{type(error).__name__}: {error}")

    def _rows(self, jobs: Sequence[_Job]) -> pa.Table:
        """The rows of jobs, arm by arm: either all failed, or none."""
        arms, keep = self.experiment.arms, self.experiment.keep
        rows = [(job, key, arm) for job in jobs for key, arm in zip(job.start.keys, arms, strict=True)]
        columns: dict[str, Any] = {
            "id": [row_id(key, job.seed, arm, MODEL_DIGEST) for job, key, arm in rows],
            "point": np.repeat(np.asarray([job.start.label for job in jobs], object), len(arms)),
            "seed": [job.seed for job, _, _ in rows],
            "arm": [arm for _, _, arm in rows],
            "error": [job.error for job, _, _ in rows],
        }
        for path in self.paths:
            values = np.asarray([job.start.values[path] for job in jobs], NUMPY[self.kinds[path]])
            columns[path] = np.repeat(values, len(arms))
        if good := [job.numbers for job in jobs if job.numbers is not None]:
            numbers = np.concatenate(good)
            columns |= {name: numbers[:, k].copy() for k, name in enumerate(keep.columns)}
        if good := [job.paths for job in jobs if job.paths is not None]:
            paths = np.concatenate(good)
            columns |= {name: list(paths[:, k]) for k, name in enumerate(keep.lists)}
        arrays = [pa.array(columns.get(field.name, [None] * len(rows)), field.type) for field in self.schema]
        return pa.Table.from_arrays(arrays, schema=self.schema)


@dataclass(frozen=True)
class Brief:
    """What a process needs to run chunks: the name of this sweep alone, by which it can be stopped, and the packed experiment."""

    sweep: str
    model: str
    packed: bytes

    @classmethod
    def of(cls, experiment: Experiment, sweep: str) -> Self:
        return cls(sweep, MODEL_DIGEST, pickle.dumps(experiment))


class OtherModelError(RuntimeError):
    """A worker whose cisim is another model; its arguments are the digests of the worker's model and of the sweep's."""


stopped: set[str] = set()  # sweeps that asked this process to begin no further chunk (a cluster's worker may serve several)
_lock = threading.Lock()


def bench_of(brief: Brief) -> Bench:
    """This process's bench for a sweep, with the compiled engine ready. Raises OtherModelError if the models differ."""
    if brief.model != MODEL_DIGEST:
        raise OtherModelError(MODEL_DIGEST, brief.model)
    with _lock:
        return _bench(brief.packed)


@lru_cache(maxsize=4)  # a cluster's worker may serve several sweeps at once
def _bench(packed: bytes) -> Bench:
    warm_up()
    bench = Bench(pickle.loads(packed))
    if processes.is_worker():
        gc.freeze()  # what the compiler left stays: searching it again and again took 3 % of the time of small runs
    return bench


def run_chunk(brief: Brief, chunk: Chunk) -> tuple[pa.Table, float] | None:
    """The rows of a chunk and the seconds they took; None if the sweep was stopped before it began."""
    if brief.sweep in stopped:
        return None
    bench = bench_of(brief)
    begun = time.monotonic()
    return bench.table(chunk), time.monotonic() - begun
