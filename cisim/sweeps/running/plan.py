"""Which runs a results folder lacks, in rounds if seeds are added until enough is known, and an estimate of what they take."""

import re
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cisim.errors import InputError
from cisim.numerics.sampling import Floats
from cisim.sweeps.experiment import Experiment, Value
from cisim.sweeps.running.chunk_runner import Bench, Chunk
from cisim.sweeps.store import Results, StoreError
from cisim.sweeps.store.parts import FOLDER, PART_ROWS, write_part
from cisim.sweeps.store.reading import ORDER

Ints = npt.NDArray[np.int64]

PROBE_SECONDS = 2.5  # how long trial runs for an estimate may take
TRIED_POINTS, TRIED_SEEDS = 8, 3
TOGETHER = 16  # seeds for which a worker keeps what points have in common, before it goes on to the next seeds
MENDING = 4  # how often a round is run again because rows of it are missing afterwards (a part was found damaged meanwhile)


@dataclass(frozen=True)
class Shard:
    """Share `number` (from 1) of `count`: one of several processes that run a sweep together without communicating. Whole points
    are dealt in turn, like cards: so adaptive seeds are decided as without shards, from a point's own rows."""

    number: int
    count: int

    @classmethod
    def read(cls, text: str) -> Self:
        """The shard of a text such as 3/40. Raises InputError."""
        found = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text.strip(), re.ASCII)
        number, count = (int(part) for part in found.groups()) if found else (0, 0)
        if not 1 <= number <= count:
            sentence = "a shard is its number, a slash and how many there are: give --shard 1/40 to --shard 40/40, for example."
            raise InputError(f"--shard {text}", sentence)
        return cls(number, count)

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


WHOLE = Shard(1, 1)


@dataclass(frozen=True)
class Round:
    """Jobs to run next: a point (place in `Plan.values`) on a seed, in all arms, of which a row is missing; how many jobs all
    rounds so far wanted, how many rows are missing, and whether no round can follow."""

    point: Ints
    seed: Ints
    number: int
    wanted: int
    rows: int
    last: bool

    def __len__(self) -> int:
        return len(self.point)


