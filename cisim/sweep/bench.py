"""What runs a chunk, in whatever process: scenarios of its points, their arms on shared seeds, and the rows that are kept."""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cisim.engines.compiled import MODEL_DIGEST, run_arms, warm_up, worlds_of
from cisim.experiment import Experiment, Factor, Point, Value
from cisim.store import Manifest, point_key, row_ids
from cisim.store.identity import key_of

Piece: TypeAlias = tuple[tuple[Value, ...], tuple[int, ...]]
"""A point's values in the order of the factors, and seeds: all arms run on each of them and share the warm-up."""

Chunk: TypeAlias = tuple[Piece, ...]

MOST_BENCHES = 4
"""How many experiments a process keeps ready: a cluster's worker may serve several sweeps at once."""


def manifest_of(experiment: Experiment) -> Manifest:
    """What a results folder of this experiment is about. Points and seeds may be added to a folder; nothing else may change."""
    arms = {regime: point_key(experiment.base, regime, experiment.years) for regime in experiment.regimes}
    fixed = {"arms": arms, "factors": [factor.path for factor in experiment.factors], "years": experiment.years}
    first = experiment.replicates.first
    columns = {factor.path: "text" if _is_word(factor) else "number" for factor in experiment.factors}
    columns |= dict.fromkeys(experiment.columns, "number")
    columns |= {f"{name} by quarter": "list" for name in experiment.keep.trajectories}
    seeds = tuple(range(first, first + experiment.most_seeds))
    text, name, files = experiment.text, experiment.name, dict(experiment.files)
    return Manifest(text, fixed, MODEL_DIGEST, columns, len(experiment), seeds, name, files)


def _is_word(factor: Factor) -> bool:
    """Whether a factor's values are words, such as forms of governance."""
    return isinstance(factor.at(0.0), str)


