"""Which condition does what: each alone, each left out, the exact Shapley share of each, and which pairs reinforce.

All 32 subsets of the five conditions run on the same seeds. A Shapley share is the mean, over all orders in which the
conditions could be switched on, of what one adds (Shapley 1953); shares sum to the whole effect against isolated impact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cisim.engines.compiled import run_arms, worlds_of
from cisim.errors import InputError
from cisim.model.metrics import METRICS
from cisim.scenario import CONDITIONS, Scenario
from cisim.scenario.mistakes import whole, whole_years
from cisim.statistics.paired import Effect, paired
from cisim.statistics.shapley import interactions, shapley
from cisim.statistics.verdict import Outcome
from cisim.studies.comparison import CAVEAT
from cisim.studies.study import Study, by_seed, key_of, once
from cisim.text.english import nearest
from cisim.text.numbers import difference_of, ranged

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

USES_OF_DATA = {
    "use_for_errors": "better knowledge of sites",
    "use_for_awards": "funders see results",
    "use_for_learning": "NPOs learn from results",
    "use_for_sanctions": "broken promises are seen",
    "use_for_agenda": "the agenda rests on data",
}
"""The separate uses of information, each with a switch of its own."""


@dataclass(frozen=True)
class Ablation:
    """One metric at the horizon for every subset of the conditions, shape (seeds,) each, and what follows."""

    scenario: Scenario
    metric: str
    years: int
    subsets: Mapping[frozenset[str], Floats]
    without_use: Mapping[str, Floats]
    empty: Floats

    @cached_property
    def _nothing(self) -> Floats:
        return np.zeros_like(self.empty)

    @property
    def whole(self) -> Effect:
        """All five conditions against isolated impact."""
        return paired(self.subsets[frozenset(CONDITIONS)], self.subsets[frozenset()])

    @cached_property
    def alone(self) -> dict[str, Effect]:
        """Each condition alone against isolated impact."""
        return {name: paired(self.subsets[frozenset([name])], self.subsets[frozenset()]) for name in CONDITIONS}

    @cached_property
    def left_out(self) -> dict[str, Effect]:
        """All but one condition against all five: what is lost when it is left out."""
        everything = frozenset(CONDITIONS)
        return {name: paired(self.subsets[everything - {name}], self.subsets[everything]) for name in CONDITIONS}

    @cached_property
    def shares(self) -> dict[str, Effect]:
        """The Shapley share of each condition; they sum to `whole`."""
        return {name: paired(share, self._nothing) for name, share in shapley(self.subsets, CONDITIONS).items()}

    @cached_property
    def pairs(self) -> dict[tuple[str, str], Effect]:
        """Which pairs reinforce each other (above 0) or get in each other's way (below 0)."""
        return {pair: paired(value, self._nothing) for pair, value in interactions(self.subsets, CONDITIONS).items()}

    @cached_property
    def uses(self) -> dict[str, Effect]:
        """All five conditions with one use of data switched off, against all five."""
        everything = self.subsets[frozenset(CONDITIONS)]
        return {use: paired(values, everything) for use, values in self.without_use.items()}

    @property
    def base_hours(self) -> Effect:
        """An initiative whose members pay base hours with every condition off, against isolated impact."""
        return paired(self.empty, self.subsets[frozenset()])

    def complements(self) -> Effect:
        """f(all) - f(none) less the sum of f(k) - f(none), none paying base hours: above 0, the conditions complement
        each other as a whole."""
        together = self.subsets[frozenset(CONDITIONS)] - self.empty
        apart = sum((self.subsets[frozenset([name])] - self.empty for name in CONDITIONS), self._nothing)
        return paired(together, apart)

    def sentences(self) -> list[str]:
        """Whether the five together give more than the sum of each alone."""
        together = self.complements()
        compared = {
            Outcome.BETTER: "more than the sum of",
            Outcome.WORSE: "less than the sum of",
            Outcome.NO_CLEAR_DIFFERENCE: "no clear difference from the sum of",
            Outcome.TOO_FEW_RUNS: "(too few runs to tell more or less than) the sum of",
        }[together.outcome]
        span = ranged(together.difference, together.low, together.high, difference_of(METRICS[self.metric][1]))
        return [f"Together the five give {compared} what each gives alone: {span}.", CAVEAT]

    def frame(self) -> pd.DataFrame:
        """Tidy: a row an effect, with its kind (alone, left_out, shapley, pairs, uses_of_data, base_hours, complements)."""
        import pandas as pd

        kinds: dict[str, Mapping[Any, Effect]] = {
            "alone": self.alone,
            "left_out": self.left_out,
            "shapley": self.shares,
            "pairs": self.pairs,
            "uses_of_data": self.uses,
            "base_hours": {"": self.base_hours},
            "complements": {"": self.complements()},
        }
        rows = [
            {"kind": kind, "of": _name(of), "difference": effect.difference, "low": effect.low, "high": effect.high}
            for kind, effects in kinds.items()
            for of, effect in effects.items()
        ]
        return pd.DataFrame(rows)

    def summary(self) -> dict[str, Any]:
        """Everything printed, as plain data for a JSON file."""

        def plain(effects: Mapping[Any, Effect]) -> dict[str, Any]:
            return {_name(k): [e.difference, e.low, e.high] for k, e in effects.items()}

        return {
            "scenario": self.scenario.name,
            "metric": self.metric,
            "years": self.years,
            "seeds": len(self.empty),
            "columns": ["difference", "low", "high"],
            "whole": plain({"all five": self.whole})["all five"],
            "alone": plain(self.alone),
            "left_out": plain(self.left_out),
            "shapley": plain(self.shares),
            "pairs": plain(self.pairs),
            "uses_of_data": plain(self.uses),
            "base_hours": plain({"": self.base_hours})[""],
            "complements": plain({"": self.complements()})[""],
        }


