"""What holds under every reading of the theory: money, shares, ranges, and that no member's gain is given to it by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisim.engines.compiled import run as run_compiled
from cisim.engines.mesa import CommunityModel
from cisim.model import public_data
from cisim.model.codes import Status, WhyMember
from cisim.scenario import PRESETS, load
from docs import odd
from tests.naive import ARMS, NOT_ENDING, READINGS, eventful
from tests.test_model_description import left_in_runs_of
from tests.test_properties_of_events import check_money

seeds = st.integers(0, 2**32 - 1)


def under_all_readings(years: int = 4, **changes: Any) -> Any:
    """The eventful community under all readings at once."""
    return eventful(years, **changes).change(READINGS)


def test_all_that_readings_are_about_happens_in_the_community_these_tests_run_on() -> None:
    seen: set[str] = set()
    for arm, seed in (("collective_impact", 1), ("collective_impact", 2), ("programme_office", 1)):
        scenario = under_all_readings(6, **NOT_ENDING)
        with CommunityModel(scenario, arm, seed) as model:
            c = model.community
            provided = [list(school.provision) for school in c.schools]
            while model.tick < model.world.quarters:
                model.step()
                alive = [npo for npo in c.npos if npo.alive]
                happened = {
                    "public data used": any(npo.uses_public for npo in alive),
                    "public data unused": max(c.town.public_kappa) > 0 and any(not npo.uses_public for npo in alive),
                    "proposal accepted": any(npo.proposed >= 0 for npo in alive),
                    "plan complements": any(sum(n > 0 for n in school.joint) > 1 for school in c.schools),
                    "systems change": any(school.provision != was for school, was in zip(c.schools, provided, strict=True)),
                    "programme adopted": any(npo.training_left == 4 for npo in alive),
                    "client": any(npo.client for npo in alive),
                    "founding member": any(npo.why_member == WhyMember.FOUNDING_MEMBER for npo in alive),
                    "shrunk": any(npo.size < npo.built_for for npo in alive),
                    "protected": any(max(school.guard) > 0 for school in c.schools),
                    "works": c.backbone.status == Status.ACTIVE,
                }
                seen |= {name for name, there in happened.items() if there}
    assert seen == set(happened)


@pytest.mark.parametrize("arm", PRESETS)
def test_no_money_is_made_or_lost_under_any_reading(arm: str) -> None:
    """In both engines, to less than a cent."""
    with CommunityModel(under_all_readings(), arm, 1) as model:
        check_money(model.run().history)
    check_money(run_compiled(under_all_readings(), arm, 2))


def test_all_arms_receive_the_same_money_under_all_readings() -> None:
    came = [run_compiled(under_all_readings(), arm, 3)["money_in"] for arm in PRESETS]
    assert all(np.array_equal(came[0], one) for one in came[1:])


def test_all_arms_start_from_one_state_under_all_readings() -> None:
    """Nothing that an arm switches on acts before the arms part."""
    histories = [run_compiled(under_all_readings(1), arm, 3)[:4] for arm in PRESETS]
    for name in histories[0].dtype.names:
        assert all(np.array_equal(histories[0][name], one[name]) for one in histories[1:]), name


def test_every_field_keeps_to_its_range_under_all_readings() -> None:
    assert left_in_runs_of(under_all_readings(6, **NOT_ENDING), PRESETS, odd.meanings()) == set()


@given(seeds, st.sampled_from(list(PRESETS)), st.lists(st.sampled_from(list(READINGS)), unique=True))
@settings(max_examples=12)
def test_what_is_measured_of_uptake_are_shares_under_any_readings(seed: int, arm: str, on: list[str]) -> None:
    history = run_compiled(eventful(3).change({path: READINGS[path] for path in on}), arm, seed)
    for name in ("public_users", "tested", "fidelity", "clients", "fellows_known", "on_little", "begun", "on_track"):
        assert 0 <= history[name].min() <= history[name].max() <= 1, name
    assert set(history["members_trust"][history["members_trust"] < 1]) <= {0.0}
    assert history["members_trust"].max() <= 4
    assert 0 <= history["members_leaving"].min() <= history["members_leaving"].max() <= 4


@given(st.floats(0.05, 1), st.floats(0.05, 1))
@settings(max_examples=20, deadline=None)
def test_use_settles_at_its_reach_whatever_the_speed(reach: float, speed: float) -> None:
    """The share of users that neither grows nor falls: begun = stopped."""
    luck = (np.arange(10_000) + 0.5) / 10_000
    begin = np.mean([public_data.goes_on_using(0, reach, speed, u) for u in luck])
    stop = np.mean([1 - public_data.goes_on_using(1, reach, speed, u) for u in luck])
    assert begin * (1 - reach) == pytest.approx(stop * reach, abs=2e-4)


@pytest.mark.parametrize("arm", [arm for arm in ARMS if arm != "collective_impact"])
@pytest.mark.parametrize(
    "path",
    [
        "information.published",
        "initiative.plan_proposes",
        "initiative.shown_need_counts",
        "sites.agreement_waives",
        "delivery.complements",
        "relations.group_meetings",
        "coordination.joint_meetings",
        "initiative.systems_rate",
        "membership.initial_members",
        "membership.threshold_most",
    ],
)
def test_what_an_initiative_does_changes_nothing_where_there_is_none(path: str, arm: str) -> None:
    """The isolated arm, open data and programme collaboration are the same histories with or without it."""
    before, after = (run_compiled(eventful(2).change(changes), arm, 5) for changes in ({}, {path: READINGS[path]}))
    for name in before.dtype.names:
        assert np.array_equal(before[name], after[name]), name


def test_an_initiative_whose_members_only_meet_gains_nothing_from_what_it_might_do() -> None:
    """With every condition off there are no data to publish, no plan that proposes or complements, no groups that meet, no
    direction to press for change: the readings cost or give an empty initiative nothing but its hours for systems change."""
    conditions = dict.fromkeys(
        f"arms.collective_impact.switches.{name}"
        for name in (
            "common_agenda",
            "shared_measurement",
            "mutually_reinforcing_activities",
            "continuous_communication",
            "backbone_support",
        )
    )
    empty = eventful(3).change({**dict.fromkeys(conditions, False), "arms.collective_impact.switches.empty_initiative": True})
    on = ("information.published", "initiative.plan_proposes", "delivery.complements", "relations.group_meetings")
    before = run_compiled(empty, "collective_impact", 5)
    after = run_compiled(empty.change({path: READINGS[path] for path in on}), "collective_impact", 5)
    assert before["members"].max() > 0
    for name in before.dtype.names:
        assert np.array_equal(before[name], after[name]), name


@pytest.mark.slow
def test_on_a_rugged_landscape_copying_is_ahead_at_first_and_behind_in_the_long_run() -> None:
    """All that compare copy, or three in ten do: what spreads soon is second best, and ages, since nobody tries (March 1991;
    Lazer & Friedman 2007). Fit is read back from effect = quality x (1 - practice_matters x misfit), over 64 seeds."""
    fits = []
    for copying in (1.0, 0.0):
        scenario = load("default").change({"learning.landscape": True, "learning.copying": copying})
        runs = [run_compiled(scenario, "isolated_impact", seed, 40) for seed in range(64)]
        matters = scenario.settings.learning.practice_matters
        fits.append(np.array([1 - (1 - run["effect"] / run["quality"]) / matters for run in runs]))
    lead = fits[0] - fits[1]
    early, late = lead[:, 20:28].mean(axis=1), lead[:, -8:].mean(axis=1)
    assert early.mean() > 3 * early.std(ddof=1) / 8  # three standard errors
    assert late.mean() < -3 * late.std(ddof=1) / 8
