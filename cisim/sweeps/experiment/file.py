"""The contents of an experiment file: every key with its range and meaning, and a file to fill in, which runs unchanged."""

from collections import Counter
from collections.abc import Sequence
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from cisim.scenario.settings import SECTIONS, Section, setting

MOST_POINTS = 10_000_000
MOST_FACTORS = 500
_bounds: Any = SECTIONS["run"].model_fields["years"].json_schema_extra
LEAST_YEARS, MOST_YEARS = _bounds["low"], _bounds["high"]


def _key(default: Any, unit: str, meaning: str, low: float | None = None, high: float | None = None) -> Any:
    """A key of the file; with the default `...` it is required."""
    return setting(default, low, high, unit, meaning, "the experiment's own")


def repeated(values: Sequence[Any]) -> list[Any]:
    """The values that occur more than once."""
    return [value for value, times in Counter(values).items() if times > 1]


class FactorTable(Section):
    """One setting that varies from point to point: a range (low, high), or the values it takes."""

    path: str = _key(..., 'a path such as "initiative.voice"', "the setting it varies")
    low: float | None = _key(None, "number", "the lowest value")
    high: float | None = _key(None, "number", "the highest value")
    scale: Literal["linear", "log", "integer"] | None = _key(None, "scale", "how values are spread between low and high")
    steps: int | None = _key(None, "values", "how many values a grid takes from low to high, both included", 2, 10_000)
    values: list[Any] = _key([], "a list of values", "the values it takes, instead of low and high")


Kind = Literal["grid", "lhs", "sobol_sequence", "saltelli", "morris", "random", "list"]


class DesignTable(Section):
    """How the points are spread over the factors."""

    kind: Kind = _key(..., "kind", "how points are spread over the factors")
    points: int | None = _key(
        None, "points", "how many points; for saltelli the base sample, run factors + 2 times", 1, MOST_POINTS
    )
    seed: int = _key(0, "seed", "the seed of the sample of points (not of the runs)", 0, 2**63 - 1)
    trajectories: int | None = _key(None, "paths", "of the Morris method, factors + 1 points each", 2, 100_000)
    levels: int = _key(4, "levels", "of a factor in the Morris method, an even number", 2, 100)
    file: str = _key("", "a path", "a CSV file with one point in each row and setting paths as column names")


class ReplicatesTable(Section):
    """On how many seeds each point runs: a fixed number, or until a difference is known well enough."""

    seeds: int = _key(16, "seeds", "on which all arms of a point run; if adaptive, at first", 1, 1_000_000)
    first: int = _key(0, "seed", "the first seed", 0, 2**62)
    metric: str = _key("", "a metric's name", "the metric whose paired difference decides whether more seeds are run")
    arm: str = _key("", "an arm's name", "the arm whose difference is considered")
    against: str = _key("", "an arm's name", "the arm it is compared with")
    year: int | None = _key(None, "years", "when it is considered; the horizon if not given", 0, MOST_YEARS)
    width: float | None = _key(None, "metric's unit", "the widest 95 % interval of the difference allowed", 1e-9, 1e9)
    cap: int = _key(256, "seeds", "at most, even if the interval is still wider", 2, 1_000_000)


class KeepTable(Section):
    """What is kept of each run."""

    metrics: list[str] = _key([], "names of metrics", "the metrics that are kept")
    years: list[int] = _key([], "whole years", "years after the common start at whose end they are kept")
    trajectories: bool = _key(False, "on/off", "also keep every quarter of the kept metrics")


class ExperimentFile(Section):
    """All tables of an experiment file."""

    title: str = _key("", "text", "what the experiment is called")
    question: str = _key("", "text", "the question it answers")
    scenario: str = _key("default", "a shipped name, or the path of a TOML file", "the scenario that is varied")
    arms: list[str] = _key(
        [], "names of arms, or a table [arms.NAME] for each", "the arms that run side by side on the same seeds; all if not given"
    )
    years: int | None = _key(None, "years", "the horizon; the scenario's if not given", LEAST_YEARS, MOST_YEARS)
    margin: float | None = _key(
        None,
        "points",
        "the smallest worthwhile difference in pupils on track, in percentage points; 0.25 if not given",
        0.0,
        100.0,
    )
    from_first_day: bool = _key(
        False, "on/off", "whether choices differ from the first day, as what is not known of the place does, and not from now on"
    )
    settings: dict[str, Any] = _key({}, "settings by path", "fixed changes to the scenario")
    own_arms: dict[str, dict[str, Any]] = _key({}, "tables by arm", "arms to change or add, as in a scenario")
    metrics: dict[str, str] = _key({}, "expressions by name", "own metrics, made of recorded ones, to be kept")
    factors: list[FactorTable] = Field(default_factory=list, description="the settings that vary")
    design: DesignTable = Field(description="how points are spread over the factors")
    replicates: ReplicatesTable = Field(default_factory=ReplicatesTable, description="how many seeds")
    keep: KeepTable = Field(default_factory=KeepTable, description="what is kept of each run")


