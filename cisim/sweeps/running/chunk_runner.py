"""Runs a chunk, in whatever process: scenarios of its points, their arms on shared seeds, and the rows that are kept."""

import gc
import pickle
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Self, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cisim import processes
from cisim.engines.compiled import MODEL_DIGEST, run_arms, warm_up, worlds_of
from cisim.engines.world import World
from cisim.sweeps.experiment import Experiment, Point, Value
from cisim.sweeps.running.fast_worlds import Nearby
from cisim.sweeps.store import Manifest, point_key, row_ids
from cisim.sweeps.store.identity import key_of

Piece: TypeAlias = tuple[tuple[Value, ...], tuple[int, ...]]
"""A point's values in the order of the factors, and seeds: all arms run on each of them and share the warm-up."""

Chunk: TypeAlias = tuple[Piece, ...]
Floats = npt.NDArray[np.float64]
NUMPY = {"number": np.float64, "whole": np.int64, "text": object}


def manifest_of(experiment: Experiment) -> Manifest:
    """What a results folder of this experiment is about. Points and seeds may be added to a folder; nothing else may change."""
    arms = {arm: point_key(experiment.base, arm, experiment.years) for arm in experiment.arms}
    fixed: dict[str, Any] = {"arms": arms, "factors": [factor.path for factor in experiment.factors], "years": experiment.years}
    columns: dict[str, Any] = experiment.kinds
    first, text, files = experiment.replicates.first, experiment.text, dict(experiment.files)
    seeds = tuple(range(first, first + experiment.most_seeds))
    return Manifest(text, fixed, MODEL_DIGEST, columns, len(experiment), seeds, experiment.name, files)


@dataclass
class _Ran:
    """A point's runs: their seeds, and for each the kept numbers, shape (arms, columns), and trajectories."""

    point: Point
    keys: list[str]
    seeds: list[int]
    numbers: list[Floats] = field(default_factory=list)
    paths: list[Floats] = field(default_factory=list)


class Bench:
    """Turns chunks of one experiment into rows. Several threads may use it at once."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.paths = [factor.path for factor in experiment.factors]
        manifest = manifest_of(experiment)
        self.schema, self.kinds = manifest.schema, manifest.columns
        self._nearby = Nearby(experiment.base, experiment.arms, experiment.years, self.paths)

    def table(self, chunk: Chunk) -> pa.Table:
        """The rows of a chunk, one for each arm and seed. A run that raises gives rows that say so."""
        failed: list[pa.Table] = []
        ran: list[_Ran] = []
        for piece in chunk:
            self._run(piece, ran, failed)
        return pa.concat_tables([self._rows(ran), *failed])

    def failures(self, piece: Piece, message: str) -> pa.Table:
        """The rows of runs that failed, all for one reason."""
        values, seeds = piece
        point = self.experiment.point(values)
        try:
            _, keys = self._start(point)
        except ValueError:  # it makes no scenario: named by its values
            keys = [key_of({"values": dict(point.values), "arm": arm}) for arm in self.experiment.arms]
        return self._rows([_Ran(point, keys, list(seeds))], message)

    def _start(self, point: Point) -> tuple[list[World], list[str]]:
        """The worlds of a point's arms and the keys of its rows. Raises InputError if its values contradict each other."""
        if near := self._nearby.start(point.values):
            return near
        experiment = self.experiment
        scenario = experiment.scenario(point)
        keys = [point_key(scenario, arm, experiment.years) for arm in experiment.arms]
        return worlds_of(scenario, experiment.arms, experiment.years), keys

    def _run(self, piece: Piece, ran: list[_Ran], failed: list[pa.Table]) -> None:
        keep, (values, seeds) = self.experiment.keep, piece
        point = self.experiment.point(values)
        try:
            worlds, keys = self._start(point)
        except Exception as error:
            failed.append(self.failures(piece, f"{type(error).__name__}: {error}"))
            return
        mine = _Ran(point, keys, [])
        for seed in seeds:
            try:
                histories = run_arms(worlds, seed)
                mine.numbers.append(keep.extract(histories))
                if keep.trajectories:
                    mine.paths.append(keep.trajectory(histories))
                mine.seeds.append(seed)
            except Exception as error:
                failed.append(self.failures((values, (seed,)), f"{type(error).__name__}: {error}"))
        ran.append(mine)

    def _rows(self, ran: Sequence[_Ran], message: str | None = None) -> pa.Table:
        """The rows of some points, seed by seed and arm by arm; with a message, of runs that failed."""
        arms, width = self.experiment.arms, len(self.experiment.arms)
        counts = np.asarray([len(mine.seeds) * width for mine in ran], np.int64)  # rows of each point
        count = int(counts.sum())
        ids = [[row_ids(key, mine.seeds, arm, MODEL_DIGEST) for key, arm in zip(mine.keys, arms, strict=True)] for mine in ran]
        of_points = {"point": np.repeat(np.asarray([mine.point.label for mine in ran], object), counts)}
        for path in self.paths:
            values = [mine.point.values[path] for mine in ran]
            of_points[path] = np.repeat(np.asarray(values, NUMPY[self.kinds[path]]), counts)
        columns: dict[str, Any] = {
            "id": pa.array([name for named in ids for seed in zip(*named, strict=True) for name in seed], pa.string()),
            "seed": pa.array(np.repeat(np.asarray([seed for mine in ran for seed in mine.seeds], np.int64), width)),
            "arm": pa.array(list(arms) * (count // width), pa.string()),
            **{name: pa.array(values, self.schema.field(name).type) for name, values in of_points.items()},
        }
        if message is not None:
            columns["error"] = pa.array([message] * count, pa.string())
        elif count:
            numbers = np.concatenate([one for mine in ran for one in mine.numbers])
            columns |= {name: pa.array(numbers[:, k].copy()) for k, name in enumerate(self.experiment.columns)}
            if self.experiment.keep.trajectories:
                paths = np.concatenate([one for mine in ran for one in mine.paths])
                columns |= {name: _lists(paths[:, k]) for k, name in enumerate(self.experiment.keep.lists)}
        arrays = [columns[field.name] if field.name in columns else pa.nulls(count, field.type) for field in self.schema]
        return pa.Table.from_arrays(arrays, schema=self.schema)


def _lists(paths: Floats) -> pa.Array:
    """One list of numbers for each row, from shape (rows, quarters)."""
    rows, quarters = paths.shape
    starts = np.arange(rows + 1, dtype=np.int32) * quarters
    return pa.ListArray.from_arrays(pa.array(starts), pa.array(paths.ravel()))


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
