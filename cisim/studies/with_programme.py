"""A scenario with one programme added, and the measures of its effect, from its own need to the end of the pipeline."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from cisim.errors import InputError
from cisim.scenario import SHARED_BY_ALL_ARMS, Scenario
from cisim.scenario.settings import Intervention
from cisim.statistics import Floats

MEASURES = {
    "need": "its own need",
    "stage": "pupils on track at its stage",
    "end": "pupils on track at the end of the pipeline",
    "everybody": "pupils on track at all stages",
}
"""The measures, from near to far; all are shares of pupils, over all districts."""


def read(history: npt.NDArray[np.void], measure: str, scenario: Scenario, one: Intervention, quarter: int | list[int]) -> Floats:
    """A measure at the end of one quarter, shape of the history without its last axis, or of several, along that axis."""
    community = scenario.settings.community
    stage = community.stages.index(one.stage)
    values: Floats = {
        "need": history["needs_met_by"][..., stage, community.needs.index(one.need)],
        "stage": history["on_track_by_stage"][..., stage],
        "end": history["on_track_end"],
        "everybody": history["on_track"],
    }[measure]
    return values[..., quarter]


def with_one(scenario: Scenario, intervention: Intervention | None, settings: Mapping[str, Any] | None = None) -> Scenario:
    """The scenario with one intervention more, and with settings, by path, changed for its isolated arm."""
    changes: dict[str, Any] = {}
    for path, value in (settings or {}).items():
        shared = path.split(".")[0] in SHARED_BY_ALL_ARMS
        changes[path if shared else f"arms.isolated_impact.{path}"] = value
    if intervention:
        changes["interventions"] = [*(one.model_dump() for one in scenario.interventions), intervention.model_dump()]
    return scenario.change(changes)


def check(scenario: Scenario, intervention: Mapping[str, Any], after: int = 2) -> Intervention:
    """The intervention as the scenario reads it. Raises InputError if it cannot be used, or judged `after` years later."""
    raw = [one.model_dump() for one in scenario.interventions]
    one = scenario.change({"interventions": [*raw, {**intervention, "through_initiative": False}]}).interventions[-1]
    if after < 0 or one.to_year + after > 60:
        sentence = f"{after} years after year {one.to_year} cannot be looked at: the model runs from year 1 to 60."
        raise InputError(scenario.where, sentence)
    return one
