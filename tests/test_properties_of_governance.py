"""What holds of any initiative, however it is governed: endings, reserves, sanctions, gaming and mandates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisim.engines.compiled import CompiledRun
from cisim.engines.compiled import run as run_compiled
from cisim.engines.mesa import CommunityModel
from cisim.engines.world import World
from cisim.model import money
from cisim.model.codes import Promise, Status, WhyMember
from tests.naive import ARMS, NOT_ENDING, eventful, under_mandate

WARMUP = 4
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=12)
NO_PRESSURE = {"grants__outcome_share": 0.0, "information__use_for_awards": False, "information__use_for_sanctions": False}


def after_start(history: Any, name: str) -> Any:
    """A metric from the first quarter after the common start."""
    return history[name][WARMUP:]


# --- endings


@given(seeds, st.sampled_from([0.0, 1.0, 5.0]))
@few
def test_what_has_ended_stays_ended(seed, end_base):
    """No members, no pot, no aligned funders, no coverage from then on; data fade to nothing, and the status never changes."""
    world = World.of(eventful(years=10, ending__end_base=end_base), "collective_impact", seed)
    state = CompiledRun(world)
    ended, kappa, came = 0, 0.0, 0
    for quarter in range(1, world.quarters + 1):
        state.advance_to(quarter)
        backbone, seen = state.backbone[0], state.history[quarter - 1]
        if ended:
            assert backbone["status"] == ended
            assert not backbone["coverage"].any()
            assert backbone["kappa"].max() == pytest.approx(kappa * 0.5)  # data_speed is 0.5
            assert seen["from_pot"] == came
        if backbone["status"] >= Status.FINISHED:
            ended, kappa, came = backbone["status"], backbone["kappa"].max(), seen["from_pot"]
            assert (seen["members"], seen["aligned_funders"], seen["held_by_backbone"], seen["active_share"]) == (0, 0, 0, 0)
            assert (backbone["members"], backbone["plan_stands"], backbone["agenda_set"]) == (0, 0, 0)
            assert not state.npos["member"].any()
            assert not state.npos["steering"].any()
    assert ended
    assert kappa < 1e-3


@given(seeds)
@few
def test_status_only_goes_forward(seed):
    """None, forming, active, sustained, and finished or failed: no initiative goes back; other arms never have one."""
    status = run_compiled(eventful(years=8), "collective_impact", seed)["status"]
    assert (np.diff(status) >= 0).all()
    assert not status[:WARMUP].any()
    assert not run_compiled(eventful(years=1), "open_data", seed)["status"].any()


@given(seeds, st.floats(0.5, 2.0), st.integers(1, 3))
@few
def test_reserves_are_never_negative_and_last_for_some_years(seed, plan, years):
    """While the backbone is paid for reserves grow; then they only fall, not at once, and in ten years next to nothing is
    left."""
    changes = {"initiative__reserve_plan": plan, "initiative__backbone_years": years, "shocks__money_cut": 0.0, **NOT_ENDING}
    world = World.of(eventful(years=years + 10, shocks__funder_exit_year=0, **changes), "collective_impact", seed)
    state = CompiledRun(world)
    reserves = []
    for quarter in range(1, world.quarters + 1):
        reserves.append(state.advance_to(quarter).backbone[0]["reserves"])
    paid = WARMUP + 4 * years
    assert min(reserves) >= 0
    assert (np.diff(reserves[paid - 1 :]) <= 0).all()
    assert reserves[paid - 1] > 10.0
    assert reserves[paid - 1] > reserves[paid] > 0.4 * reserves[paid - 1]
    assert reserves[-1] < 0.01 * reserves[paid - 1]


# --- sanctions and gaming


class WatchedPromises(CommunityModel):
    """Checks each quarter's sanctions against the promises made."""

    sanctions = 0

    def promise(self) -> None:
        super().promise()
        for npo in self.community.npos:
            if npo.sanctioned:
                assert (npo.alive, npo.member, npo.kept) == (1, 1, Promise.BROKEN)
                self.sanctions += 1

    def budget(self) -> None:
        super().budget()
        for npo in self.community.npos:
            if npo.sanctioned:
                assert money.pot_claim(npo, self.community) == npo.from_pot == 0.0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_sanction_without_a_breach(seed):
    """Whoever is sanctioned is a member that broke its promise, and gets nothing from the pot next quarter."""
    with WatchedPromises(eventful(initiative__strictness=1.0, **NOT_ENDING), "collective_impact", seed) as model:
        history = model.run().history
        assert model.sanctions > 0
        assert history["sanctions"].sum() == model.sanctions


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_strictness_is_no_sanctions(seed):
    """At strictness 0 nobody is sanctioned, and the run is bit for bit the one in which data are not used for sanctions."""
    lax = run_compiled(eventful(initiative__strictness=0.0), "collective_impact", seed)
    unused = run_compiled(eventful(information__use_for_sanctions=False), "collective_impact", seed)
    assert not lax["sanctions"].any()
    assert lax.tobytes() == unused.tobytes() != run_compiled(eventful(), "collective_impact", seed).tobytes()


@pytest.mark.parametrize("arm", ARMS)
def test_no_pressure_no_gaming(arm):
    """Where nothing is paid by outcomes and nobody is watched, what is measured is what is true; nor where nobody responds."""
    for changes in (NO_PRESSURE, {"delivery__gaming_response": 0.0}):
        history = run_compiled(eventful(**changes), arm, 1)
        assert not history["measured_minus_true"].any()
    assert after_start(run_compiled(eventful(), arm, 1), "measured_minus_true").max() > 0


@pytest.mark.parametrize("arm", ARMS)
def test_outcome_payment_raises_the_measured_above_the_true(default, arm):
    """In an ordinary community, on the same luck in every arm and seed: the more is paid by outcomes, the further figures run
    ahead of the truth."""
    for seed in range(3):
        gaps = []
        for share in (0.0, 0.3, 0.6):
            history = run_compiled(default.change({"grants.outcome_share": share, "run.warmup_years": 1}), arm, seed, 4)
            gaps.append(after_start(history, "measured_minus_true").mean())
        assert gaps[2] > gaps[1] > gaps[0]


# --- mandates


class WatchedMandate(CommunityModel):
    """Checks who joins under a mandate."""

    bound = 0

    def join(self) -> None:
        before = [npo.member for npo in self.community.npos]
        super().join()
        for was, npo in zip(before, self.community.npos, strict=True):
            if npo.member and not was and npo.why_member == WhyMember.JOINED_UNDER_MANDATE:
                assert under_mandate(npo, self.community)
                self.bound += 1


@pytest.mark.parametrize(("form", "districts", "binds"), [("mandated", 1, True), ("mandated", 0, True), ("backbone", 1, False)])
def test_mandates_bind_in_their_districts_only(form, districts, binds):
    """Who joins under a mandate works where there is one; without statutory authority nobody does."""
    changes = {"initiative__governance": form, "initiative__mandated_districts": districts, "initiative__mandate_pull": 0.5}
    bound = 0
    for seed in range(3):
        with WatchedMandate(eventful(years=2, **changes), "collective_impact", seed) as model:
            bound += model.run().bound
    assert (bound > 0) == binds
