"""An experiment file to fill in: every table and key with its type, default and meaning, which runs unchanged."""

from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from cisim.scenario.as_toml import in_toml
from cisim.sweeps.experiment.file import DesignTable, ExperimentFile, FactorTable, KeepTable, ReplicatesTable

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
        "settings": {"money.annual_budget": 24000.0},
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
    value = info.get_default(call_default_factory=True)
    return "none" if value in (None, "", [], {}) or value is PydanticUndefined else in_toml(value)


def template() -> str:
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
            else:
                lines += [about, f"{key} = {in_toml(value)}" if key in example else f"# {key} ="]
        lines += inner
    return "\n".join(lines) + "\n"
