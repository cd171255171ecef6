"""What one scenario sets that another does not."""

from collections.abc import Iterator, Mapping
from typing import Any

from cisim.scenario import Scenario


def changes(own: Scenario, other: Scenario) -> dict[str, Any]:
    """The values of `other`, by path, that differ in `own`. A value that is set to its default is no change."""
    before = dict(flat(own.raw))
    found = {path: value for path, value in flat(other.raw) if path not in before or before[path] != value}
    return {path: value for path, value in found.items() if path in before or value_at(own, path) != value}


def value_at(scenario: Scenario, path: str) -> Any:
    """The value of a setting, set or default; None for a path that is not section.key."""
    section, _, key = path.partition(".")
    return getattr(getattr(scenario.settings, section, None), key, None)


def flat(tables: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Values by path at any depth; an empty table is a value."""
    for key, value in tables.items():
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
