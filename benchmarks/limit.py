"""How near the compiled engine is to C: the same rules translated to C, gcc -O3, the same bits, in alternation.

    python benchmarks/limit.py [--quick] [--sizes 100,1000]

Prints ns for each NPO and quarter of both by size (processor time, lowest of several rounds). Needs gcc. Not a test: what
is slow here is reported, never asserted; different bits end it with status 1.
"""

from __future__ import annotations

import argparse
import ctypes
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from speed import scaled
from to_c import RECORDS, Program

from cisim.engines import kernel
from cisim.engines.compiled import warm_up
from cisim.engines.world import METRIC, World

FLAGS = ("-O3", "-march=native", "-ffp-contract=off", "-fPIC", "-shared", "-w")
YEARS = 10


def compile_c(folder: Path) -> Any:
    """The translated rules as a loaded library."""
    source, library = folder / "rules.c", folder / "rules.so"
    source.write_text(Program().whole_text(), encoding="utf-8")
    begun = time.perf_counter()
    subprocess.run(["gcc", *FLAGS, str(source), "-o", str(library), "-lm"], check=True)
    print(f"gcc {' '.join(FLAGS[:3])}: {len(source.read_text().splitlines())} lines in {time.perf_counter() - begun:.1f} s")
    return ctypes.CDLL(str(library)).advance


class InC:
    """A world as records of 8 bytes a number, and a run of it in C."""

    def __init__(self, advance: Any, world: World) -> None:
        self.advance, self.p = advance, world
        self.records = [
            self._records(kind, getattr(world, name))
            for name, kind in (("schools", "school"), ("npos", "npo"), ("funders", "funder"))
        ]
        self.one = [world.backbone.copy(), world.town.copy()]
        self.history = np.zeros(world.quarters, METRIC)

    @staticmethod
    def _records(kind: str, of: Any) -> Any:
        made = np.zeros(len(of), RECORDS[kind])
        for name in made.dtype.names:
            (made[name][:, : of[name].shape[1]] if of[name].ndim == 2 else made[name])[...] = of[name]
        return made

    def run(self, settings: Any, first: int, last: int) -> None:
        given: list[Any] = []
        for one in self.records:
            given += [ctypes.c_void_p(one.ctypes.data), ctypes.c_int64(len(one))]
        given += [ctypes.c_void_p(one.ctypes.data) for one in (*self.one, settings, self.history)]
        self.advance(*given, ctypes.c_int64(first), ctypes.c_int64(last))


class InNumba:
    """The compiled engine's run of the same world."""

    def __init__(self, world: World) -> None:
        self.state, self.history = world.copies(), np.zeros(world.quarters, METRIC)

    def run(self, settings: Any, first: int, last: int) -> None:
        kernel.advance(*self.state, settings, self.history, first, last)


def measured(world: World, make: Callable[[], Any], quarters: int) -> tuple[float, bytes]:
    """ns for each NPO and quarter after the first year, and the history."""
    one = make()
    one.run(world.base, 0, 4)
    begun = time.thread_time()
    one.run(world.base, 4, min(world.warmup, 4 + quarters))
    if world.warmup < 4 + quarters:
        one.run(world.arm, world.warmup, 4 + quarters)
    return (time.thread_time() - begun) / quarters / len(world.npos) * 1e9, one.history.tobytes()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="three sizes, few rounds")
    parser.add_argument("--sizes", help="numbers of NPOs, comma-separated")
    asked = parser.parse_args()
    sizes = [int(n) for n in asked.sizes.split(",")] if asked.sizes else [100, 300, 1_000]
    if not asked.quick and not asked.sizes:
        sizes += [10_000, 100_000, 1_000_000]
    with tempfile.TemporaryDirectory() as folder:
        advance = compile_c(Path(folder))
        warm_up()
        print(f"{'NPOs':>10} {'cisim':>8} {'C':>8} {'ratio':>7}  (ns for each NPO and quarter, lowest; median ratio)")
        for n in sizes:
            world = World.of(scaled(n).change({"run.warmup_years": 5}), "collective_impact", 1, YEARS)
            rounds = 3 if asked.quick else max(2, min(25, 40_000 // n))
            quarters = 56 if n <= 100_000 else 24  # 16 of them before the initiative
            times = []
            for _ in range(rounds):
                ours, bits = measured(world, lambda w=world: InNumba(w), quarters)  # type: ignore[misc]
                limit, others = measured(world, lambda w=world: InC(advance, w), quarters)  # type: ignore[misc]
                if bits != others:
                    print(f"{n} NPOs: C gives other bits")
                    return 1
                times.append((ours, limit))
            ratio = sorted(a / b for a, b in times)[len(times) // 2]
            print(f"{n:>10,} {min(a for a, _ in times):8.0f} {min(b for _, b in times):8.0f} {ratio:7.2f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
