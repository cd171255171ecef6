"""What an experiment file may hold: every key with its range and meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeVar

from pydantic import Field

from cisim.scenario.fields import Section, setting
from cisim.scenario.settings import SECTIONS

Value = TypeVar("Value")

OWN = "the experiment's own"
MOST_POINTS = 10_000_000
MOST_FACTORS = 500
_bounds: Any = SECTIONS["run"].model_fields["years"].json_schema_extra
LEAST_YEARS, MOST_YEARS = _bounds["low"], _bounds["high"]


def _text(meaning: str, unit: str = "text") -> Any:
    return Field(default="", description=meaning, json_schema_extra={"unit": unit})


def _list(meaning: str, unit: str) -> Any:
    return Field(default_factory=list, description=meaning, json_schema_extra={"unit": unit})


def repeated(values: Sequence[Value]) -> list[Value]:
    """The values that were there before, in a list of any length."""
    seen: set[Value] = set()
    return [value for value in values if value in seen or seen.add(value)]  # type: ignore[func-returns-value]


class FactorTable(Section):
    """One setting that varies from point to point: a range (low, high), or the values it takes."""

    path: str = Field(description="the setting it varies", json_schema_extra={"unit": 'a path such as "initiative.voice"'})
    low: float | None = setting(None, None, None, "number", "the lowest value", OWN)
    high: float | None = setting(None, None, None, "number", "the highest value", OWN)
    scale: Literal["linear", "log", "integer"] | None = setting(
        None, None, None, "scale", "how values are spread between low and high", OWN
    )
    steps: int | None = setting(None, 2, 10_000, "values", "how many values a grid takes from low to high, both included", OWN)
    values: list[Any] = _list("the values it takes, instead of low and high", "a list of values")


class DesignTable(Section):
    """How the points are spread over the factors."""

    kind: Literal["grid", "lhs", "sobol_sequence", "saltelli", "morris", "random", "list"] = Field(
        description="how points are spread over the factors", json_schema_extra={"unit": "kind"}
    )
    points: int | None = setting(
        None, 1, MOST_POINTS, "points", "how many points; for saltelli the base sample, run factors + 2 times", OWN
    )
    seed: int = setting(0, 0, 2**63 - 1, "seed", "the seed of the sample of points (not of the runs)", OWN)
    trajectories: int | None = setting(None, 2, 100_000, "paths", "of the Morris method, factors + 1 points each", OWN)
    levels: int = setting(4, 2, 100, "levels", "of a factor in the Morris method, an even number", OWN)
    file: str = _text("a CSV file with one point in each row and setting paths as column names", "a path")


class ReplicatesTable(Section):
    """On how many seeds each point runs: a fixed number, or until a difference is known well enough."""

    seeds: int = setting(16, 1, 1_000_000, "seeds", "on which all arms of a point run; if adaptive, at first", OWN)
    first: int = setting(0, 0, 2**62, "seed", "the first seed", OWN)
    metric: str = _text("the metric whose paired difference decides whether more seeds are run", "a metric's name")
    arm: str = _text("the arm whose difference is considered", "an arm's name")
    against: str = _text("the arm it is compared with", "an arm's name")
    year: int | None = setting(None, 0, MOST_YEARS, "years", "when it is considered; the horizon if not given", OWN)
    width: float | None = setting(None, 1e-9, 1e9, "metric's unit", "the widest 95 % interval of the difference allowed", OWN)
    cap: int = setting(256, 2, 1_000_000, "seeds", "at most, even if the interval is still wider", OWN)


class KeepTable(Section):
    """What is kept of each run."""

    metrics: list[str] = _list("the metrics that are kept", "names of metrics")
    years: list[int] = _list("years after the common start at whose end they are kept", "whole years")
    trajectories: bool = setting(False, None, None, "on/off", "also keep every quarter of the kept metrics", OWN)


class ExperimentFile(Section):
    """All tables of an experiment file."""

    title: str = _text("what the experiment is called")
    question: str = _text("the question it answers")
    scenario: str = Field(
        default="default",
        description="the scenario that is varied",
        json_schema_extra={"unit": "a shipped name, or the path of a TOML file"},
    )
    arms: list[str] = _list(
        "the arms that run side by side on the same seeds; all if not given", "names of arms, or a table [arms.NAME] for each"
    )
    years: int | None = setting(None, LEAST_YEARS, MOST_YEARS, "years", "the horizon; the scenario's if not given", OWN)
    settings: dict[str, Any] = Field(
        default_factory=dict, description="fixed changes to the scenario", json_schema_extra={"unit": "settings by path"}
    )
    own_arms: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="arms to change or add, as in a scenario", json_schema_extra={"unit": "tables by arm"}
    )
    factors: list[FactorTable] = Field(default_factory=list, description="the settings that vary")
    design: DesignTable = Field(description="how points are spread over the factors")
    replicates: ReplicatesTable = Field(default_factory=ReplicatesTable, description="how many seeds")
    keep: KeepTable = Field(default_factory=KeepTable, description="what is kept of each run")
