"""Simulated histories on which plans are tried: members of an ensemble with seeds of their own, each begun once.

All plans of a history part from the same common start with the same funders and budgets, so they have the same grants. The seeds
of a search and of the check afterwards are never the same.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cisim.engines.compiled import CompiledRun, side_by_side
from cisim.engines.world import World, settings_record
from cisim.errors import InputError
from cisim.scenario import Scenario, Settings
from cisim.scenario.ensemble import Ensemble
from cisim.statistics import Floats
from cisim.studies.headroom import REFERENCE, reached

KEPT = ("on_track", "equity_gap", "needs_met", "pupils", "money_in")
"""What is read at the end of each year."""
WORST = 0.1  # the share of the weight that counts as the worst
SEARCH, CHECK = 0, 1  # what seeds are for: even ones are searched on, odd ones check


@dataclass(frozen=True, eq=False)
class Worlds:
    """Members (their scenario, and weight), each with so many seeds. Without an ensemble each seed is a member."""

    scenarios: tuple[Scenario, ...]
    seeds: tuple[tuple[int, ...], ...]
    weights: Floats
    years: int

    @classmethod
    def of(cls, scenario: Scenario, ensemble: Ensemble | None, members: int, seeds: int, years: int, purpose: int) -> "Worlds":
        """The first members of an ensemble, with `seeds` each; without one, the scenario itself with members x seeds seeds."""
        numbers = [[2 * (k * seeds + seed) + purpose for seed in range(seeds)] for k in range(members)]
        if ensemble is None:
            flat = [(one,) for own in numbers for one in own]
            return cls((scenario,) * len(flat), tuple(flat), np.full(len(flat), 1.0 / len(flat)), years)
        weights = ensemble.weights[:members] / ensemble.weights[:members].sum()
        return cls(
            tuple(scenario.change(ensemble.changes(k, scenario)) for k in range(members)),
            tuple(map(tuple, numbers)),
            np.asarray(weights, dtype=np.float64),
            years,
        )

    @functools.cached_property
    def pairs(self) -> list[tuple[int, int]]:
        """Which member, and which of its seeds."""
        return [(k, n) for k, own in enumerate(self.seeds) for n in range(len(own))]

    @functools.cached_property
    def _first(self) -> list[World]:
        known: dict[int, World] = {}
        return [known.setdefault(id(one), World.of(one, REFERENCE, 0, self.years)) for one in self.scenarios]

    @functools.cached_property
    def _starts(self) -> list[CompiledRun]:
        def start(pair: tuple[int, int]) -> CompiledRun:
            member, n = pair
            world = self._first[member].with_seed(self.seeds[member][n])
            return CompiledRun(world, past=False).advance_to(world.warmup).fork(world)  # without its past, which is large

        return side_by_side(start, self.pairs)

    def values(self, settings_in: Callable[[Scenario], Settings]) -> Floats:
        """KEPT of a plan (its settings in each member's scenario) at the end of each year, shape (members, seeds, KEPT, years +
        1)."""
        known: dict[int, Any] = {}
        for scenario in self.scenarios:
            if id(scenario) not in known:
                known[id(scenario)] = settings_record(scenario, settings_in(scenario))

        def one(at: int) -> Floats:
            member, _ = self.pairs[at]
            world = replace(self._first[member], arm=known[id(self.scenarios[member])])
            return _read(self._starts[at].fork(world), world)

        return self._shaped(side_by_side(one, range(len(self.pairs))))

    def without_grants(self) -> Floats:
        """KEPT if no funder gives anything from now on, likewise."""

        def one(at: int) -> Floats:
            first = self._first[self.pairs[at][0]]
            run = self._starts[at].fork(first)
            run.funders["budget"] = 0.0
            return _read(run, first)

        return self._shaped(side_by_side(one, range(len(self.pairs))))

    def headroom(self) -> Floats:
        """Needs met by the planner, shape (members, seeds, STEPS): see `headroom.reached`."""

        def one(at: int) -> Floats:
            first = self._first[self.pairs[at][0]]
            return reached(self._starts[at].fork(first).advance_to(first.quarters - 4), first)

        return self._shaped(side_by_side(one, range(len(self.pairs))))

    def _shaped(self, found: Sequence[Floats]) -> Floats:
        values = np.stack(found)
        shaped: Floats = values.reshape((len(self.seeds), len(self.seeds[0]), *values.shape[1:]))
        return shaped

    def aims(self, values: Floats, best: Floats) -> tuple[float, float, float]:
        """On track (share), equity gap (share) and regret of a plan: by how much it falls short of `best`, what the best of the
        scenario's own arms reaches at each member, on average over the worst tenth of the weight."""
        ends = values[..., -1].mean(axis=1)  # (members, KEPT)
        on_track, gap = ends[:, KEPT.index("on_track")], ends[:, KEPT.index("equity_gap")]
        return float(self.weights @ on_track), float(self.weights @ gap), worst_tenth(best - on_track, self.weights)


def worst_tenth(losses: Floats, weights: Floats) -> float:
    """The mean of the largest losses that together have a tenth of the weight; weights add up to 1."""
    order = np.argsort(-losses, kind="stable")
    taken = np.clip(WORST - (np.cumsum(weights[order]) - weights[order]), 0.0, weights[order])
    return float(taken @ losses[order] / taken.sum())


def _read(run: CompiledRun, world: World) -> Floats:
    """KEPT at the end of each year of a run that goes on to its end, shape (KEPT, years + 1)."""
    history = run.advance_to(world.quarters).history[world.warmup - 1 :: 4]
    found: Floats = np.stack([np.asarray(history[metric], dtype=np.float64) for metric in KEPT])
    return found


def check_equal_money(plans: Mapping[str, Floats]) -> None:
    """Raises InputError unless all plans had the same grants in every history."""
    first = next(iter(plans.values()))[..., KEPT.index("money_in"), :]
    for name, values in plans.items():
        apart = np.abs(values[..., KEPT.index("money_in"), :] - first).max()
        if apart > 1e-6 * float(first.max()):
            raise InputError(name, "this plan has other money than today's, so that they cannot be compared.")
