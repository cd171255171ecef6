"""Which condition does what: each alone, each left out, the exact Shapley share of each, which pairs reinforce each other, and
through which mechanisms the whole works.

All 32 subsets of the five conditions run on the same seeds. A Shapley share is the mean, over all orders in which the
conditions could be switched on, of what one adds (Shapley 1953); shares sum to the whole effect against isolated impact.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cisim.engines.compiled import run_arms, worlds_of
from cisim.errors import InputError
from cisim.model.metrics import METRICS
from cisim.scenario import CONDITIONS, Scenario
from cisim.statistics import Floats
from cisim.statistics.paired import Effect, paired
from cisim.statistics.shapley import interactions, shapley, subsets
from cisim.statistics.verdict import Outcome
from cisim.studies.comparison import CAVEAT
from cisim.studies.margins import margin_of
from cisim.studies.study import Study, by_seed, horizon, key_of, once
from cisim.text.english import count, nearest
from cisim.text.numbers import difference_of, ranged
from cisim.text.shown import Shown


@dataclass(frozen=True)
class Mechanism:
    """One way in which a condition can have an effect: what it is, the condition, and the setting that switches it off."""

    what: str
    condition: str
    off: bool | float = 0.0


MECHANISMS = {
    "information.use_for_errors": Mechanism("data show which schools need what", "shared_measurement", False),
    "information.use_for_learning": Mechanism("organisations learn from results in the data", "shared_measurement", False),
    "information.use_for_awards": Mechanism("funders see results in the data", "shared_measurement", False),
    "information.use_for_sanctions": Mechanism("data reveal broken promises", "shared_measurement", False),
    "information.published": Mechanism("a part of the data is public", "shared_measurement"),
    "information.use_for_agenda": Mechanism("the agenda rests on data", "common_agenda", False),
    "initiative.dialogue_rate": Mechanism("priorities come together in dialogue", "common_agenda"),
    "initiative.plan_proposes": Mechanism("working groups propose schools", "mutually_reinforcing_activities"),
    "delivery.complements": Mechanism("programmes of a plan help each other", "mutually_reinforcing_activities"),
    "delivery.integration": Mechanism("programmes of a plan take less room", "mutually_reinforcing_activities"),
    "relations.group_meetings": Mechanism("members become acquainted at meetings", "continuous_communication"),
    "coordination.joint_meetings": Mechanism("one meeting replaces four", "continuous_communication"),
    "initiative.opening": Mechanism("schools open up", "backbone_support"),
    "membership.align": Mechanism("funders align", "backbone_support"),
    "initiative.common_pot_share": Mechanism("a common pot pays members", "backbone_support"),
    "learning.training": Mechanism("members train", "backbone_support"),
}
"""The mechanisms that have a switch of their own, by the path of its setting."""

NONE, ALL = frozenset[str](), frozenset(CONDITIONS)


@dataclass(eq=False, repr=False)
class Ablation(Shown):
    """One metric at the horizon for every subset of the conditions, without each mechanism, and with an empty initiative, shape
    (seeds,) each, and the effects that follow.

    `whole` is all five conditions against isolated impact, `alone` each alone, `left_out` all but one against all five, `shares`
    the Shapley shares, which sum to the whole. `pairs` reinforce (above 0) or hinder each other. `mechanisms`: one switched off,
    against all five. `base_hours`: members pay base hours with every condition off, against isolated impact.
    """

    scenario: Scenario
    metric: str
    years: int
    subsets: Mapping[frozenset[str], Floats]
    without: Mapping[str, Floats]
    empty: Floats

    def __post_init__(self) -> None:
        none, all_five, margin = self.subsets[NONE], self.subsets[ALL], margin_of(self.metric)
        self.whole, self.base_hours = paired(all_five, none), paired(self.empty, none)
        self.alone = {name: paired(self.subsets[frozenset([name])], none) for name in CONDITIONS}
        self.left_out = {name: paired(self.subsets[ALL - {name}], all_five) for name in CONDITIONS}
        self.shares = {name: paired(share) for name, share in shapley(self.subsets, CONDITIONS).items()}
        self.pairs = {pair: paired(value, margin=margin) for pair, value in interactions(self.subsets, CONDITIONS).items()}
        self.mechanisms = {path: paired(values, all_five) for path, values in self.without.items()}
        self.complements = complements(self.subsets, self.empty, margin)

    def sentences(self) -> list[str]:
        """Whether the five together give more than the sum of each alone."""
        together = self.complements
        compared = {
            Outcome.BETTER: "do more than the sum of",
            Outcome.WORSE: "do less than the sum of",
            Outcome.EQUIVALENT: "do about as much as the sum of",
            Outcome.UNDECIDED: "have too few runs to be compared with the sum of",
        }[together.outcome]
        span = ranged(together.difference, together.low, together.high, difference_of(METRICS[self.metric][1]))
        return [f"The five together {compared} what each does alone: {span}.", CAVEAT]

    def _kinds(self) -> dict[str, dict[str, Effect]]:
        """The effects by kind and by what each is of; "" where there is one of a kind."""
        pairs = {" + ".join(pair): effect for pair, effect in self.pairs.items()}
        several = {
            "alone": self.alone,
            "left_out": self.left_out,
            "shapley": self.shares,
            "pairs": pairs,
            "mechanisms": self.mechanisms,
        }
        return several | {"base_hours": {"": self.base_hours}, "complements": {"": self.complements}}

    def frame(self) -> pd.DataFrame:
        """Tidy: a row an effect, with its kind (alone, left_out, shapley, pairs, mechanisms, base_hours, complements)."""
        effects = [
            (kind, of, one.difference, one.low, one.high) for kind, some in self._kinds().items() for of, one in some.items()
        ]
        return pd.DataFrame(effects, columns=["kind", "of", "difference", "low", "high"])

    @property
    def short(self) -> str:
        return f"{self.scenario.name}, {self.metric} after {count(self.years, 'year')}, {count(len(self.empty), 'seed')}"

    def by_seed(self) -> pd.DataFrame:
        """Tidy: a row a run: kind (conditions: those that are on; without: the mechanism that is off; base_hours), of, seed (its
        place among the seeds) and the metric's value."""
        runs = {("conditions", " + ".join(name for name in CONDITIONS if name in on)): one for on, one in self.subsets.items()}
        runs |= {("without", path): one for path, one in self.without.items()} | {("base_hours", ""): self.empty}
        seeds = range(len(self.empty))
        parts = [pd.DataFrame({"kind": kind, "of": of, "seed": seeds, "value": one}) for (kind, of), one in runs.items()]
        return pd.concat(parts, ignore_index=True)

    def summary(self) -> dict[str, Any]:
        kinds = {kind: {of: effect.interval for of, effect in some.items()} for kind, some in self._kinds().items()}
        return {
            "scenario": self.scenario.name,
            "metric": self.metric,
            "years": self.years,
            "seeds": len(self.empty),
            "columns": ["difference", "low", "high"],
            "whole": self.whole.interval,
            **{kind: some.get("", some) for kind, some in kinds.items()},
        }


