"""What a scenario has beside its settings: how it shows itself, its key in a dictionary, what was worked out of it before."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from cisim.scenario.settings import Settings
from cisim.text.english import count
from cisim.text.shown import page, rows


class ShownScenario:
    """What a scenario shows of itself in a notebook; equal ones are one key of a dictionary."""

    @cached_property
    def remembered(self) -> dict[Any, Any]:
        """What was worked out of the scenario once, as it does not change: its arms by name, and what other modules keep."""
        return {}

    def __hash__(self: Any) -> int:
        return hash((self.name, self.where, *hashable(self.settings.model_dump()), hashable(self.own_arms)))

    def __repr__(self: Any) -> str:
        size = self.settings.community
        sizes = count(size.npos, "NPO"), count(size.schools, "school"), count(len(self.arms), "arm")
        return f"<Scenario: {self.name}, {', '.join(sizes)}>"

    def _repr_html_(self: Any) -> str:
        from cisim.scenario.changes import flat  # it needs the scenario itself

        own = [(path, value) for path, value in flat(self.raw) if path.split(".")[0] in Settings.model_fields]
        pairs = [("what it is", self.title), ("arms", ", ".join(self.arm(name).label for name in self.arms))]
        return page(repr(self).strip("<>"), [self.comment] if self.comment else []) + rows([*pairs, *own])


def hashable(value: Any) -> Any:
    """A value as nested tuples: equal values have equal ones."""
    if isinstance(value, Mapping):
        return tuple((key, hashable(one)) for key, one in sorted(value.items()))
    return tuple(map(hashable, value)) if isinstance(value, list | tuple) else value
