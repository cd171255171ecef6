"""Runs settings that are extreme but valid through both engines, with every index checked.

    python benchmarks/campaigns/extremes.py                # the large run: 20,000 runs, each 20th in both engines
    python benchmarks/campaigns/extremes.py --count 500 --both 1.0
    python benchmarks/campaigns/extremes.py --first 1234 --count 1 --both 1.0   # one of them again

The compiled engine is compiled with numba's check of bounds, into a cache of its own (some minutes, once). Run number i of a seed
is always the same. Each must end without an exception; no number may be infinite or nan, no money be made or lost (to the cent,
or to the last digits that sums of that size have), and every metric must lie in its range. Prints one line, and what was wrong.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any, get_args, get_origin

if __name__ == "__main__":  # before numba is imported
    os.environ["NUMBA_BOUNDSCHECK"] = "1"
    os.environ.setdefault("CISIM_CACHE_DIR", str(Path(tempfile.gettempdir()) / "cisim-cache-bounds-checked"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from cisim.engines.compiled import STATE, CompiledRun, warm_up
from cisim.engines.verify import first_difference
from cisim.engines.world import World
from cisim.model.metrics import METRICS
from cisim.scenario import InputError, Scenario, Settings, read

SEED = 12
CENT = 5e-6
"""Half a cent, in $k."""

DIGITS = 1e-14
"""What sums of doubles may be off, as a part of the money that came in."""

SIGNED = {"measured_minus_true", "systems_change", "net_grant"}
"""Shares that may be below 0."""

FREE = {"indicator", "skill", "skill_by_stage", "equity_gap", "equity_gap_by_stage"}
"""Skill in sd may be any number, and a gap is a slope times a distance. Indicators are measured with noise, so that the model's
own value, which is checked here, may leave 0 to 1. Tables show it kept within."""

NEAR = 1e-9
LIST_LENGTHS = {"stage_years": "stages", "skill_substitution": "stages", "investment_share": "stages", "quick": "needs"}
SUMS = {"stage_schools": "stages", "staff_split": 6}
SMALL = {
    "community.schools": 6,
    "community.npos": 8,
    "community.funders": 4,
    "run.years": 2,
    "run.warmup_years": 2,
    "ending.least_members": 3,
}
"""Settings whose upper bounds would only take time, and the most they are drawn here."""


def number(rng: random.Random, low: float, high: float, whole: bool) -> float:
    """A number at the ends of a range, near them, or anywhere between."""
    what = rng.random()
    if what < 0.6:
        found = rng.choice([low, high])
    elif what < 0.8:
        found = rng.choice([low + (high - low) * 1e-6, high - (high - low) * 1e-6])
    else:
        found = rng.uniform(low, high)
    return round(found) if whole else float(min(max(found, low), high))


def shares(rng: random.Random, count: int) -> list[float]:
    """Shares that sum to 1: all in one place, even, or anyhow."""
    weights = rng.choice([[1.0] * count, [rng.random() ** 4 + 1e-12 for _ in range(count)], [0.0] * count])
    if not any(weights):
        weights[rng.randrange(count)] = 1.0
    return [weight / sum(weights) for weight in weights]


def drawn(rng: random.Random) -> dict[str, Any]:
    """The tables of a tiny community, a part of its settings extreme."""
    part = rng.choice([0.02, 0.1, 0.3, 0.7, 1.0])
    needs = [f"n{k}" for k in range(rng.choice([1, 2, 5, 8]))]
    stages = [f"s{k}" for k in range(rng.choice([1, 2, 5, 8]))]
    lengths = {"needs": len(needs), "stages": len(stages)}
    tables: dict[str, Any] = {}
    for section, info in Settings.model_fields.items():
        if section == "switches":
            continue
        table: dict[str, Any] = {}
        for key, field in info.annotation.model_fields.items():  # type: ignore[union-attr]
            extra: dict[str, Any] = field.json_schema_extra
            low, high = extra["low"], extra["high"]
            if key in LIST_LENGTHS:
                table[key] = [number(rng, low, high, False) for _ in range(lengths[LIST_LENGTHS[key]])]
            elif key in SUMS:
                table[key] = shares(rng, lengths.get(SUMS[key], 6))  # type: ignore[call-overload]
            elif key == "importance":
                table[key] = [shares(rng, len(needs)) for _ in stages]
            elif (path := f"{section}.{key}") in SMALL:
                table[key] = rng.randint(low, SMALL[path])
            elif rng.random() < part and key not in lengths:
                if get_origin(field.annotation) is not None:
                    table[key] = rng.choice(get_args(field.annotation))
                elif field.annotation is bool:
                    table[key] = rng.random() < 0.5
                else:
                    table[key] = number(rng, low, high, field.annotation is int)
        tables[section] = table
    tables["community"] |= {"needs": needs, "stages": stages}
    arm = {"like": "isolated_impact", "switches": {key: rng.random() < 0.5 for key in Settings().switches.model_dump()}}
    tables["arms"] = {"mine": arm}
    districts = tables["community"].get("districts", 1)
    one = {"stage": rng.choice(stages), "district": rng.randint(0, districts)}
    many = range(rng.choice([0, 1, 3]))
    tables["indicators"] = [{"measure": f"m{k}", "need": rng.choice([*needs, "on_track"]), **one} for k in many]
    tables["interventions"] = [extra_money(rng, needs, stages, districts) for _ in range(rng.choice([0, 0, 1, 4]))]
    return tables


def extra_money(rng: random.Random, needs: list[str], stages: list[str], districts: int) -> dict[str, Any]:
    """An intervention at the ends of its ranges."""
    first = rng.randint(1, 3)
    one = {"need": rng.choice(needs), "stage": rng.choice(stages), "district": rng.randint(0, districts)}
    flags = {key: rng.random() < 0.5 for key in ("restricted", "through_initiative")}
    return {**one, **flags, "amount": rng.choice([0.0, 1e-9, 500.0, 1e6]), "from_year": first, "to_year": rng.randint(first, 60)}


def extreme(rng: random.Random, tally: Counter[str]) -> Scenario:
    """A valid scenario: drawn again where settings do not go together."""
    while True:
        try:
            return read(drawn(rng), name="extreme", where="extreme")
        except InputError as error:
            tally["drawn again"] += 1
            if tally["drawn again"] > 100 + 20 * tally["runs"]:
                raise AssertionError(f"hardly any draw is valid: {error}") from error


def wrong_with(run: CompiledRun) -> str:
    """What a run shows that it must not; "" for nothing."""
    history = run.history
    for name in (*STATE, "history"):
        records = getattr(run, name)
        for field in records.dtype.names:
            values = records[field]
            if values.dtype.kind == "f" and not np.isfinite(values).all():
                return f"{name}.{field} is not finite"
    lost = np.abs(history["money_error"]) - CENT - DIGITS * history["money_in"]
    if lost.max() > 0:
        return f"money_error is {np.abs(history['money_error']).max():g} of {history['money_in'].max():g}"
    for name, (_, unit, _) in METRICS.items():
        if name in FREE or name == "money_error":
            continue
        least = 0.0 if name == "members_trust" else 1.0  # 0 without members who know each other
        low, high = (0.0, 1.0) if unit in ("share", "0-1") else (least, 4.0) if unit == "1-4" else (0.0, float("inf"))
        low = -1.0 if name in SIGNED else low
        off = NEAR + (CENT + DIGITS * history["money_in"].max() if unit.startswith("$k") else 0.0)
        values = history[name]
        if name != "net_grant" and values.min() < low - off:
            return f"{name} is {values.min()!r}"
        if values.max() > high + off:
            return f"{name} is {values.max()!r}"
    return ""


def campaign(first: int, count: int, seed: int = SEED, both: float = 0.05) -> tuple[Counter[str], list[str]]:
    """Makes `count` runs from number `first` on, a share of them, `both`, in both engines. Counts, and what was wrong."""
    tally: Counter[str] = Counter()
    wrong: list[str] = []
    warm_up()
    for number_ in range(first, first + count):
        rng = random.Random(f"{seed} {number_}")
        scenario = extreme(rng, tally)
        arm, luck = rng.choice(scenario.arms), rng.randrange(2**31)
        tally["runs"] += 1
        found = ""
        try:
            world = World.of(scenario, arm, luck)
            run = CompiledRun(world).advance_to(world.quarters)
            found = wrong_with(run)
            tally["quarters"] += world.quarters
            if not found and rng.random() < both:
                tally["both"] += 1
                if difference := first_difference(scenario, arm, luck):
                    found = f"the engines differ: {difference}"
        except Exception:
            found = traceback.format_exc()
        if found:
            wrong.append(f"run {number_} ({arm}): {found}")
    return tally, wrong


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--first", type=int, default=0, help="number of the first run")
    asked.add_argument("--count", type=int, default=20_000, help="how many")
    asked.add_argument("--seed", type=int, default=SEED, help="which runs")
    asked.add_argument("--both", type=float, default=0.05, help="share that both engines run")
    given = asked.parse_args()
    begun = time.process_time()
    tally, wrong = campaign(given.first, given.count, given.seed, given.both)
    for one in wrong[:50]:
        print(one, file=sys.stderr)
    print(
        f"{tally['runs']:,} extreme runs (seed {given.seed}), {tally['quarters']:,} quarters, bounds checked: "
        f"{len(wrong)} wrong; {tally['both']:,} also in the other engine, bit for bit; {time.process_time() - begun:.0f} CPU s"
    )
    sys.exit(1 if wrong else 0)
