"""Estimates what a sweep will take, from a few runs spread over its points: time on one core, and disk by writing their rows."""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from cisim.sweeps.experiment import Experiment
from cisim.sweeps.running.chunk_runner import Bench
from cisim.sweeps.running.plan import WHOLE, Plan, Shard
from cisim.sweeps.store.parts import FOLDER, PART_ROWS, write_part

SECONDS = 2.5  # how long the trial runs may take
TRIED_POINTS, TRIED_SEEDS = 8, 3


@dataclass(frozen=True)
class Estimate:
    """What a sweep will take: runs (at most, if seeds are adaptive), seconds on one core, bytes on disk; and how many trial runs
    failed, with the first message."""

    points: int
    runs: int
    core_seconds: float
    bytes: float
    tried: int
    failed: int
    message: str


def probe(experiment: Experiment, shard: Shard = WHOLE, seconds: float = SECONDS) -> Estimate:
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
    total = taken * len(plan) * experiment.most_seeds
    size = _bytes(rows, plan.most_runs)
    return Estimate(len(plan), plan.most_runs, total, size, len(rows), len(messages), messages[0] if messages else "")


def _bytes(rows: pa.Table, count: int) -> float:
    """Bytes of so many rows like these: what each row adds, and what each part takes in any case, both from writing some."""
    with tempfile.TemporaryDirectory(prefix="cisim-probe-") as folder:
        (Path(folder) / FOLDER).mkdir()
        half, whole = (write_part(Path(folder), rows.slice(0, length)).bytes for length in (len(rows) // 2, len(rows)))
    each = max(whole - half, 0) / (len(rows) - len(rows) // 2)
    return float(each * count + max(whole - each * len(rows), 0.0) * (1 + count // PART_ROWS))