TABLES: dict[str, type[BaseModel]] = {
    "": ExperimentFile,
    "[[factors]]": FactorTable,
    "[design]": DesignTable,
    "[replicates]": ReplicatesTable,
    "[keep]": KeepTable,
}
"""The tables of an experiment file by their headings, the keys before any table first."""

TYPES = {bool: "true or false", int: "whole number", float: "number", str: "text"}

EXAMPLE: dict[str, dict[str, Any]] = {
    "": {
        "title": "My experiment",
        "question": "Is collective impact still worth it where members have little say?",
        "scenario": "default",
        "arms": ["isolated_impact", "open_data", "collective_impact"],
        "years": 10,
        "settings": {"community.attention": 5.0},
    },
    "[[factors]]": {"path": "initiative.voice", "low": 0.0, "high": 1.0, "steps": 3},
    "[design]": {"kind": "grid"},
    "[replicates]": {"seeds": 4},
    "[keep]": {"metrics": ["on_track", "equity_gap", "members"], "years": [5, 10]},
}
"""The keys that the template sets; all others are comments."""


def keys(heading: str) -> list[tuple[str, str, str, str]]:
    """Each key of a table: name, type with range, default, meaning."""
    tables = [name.strip("[]") for name in TABLES]
    fields = {key: info for key, info in TABLES[heading].model_fields.items() if heading or key not in tables}
    return [(key, _type(info), _default(info), str(info.description)) for key, info in fields.items()]


def _type(info: FieldInfo) -> str:
    extra: Any = info.json_schema_extra or {}
    kind = info.annotation
    if get_origin(kind) in (Union, UnionType):
        (kind,) = [one for one in get_args(kind) if one is not NoneType]
    if get_origin(kind) is Literal:
        return " or ".join(f'"{one}"' for one in get_args(kind))
    unit, low, high = extra.get("unit", ""), extra.get("low"), extra.get("high")
    if get_origin(kind) is list:
        return f"list: {unit.removeprefix('a list of ')}"
    if get_origin(kind) is dict:
        return f"table: {unit}"
    plain = TYPES[kind]  # type: ignore[index]
    if low is not None:
        return f"{plain}, {low:,} to {high:,}"
    return plain if unit in ("text", "number", "on/off") else f"{plain}: {unit}"


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    from cisim.scenario.as_toml import in_toml  # loaded late, as most commands write no TOML

    value = info.get_default(call_default_factory=True)
    return "none" if value in (None, "", [], {}) or value is PydanticUndefined else in_toml(value)


def template() -> str:
    from cisim.scenario.as_toml import in_toml

    lines = ["# An experiment: which runs answer a question. `cisim sweep FILE -o results/mine` runs it."]
    lines += ["# Keys in comments are not set; to set one, remove its #."]
    for heading in TABLES:
        example = EXAMPLE[heading]
        lines += ["", *([heading] if heading else [])]
        inner: list[str] = []
        for key, kind, default, meaning in keys(heading):
            about = f"# {meaning} ({kind}; {'required' if default == 'required' else f'default: {default}'})"
            value = example.get(key)
            if isinstance(value, dict):
                inner += ["", about, f"[{key}]", *(f"{in_toml(path)} = {in_toml(one)}" for path, one in value.items())]
            elif key == "own_arms":
                inner += ["", about, "# [own_arms.longer_grants]", '# like = "isolated_impact"', "# grants.grant_years = 3"]
            elif key == "metrics":
                inner += ["", about, "# [metrics]", '# members_share = "at_end(members) / at_start(npos)"']
            else:
                lines += [about, f"{key} = {in_toml(value)}" if key in example else f"# {key} ="]
        lines += inner
    return "\n".join(lines) + "\n"
