"""What a sweep costs over the bare kernel, what two workers bring, and how the readable engine compares; peak memory.

    python benchmarks/sweep.py [--quick]
    python benchmarks/sweep.py --memory [ROWS]

Methods take turns within each round on the same runs, so a noisy neighbour disturbs all alike; ratios come from the same
rounds. What a sweep adds is also printed as shares of one and the same stretch of work, which a neighbour hardly disturbs: of a
worker's time in chunks, what is not kernel; of a sweep's processor time, what its parent took; of two cores, how long workers
kept them busy. `--memory` writes so many synthetic rows
(10^6 if not given) as a sweep's parent would, plans the sweep anew over the folder, and prints the parent's peak memory. Not
a test: what is slow here is reported, never asserted.
"""

from __future__ import annotations

import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pyarrow as pa

from cisim.engines.compiled import run_arms, warm_up, worlds_of
from cisim.engines.mesa import CommunityModel
from cisim.engines.world import World
from cisim.scenario import load
from cisim.sweeps.experiment import Experiment
from cisim.sweeps.running import Plan, chunk_runner
from cisim.sweeps.running import sweep as run_sweep
from cisim.sweeps.running.chunk_runner import Bench, Brief, manifest_of
from cisim.sweeps.running.workers import Crew, LocalProcesses
from cisim.sweeps.store import Results, Store

SMALL = """
title = "Small runs"
scenario = "default"
arms = ["isolated_impact", "collective_impact"]
years = 3
[settings]
"community.npos" = NPOS
"community.schools" = SCHOOLS
"community.funders" = FUNDERS
"place.money.annual_budget" = BUDGET
"run.warmup_years" = WARMUP
[[factors]]
path = "initiative.voice"
low = 0.0
high = 1.0
[[factors]]
path = "OTHER"
low = 0.0
high = 0.8
[design]
kind = "random"
points = POINTS
[replicates]
seeds = 10
first = FIRST
[keep]
metrics = ["on_track", "members", "needs_met"]
years = [1, 3]
"""


ACTS = "skills.complementarity"  # from the first quarter: each point has a common start of its own
WAITS = "information.open_data_quality"  # for the common start, which all points share


