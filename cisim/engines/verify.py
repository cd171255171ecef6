"""Compares the two engines: every field of every agent and every metric, every quarter, to the last bit and type."""

import marshal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cisim.engines.compiled import CompiledRun
from cisim.engines.mesa import CommunityModel
from cisim.scenario import Scenario


@dataclass(frozen=True)
class Difference:
    """The first place where the engines differ."""

    arm: str
    seed: int
    quarter: int
    agent: str
    field: str
    agents: Any
    compiled: Any

    def __str__(self) -> str:
        where = f"{self.arm}, seed {self.seed}, quarter {self.quarter}"
        return f"{where}: {self.agent}.{self.field} is {self.agents!r} in agents and {self.compiled!r} compiled"


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal in value, bits and type (1 differs from 1.0, and 0.0 from -0.0)."""
    try:
        return marshal.dumps(a, 2) == marshal.dumps(b, 2)
    except ValueError:  # an agent holds a NumPy scalar by mistake
        return False


def first_difference(
    scenario: Scenario,
    arm: str,
    seed: int,
    years: int | None = None,
    tell: Callable[[int], Any] = lambda quarter: None,
    **classes: type,
) -> Difference | None:
    """Runs both engines side by side and returns the first difference, or None. `classes` replace those of agents, as in
    CommunityModel."""
    with CommunityModel(scenario, arm, seed, years, **classes) as model:  # type: ignore[arg-type]
        compiled = CompiledRun(model.world)
        for quarter in range(model.world.quarters):
            model.step()
            compiled.advance_to(quarter + 1)
            if found := _compare(model, compiled, quarter):
                return Difference(arm, seed, quarter, *found)
            tell(quarter + 1)
    return None


def _compare(model: CommunityModel, compiled: CompiledRun, quarter: int) -> tuple[str, str, Any, Any] | None:
    c = model.community
    kinds: dict[str, tuple[list[Any], Any]] = {
        "School": (c.schools, compiled.schools),
        "NPO": (c.npos, compiled.npos),
        "Funder": (c.funders, compiled.funders),
        "Backbone": ([c.backbone], compiled.backbone),
        "Town": ([c.town], compiled.town),
        "Metrics": ([model.measured], compiled.history[quarter : quarter + 1]),
    }
    for kind, (agents, records) in kinds.items():
        for field in records.dtype.names or ():
            values, others = [getattr(agent, field) for agent in agents], records[field].tolist()
            if not same(values, others):
                slot = next(k for k, (a, b) in enumerate(zip(values, others, strict=True)) if not same(a, b))
                name = kind if kind in ("Backbone", "Town", "Metrics") else f"{kind} {slot}"
                return name, field, values[slot], others[slot]
    return None
