"""The published claims and how each will be judged, read from claims.toml."""

import functools
import string
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cisim.evidence.judging import Criterion, Finding, Measured, Verdict

GRADES = ("A", "B", "C", "exact")
USES = {
    "held out": "Held out, so a test of the model",
    "calibrate": "Used for calibration, so not a test",
    "built in": "Built in, so not a test",
}
"""What a claim was used for, and what that makes of its verdict."""

FORMATS = {
    "points": lambda x: f"{100 * x:+.2f}",
    "percent": lambda x: f"{100 * x:.1f} %",
    "times": lambda x: f"{x:.2f}",
    "plain": lambda x: f"{x:.3g}",
    "$k": lambda x: f"{x:.1g}",
}
"""How numbers of each unit are written; points are percentage points, with a sign."""


class _Sentence(string.Formatter):
    """Fills in numbers by the units above, or as Python formats them; of values over seeds it takes the mean."""

    def format_field(self, value: Any, format_spec: str) -> str:
        number = value.value if isinstance(value, Measured) else value.mean() if isinstance(value, np.ndarray) else value
        return FORMATS[format_spec](number) if format_spec in FORMATS else str(super().format_field(number, format_spec))


@dataclass(frozen=True)
class Part:
    """One part of a claim: what is measured, in which unit, and the criterion."""

    measure: str
    unit: str
    criterion: Criterion

    def judge(self, shown: Measured) -> Verdict:
        """The verdict on this part."""
        return self.criterion.judge(shown)

    def number(self, value: float) -> str:
        """A value of this part as it is written."""
        return FORMATS[self.unit](value)

    def written(self, shown: Measured) -> str:
        """A measured value with its interval."""
        return f"{self.number(shown.value)} ({self.number(shown.low)} to {self.number(shown.high)})"

    @property
    def words(self) -> str:
        """The criterion in words."""
        kind = self.criterion.kind
        low, high = (self.number(bound) if bound else "0" for bound in (self.criterion.low, self.criterion.high))
        in_points = self.unit in ("points", "percent")
        near = f"{100 * self.criterion.near:g} percentage points" if in_points else f"{self.criterion.near:g}"
        return {
            "above": f"whole interval above {low} (partly: value above it by at least half the distance to the interval's end)",
            "below": f"whole interval below {high} (partly: value below it by at least half the distance to the interval's end)",
            "between": f"from {low} to {high} (partly: interval reaches that range, or value within {near} of it)",
            "exactly": f"{low} in every seed, to within {near}",
        }[kind]


@dataclass(frozen=True)
class Claim:
    """A published claim: its text, its sources and their grade, what it was used for, and its parts.

    `measured_by` names the function that measures them; `shows` is a sentence, to be filled in, about what the model shows.
    `reason` is why the model does not reproduce it; `changed`, how its criterion was changed after a look at results;
    `unjudged`, why it cannot be judged. Each is empty if it does not apply.
    """

    id: str
    short: str
    claim: str
    source: Sequence[str]
    grade: str
    use: str
    published: str
    parts: dict[str, Part] = field(default_factory=dict)
    reason: str = ""
    changed: str = ""
    unjudged: str = ""
    shows: str = ""
    measured_by: str = ""

    def sentence(self, found: Finding) -> str:
        """What the model shows, in words."""
        return _Sentence().vformat(self.shows, (), {**found.parts, **found.others})


@functools.cache
def claims() -> dict[str, Claim]:
    """All claims by id, in the order they are shown."""
    text = Path(__file__).with_name("claims.toml").read_text(encoding="utf-8")
    found = {}
    for table in tomllib.loads(text)["claims"]:
        parts = {name: _part(**part) for name, part in table.pop("parts", {}).items()}
        found[table["id"]] = Claim(**table, parts=parts)
    return found


def _part(measure: str, unit: str, near: float = 0.0, **criterion: Any) -> Part:
    ((kind, value),) = criterion.items()
    low, high = value if kind == "between" else (value, value)
    return Part(measure, unit, Criterion(kind, float(low), float(high), float(near)))
