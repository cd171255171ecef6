"""An analysis: sentences and a table about the runs of a sweep, or the reason why these runs do not allow it. All of them are
listed here, once; command line, page and report take them from this list."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cisim.analysis.runs import Runs
from cisim.errors import InputError, MissingError


@dataclass(frozen=True)
class Unfit:
    """An analysis that these runs do not allow, with the sentence that says why."""

    sentence: str

    def sentences(self) -> list[str]:
        return [self.sentence]


def attempt(work: Callable[[], Any]) -> Any:
    """The result of `work()`, or Unfit with the reason, so that one analysis that fails does not stop the others."""
    try:
        return work()
    except MissingError as error:
        return Unfit(f"Not looked at: {error.sentence}")
    except InputError as error:
        return Unfit(f"Not for these runs: {error.sentence}")


@dataclass(frozen=True)
class Analysis:
    """`function` ("module.name" in this package) takes runs and a kept column; its result has `sentences()` and a frame."""

    name: str
    title: str
    function: str

    def of(self, runs: Runs, column: str) -> Any:
        """The analysis of a kept column, or Unfit."""
        module, _, function = self.function.partition(".")
        return attempt(lambda: getattr(importlib.import_module(f"cisim.analysis.{module}"), function)(runs, column))


NAMED = {
    "effects": ("what each arm brings", "effects.effects"),
    "map": ("where which arm is ahead", "arm_map.arm_map"),
    "rows": ("extreme runs", "effects.by_lead"),
    "sensitivity": ("which settings matter", "sensitivity.sensitivity"),
    "discovery": ("where it loses", "where_it_loses.discovery"),
    "information": ("what to learn about first", "value_of_information.information"),
}
CATALOGUE = {name: Analysis(name, title, function) for name, (title, function) in NAMED.items()}
EXPLAINING = ("sensitivity", "discovery", "information")  # the analyses that explain a lead, in the order in which they are read


def tables(found: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """All tables of analyses by name: each analysis's own, and the further ones of effects and map."""
    result = {}
    for name, one in found.items():
        if not isinstance(one, Unfit):
            result[name.replace(" ", "_")] = one.frame() if callable(one.frame) else one.frame
    result["effects_over_all"], result["means"] = found["effects"].overall, found["effects"].means
    if not isinstance(found["map"], Unfit):
        result["map_boundary"] = found["map"].boundary
    return result
