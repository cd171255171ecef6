"""Messages about a scenario that cannot be used: one sentence with the remedy, the same everywhere."""

import difflib
from operator import index
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from cisim.errors import InputError
from cisim.text import english
from cisim.text.english import nearest
from cisim.text.numbers import plain

LISTS = ("indicators", "interventions", "factors")  # of which a scenario (or an experiment, the last) may hold several

REPLACED = {
    "initiative.backbone_budget": "give initiative.backbone_share, the share of the community's yearly money that the backbone "
    "costs: $400k of $24,000k is 0.0167.",
    "information.open_data_budget": "give information.open_data_share, the share of the community's yearly money that public "
    "data cost: $120k of $24,000k is 0.005.",
    "community.endowment": "give community.entry_skill, in standard deviations: 0 is the mean of all children of that age.",
    "community.endowment_slope": "give community.entry_slope, in standard deviations for each unit of deprivation.",
}
"""Settings of earlier versions, and what to give instead."""


def whole(value: Any, name: str, low: int = 0, high: int = 2**63 - 1) -> int:
    """The value as a whole number from low to high (a seed, or a count). Raises InputError for any other value."""
    try:
        number = None if isinstance(value, bool) else index(value)
    except TypeError:
        number = None
    if number is None or not low <= number <= high:
        shown = repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:56]} ..."
        wrong = "not a whole number" if number is None else "outside its range"
        raise InputError(name, f"{shown} is {wrong}: give a whole number from {low} to {high}.")
    return number


def whole_years(years: Any) -> int | None:
    """A horizon: 1 to 60 whole years, or None for the scenario's own. Raises InputError for any other value."""
    return None if years is None else whole(years, "years", 1, 60)


def told(value: Any) -> str:
    """A value in a message, as it is written in a file: "text", true, [1, 2]."""
    if isinstance(value, str):
        return f'"{english.shown(value)}"'
    return str(value).lower() if isinstance(value, bool) else english.shown(repr(value))


def describe(info: FieldInfo) -> str:
    """What to give for a setting: "range unit (meaning)"; for a section, a table."""
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    if not extra:
        return f"a table ({info.description})" if info.description else "a table of settings, as in [section]"
    low, high, unit = extra.get("low"), extra.get("high"), str(extra.get("unit", "")).replace("0-1", "")
    span = f"{plain(low, 6)} to {plain(high, 6)} {unit}" if low is not None else str(unit)
    return f"{span.strip()} ({info.description})"


def explain(error: ValidationError, model: type[BaseModel], where: str) -> InputError:
    """The first mistake, as a sentence about its setting."""
    first = error.errors(include_url=False)[0]
    path = [str(part) for part in first["loc"]]
    owner, info, keys = _find(model, path)
    key = ".".join(keys)
    if keys[0] in LISTS and len(path) > 1:
        key = ".".join([f"{keys[0]}[{int(path[1]) + 1}]", *keys[1:]])  # counted from 1
    if first["type"] == "extra_forbidden":
        if (now := REPLACED.get(".".join(path[-2:]))) is not None:
            return InputError(where, f"{key} is not a setting any more: {now}")
        fields = model.model_fields.items()
        elsewhere = [f"{name}.{keys[-1]}" for name, info in fields if keys[-1] in getattr(info.annotation, "model_fields", ())]
        if elsewhere and (close := difflib.get_close_matches(keys[-1], owner.model_fields, n=1, cutoff=0.8)):
            remedy = f"Did you mean {'.'.join([*key.split('.')[:-1], close[0]])}?"  # its own table first
        else:
            remedy = f"It belongs to {elsewhere[0]}." if elsewhere else nearest(keys[-1], owner.model_fields)
        return InputError(where, f"{key} is not a setting. {remedy}")
    shown = told(first["input"])
    if info is None:
        return InputError(where, f"{key} = {shown} cannot be used: {first['msg']}.")
    if first["type"] == "missing":
        return InputError(where, f"{key} is missing: give {describe(info)}.")
    if first["type"] == "literal_error":
        return InputError(where, f"{key} = {shown} is not one of {first['ctx']['expected']} ({info.description}).")
    at = "" if keys[0] in LISTS else "".join(f"[{part}]" for part in path[len(keys) :] if part.isdigit())
    if first["type"] in ("greater_than_equal", "less_than_equal", "finite_number"):
        return InputError(where, f"{key}{at} = {shown} is outside its range: give {describe(info)}.")
    return InputError(where, f"{key}{at} = {shown} cannot be used ({first['msg'].lower()}): give {describe(info)}.")


def _find(model: type[BaseModel], path: list[str]) -> tuple[type[BaseModel], FieldInfo | None, list[str]]:
    keys: list[str] = []
    owner, info = model, None
    for part in path:
        if part.isdigit():
            continue
        keys.append(part)
        info = owner.model_fields.get(part)
        kind = info.annotation if info else None
        if get_origin(kind) is list:
            (kind,) = get_args(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            owner = kind
        elif info is None or part == path[-1]:
            break
    return owner, info, keys
