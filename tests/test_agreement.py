"""The two engines agree: every field of every agent and every metric, every quarter, in value, bits and type."""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
import tempfile
import weakref
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisim.engines.compiled import CompiledRun, run, warm_up
from cisim.engines.kernel import advance
from cisim.engines.mesa import NPO, CommunityModel
from cisim.engines.verify import first_difference, same
from cisim.engines.world import World
from cisim.scenario import ARMS, CONDITIONS, PRESETS, Scenario, load, read, shipped
from cisim.scenario.variants import VARIANTS
from cisim.studies.comparison import comparison_study
from tests.conftest import ROOT, kernel_text, tiny
from tests.naive import FIRST_MODEL, READINGS, eventful


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped())
def test_the_engines_agree_on_every_shipped_scenario(name: str) -> None:
    """A year before and a year after, with a plan at work from the second quarter; a large place is cut to 100 NPOs and 60
    schools, since what tells the cases apart is their settings, and agents are slow."""
    place = load(name).settings.community
    short = {"run.warmup_years": 1, "initiative.preparation_quarters": 1}
    smaller = {"community.npos": min(place.npos, 100), "community.schools": min(place.schools, 60)}
    scenario = load(name).change({**short, **smaller})
    for arm in scenario.arms:
        assert first_difference(scenario, arm, seed=1, years=1) is None


@pytest.mark.parametrize("arm", ARMS)
def test_the_engines_agree_where_everything_happens(arm: str) -> None:
    assert first_difference(eventful(years=6), arm, seed=3) is None


@pytest.mark.parametrize("arm", PRESETS)
def test_the_engines_agree_under_all_readings_of_the_theory_at_once(arm: str) -> None:
    assert first_difference(eventful(years=6).change(READINGS), arm, seed=3) is None


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
def test_the_engines_agree_under_each_variant(name: str) -> None:
    scenario = VARIANTS[name].of(eventful(years=3))
    for arm in ("collective_impact", "programme_collaboration", *VARIANTS[name].arms):
        assert first_difference(scenario, arm, seed=5) is None


