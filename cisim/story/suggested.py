"""Three lives of a run that are worth following: an organisation that grew, one that closed, and a school that changed most."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cisim.engines.compiled import CompiledRun
from cisim.engines.world import World
from cisim.scenario import Scenario
from cisim.story.wording import dollars


def suggested(scenario: Scenario, arm: str, seed: int) -> list[tuple[str, str]]:
    """The organisations, as `cisim story` names them ("NPO:17"), each with a sentence about what happens to it. Fewer than three
    where nobody of a kind has such a life. Raises InputError."""
    world = World.of(scenario, arm, seed)
    run, years = CompiledRun(world), range((world.quarters - world.warmup) // 4 + 1)
    npos, met = [], []
    for year in years:
        run.advance_to(world.warmup + 4 * year)
        npos.append({name: run.npos[name].copy() for name in ("alive", "member", "generation", "usual_income", "size")})
        met.append(run.schools["condition"][:, : len(scenario.settings.community.needs)].mean(axis=1))
    first, last = npos[0], npos[-1]
    there = first["alive"] & (last["generation"] == first["generation"]) & last["alive"]
    found = []
    if there.any():
        grown = np.where(there, last["usual_income"] / np.maximum(first["usual_income"], 5.0), -1.0)
        joined = there & (last["member"] > 0)
        slot = int(np.argmax(np.where(joined, grown, -1.0) if joined.any() else grown))
        part = "Of the members, its income grows most" if joined[slot] else "Its income grows most"
        found.append((f"NPO:{slot}", f"{part}: from {_yearly(first, slot)} to {_yearly(last, slot)} a year."))
    gone = np.array([(one["generation"] != first["generation"]) | (one["alive"] == 0) for one in npos])
    closed = np.flatnonzero(gone[-1] & (first["alive"] > 0))
    if closed.size:
        slot = int(closed[np.argmax(first["size"][closed])])
        found.append((f"NPO:{slot}", f"It closes in year {int(np.argmax(gone[:, slot]))}, the largest of those that close."))
    change = met[-1] - met[0]
    slot = int(np.argmax(np.abs(change)))
    way = "rise" if change[slot] > 0 else "fall"
    found.append((f"SCHOOL:{slot}", f"Its pupils' needs met {way} most: by {100 * abs(change[slot]):.0f} points."))
    return found


def _yearly(npos: Mapping[str, Any], slot: int) -> str:
    return dollars(4.0 * float(npos["usual_income"][slot]))
