"""Points spread over the plausible ranges of all settings at once."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cisim.numerics.sampling import Floats, between, hypercube
from cisim.scenario import Scenario, Settings

LOG_FROM = 4.0  # a range whose ends differ by this factor or more is sampled evenly over orders of magnitude


@dataclass(frozen=True)
class Range:
    """The plausible range of one setting; for a list, of a factor on all its entries."""

    path: str
    low: float
    high: float
    whole: bool
    entries: tuple[float, ...] = ()

    @property
    def logarithmic(self) -> bool:
        """Whether values are sampled evenly over orders of magnitude."""
        return not self.whole and self.low > 0 and self.high >= LOG_FROM * self.low

    def at(self, u: float) -> float:
        """The value at a share u in [0, 1) of the range, to four digits, as in a file. All whole numbers are equally likely."""
        if self.whole:
            return self.low + math.floor(u * (self.high - self.low + 1))
        return float(f"{between(u, self.low, self.high, self.logarithmic):.4g}")

    def setting(self, value: float) -> Any:
        """A value of this range as the scenario takes it."""
        if self.entries:
            return [value * entry for entry in self.entries]
        return int(value) if self.whole else value


def ranges(scenario: Scenario, variants: bool = False) -> tuple[Range, ...]:
    """The plausible ranges of all settings except those that the scenario (its file or --set) sets itself, on purpose. Values in
    the community's own files stay also: a range then only acts on empty cells. Settings of readings of the theory that are off by
    default are included with `variants` only."""
    found = []
    given = {"money.annual_budget"} if scenario.community.annual_budget is not None else set()
    for section, info in Settings.model_fields.items():
        own = {**scenario.raw.get(section, {}), **scenario.from_now.get(section, {})}
        for name, field in info.annotation.model_fields.items():  # type: ignore[union-attr]
            extra = field.json_schema_extra
            span = extra.get("plausible") if isinstance(extra, dict) and (variants or not extra["variant"]) else None
            if isinstance(span, tuple) and name not in own and f"{section}.{name}" not in given:
                value = getattr(getattr(scenario.settings, section), name)
                entries = tuple(value) if isinstance(value, list) else ()
                found.append(Range(f"{section}.{name}", float(span[0]), float(span[1]), isinstance(value, int), entries))
    return tuple(found)


def spread(varied: Sequence[Range], points: int, sample: int = 0) -> Floats:
    """The values of a Latin hypercube over the ranges, shape (points, settings)."""
    shares = hypercube((span.path for span in varied), points, sample)
    columns = [[span.at(u) for u in column] for span, column in zip(varied, shares.T.tolist(), strict=True)]
    return np.array(columns, dtype=np.float64).reshape(len(varied), points).T


def changes(varied: Iterable[Range], row: Iterable[float]) -> dict[str, Any]:
    """One point as changes to a scenario, by path."""
    return {span.path: span.setting(float(value)) for span, value in zip(varied, row, strict=True)}
