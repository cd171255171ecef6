"""How an agent holds a record's fields as ordinary attributes, and how its methods follow rules."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any


def as_values(record: Any) -> dict[str, Any]:
    """The fields of a record, or of one agent in columns, as Python ints, floats and (nested) lists."""
    names = record if isinstance(record, dict) else record.dtype.names
    return {name: record[name].tolist() for name in names}


def plain(record: Any) -> SimpleNamespace:
    """A record as an ordinary object with attributes."""
    return SimpleNamespace(**as_values(record))


def follows(*rules: Callable[[Any, Any], None]) -> Callable[[Any], None]:
    """A method that runs rules on its agent, in this order; a subclass may define a method of the same name instead."""

    def decide(self: Any) -> None:
        for rule in rules:
            rule(self, self.community)

    decide.__name__ = rules[0].__name__
    decide.__doc__ = "\n\n".join(rule.__doc__ or "" for rule in rules)
    return decide
