"""Readings of the theory: each variant is a few settings, what one then holds to be true, and where that comes from."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cisim.errors import InputError
from cisim.scenario import Scenario
from cisim.text.english import nearest


@dataclass(frozen=True)
class Variant:
    """One reading: `settings` by path, and `arms` beside the usual four without which its verdict would not be fair."""

    name: str
    title: str
    reading: str
    source: str
    settings: Mapping[str, Any]
    arms: Sequence[str] = ()

    def of(self, scenario: Scenario) -> Scenario:
        """The scenario under this reading."""
        return scenario.change(self.settings)


_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
VARIANTS: Mapping[str, Variant] = {name: Variant(name, **table) for name, table in _TABLES.items()}
"""All variants by name, in the order of variants.toml."""

AS_IT_IS = Variant("as_it_is", "as the scenario is", "No variant.", "", {})
"""What variants are compared with: the scenario without any."""


def variants_named(names: Sequence[str]) -> list[Variant]:
    """The variants of these names (none: all of them). Raises InputError for one that is not there."""
    for name in names:
        if name not in VARIANTS:
            raise InputError("variants", f'there is no variant "{name}". {nearest(name, VARIANTS)}')
    return [VARIANTS[name] for name in dict.fromkeys(names)] or list(VARIANTS.values())
