"""No setting is dead: each, changed by itself, changes something that is measured, in some arm of some community."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

import numpy as np
import pytest

from cisim.engines.compiled import run
from cisim.metrics import METRICS
from cisim.scenario import REGIMES, SHARED_BY_ALL_ARMS, Scenario, ScenarioError, Settings
from tests.conftest import tiny
from tests.naive import busy

PATHS = [
    f"{section}.{name}"
    for section, info in Settings.model_fields.items()
    for name in info.annotation.model_fields  # type: ignore[union-attr]
]

# What a setting needs to act at all: changes to the busy community, by path (a section's name alone holds for all of it).
# The default needs none.
CONTEXT: dict[str, dict[str, Any]] = {}
NAMES_ONLY = {"community.needs", "community.stages"}
"""Settings without a number: that they are used is tested with scenarios."""


def changed(scenario: Scenario, path: str) -> Iterator[Scenario]:
    """The scenario with one setting changed within its bounds, in several ways; invalid ones (a sum not 1) are left out."""
    section, name = path.split(".")
    field = Settings.model_fields[section].annotation.model_fields[name]  # type: ignore[union-attr]
    extra = field.json_schema_extra
    value = getattr(getattr(scenario.settings, section), name)
    low, high = extra["low"], extra["high"]
    if section == "switches":
        for regime in REGIMES:
            on = getattr(scenario.arm(regime).settings.switches, name)
            yield scenario.change({f"regimes.{regime}.{path}": not on})
        return
    if isinstance(value, bool):
        tries: list[Any] = [not value]
    elif isinstance(value, str):
        tries = [other for other in get_args(field.annotation) if other != value]
    elif isinstance(value, list):
        rotated = value[1:] + value[:1]
        tries = [rotated] if rotated != value else [[0.5 * (entry + high) for entry in value]]
    else:
        mean = 0.5 * (low + high)
        near = [0.5 * value + 0.5 * low, min(2 * value, high), low, high] if value != low else [min(low + 1, mean), high]
        tries = [type(value)(t) for t in near]
    for other in tries:
        if other != value:
            try:
                yield scenario.change({path: other})
            except ScenarioError:
                continue


def moves(base: np.ndarray, other: np.ndarray) -> bool:
    """Whether any metric differs in any quarter."""
    return base.shape != other.shape or any(not np.array_equal(base[name], other[name]) for name in METRICS)


def acts(path: str, context: Mapping[str, Any]) -> bool:
    """Whether the setting changes a metric in any arm, on one seed, in the busy community so changed."""
    base = busy().change(context)
    arms = base.arms
    histories = {regime: run(base, regime, 0) for regime in arms}
    return any(moves(histories[regime], run(other, regime, 0)) for other in changed(base, path) for regime in arms)
