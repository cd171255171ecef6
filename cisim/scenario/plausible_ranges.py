"""Which settings to try: points spread over the plausible ranges of all settings at once."""

from __future__ import annotations

import functools
import math
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cisim.numerics.arithmetic import exp, log
from cisim.scenario import Scenario, Settings

Floats = npt.NDArray[np.float64]

LOG_FROM = 4.0
"""A range whose ends differ by this factor or more is spread evenly over orders of magnitude, any other evenly."""


@dataclass(frozen=True)
class Range:
    """The plausible range of one setting. For a list the values are factors on all its entries."""

    path: str
    low: float
    high: float
    whole: bool
    entries: tuple[float, ...] = ()

    @property
    def logarithmic(self) -> bool:
        """Whether values are spread evenly over orders of magnitude."""
        return not self.whole and self.low > 0 and self.high >= LOG_FROM * self.low

    def at(self, u: float) -> float:
        """The value a share u in [0, 1) of the way through the range, to four digits: as one would write it in a file.
        Of whole numbers each is as likely."""
        if self.whole:
            return self.low + math.floor(u * (self.high - self.low + 1))
        value = self.low * exp(u * log(self.high / self.low)) if self.logarithmic else self.low + u * (self.high - self.low)
        return float(f"{value:.4g}")

    def setting(self, value: float) -> Any:
        """What the scenario is given for a value of this range."""
        if self.entries:
            return [value * entry for entry in self.entries]
        return int(value) if self.whole else value


def ranges(scenario: Scenario) -> tuple[Range, ...]:
    """The plausible ranges of all settings but those the scenario (its file or --set) sets itself: these are deliberate.

    What a community's own files tell stays as told, too; a range then acts only where they are silent.
    """
    found = []
    told = {"money.annual_budget"} if scenario.community.annual_budget is not None else set()
    for section, info in Settings.model_fields.items():
        own = scenario.raw.get(section, {})
        for name, field in info.annotation.model_fields.items():  # type: ignore[union-attr]
            extra = field.json_schema_extra
            span = extra.get("plausible") if isinstance(extra, dict) else None
            if isinstance(span, tuple) and name not in own and f"{section}.{name}" not in told:
                value = getattr(getattr(scenario.settings, section), name)
                entries = tuple(value) if isinstance(value, list) else ()
                found.append(Range(f"{section}.{name}", float(span[0]), float(span[1]), isinstance(value, int), entries))
    return tuple(found)


def hypercube(varied: Sequence[Range], points: int, sample: int = 0) -> Floats:
    """A Latin hypercube, shape (points, settings): each setting takes one value in each of `points` equal parts of its range.

    The numbers of a setting are addressed by its name, so that a new setting changes no other's.
    """
    columns = [_spread(span, points, sample) for span in varied]
    return np.array(columns, dtype=np.float64).reshape(len(varied), points).T


@functools.lru_cache(maxsize=1024)  # the page asks for the same again with every moved slider
def _spread(span: Range, points: int, sample: int) -> tuple[float, ...]:
    """The values of one setting at the points of a hypercube."""
    rng = np.random.Generator(np.random.PCG64([sample, zlib.crc32(span.path.encode())]))
    shares = (rng.permutation(points) + rng.random(points)) / points
    return tuple(span.at(float(u)) for u in shares)


def changes(varied: Iterable[Range], row: Iterable[float]) -> dict[str, Any]:
    """One point as changes to a scenario, by path."""
    return {span.path: span.setting(float(value)) for span, value in zip(varied, row, strict=True)}
