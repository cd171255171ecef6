"""A factor: one setting that varies, with the values it may take and how they are spread."""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args, get_origin

from pydantic.fields import FieldInfo

from cisim.errors import InputError
from cisim.numerics.sampling import between
from cisim.scenario import SHARED_BY_ALL_ARMS
from cisim.scenario.mistakes import describe, told
from cisim.scenario.settings import SECTIONS
from cisim.sweeps.experiment.file import MOST_POINTS, FactorTable, repeated
from cisim.text.english import nearest, shown

Value: TypeAlias = int | float | str | bool

DIGITS = 6  # values are rounded to so many significant digits: then samples do not depend on the versions of libraries
WIDEST = 1e300  # the largest high / low of a logarithmic range: beyond it, exp and log are not exact


@dataclass(frozen=True)
class Factor:
    """A setting that varies: between low and high, evenly or evenly over orders of magnitude, or over listed values. `whole`:
    only whole numbers; `counts`: the setting itself takes only these; `steps`: how many values a grid takes, None for all."""

    path: str
    low: float = 0.0
    high: float = 0.0
    logarithmic: bool = False
    whole: bool = False
    counts: bool = False
    steps: int | None = None
    values: tuple[Value, ...] = ()

    @property
    def discrete(self) -> bool:
        """Whether it takes only some values: whole numbers, or listed ones."""
        return self.whole or bool(self.values)

    @property
    def kind(self) -> str:
        """How a results folder keeps its values: as "text" (such as forms of governance), "whole" or "number"."""
        kind = type(self.at(0.0))
        return "text" if kind is str else "whole" if self.whole or kind is int else "number"

    def at(self, share: float) -> Value:
        """The value a share in [0, 1] of the way through the range, or through the list."""
        if self.values:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        half = 0.5 if self.whole else 0.0  # each whole number has an equal part of the range
        return self._number(between(share, self.low - half, self.high + half, self.logarithmic))

    def levels(self) -> tuple[Value, ...]:
        """The values a grid takes, in order."""
        if self.values:
            return self.values
        if self.steps is None:
            return tuple(self._number(self.low + k) for k in range(int(self.high - self.low) + 1))
        shares = [k / (self.steps - 1) for k in range(self.steps)]
        return tuple(self._number(between(share, self.low, self.high, self.logarithmic)) for share in shares)

    def _number(self, value: float) -> Value:
        if self.whole:
            value = math.floor(value + 0.5)
        else:  # a rounding error in place of 0 in the middle of a range becomes 0, but not on a log scale
            is_zero = not self.logarithmic and abs(value) < 1e-12 * (self.high - self.low)
            value = 0.0 if is_zero else float(f"{value:.{DIGITS}g}")
        value = min(max(value, self.low), self.high)
        return int(value) if self.counts else float(value)


@functools.lru_cache(maxsize=8)
def paths(arms: tuple[str, ...]) -> dict[str, None]:
    """All settings that may vary, in order: those with a single value, also of one arm only."""
    found = []
    for section, model in SECTIONS.items():
        for key, field in model.model_fields.items():
            if get_origin(field.annotation) is not list:
                own = [] if section in SHARED_BY_ALL_ARMS else [f"arms.{arm}.{section}.{key}" for arm in arms]
                found += own if section == "switches" else [f"{section}.{key}", *own]
    return dict.fromkeys(found)


def field_of(path: str, arms: Sequence[str], where: str) -> FieldInfo:
    """The setting at a path. Raises InputError if it does not exist or cannot vary; `where` names the factor."""
    section, _, key = path.rpartition(".")
    if section == "switches":
        example = f"write arms.NAME.{path}, for example arms.collective_impact.{path}"
        raise InputError(where, f'"{path}" belongs to an arm: {example}.')
    if path == "run.years":
        raise InputError(where, '"run.years": the horizon is the same at all points: set it with years = 10, for example.')
    section = ".".join(section.split(".")[2:]) if path.startswith("arms.") else section
    field = SECTIONS[section].model_fields.get(key) if section in SECTIONS else None
    if field is not None and get_origin(field.annotation) is list:
        raise InputError(where, f'"{shown(path)}" is a list: only a setting with one value can vary ({field.description}).')
    if path not in (known := paths(tuple(arms))):
        if path.startswith("arms."):
            arm = path.split(".")[1]
            if arm not in arms:
                raise InputError(where, f'"{shown(path)}": the arm "{shown(arm)}" does not run here. {nearest(arm, arms)}')
            if section in SHARED_BY_ALL_ARMS:
                raise InputError(where, f'"{path}": all arms share the same {section} settings: vary {section}.{key} instead.')
        remedy = nearest(path, known, 'Give a path such as "initiative.voice" or "arms.NAME.grants.herding".')
        raise InputError(where, f'"{shown(path)}" is not a setting. {remedy}')
    assert field
    return field