@pytest.mark.slow
def test_the_engines_agree_over_the_whole_default_horizon(default: Scenario) -> None:
    assert first_difference(default, "collective_impact", seed=2) is None


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Scenarios nobody thought of: all arms, forms of governance and switches, very small and odd communities, with any
    shocks, interventions, mandates and endings."""
    needs = draw(st.integers(1, 8))
    stages = draw(st.integers(1, 5))
    weights = [1.0 / needs] * needs
    districts = draw(st.integers(1, 8))
    year = st.integers(0, 2)  # of a run of two years; 0 is never
    some_need = st.sampled_from([f"need {d}" for d in range(needs)])
    place = {"stage": st.sampled_from([f"stage {g}" for g in range(stages)]), "district": st.integers(0, districts)}
    first, last = draw(st.sampled_from([(1, 1), (1, 2), (2, 2), (3, 9)]))
    intervention = st.fixed_dictionaries(
        {
            "need": some_need,
            **place,
            "amount": st.sampled_from([0.0, 3.0, 5_000.0]),
            "from_year": st.just(first),
            "to_year": st.just(last),
            "restricted": st.booleans(),
            "through_initiative": st.booleans(),
        }
    )
    indicator = st.fixed_dictionaries({"measure": st.just("one"), "need": some_need | st.just("on_track"), **place})
    numbers: dict[str, Any] = {
        "community": {
            "needs": [f"need {d}" for d in range(needs)],
            "stages": [f"stage {g}" for g in range(stages)],
            "stage_years": [float(draw(st.integers(1, 5))) for _ in range(stages)],
            "stage_schools": [1.0 / stages] * stages,
            "schools": draw(st.sampled_from([1, 2, 7, 20])),
            "npos": draw(st.sampled_from([1, 2, 3, 10, 25, 60])),
            "funders": draw(st.sampled_from([1, 2, 9, 40])),
            "districts": districts,
            "district_spread": draw(st.sampled_from([0.0, 0.3])),
        },
        "skills": {
            "importance": [weights] * stages,
            "complementarity": draw(st.sampled_from([-5.0, -0.5, 0.0, 0.9])),
            "skill_substitution": [draw(st.sampled_from([0.44, 1.0, 1.5])) for _ in range(stages)],
            "investment_share": [0.2] * stages,
            "level": [0.3] * stages,
        },
        "money": {
            "annual_budget": draw(st.sampled_from([1.0, 2_000.0, 50_000.0])),
            "size_spread": draw(st.sampled_from([0.0, 1.2])),
        },
        "grants": {
            "prospects": draw(st.integers(1, 32)),
            "grant_years": draw(st.integers(1, 5)),
            "discouraged_after": draw(st.integers(1, 4)),
            "outcome_share": draw(st.sampled_from([0.0, 0.0, 0.5, 1.0])),
            "evidence_weight": draw(st.sampled_from([0.5, 3.0])),
        },
        "sites": {
            "relocate": draw(st.sampled_from([0.0, 0.5, 1.0])),
            "change_need": draw(st.sampled_from([0.0, 0.5])),
            "believed_rho": draw(st.sampled_from([-1.0, 0.0, 0.9])),
        },
        "relations": {"partners": draw(st.integers(1, 12)), "tie_chance": draw(st.sampled_from([0.0, 0.7]))},
        "initiative": {
            "governance": draw(st.sampled_from(["shared", "lead_organisation", "backbone", "distributed", "mandated"])),
            "backbone_share": draw(st.sampled_from([0.0, 0.02, 0.4])),
            "common_pot_share": draw(st.sampled_from([0.0, 0.5])),
            "preparation_quarters": draw(st.integers(0, 3)),
            "review_quarters": draw(st.integers(1, 4)),
            "quick": [0.5] * needs,
            "voice": draw(st.sampled_from([0.0, 0.4, 1.0])),
            "mandated_districts": draw(st.integers(0, 3)),
            "mandate_pull": draw(st.sampled_from([0.05, 1.0])),
            "strictness": draw(st.sampled_from([0.0, 0.2, 1.0])),
            "backbone_years": draw(year),
            "backbone_saving": draw(st.sampled_from([0.0, 0.05, 0.5])),
            "reserve_years": draw(st.sampled_from([0.0, 1.0])),
            "reserve_plan": draw(st.sampled_from([0.5, 2.0])),
            "leadership": draw(st.sampled_from([0.0, 0.5, 1.0])),
            "leader_turnover": draw(st.sampled_from([0.0, 0.8])),
            "staff_need": draw(st.sampled_from([0.0001, 0.01])),
        },
        "membership": {
            "recruit": draw(st.sampled_from([0.02, 0.6])),
            "align": draw(st.sampled_from([0.1, 1.0])),
            "turn_elsewhere": draw(st.sampled_from([0.08, 1.0])),
        },
        "coordination": {"further_initiatives": draw(st.integers(0, 10))},
        "delivery": {
            "gaming_response": draw(st.sampled_from([0.0, 0.05, 1.0])),
            "gaming_shows": draw(st.sampled_from([1.0, 10.0])),
        },
        "information": {"data_speed": draw(st.sampled_from([0.12, 1.0])), "use_for_sanctions": draw(st.booleans())},
        "ending": {
            "sustained_years": 1,
            "least_members": draw(st.integers(0, 5)),
            "end_base": draw(st.sampled_from([-10.0, -0.8, 5.0])),
            "end_active": draw(st.sampled_from([0.0, 3.0])),
        },
        "shocks": {
            "money_cut": draw(st.sampled_from([0.0, 0.5, 0.9])),
            "money_cut_year": draw(st.integers(1, 2)),
            "money_cut_years": draw(st.integers(1, 2)),
            "funder_exit_year": draw(year),
            "member_leaves_year": draw(year),
            "member_leaves": draw(st.sampled_from(["central", "random"])),
            "leader_leaves_year": draw(year),
        },
        "interventions": draw(st.lists(intervention, max_size=4)),
        "indicators": draw(st.lists(indicator, max_size=4, unique_by=lambda one: tuple(sorted(one.items())))),
        "closing": {"closure": draw(st.sampled_from([0.0, 0.4])), "newcomer": draw(st.sampled_from([0.0, 0.8]))},
        "run": {"warmup_years": 1, "years": 2},
        "arms": {
            "collective_impact": {
                "switches": {name: draw(st.booleans()) for name in (*CONDITIONS, "empty_initiative", "partner_sight")}
            }
        },
    }
    readings: dict[str, Any] = {}
    for table in (FIRST_MODEL, READINGS):
        readings |= {path: table[path] for path in draw(st.lists(st.sampled_from(list(table)), unique=True))}
    return read(numbers, name="made", where="made").change(readings)


@pytest.mark.slow
@settings(max_examples=60)
@given(scenario=scenarios(), arm=st.sampled_from(list(PRESETS)), seed=st.integers(0, 2**62))
def test_the_engines_agree_on_scenarios_nobody_thought_of(scenario: Scenario, arm: str, seed: int) -> None:
    difference = first_difference(scenario, arm, seed)
    assert difference is None, str(difference)


class Optimist(NPO):
    """An NPO whose trust in its first acquaintance is a hair too high: what a difference looks like."""

    def update_trust(self) -> None:
        super().update_trust()
        if self.slot == 3 and self.model.tick == 5:
            self.trust[0] = float(np.nextafter(self.trust[0], 2.0))


def test_a_difference_in_the_last_bit_is_found_and_named() -> None:
    difference = first_difference(tiny(), "open_data", seed=1, npo=Optimist)
    assert difference is not None
    assert (difference.quarter, difference.agent, difference.field) == (5, "NPO 3", "trust")
    assert "quarter 5: NPO 3.trust" in str(difference)


def test_an_integer_a_float_a_truth_and_a_numpy_number_are_told_apart() -> None:
    assert same([1, 2.0], [1, 2.0])
    assert not same(1, 1.0)
    assert not same(1, True)
    assert not same(0.0, -0.0)
    assert not same(np.float64(1.0), 1.0)


def test_history_is_the_same_from_both_engines() -> None:
    scenario = tiny()
    with CommunityModel(scenario, "collective_impact", seed=4) as model:
        assert model.run().history.tobytes() == run(scenario, "collective_impact", 4).tobytes()


def test_runs_shared_over_threads_are_the_runs_one_by_one() -> None:
    scenario = tiny()
    arms = scenario.arms
    together = comparison_study(scenario, arms, [7, 3, 5]).run(workers=3).history
    for a, arm in enumerate(arms):
        for s, seed in enumerate([7, 3, 5]):
            assert together[a, s].tobytes() == run(scenario, arm, seed).tobytes()


def test_stopping_and_going_on_changes_nothing() -> None:
    world = World.of(tiny(), "collective_impact", 9)
    whole = CompiledRun(world).advance_to(world.quarters)
    steps = CompiledRun(world)
    for quarter in range(1, world.quarters + 1):
        steps.advance_to(quarter)
    assert whole.history.tobytes() == steps.history.tobytes()
    assert whole.npos.tobytes() == steps.npos.tobytes()


def test_the_state_at_the_end_of_the_warm_up_is_the_same_in_all_arms(default: Scenario) -> None:
    states = []
    for arm in default.arms:
        world = World.of(default, arm, 5, 1)
        state = CompiledRun(world).advance_to(world.warmup)
        states.append([a.tobytes() for a in (state.schools, state.npos, state.funders, state.backbone, state.town)])
    assert all(state == states[0] for state in states)


@pytest.mark.parametrize("arm", ARMS)
def test_money_in_is_money_spent_and_held_to_half_a_cent(default: Scenario, arm: str) -> None:
    history = run(default.change({"grants.grant_years": 3}), arm, 6)
    assert np.abs(history["money_error"]).max() < 5e-6  # $k: half a cent
    assert (np.diff(history["money_in"]) > 0).all()


def test_all_arms_receive_the_same_money_every_quarter(default: Scenario) -> None:
    histories = [run(default, arm, 6)["money_in"] for arm in default.arms]
    assert all(h.tobytes() == histories[0].tobytes() for h in histories)


def test_collective_impact_with_nothing_on_and_no_pot_is_isolated_impact_bit_for_bit(default: Scenario) -> None:
    off = default.change({f"arms.collective_impact.switches.{name}": False for name in CONDITIONS})
    off = off.change({"initiative.common_pot_share": 0.0})
    assert run(off, "collective_impact", 8, 4).tobytes() == run(off, "isolated_impact", 8, 4).tobytes()


def test_fifty_closed_models_leave_none_alive() -> None:
    ghosts = []
    for seed in range(50):
        with CommunityModel(tiny(), "collective_impact", seed) as model:
            model.step()
            ghosts.append(weakref.ref(model))
        del model
    gc.collect()
    assert [ghost for ghost in ghosts if ghost() is not None] == []


SHOW_LLVM = """
from cisim.engines import compiled, kernel
compiled.warm_up()
print(next(iter(kernel.advance.inspect_llvm().values())))
"""


def llvm_text() -> str:
    """The kernel as compiled: kept when these tests compiled it, or from this process if it did, else from a fresh one."""
    warm_up()
    if kernel_text().exists():
        return kernel_text().read_text(encoding="utf-8")
    if not sum(advance.stats.cache_hits.values()):
        return str(next(iter(advance.inspect_llvm().values())))
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "CISIM_CACHE_DIR": folder}
        return subprocess.run(
            [sys.executable, "-c", SHOW_LLVM], env=env, cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout


@pytest.mark.slow
def test_the_compiled_kernel_calls_no_mathematics_of_the_c_library() -> None:
    text = llvm_text()
    called = set(re.findall(r"(?:call|declare)[^@\n]*@\"?([\w.$]+)", text))
    assert called, "the kernel's LLVM text is there"
    forbidden = re.compile(r"^(llvm\.)?(exp|exp2|expm1|log|log2|log10|log1p|pow|powi|sin|cos|tanh)f?(\.|$)|svml", re.IGNORECASE)
    assert [name for name in called if forbidden.search(name)] == []