def experiment(npos: int, points: int, warmup: int = 1, other: str = ACTS, first: int = 0) -> Experiment:
    """Random points over a community of so many NPOs: 10 seeds, 2 arms a point."""
    sizes = {"NPOS": npos, "SCHOOLS": max(4, 53 * npos // 120), "FUNDERS": max(3, 30 * npos // 120), "BUDGET": 200.0 * npos}
    text = SMALL
    for name, value in {**sizes, "POINTS": points, "WARMUP": warmup, "OTHER": other, "FIRST": first}.items():
        text = text.replace(name, str(value))
    return Experiment.of(text, "benchmark")


class Warm:
    """Processes that are ready, so that what is measured is the sweep and not the start of Python."""

    def __init__(self, workers: int) -> None:
        self.crew = LocalProcesses(workers)
        for future in [self.crew.submit(_ready) for _ in range(4 * workers)]:
            future.result()

    def busy(self) -> float:
        """Processor seconds of all processes so far."""
        told = [self.crew.submit(_busy) for _ in range(4 * self.crew.width)]
        return sum(dict(future.result() for future in told).values())

    def __call__(self, brief: Brief, workers: int) -> Crew:
        return _Kept(self.crew, self.crew.width)


class _Kept(Crew):
    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """The processes serve the next round, too."""


def _ready() -> None:
    warm_up()
    time.sleep(0.2)  # so that each process gets one


def _busy() -> tuple[int, float]:
    time.sleep(0.02)  # so that each process gets one
    return os.getpid(), time.process_time()


def bare(asked: Experiment) -> tuple[float, float, int]:
    """Seconds and processor seconds of a loop over the kernel, in this process, worlds made before; and how many runs."""
    plan = Plan(asked)
    worlds = [worlds_of(asked.scenario(asked.point(values)), asked.arms, asked.years) for values in plan.values]
    begun, busy = time.perf_counter(), time.process_time()
    for arms in worlds:
        for seed in asked.replicates.next():
            run_arms(arms, seed, past=False, yearly=asked.keep.only_years)
    return time.perf_counter() - begun, time.process_time() - busy, plan.most_runs


def outside(asked: Experiment, points: int = 40) -> float:
    """Of a worker's time in a chunk, what is not kernel, as a share of the kernel's: both from the same seconds. Runs in a
    worker."""
    worker, plan = chunk_runner.bench_of(Brief.of(asked, "benchmark")), Plan(asked)
    chunk = tuple((plan.values[at], tuple(asked.replicates.next())) for at in range(min(points, len(plan))))
    inside = 0.0

    def timed(worlds: Sequence[World], seed: int, past: bool, yearly: bool) -> Any:
        nonlocal inside
        begun = time.perf_counter()
        histories = run_arms(worlds, seed, past, yearly)
        inside += time.perf_counter() - begun
        return histories

    with mock.patch.object(chunk_runner, "run_arms", timed):
        begun = time.perf_counter()
        worker.table(chunk)
        return (time.perf_counter() - begun) / inside - 1


def swept(asked: Experiment, crew: Warm) -> tuple[float, float, float]:
    """Seconds of the same as a sweep into a folder; processor seconds of its workers and of its parent."""
    with tempfile.TemporaryDirectory(prefix="cisim-benchmark-") as folder:
        workers = crew.busy()
        begun, busy = time.perf_counter(), time.process_time()
        outcome = run_sweep(asked, Path(folder) / "r", crew.crew.width, start=crew)
        assert outcome.complete
        seconds, parent = time.perf_counter() - begun, time.process_time() - busy
        return seconds, crew.busy() - workers, parent


def agents(asked: Experiment) -> float:
    """Seconds a run of the readable engine, on the first point."""
    point = asked.points()[0]
    begun = time.perf_counter()
    for arm in asked.arms:
        with CommunityModel(asked.scenario(point), arm, 0, asked.years) as model:
            model.run()
    return (time.perf_counter() - begun) / len(asked.arms)


def peak() -> float:
    """Peak memory of this process, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(quick: bool) -> None:
    warm_up()
    one, two = Warm(1), Warm(2)
    rounds = 3 if quick else 5
    kinds: dict[str, Callable[[int], Experiment]] = {
        "runs of about 1 ms": lambda first: experiment(40, 60 if quick else 1000, 2, ACTS, first),
        "the default community, each point with a start of its own": lambda first: default(8 if quick else 60, ACTS, first),
        "the default community, all points with one start": lambda first: default(40 if quick else 200, WAITS, first),
    }
    for name, make in kinds.items():
        mesa, found = "1 ms" in name, dict[str, list[float]]()
        for number in range(rounds):
            asked = make(1000 * number)  # on other seeds, whose common starts no process knows yet
            seconds, busy, runs = bare(asked)
            single, worker, parent = swept(asked, one)
            double, both, _ = swept(asked, two)
            row = {"ms a run": seconds / runs * 1e3, "one": single / seconds, "two": single / double}
            row |= {
                "outside": one.crew.submit(outside, make(1000 * number + 500)).result(),
                "parent": parent / worker,
                "worker": worker / busy,
                "a processor second": runs / (worker + parent),
            }
            row |= {"busy": both / double / 2, "used": seconds / double / 2, "a second": runs / double / 2}
            if mesa:
                row["mesa"] = agents(asked) / (seconds / runs)
            for key, value in row.items():
                found.setdefault(key, []).append(value)
        middle = {key: statistics.median(values) for key, values in found.items()}
        span = {key: f"{middle[key]:.3f} ({min(values):.3f} to {max(values):.3f})" for key, values in found.items()}
        print(f"{name}: {runs:,} runs, medians of {rounds} rounds (lowest to highest)")
        print(f"  bare loop over the kernel, one core: {span['ms a run']} ms a run")
        print(f"  sweep with 1 worker / bare loop:     {span['one']}")
        print(f"    worker's processor time / loop's:  {span['worker']}")
        print(f"    worker outside kernel / inside:    {span['outside']}")
        print(f"    parent's / worker's processor time: {span['parent']}")
        print(f"  1 worker / 2 workers:                {span['two']}")
        print(f"    of two cores, workers busy:        {span['busy']}")
        print(f"    of two cores, bare loop's seconds: {span['used']}")
        rate = f"{middle['a processor second']:.0f} (at most {max(found['a processor second']):.0f})"
        print(f"  runs per processor second, 1 worker: {rate}")
        print(f"  runs per second and core:            {middle['a second']:.0f} (at most {max(found['a second']):.0f})")
        if mesa:
            print(f"  agents (Mesa) / bare loop, one run:  {middle['mesa']:.0f}x")
    print(f"peak memory of the parent: {peak():.0f} MB")
    for crew in (one, two):
        crew.crew.shutdown()


def default(points: int, other: str, first: int) -> Experiment:
    """The default community with its own isolated years, followed for 10 years."""
    warmup = load("default").settings.run.warmup_years
    text = experiment(120, points, warmup, other, first).text
    return Experiment.of(text.replace("years = 3\n", "years = 10\n", 1).replace("years = [1, 3]", "years = [5, 10]"), "default")


def memory(rows: int) -> None:
    """Writes synthetic rows as the parent of a sweep would, then plans the sweep over the folder, and prints peak memory."""
    asked = experiment(40, rows // 20)
    begun = time.perf_counter()
    plan, making = Plan(asked), Bench(asked)
    print(f"{len(plan):,} points planned: {time.perf_counter() - begun:.0f} s, {peak():.0f} MB")
    seeds = tuple(range(10))
    draw = np.random.default_rng(0)
    template = making.table(((plan.values[0], seeds),))
    with tempfile.TemporaryDirectory(prefix="cisim-benchmark-") as folder:
        with Store.resume(Path(folder) / "r", manifest_of(asked)) as store:
            begun = time.perf_counter()
            for start in range(0, len(plan), 1000):  # about what a chunk of 4 s holds on a few dozen cores
                places = range(start, min(start + 1000, len(plan)))
                store.append(_synthetic(template, [plan.labels[k].as_py() for k in places], draw))
            print(f"{len(store):,} rows stored: {time.perf_counter() - begun:.0f} s, {peak():.0f} MB")
        begun = time.perf_counter()
        left = sum(part.rows for part in Plan(asked).rounds(Results.of(store.folder)))
        print(f"what is missing ({left} rows): {time.perf_counter() - begun:.0f} s, {peak():.0f} MB")
        begun = time.perf_counter()
        with Store.resume(store.folder, manifest_of(asked)):
            print(f"opened again, every part checked: {time.perf_counter() - begun:.0f} s, {peak():.0f} MB")
        begun = time.perf_counter()
        Results.of(store.folder).digest()
        print(f"content digest: {time.perf_counter() - begun:.0f} s, {peak():.0f} MB")


def _synthetic(template: pa.Table, labels: list[str], draw: np.random.Generator) -> pa.Table:
    """A point's rows again and again with other names and numbers."""
    each, count = len(template), len(template) * len(labels)
    columns = {}
    for field in template.schema:
        if field.name == "id":
            raw = draw.bytes(16 * count).hex()
            columns["id"] = pa.array([raw[32 * k : 32 * k + 32] for k in range(count)])
        elif field.name == "point":
            columns["point"] = pa.array([label for label in labels for _ in range(each)])
        elif pa.types.is_floating(field.type):
            columns[field.name] = pa.array(draw.random(count))
        else:
            columns[field.name] = pa.concat_arrays([template[field.name].combine_chunks()] * len(labels))
    return pa.Table.from_arrays([columns[name] for name in template.schema.names], schema=template.schema)


if __name__ == "__main__":
    import sweep as itself  # by its name, workers find the functions of this file

    if "--memory" in sys.argv[1:]:
        itself.memory(int(sys.argv[-1]) if sys.argv[-1].isdigit() else 1_000_000)
    else:
        itself.main("--quick" in sys.argv[1:])
