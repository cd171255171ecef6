"""An analysis: sentences and a table about the runs of a sweep, or the reason why these runs do not allow it. All of them are
listed here, once; command line, page and report take them from this list."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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