def check_value(value: Any, path: str, field: FieldInfo, where: str) -> Value:
    """The value, in the type of the setting. Raises InputError if the setting cannot take it; `where` names the factor."""
    kind, extra = field.annotation, field.json_schema_extra
    assert isinstance(extra, dict)
    choices = get_args(kind) if get_origin(kind) is Literal else (True, False) if kind is bool else ()
    if choices:
        if value in choices and isinstance(value, type(choices[0])):
            return value  # type: ignore[no-any-return]
        known = ", ".join(str(choice).lower() for choice in choices)
        raise InputError(where, f"{told(value)} is no value of {path}: give one of {known} ({field.description}).")
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not number or (kind is int and value != math.floor(value)):
        needed = "a whole number" if kind is int else "a number"
        raise InputError(where, f"{told(value)} is no value of {path}, which takes {needed}: give {describe(field)}.")
    if not extra["low"] <= value <= extra["high"]:  # type: ignore[operator]
        raise InputError(where, f"{told(value)} is outside the range of {path}: give {describe(field)}.")
    return int(value) if kind is int else float(value)


def factor(table: FactorTable, number: int, arms: Sequence[str], kind: str, where: str) -> Factor:
    """The factor of a table, checked against its setting and the kind of design. Raises InputError."""
    at, path = f"factors[{number}]", table.path
    field = field_of(path, arms, f"{where}: {at}.path")
    if table.values or "values" in table.model_fields_set:
        return _choice(table, field, at, where)
    if get_origin(field.annotation) is Literal or field.annotation is bool:
        raise InputError(where, f"{at}: {path} has no low and high: give values = [...] ({field.description}).")
    if table.low is None or table.high is None:
        missing = f"{at}.low" if table.low is None else f"{at}.high"
        raise InputError(where, f"{missing} is missing: give {path} low and high, or values = [...] ({describe(field)}).")
    ends = {"low": table.low, "high": table.high}
    low, high = (float(check_value(end, path, field, f"{where}: {at}.{name}")) for name, end in ends.items())
    if low >= high:
        raise InputError(where, f"{at}.low = {low:g} is not below high = {high:g} ({path}): give a low that is.")
    logarithmic, counts = table.scale == "log", field.annotation is int
    whole = counts or table.scale == "integer"
    if logarithmic and low <= 0:
        remedy = 'scale = "log" needs a low above 0; give one, or scale = "linear"'
        raise InputError(where, f"{at}.low = {low:g} ({path}): {remedy}.")
    if logarithmic and not high / low <= WIDEST:
        sentence = f'{at} ({path}): from {low:g} to {high:g} are too many orders of magnitude for scale = "log"'
        raise InputError(where, f"{sentence}: give a low of {max(high / WIDEST, 1e-300):g} or more.")
    if whole and (low != math.floor(low) or high != math.floor(high)):
        raise InputError(where, f'{at} ({path}): scale = "integer" needs whole numbers, but goes from {low:g} to {high:g}.')
    found = Factor(path, low, high, logarithmic, whole, counts, table.steps)
    _check_steps(found, kind, at, where)
    return found


def _choice(table: FactorTable, field: FieldInfo, at: str, where: str) -> Factor:
    if other := [key for key in ("low", "high", "scale", "steps") if getattr(table, key) is not None]:
        raise InputError(where, f"{at} ({table.path}) has both values and {other[0]}: delete one of them.")
    if not table.values:
        raise InputError(where, f"{at}.values is empty: give {table.path} one value or more ({describe(field)}).")
    values = tuple(check_value(value, table.path, field, f"{where}: {at}.values") for value in table.values)
    if twice := repeated(values):
        raise InputError(where, f"{at}.values holds {told(twice[0])} twice ({table.path}): keep one.")
    return Factor(table.path, values=values)


def _check_steps(found: Factor, kind: str, at: str, where: str) -> None:
    if kind != "grid":
        if found.steps is not None:
            raise InputError(where, f'{at}.steps ({found.path}) is for design.kind = "grid", but it is "{kind}": delete it.')
    elif found.steps is None:
        if not found.whole:
            remedy = f"say how many values of {found.path} a grid takes, from low to high"
            raise InputError(where, f"{at}.steps is missing: {remedy}.")
        if (count := int(found.high - found.low) + 1) > MOST_POINTS:
            sentence = f"a grid would take {count:,} whole numbers: give steps = 10, for example"
            raise InputError(where, f"{at} ({found.path}): {sentence}.")
    elif (different := len(set(found.levels()))) < found.steps:
        sentence = f"{at}.steps = {found.steps}, but {found.path} then takes only {different} different values"
        raise InputError(where, f"{sentence} from {found.low:g} to {found.high:g}: give {different} or fewer.")