class Bench:
    """Turns chunks of one experiment into rows. Several threads may use it at once."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.paths = [factor.path for factor in experiment.factors]
        manifest = manifest_of(experiment)
        self.schema, self.words = manifest.schema, {p for p, kind in manifest.columns.items() if kind == "text"}
        self._preparing = threading.Lock()

    def point(self, values: Sequence[Value]) -> Point:
        """A point by its values; its place in the design does not matter here."""
        return Point(0, dict(zip(self.paths, values, strict=True)))

    def table(self, chunk: Chunk) -> pa.Table:
        """The rows of a chunk, one an arm and seed. A run that raises gives rows that say so."""
        return pa.concat_tables([table for values, seeds in chunk for table in self._of_point(self.point(values), seeds)])

    def failures(self, piece: Piece, message: str) -> pa.Table:
        """The rows of runs that failed, all for one reason."""
        values, seeds = piece
        point = self.point(values)
        try:
            keys = self._keys(self.experiment.scenario(point))
        except ValueError:  # it makes no scenario: named by its values
            keys = [key_of({"values": dict(point.values), "regime": regime}) for regime in self.experiment.regimes]
        count = len(seeds) * len(keys)
        return self._rows(point, keys, seeds, {"error": pa.array([message] * count, pa.string())})

    def _of_point(self, point: Point, seeds: Sequence[int]) -> list[pa.Table]:
        experiment = self.experiment
        piece = tuple(point.values.values())
        try:
            with self._preparing:
                scenario = experiment.scenario(point)
            keys = self._keys(scenario)
            worlds = worlds_of(scenario, experiment.regimes, experiment.years)
        except Exception as error:
            return [self.failures((piece, tuple(seeds)), _said(error))]
        shape = (len(worlds), len(seeds))
        numbers = np.empty((*shape, len(experiment.columns)))
        paths = np.empty((*shape, len(experiment.keep.trajectories), 4 * experiment.years + 1))
        tables: list[pa.Table] = []
        ran: list[int] = []
        for seed in seeds:
            try:
                histories = run_arms(worlds, seed)
            except Exception as error:
                tables.append(self.failures((piece, (seed,)), _said(error)))
                continue
            numbers[:, len(ran)] = experiment.extract(histories)
            if paths.size:
                paths[:, len(ran)] = experiment.trajectory(histories)
            ran.append(seed)
        if ran:
            numbers, paths = numbers[:, : len(ran)], paths[:, : len(ran)]
            kept = {name: pa.array(numbers[..., k].ravel()) for k, name in enumerate(experiment.columns)}
            kept |= {f"{name} by quarter": _lists(paths[:, :, k]) for k, name in enumerate(experiment.keep.trajectories)}
            tables.append(self._rows(point, keys, ran, kept))
        return tables

    def _rows(self, point: Point, keys: Sequence[str], seeds: Sequence[int], kept: Mapping[str, pa.Array]) -> pa.Table:
        """A table of all arms on some seeds, arm by arm; columns that are not given are empty."""
        count = len(keys) * len(seeds)
        arms = list(zip(keys, self.experiment.regimes, strict=True))
        columns: dict[str, Any] = {
            "id": pa.array([name for key, regime in arms for name in row_ids(key, seeds, regime, MODEL_DIGEST)]),
            "point": pa.repeat(pa.scalar(point.label), count),
            "seed": pa.array(np.tile(np.asarray(seeds, np.int64), len(keys))),
            "regime": pa.array([regime for _, regime in arms for _ in seeds]),
        }
        for path, value in point.values.items():
            columns[path] = pa.repeat(pa.scalar(value if path in self.words else float(value)), count)
        columns |= kept
        arrays = [columns[field.name] if field.name in columns else pa.nulls(count, field.type) for field in self.schema]
        return pa.Table.from_arrays(arrays, schema=self.schema)

    def _keys(self, scenario: Any) -> list[str]:
        return [point_key(scenario, regime, self.experiment.years) for regime in self.experiment.regimes]


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _lists(paths: npt.NDArray[np.float64]) -> pa.Array:
    """One list of numbers a row, from shape (arms, seeds, quarters)."""
    arms, seeds, quarters = paths.shape
    starts = np.arange(arms * seeds + 1, dtype=np.int32) * quarters
    return pa.ListArray.from_arrays(pa.array(starts), pa.array(paths.ravel()))


@dataclass(frozen=True)
class Brief:
    """What a process must know of a sweep to run chunks of it: sent along with each, unpacked once a process."""

    sweep: str
    """Names this sweep alone, so that it can be told to stop."""

    model: str
    packed: bytes

    @classmethod
    def of(cls, experiment: Experiment, sweep: str) -> Brief:
        """The brief of an experiment."""
        return cls(sweep, MODEL_DIGEST, pickle.dumps(experiment))


class OtherModelError(RuntimeError):
    """A worker whose cisim is another model; its text names the worker's model."""


stopped: set[str] = set()
"""Sweeps that asked this process to begin no further chunk (a cluster's worker may serve others, too)."""

stop: Event | None = None
"""The same, in a process that serves one sweep only."""

_benches: dict[bytes, Bench] = {}
_lock = threading.Lock()


def bench_of(brief: Brief) -> Bench:
    """This process's bench for a sweep, with the compiled engine ready. Raises OtherModelError where results would mix."""
    if brief.model != MODEL_DIGEST:
        raise OtherModelError(MODEL_DIGEST)
    with _lock:
        if brief.packed not in _benches:
            warm_up()
            while len(_benches) >= MOST_BENCHES:
                _benches.pop(next(iter(_benches)))
            _benches[brief.packed] = Bench(pickle.loads(brief.packed))
        return _benches[brief.packed]


def run_chunk(brief: Brief, chunk: Chunk) -> tuple[pa.Table, float] | None:
    """The rows of a chunk and the seconds they took; None if the sweep was stopped before it began."""
    if brief.sweep in stopped or (stop is not None and stop.is_set()):
        return None
    bench = bench_of(brief)
    begun = time.monotonic()
    return bench.table(chunk), time.monotonic() - begun
