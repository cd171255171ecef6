"""An analysis: sentences and a table about the runs of a sweep, or the reason why these runs do not allow it. All of them are
listed here, once; command line, page and report take them from this list."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cisim.errors import InputError

if TYPE_CHECKING:
    from cisim.analysis.runs import Runs


@dataclass(frozen=True)
class Unfit:
    """What these runs do not allow, and the sentence that says why."""

    sentence: str

    def sentences(self) -> list[str]:
        """The one sentence."""
        return [self.sentence]


def attempt(work: Callable[[], Any]) -> Any:
    """What the work gives, or the reason why it does not fit: one analysis that fails must not take the others along."""
    try:
        return work()
    except InputError as error:
        return Unfit(f"Not for these runs: {error.sentence}")
    except ImportError as error:
        return Unfit(f"Not looked at: it needs {error.name}, which is not installed here (pip install 'cisim[analysis]').")


@dataclass(frozen=True)
class Analysis:
    """One way to look at a sweep. `function` is "module.name" in this package: it takes runs and a kept column, and gives what
    has `sentences()` and `frame()`."""

    name: str
    title: str
    function: str

    def of(self, runs: Runs, column: str) -> Any:
        """The analysis of a kept column, or Unfit."""
        return attempt(lambda: self._load()(runs, column))

    def _load(self) -> Callable[[Runs, str], Any]:
        module, _, function = self.function.partition(".")
        found: Callable[[Runs, str], Any] = getattr(importlib.import_module(f"cisim.analysis.{module}"), function)
        return found


CATALOGUE = {
    one.name: one
    for one in (
        Analysis("effects", "what each arm brings", "effects.effects"),
        Analysis("map", "where which arm is ahead", "arm_map.arm_map"),
        Analysis("rows", "extreme runs", "extreme_runs.by_lead"),
        Analysis("sensitivity", "which settings matter", "sensitivity.sensitivity"),
        Analysis("discovery", "where it loses", "where_it_loses.discovery"),
        Analysis("information", "what to learn about first", "value_of_information.information"),
    )
}

EXPLAINING = ("sensitivity", "discovery", "information")
"""The analyses that explain a lead, in the order in which they are read."""
