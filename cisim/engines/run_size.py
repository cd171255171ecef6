"""What one run takes, memory and time, and how much memory this process may still take."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from cisim.engines.compiled import CompiledRun
from cisim.engines.world import METRIC, World
from cisim.errors import InputError
from cisim.scenario import Scenario

KINDS = ("npos", "schools", "funders")
FEW = 1_000  # of so many agents of a kind, records are made to see how large they are
MANY = 20_000  # organisations: a run of so many takes long enough to say beforehand how long
GROUPS = Path("/sys/fs/cgroup")  # where Linux shows the limit of a container, if there is one


def memory_needed(scenario: Scenario, years: int | None = None) -> int:
    """Bytes that the records and metrics of one run take: each organisation, school and funder takes as much as any other."""
    community = scenario.settings.community
    counts = {name: getattr(community, name) for name in KINDS}
    files = any(getattr(scenario.community, name) for name in KINDS)  # which list their agents one by one
    few = counts if files else {name: min(count, FEW) for name, count in counts.items()}
    changes = {f"community.{name}": few[name] for name in KINDS if few[name] < counts[name]}
    world = World.of(scenario.change(changes) if changes else scenario, scenario.arms[0], 0, years)
    agents = sum(getattr(world, name).nbytes * counts[name] // few[name] for name in KINDS)
    rest = sum(getattr(world, name).nbytes for name in ("backbone", "town", "base", "arm"))
    return int(agents + rest + world.quarters * METRIC.itemsize)


def seconds_needed(scenario: Scenario, arm: str, quarters: int) -> float | None:
    """About how long a run of so many quarters takes, from a year of a smaller community on this machine; None for a community
    that cannot be made smaller."""
    settings = scenario.settings
    share: float = min(1.0, MANY / settings.community.npos)
    changes: dict[str, Any] = {f"community.{name}": max(1, round(share * getattr(settings.community, name))) for name in KINDS}
    changes["money.annual_budget"] = share * settings.money.annual_budget
    try:
        world = World.of(scenario.change(changes), arm, 0)
    except InputError:
        return None
    trial = CompiledRun(world, copy=False).advance_to(2)
    begun = time.perf_counter()
    trial.advance_to(6)
    return float((time.perf_counter() - begun) / 4 * quarters / share)


def memory_available() -> int | None:
    """Bytes that this process may still take: what the machine has, within the limits of a container and of `ulimit -v`. None
    where the system does not say."""
    return min(_limits(), default=None)


def _limits() -> Iterator[int]:
    with suppress(OSError, ValueError, StopIteration):  # Linux counts what can be freed as available
        lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
        line = next(line for line in lines if line.startswith("MemAvailable:"))
        yield 1024 * int(line.split()[1])
        yield from _of_groups()
    with suppress(AttributeError, OSError, ValueError):  # elsewhere: all of the machine's memory
        yield os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(ImportError, OSError, ValueError):
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY:
            pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0])
            yield max(0, limit - pages * os.sysconf("SC_PAGE_SIZE"))


def _of_groups() -> Iterator[int]:
    """What is left of the limits of this process's control group and of those around it, in either version of Linux's."""
    for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
        _, kinds, path = line.split(":", 2)
        if kinds not in ("", "memory"):
            continue
        root, limit, used = (GROUPS, "memory.max", "memory.current")
        if kinds:
            root, limit, used = (GROUPS / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes")
        inside = root / path.lstrip("/")
        for folder in (inside, *inside.parents):
            with suppress(OSError, ValueError, StopIteration):  # "max": no limit
                most, now = (int((folder / name).read_text()) for name in (limit, used))
                stat = (folder / "memory.stat").read_text(encoding="utf-8").splitlines()
                files = next(int(line.split()[1]) for line in stat if line.startswith(("inactive_file", "total_inactive_file")))
                yield max(0, most - now + files)
            if folder == root:
                break