def complements(subsets: Mapping[frozenset[str], Floats], empty: Floats, margin: float = 0.0) -> Effect:
    """f(all) - f(none) less the sum of f(k) - f(none), where f(none) includes no base hours: above 0, the conditions complement
    each other as a whole. Of the `subsets`, all five together and each alone are needed."""
    apart = sum((subsets[frozenset([name])] - empty for name in CONDITIONS), np.zeros_like(empty))
    return paired(subsets[ALL] - empty, apart, margin)


def ablation_study(scenario: Scenario, metric: str = "on_track", seeds: int = 64, years: int | None = None) -> Study[Ablation]:
    """Every subset of the conditions, every mechanism switched off, and an empty initiative, on the same seeds. The scenario's
    own changes to its collective impact arm hold in all of them. Raises InputError for a metric with several numbers."""
    if metric not in METRICS or METRICS[metric][0] != ():
        scalars = [name for name, (shape, _, _) in METRICS.items() if shape == ()]
        raise InputError("metric", f'"{metric}" is not a metric with one number. {nearest(metric, scalars)}')
    last_year, own = horizon(scenario, years), _own_rules(scenario)
    on = {f"with_{k}": subset for k, subset in enumerate(subsets(CONDITIONS))}
    arms = {name: with_conditions(scenario, subset) for name, subset in on.items()}
    arms["base_hours"] = own | {"switches": {"empty_initiative": True}}
    for path, mechanism in MECHANISMS.items():
        section, key = path.split(".")
        changed = {**own.get(section, {}), key: mechanism.off}
        arms[f"without_{key}"] = with_conditions(scenario, CONDITIONS) | {section: changed}
    prepared = scenario.change({f"arms.{name}": tables for name, tables in arms.items()})
    worlds = once(lambda: worlds_of(prepared, list(arms), last_year))

    def unit(seed: int) -> Floats:
        return np.asarray(run_arms(worlds(), seed)[metric][:, -1], dtype=np.float64)

    def assemble(found: list[Floats]) -> Ablation:
        last = dict(zip(arms, np.stack(found, axis=1), strict=True))
        with_subset = {subset: last[name] for name, subset in on.items()}
        without = {path: last[f"without_{path.partition('.')[2]}"] for path in MECHANISMS}
        return Ablation(scenario, metric, last_year, with_subset, without, last["base_hours"])

    return by_seed(("ablation", key_of(scenario), metric, last_year), unit, seeds, assemble)


def with_conditions(scenario: Scenario, on: Iterable[str]) -> dict[str, Any]:
    """The scenario's collective impact arm with just these of the five conditions, as a table of settings."""
    switched = frozenset(on)
    return _own_rules(scenario) | {"switches": {condition: condition in switched for condition in CONDITIONS}}


def _own_rules(scenario: Scenario) -> dict[str, dict[str, Any]]:
    """The changes of the scenario to its collective impact arm other than its switches, by section."""
    own = scenario.own_arms.get("collective_impact", {})
    return {section: dict(table) for section, table in own.items() if isinstance(table, Mapping) and section != "switches"}
