"""How fast the engines are: ns for each NPO and quarter by size, the ratio of the engines and of `mesa.batch_run`, ns a draw.

    python benchmarks/speed.py [--quick]

Processor time. Sizes take turns within each round, so a noisy neighbour disturbs all alike; medians over rounds are printed, and
ratios come from the same rounds. Not a test: what is slow here is reported, never asserted.
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import Any

import mesa

from cisim.engines.compiled import CompiledRun, warm_up
from cisim.engines.mesa import CommunityModel
from cisim.engines.world import World
from cisim.numerics.chance import draw
from cisim.numerics.jit import kernel
from cisim.scenario import Scenario, load


def scaled(npos: int) -> Scenario:
    """The default community with `npos` organisations; schools, funders and money in proportion, within their bounds."""
    schools, funders = max(1, min(2000, 53 * npos // 120)), max(1, min(1000, 30 * npos // 120))
    return load("default").change(
        {"community.npos": npos, "community.schools": schools, "community.funders": funders, "money.annual_budget": 200.0 * npos}
    )


def compiled_ns(world: World, quarters: int) -> float:
    """ns for each NPO and quarter of `quarters` quarters after the first year."""
    state = CompiledRun(world).advance_to(4)
    begun = time.thread_time()
    state.advance_to(4 + quarters)
    return (time.thread_time() - begun) / (quarters * len(world.npos)) * 1e9


def agents_ns(npos: int, quarters: int) -> float:
    """The same for the Mesa engine."""
    with CommunityModel(scaled(npos), "collective_impact", 1) as model:
        for _ in range(4):
            model.step()
        begun = time.thread_time()
        for _ in range(quarters):
            model.step()
        return (time.thread_time() - begun) / (quarters * npos) * 1e9


def batched_ns(quarters: int) -> float:
    """The same for a run of the default community through `mesa.batch_run`."""
    settings = {"scenario": "default", "arm": "collective_impact", "run.warmup_years": 1, "run.years": quarters // 4 - 1}
    begun = time.thread_time()
    mesa.batch_run(CommunityModel, settings, iterations=1, number_processes=1, display_progress=False)
    return (time.thread_time() - begun) / (quarters * load("default").settings.community.npos) * 1e9


@kernel()
def many_draws(n: int) -> float:
    total = 0.0
    for i in range(n):
        total += draw(1, 2, 3, i, 4)
    return total


def draw_ns() -> float:
    """ns of one draw within compiled code."""
    many_draws(1)
    begun = time.thread_time()
    many_draws(2_000_000)
    return (time.thread_time() - begun) / 2_000_000 * 1e9


def main(quick: bool) -> None:
    warm_up()
    sizes = [100, 300, 1_000] if quick else [100, 300, 1_000, 10_000, 100_000]
    rounds = 3 if quick else 9
    worlds = {npos: World.of(scaled(npos), "collective_impact", 1, 10) for npos in sizes}
    times: dict[Any, list[float]] = {key: [] for key in (*sizes, "agents", "ratio", "batch_run", "draw")}
    for _ in range(rounds):
        for npos in sizes:
            # after the warm-up, so that the initiative is at work; at least 30 000 NPO-quarters a measurement
            times[npos].append(compiled_ns(worlds[npos], 56 if npos <= 1_000 else 24))
        times["agents"].append(agents_ns(300, 8))
        times["ratio"].append(times["agents"][-1] / times[300][-1])
        times["batch_run"].append(batched_ns(16) / times[100][-1])
        times["draw"].append(draw_ns())
    print(f"medians of {rounds} rounds (lowest in brackets)")
    for key in (*sizes, "agents"):
        name = "agents, 300 NPOs" if key == "agents" else f"compiled, {key:,} NPOs"
        print(f"{name:>24}: {statistics.median(times[key]):8.0f} ns for each NPO and quarter ({min(times[key]):.0f})")
    print(f"agents / compiled at 300 NPOs: {statistics.median(times['ratio']):.0f}x")
    print(f"mesa.batch_run, 120 NPOs / compiled, 100 NPOs: {statistics.median(times['batch_run']):.0f}x")
    print(f"a draw: {statistics.median(times['draw']):.1f} ns ({min(times['draw']):.1f})")


if __name__ == "__main__":
    main("--quick" in sys.argv[1:])
