"""What one scenario sets that another does not."""

from collections.abc import Iterator, Mapping
from typing import Any

from cisim.scenario import Arm, Scenario
from cisim.scenario.acting import PLACE, from_now

NOW = "from_now."
"""The first letters of the paths of choices in a scenario's tables that act from now on."""


def changes(own: Scenario, other: Scenario) -> dict[str, Any]:
    """The values of `other` that differ in `own`, by the paths that `Scenario.choose` takes. A value that is set to its default
    is no change."""
    before, after = ({_chosen(path): value for path, value in flat(one.raw)} for one in (own, other))
    found = {path: value for path, value in after.items() if path not in before or before[path] != value}
    return {path: value for path, value in found.items() if path in before or value_at(own, path) != value}


def _chosen(path: str) -> str:
    """The path by which a value in a scenario's tables is changed: a choice there is today's practice, from the first day."""
    return PLACE + path if from_now(path) else path.removeprefix(NOW)


def value_at(scenario: Scenario | Arm, path: str) -> Any:
    """The value of a setting from now on, set or default (of a scenario, with "place." before its path, from the first day);
    None for a path that is not section.key."""
    settings = scenario.settings if isinstance(scenario, Arm) or path.startswith(PLACE) else scenario.now
    section, _, key = path.removeprefix(PLACE).partition(".")
    return getattr(getattr(settings, section, None), key, None)


def flat(tables: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Values by path at any depth; an empty table is a value."""
    for key, value in tables.items():
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
