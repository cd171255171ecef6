"""The headroom: the planner spreads money at its best, no arm exceeds what it reaches, and shares of the gap are right."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

import cisim
from cisim.engines.compiled import CompiledRun, run
from cisim.engines.world import World
from cisim.scenario import Scenario, load
from cisim.studies.allocation import spread, yielded
from cisim.studies.headroom import BEST, STEPS, effects, headroom_study, in_percent, reached, share_of_gap
from tests.conftest import tiny

Command = Callable[..., CompletedProcess[str]]
approx = pytest.approx
amounts = st.floats(0.01, 50.0)
uses = st.lists(st.tuples(st.floats(0.0, 50.0), st.floats(0.001, 5.0)), min_size=1, max_size=6)


@given(uses, amounts)
def test_all_money_is_spent_and_the_last_dollar_yields_the_same_wherever_any_is_spent(
    some: list[tuple[float, float]], money: float
) -> None:
    worth, reach = np.array(some).T
    found = spread(worth, reach, money)
    assert (found >= 0.0).all()
    if not (worth > 0.0).any():
        assert found.sum() == 0.0
        return
    assert found.sum() == approx(money)
    last, used = worth * reach * np.exp(-reach * found), found > 1e-9 * money
    assert last[used] == approx(last.max(), rel=1e-5, abs=1e-12)


@pytest.mark.parametrize(("worth", "reach", "money"), [([3, 1, 2], [0.5, 2, 1], 4), ([1, 1], [1, 1], 2), ([5, 0.1], [0.2, 9], 1)])
def test_no_spread_on_a_fine_grid_is_better(worth: list[float], reach: list[float], money: float) -> None:
    best = yielded(worth, reach, spread(worth, reach, money))
    parts, steps = len(worth), 40
    tried = [one for one in product(range(steps + 1), repeat=parts) if sum(one) == steps]
    of_grid = max(yielded(worth, reach, np.array(one) * money / steps) for one in tried)
    assert of_grid <= best + 1e-12
    assert of_grid == approx(best, rel=2e-3)  # and the grid comes close to it


def test_a_general_optimizer_finds_nothing_better() -> None:
    draws = np.random.default_rng(3)
    worth, reach, money = draws.uniform(1, 9, 8), draws.uniform(0.1, 2, 8), 6.0
    limits: dict[str, Any] = {"bounds": [(0, money)] * 8, "constraints": {"type": "eq", "fun": lambda m: m.sum() - money}}
    other = minimize(lambda m: -yielded(worth, reach, m), np.full(8, money / 8), method="SLSQP", **limits)
    assert -other.fun == approx(yielded(worth, reach, spread(worth, reach, money)), rel=1e-6)


@pytest.mark.parametrize("changes", [{}, {"programmes.menu": 3}, {"learning.landscape": True}])
def test_the_effect_of_a_dollar_is_the_models_own(changes: dict[str, Any]) -> None:
    world = World.of(load("default").change({"run.warmup_years": 2, **changes}), "collective_impact", 3, 2)
    state = CompiledRun(world).advance_to(world.quarters)
    alive = np.asarray(state.npos["alive"]) == 1
    assert effects(state, world.arm[0])[alive].mean() == approx(float(state.history["effect"][-1]), rel=1e-12)


def one_need(**more: Any) -> Scenario:
    """Three schools, four organisations with a site each for one need, which never move by themselves and never close."""
    fixed = {"sites": {"relocate": 0.0, **more}, "closing": {"closure": 0.0, "closure_broke": 0.0, "newcomer": 0.0}}
    community = {"schools": 3, "npos": 4, "funders": 3, "needs": ["academic"], "stages": ["primary"], "stage_years": [5.0]}
    community |= {"stage_schools": [1.0]}
    skills = {"importance": [[1.0]], "skill_substitution": [1.5], "investment_share": [0.2], "level": [0.5]}
    initiative = {"quick": [1.0]}
    return tiny(community=community, skills=skills, initiative=initiative, **fixed, run={"warmup_years": 1, "years": 6})


def test_of_all_placements_of_programmes_none_does_better_in_the_model_than_the_planner() -> None:
    scenario = one_need()
    world = World.of(scenario, "isolated_impact", 5)
    start = CompiledRun(world).advance_to(world.warmup)
    met, planned = [], []
    for places in product(range(3), repeat=4):
        state = start.fork(world)
        state.npos["sites"][:, 0] = places
        state.npos["n_sites"][:] = 1
        planned.append(reached(state.advance_to(world.quarters - 4), world)[0])
        met.append(float(state.history["needs_met"][-1]))
    assert len(met) == 3**4
    assert all(own <= best for own, best in zip(met, planned, strict=True))
    worst, best, planner = min(met), max(met), max(planned)
    assert worst < best <= planner
    assert best - worst > 0.5 * (planner - worst)  # the bound is close to what whole programmes can do


@pytest.mark.parametrize("changes", [{}, {"community.npos": 40, "community.schools": 8}, {"programmes.menu": 3}])
def test_no_arm_exceeds_the_best_possible_plan_and_each_step_allows_all_that_the_one_before_does(changes: dict[str, Any]) -> None:
    found = headroom_study(tiny().change({"run.years": 6, **changes}), seeds=6).run()
    assert (np.diff(found.best, axis=0) >= -1e-9).all()
    assert (found.met <= found.best[list(STEPS).index(BEST)]).all()


def test_needs_met_are_those_of_the_run() -> None:
    found = headroom_study(tiny(), ["collective_impact"], seeds=(4, 7)).run()
    assert found.arms == ("isolated_impact", "collective_impact")
    for k, seed in enumerate((4, 7)):
        assert found.met[1, k] == run(tiny(), "collective_impact", seed)["needs_met"][-1]


def test_an_arm_halfway_to_the_best_plan_closes_half_of_the_gap() -> None:
    alone, best = np.array([0.4, 0.5, 0.6]), np.array([0.6, 0.7, 0.8])
    share, low, high = share_of_gap((alone + best) / 2, alone, best)
    assert (share, low, high) == approx((0.5, 0.5, 0.5))
    assert in_percent((share, low, high)) == "50.0 % (50.0 % to 50.0 %)"
    assert in_percent((-0.0004, -np.inf, np.inf)) == "0.0 %"
    assert share_of_gap(alone, alone, best)[0] == 0.0
    assert share_of_gap(best, alone, best)[0] == approx(1.0)


def test_the_command_shows_how_far_each_arm_gets(cisim: Command, tmp_path: Path) -> None:
    done = cisim("compare", "default", "--seeds", "3", "--years", "1", "--headroom", "--json", "-", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["headroom"]
    assert {row["name"] for row in found["rows"]} >= {"collective_impact", *STEPS}
    assert "planner who knows everything would meet at most" in done.stderr


def test_the_function_gives_frames() -> None:
    found = cisim.headroom(tiny(), seeds=2)
    assert list(found.frame()["kind"]) == ["arm"] * 4 + ["planner"] * 4
    assert len(found.by_seed()) == 16
    assert found.frame().set_index("name")["closed"][BEST] == approx(1.0)