class Plan:
    """The points of a shard (or of all), each set of values once, and the seeds they are to run on. Points that share their
    common starts lie next to each other."""

    def __init__(self, experiment: Experiment, shard: Shard = WHOLE) -> None:
        self.experiment, self.shard = experiment, shard
        values = list(dict.fromkeys(experiment.rows()))[shard.number - 1 :: shard.count]
        acting = [k for k, factor in enumerate(experiment.factors) if not experiment.waits(factor.path)]
        self.groups = np.arange(len(values))  # of each point, the number of its common start
        if len(acting) < len(experiment.factors):
            seen: dict[tuple[Value, ...], int] = {}
            groups = [seen.setdefault(tuple(point[k] for k in acting), len(seen)) for point in values]
            order = np.argsort(groups, kind="stable")
            values, self.groups = [values[k] for k in order], np.asarray(groups)[order]
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    @property
    def most_runs(self) -> int:
        return len(self) * self.experiment.most_seeds * len(self.experiment.arms)

    @cached_property
    def labels(self) -> pa.Array:
        return pa.array([self.experiment.point(values).label for values in self.values], pa.string())

    def chunk(self, point: Ints, seed: Ints) -> Chunk:
        """Jobs in the form that a worker receives."""
        starts = [0, *(np.flatnonzero(np.diff(point)) + 1).tolist(), len(point)]
        parts = [(a, b) for a, b in pairwise(starts) if b > a]
        return tuple((self.values[int(point[a])], tuple(seed[a:b].tolist())) for a, b in parts)

    def rounds(self, results: Results) -> Iterator[Round]:
        """The rounds of jobs that the folder lacks. One comes again while rows of it are missing (parts may be damaged)."""
        experiment = self.experiment
        first, watched = experiment.replicates.first, experiment.replicates.watched
        playing = np.arange(len(self), dtype=np.int64)
        begin, end, before, number = 0, len(experiment.replicates.next()), 0, 1
        while len(playing):
            width, asked = end - begin, before + len(playing) * (end - begin)
            last = watched is None or end >= watched.cap
            for _ in range(MENDING):
                jobs, rows = self._lacking(results, playing, begin, end)
                point, seed = self._in_order(playing[jobs // width], begin + jobs % width)
                yield Round(point, first + seed, number, asked, rows, last)
                if not rows:
                    break
            else:
                raise StoreError(f"{results.folder}: rows that were stored have disappeared. Check the disk, then continue.")
            if last:
                return
            before = asked
            more = [len(experiment.replicates.next(one)) for one in self._differences(results, playing, end)]
            # all points in play have run on the same number of seeds, so those that continue need the same number more
            playing, begin, end = playing[np.asarray(more) > 0], end, end + max(more)
            number += 1

    def _in_order(self, point: Ints, seed: Ints) -> tuple[Ints, Ints]:
        """Jobs in the order in which they run: some seeds at all points of a common start, then the next seeds."""
        if len(self) < 2 or self.groups[-1] == len(self) - 1 or seed.max(initial=0) < TOGETHER:
            return point, seed
        order = np.lexsort((point, seed // TOGETHER, self.groups[point]))  # stable: the seeds of a point stay in order
        return point[order], seed[order]

    def _lacking(self, results: Results, playing: Ints, begin: int, end: int) -> tuple[Ints, int]:
        """Jobs that lack the row of any arm, as place in `playing` x seeds + seed; and how many rows are missing."""
        width = end - begin
        there = np.zeros((len(self.experiment.arms), len(playing) * width), bool)

        def look() -> None:
            for place, offset, arm, _ in self._rows(results.tables(ORDER), playing):
                inside = (offset >= begin) & (offset < end)
                there[arm[inside], place[inside] * width + offset[inside] - begin] = True

        results.steadily(look)
        return np.flatnonzero(~there.all(axis=0)).astype(np.int64), int(there.size - there.sum())

    def _differences(self, results: Results, playing: Ints, seeds: int) -> Floats:
        """The watched difference of each point on its seeds so far, shape (points, seeds), nan where a run failed."""
        watched = self.experiment.replicates.watched
        assert watched is not None
        found = np.full((2, len(playing), seeds), np.nan)
        pair = [self.experiment.arms.index(watched.arm), self.experiment.arms.index(watched.against)]

        def look() -> None:
            for place, offset, which, table in self._rows(results.tables([*ORDER, watched.column]), playing):
                values = table[watched.column].to_numpy()
                for side, arm in enumerate(pair):
                    mine = (which == arm) & (offset >= 0) & (offset < seeds)
                    found[side, place[mine], offset[mine]] = values[mine]

        results.steadily(look)
        difference: Floats = found[0] - found[1]
        return difference

    def _rows(self, tables: Iterable[pa.Table], playing: Ints) -> Iterator[tuple[Ints, Ints, Ints, pa.Table]]:
        """Rows of points in play: their place in `playing`, their seed counted from the first, their arm, and the rows."""
        places = np.full(len(self) + 1, -1, np.int64)  # the last is for points of other plans
        places[playing] = np.arange(len(playing))
        arms = pa.array(list(self.experiment.arms))
        for table in tables:
            if not len(table):
                continue
            found = pc.fill_null(pc.index_in(table["point"], self.labels), len(self)).to_numpy()
            arm = pc.fill_null(pc.index_in(table["arm"], arms), -1).to_numpy()
            place = places[found]
            mine = np.flatnonzero((place >= 0) & (arm >= 0))
            offset = table["seed"].to_numpy() - self.experiment.replicates.first
            yield place[mine], offset[mine], arm[mine].astype(np.int64), table.take(pa.array(mine))


@dataclass(frozen=True)
class Lacking:
    """How many points are not complete, and how many runs are missing (`at_least`, while seeds are adaptive)."""

    points: int
    runs: int
    at_least: bool

    def __str__(self) -> str:
        if not self.runs:
            return "nothing is missing"
        return f"{self.points:,} points are not complete, {'at least ' * self.at_least}{self.runs:,} runs are missing"


def lacking(experiment: Experiment, results: Results, shard: Shard = WHOLE) -> Lacking:
    """What a folder lacks of everything an experiment asks for."""
    for part in Plan(experiment, shard).rounds(results):
        if part.rows:
            return Lacking(len(np.unique(part.point)), part.rows, not part.last)
    return Lacking(0, 0, False)


@dataclass(frozen=True)
class Estimate:
    """What a sweep will take (at most, if seeds are adaptive), from how many trial runs, and the first message of failed ones."""

    points: int
    runs: int
    core_seconds: float
    bytes: float
    tried: int
    failed: int
    message: str


def probe(experiment: Experiment, shard: Shard = WHOLE, seconds: float = PROBE_SECONDS) -> Estimate:
    """Runs a few points, spread evenly over the design, on a few seeds, for no longer than about `seconds`."""
    plan, bench = Plan(experiment, shard), Bench(experiment)
    count = min(TRIED_POINTS, len(plan))
    places = [(2 * k + 1) * len(plan) // (2 * count) for k in range(count)]
    first = experiment.replicates.first
    seeds = tuple(range(first, first + min(TRIED_SEEDS, experiment.most_seeds)))
    begun = time.monotonic()
    tables, jobs = [], 0
    for place in [places[k // 2] if k % 2 == 0 else places[-1 - k // 2] for k in range(count)]:  # from both ends to the middle
        tables.append(bench.table(((plan.values[place], seeds),)))
        jobs += len(seeds)
        if time.monotonic() - begun > seconds:
            break
    taken = (time.monotonic() - begun) / jobs
    rows = pa.concat_tables(tables)
    messages = [message for message in rows["error"].to_pylist() if message]
    total, runs = taken * len(plan) * experiment.most_seeds, plan.most_runs
    with tempfile.TemporaryDirectory(prefix="cisim-probe-") as folder:
        (Path(folder) / FOLDER).mkdir()
        half, whole = (write_part(Path(folder), rows.slice(0, length)).bytes for length in (len(rows) // 2, len(rows)))
    each = max(whole - half, 0) / (len(rows) - len(rows) // 2)  # what each row adds; the rest is what each part takes in any case
    size = float(each * runs + max(whole - each * len(rows), 0.0) * (1 + runs // PART_ROWS))
    return Estimate(len(plan), runs, total, size, len(rows), len(messages), messages[0] if messages else "")