def _name(of: str | tuple[str, ...]) -> str:
    return " + ".join(of) if isinstance(of, tuple) else of


def ablation_study(scenario: Scenario, metric: str = "on_track", seeds: int = 64, years: int | None = None) -> Study[Ablation]:
    """Runs every subset of the conditions, every use of data switched off, and an empty initiative, on the same seeds.

    `metric` is a scalar one. The scenario's own changes to its collective impact arm hold in all of them.
    """
    if metric not in METRICS or METRICS[metric][0] != ():
        scalars = [name for name, (shape, _, _) in METRICS.items() if shape == ()]
        raise InputError("metric", f'"{metric}" is not a metric with one number. {nearest(metric, scalars)}')
    horizon = whole_years(years) or scenario.settings.run.years
    own = _own_rules(scenario)
    subsets = {f"with_{k}": frozenset(subset) for k, subset in enumerate(_subsets(CONDITIONS))}
    arms: dict[str, dict[str, Any]] = {}
    for name, on in subsets.items():
        arms[name] = with_conditions(scenario, on)
    arms["base_hours"] = own | {"switches": {"empty_initiative": True}}
    for use in USES_OF_DATA:
        information = {**own.get("information", {}), use: False}
        arms[f"no_{use}"] = own | {"switches": dict.fromkeys(CONDITIONS, True), "information": information}
    prepared = scenario.change({f"arms.{name}": tables for name, tables in arms.items()})
    worlds = once(lambda: worlds_of(prepared, list(arms), horizon))

    def unit(seed: int) -> Floats:
        return np.asarray(run_arms(worlds(), seed)[metric][:, -1], dtype=np.float64)

    def assemble(found: list[Floats]) -> Ablation:
        last = dict(zip(arms, np.stack(found, axis=1), strict=True))
        with_subset = {on: last[name] for name, on in subsets.items()}
        without_use = {use: last[f"no_{use}"] for use in USES_OF_DATA}
        return Ablation(scenario, metric, horizon, with_subset, without_use, last["base_hours"])

    return by_seed(("ablation", key_of(scenario), metric, horizon), unit, range(whole(seeds, "seeds", 1)), assemble)


def with_conditions(scenario: Scenario, on: Iterable[str]) -> dict[str, Any]:
    """The arm that has these of the five conditions and else is the scenario's collective impact, as a table of settings."""
    switched = frozenset(on)
    return _own_rules(scenario) | {"switches": {condition: condition in switched for condition in CONDITIONS}}


def _subsets(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [subset for size in range(len(names) + 1) for subset in combinations(names, size)]


def _own_rules(scenario: Scenario) -> dict[str, dict[str, Any]]:
    """What the scenario changes in its collective impact arm besides its switches, by section."""
    own = scenario.own_arms.get("collective_impact", {})
    return {section: dict(table) for section, table in own.items() if isinstance(table, Mapping) and section != "switches"}
