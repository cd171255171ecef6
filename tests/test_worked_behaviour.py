"""Behaviour at the margin: free riding, sanctions that cost a name, thresholds, a rugged landscape, overhead, flows, by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from cisim.engines.following import plain
from cisim.engines.world import METRIC
from cisim.model import backbone, budgeting, delivery, grants, landscape, learning, membership, settling, uptake
from cisim.model.codes import Function, Promise, WhyMember
from cisim.numerics.chance import For, chance_ever
from tests.naive import community, knows, make_members, with_luck

approx = pytest.approx


# --- free riding


@pytest.mark.parametrize(("low", "high", "kept"), [(0.67, 0.68, Promise.KEPT), (0.68, 0.69, Promise.BROKEN)])
def test_the_larger_the_group_the_more_is_left_to_the_others(low, high, kept):
    """Four members feel half of the common benefit to be theirs: 0.8 x (1 - 0.3 x 0.5) = 0.68."""
    c = community(npos=4, free_riding=0.3)
    make_members(c)
    c.npos[0].commitment = 0.8
    with_luck(c, For.PROMISE, low, high)
    membership.make_promise(c.npos[0], c)
    assert c.npos[0].kept == kept


def test_a_single_member_and_bilateral_partners_ride_on_nobody():
    c = community(free_riding=1.0)
    make_members(c)
    c.npos[0].commitment = 1.0
    membership.make_promise(c.npos[0], c)
    assert c.npos[0].kept == Promise.KEPT
    c = community(npos=2, free_riding=1.0)
    c.npos[0].commitment, c.npos[0].partnerships, c.backbone.members = 1.0, 1, 100
    membership.make_promise(c.npos[0], c)
    assert c.npos[0].kept == Promise.KEPT


def test_members_that_broke_their_promise_do_not_get_all_shared_data():
    """Of shared data of 0.8 a quarter is withheld: 0.6, or 0.7 that the public sees."""
    c = community(data_withheld=0.25)
    make_members(c, kept=Promise.BROKEN)
    c.backbone.kappa[0] = 0.8
    assert backbone.kappa_seen(c.npos[0], c) == approx(0.6)
    c.town.public_kappa[0] = 0.7
    assert backbone.kappa_seen(c.npos[0], c) == approx(0.7)
    c.npos[0].kept = Promise.KEPT.value
    assert backbone.kappa_seen(c.npos[0], c) == approx(0.8)


# --- sanctions


@pytest.mark.parametrize(("low", "high", "kept"), [(0.53, 0.54, Promise.KEPT), (0.54, 0.55, Promise.BROKEN)])
def test_a_good_name_is_at_stake_where_breaches_are_seen(low, high, kept):
    """Half of a reputation of 0.8 weighs 0.4; one breach in five is seen: 0.5 + 0.5 x 0.2 x 0.4 = 0.54."""
    c = community(strictness=0.4, reputation_at_stake=0.5)
    make_members(c)
    c.npos[0].commitment, c.npos[0].reputation, c.backbone.kappa[0] = 0.5, 0.8, 0.5
    with_luck(c, For.PROMISE, low, high)
    membership.make_promise(c.npos[0], c)
    assert c.npos[0].kept == kept


def test_a_sanction_costs_reputation():
    """0.5 x (1 - 0.25 x 0.8)."""
    c = community(strictness=0.8, reputation_lost=0.25)
    make_members(c)
    c.npos[0].commitment, c.npos[0].reputation, c.backbone.kappa[0] = 0.0, 0.5, 1.0
    with_luck(c, For.SANCTION, 0.0, 0.5)
    membership.make_promise(c.npos[0], c)
    assert c.npos[0].sanctioned == 1
    assert c.npos[0].reputation == approx(0.4)


def test_sanctions_are_resented_also_by_those_that_trust_the_sanctioned():
    """Of two it knows one is sanctioned, trusted at 0.6: 0.3 x 0.5 x 0.4 = 0.06 of its commitment goes."""
    c = community(npos=3, strictness=0.4, resentment_seen=0.5, commit_speed=0.0)
    make_members(c)
    knows(c.npos[0], n1=0.6, n2=0.9)
    c.npos[1].sanctioned, c.npos[0].commitment = 1, 0.5
    membership.change_commitment(c.npos[0], c)
    assert c.npos[0].commitment == approx(0.5 * (1 - 0.06))


# --- joining


def test_each_organisation_waits_for_a_share_of_trusted_members_of_its_own():
    """0.1 + 0.4 v^2, v drawn once; at the threshold itself it is as likely ready as not."""
    c = community(npos=2, threshold_most=0.4, threshold_least=0.1, threshold_width=0.05)
    v = chance_ever(c, For.THRESHOLD, 0, 1)
    threshold = 0.1 + 0.4 * v * v
    c.npos[1].member = 1
    knows(c.npos[0], n1=threshold)
    assert membership.readiness(c.npos[0], c) == approx(0.5)
    knows(c.npos[0], n1=threshold + 0.05)
    assert membership.readiness(c.npos[0], c) == approx(1 / (1 + math.exp(-1)))


def willing(**settings: Any) -> Any:
    """An organisation that is reached for certain and has everything to gain."""
    chances = {"recruit": 1.0, "own_reach": 1.0, "hope": 1.0, "least_pull": 1.0, "use_for_sanctions": 0}
    c = community(convened=1, annual_budget=1.0, **chances, **settings)
    c.npos[0].usual_income, c.backbone.legitimacy = 100.0, 1.0
    return c


@pytest.mark.parametrize(("most", "joins"), [(0.0, 1), (1.0, 0)])
def test_below_its_threshold_nobody_joins(most, joins):
    c = willing(threshold_most=most, threshold_least=0.5, threshold_width=0.001)
    membership.reconsider_membership(c.npos[0], c)
    assert c.npos[0].next_member == joins


def test_an_initiative_begins_with_its_founding_members():
    """In the first quarter about a fifth of 400 are members, whatever it costs them; a quarter later nobody is made one."""
    c = community(npos=400, convened=1, initial_members=0.2, warmup_quarters=100, hope=0.0)
    for npo in c.npos:
        membership.reconsider_membership(npo, c)
    founders = [npo for npo in c.npos if npo.next_member == 1]
    assert len(founders) == approx(80, abs=24)
    assert {npo.why_member for npo in founders} == {WhyMember.FOUNDING_MEMBER}
    c.town.tick = 101
    for npo in c.npos:
        npo.next_member = 0
        membership.reconsider_membership(npo, c)
    assert sum(npo.next_member for npo in c.npos) == 0


# --- a rugged landscape


def test_a_landscape_without_interactions_adds_up_choice_by_choice():
    """The worst way to work fits 0, the best 1; flipping one choice changes the fit by the same, whatever the others are."""
    c = community(landscape=1, ruggedness=0, landscape_years=0, needs=1)
    landscape.lay_land(c)
    fit = c.town.fitness[0]
    assert (min(fit), max(fit)) == (0.0, 1.0)
    for bit in (1, 2, 4, 8):
        steps = [fit[b | bit] - fit[b] for b in range(16) if not b & bit]
        assert steps == approx([steps[0]] * 8)


def test_interactions_make_local_optima():
    """With three interactions there are ways to work that no single change improves and that are not the best; none without."""

    def traps(ruggedness: int) -> int:
        found = 0
        for seed in range(10):
            c = community(landscape=1, ruggedness=ruggedness, landscape_years=0, needs=1)
            c.town.seed = seed
            landscape.lay_land(c)
            fit = c.town.fitness[0]
            found += sum(fit[b] < 1.0 and all(fit[b ^ bit] < fit[b] for bit in (1, 2, 4, 8)) for b in range(16))
        return found

    assert traps(0) == 0
    assert traps(3) > 5


def test_what_works_best_moves_a_choice_at_a_time():
    """After 15 years the worth of the first choice is drawn anew, that of the second after a quarter of this less."""
    c = community(landscape=1, ruggedness=0, landscape_years=16, needs=1)
    c.town.tick = 0
    before = [landscape.contribution(0, k, 0, c) for k in range(4)]
    c.town.tick = 16  # four years: the last choice, whose turn comes a quarter of sixteen years early
    assert [landscape.contribution(0, k, 0, c) != before[k] for k in range(4)] == [False, False, False, True]
    c.town.tick = 64
    assert [landscape.contribution(0, k, 0, c) != before[k] for k in range(4)] == [True] * 4


def land(**settings: Any) -> Any:
    """Three organisations of one need that compare every quarter, without noise: ways 0, 1 and 3 fit 0.2, 0.5 and 0.9."""
    c = community(npos=3, needs=1, landscape=1, experiment=1.0, result_noise=0.0, **settings)
    c.town.fitness[0] = [0.2, 0.5, 0.1, 0.9] + [0.0] * 12
    for npo, way in zip(c.npos, (0, 1, 3), strict=True):
        npo.choices = way
    knows(c.npos[0], n1=0.5, n2=0.5)
    return c


def test_one_that_copies_takes_the_best_it_knows_and_does_not_try():
    c = land(copying=1.0)
    learning.find_practice(c.npos[0], c)
    assert c.npos[0].next_choices == 3
    assert delivery.effect_of(c.npos[0], c) == approx(0.5 * (1 - c.p.practice_matters * 0.8))
    learning.adopt_practice(c.npos[0], c)
    assert c.npos[0].choices == 3


def test_one_that_tries_changes_a_single_choice_if_that_is_better():
    """From way 0 only way 1 is better and one change away; it is taken when drawn, and others are left."""
    found = set()
    c = land(copying=0.0)
    for c.town.seed in range(40):
        learning.find_practice(c.npos[0], c)
        found.add(c.npos[0].next_choices)
    assert found == {0, 1}


def test_communication_turns_trying_into_copying():
    """A member copies with 0.2 + 0.8 x 0.9 x 0.5 = 0.56, another with 0.2."""
    for member, low, high, copies in ((1, 0.55, 0.56, True), (1, 0.56, 0.57, False), (0, 0.2, 0.21, False), (0, 0.19, 0.2, True)):
        c = land(copying=0.2, copying_by_talk=0.9)
        c.backbone.coverage[Function.COMMUNICATION], c.npos[0].member = 0.5, member
        with_luck(c, For.TRY, low, high, b=1)
        learning.find_practice(c.npos[0], c)
        assert (c.npos[0].next_choices == 3) == copies


# --- overhead and flows


@pytest.mark.parametrize(("unrestricted", "effort"), [(0.0, 10.0), (1.0, 10.0 * 1.15 / 1.4), (0.5, 10.0 * 1.15 / 1.275)])
def test_what_is_paid_for_overhead_is_not_paid_for_delivery(unrestricted, effort):
    """At a cap of 15 % a dose costs what it says; unrestricted money pays the true 40 %, and so delivers 1.15 / 1.4."""
    c = community(hourly_cost=0.04, own_learning=0.0, indirect_priced=1.0, indirect_included=0.15)
    c.p.indirect_cap, c.p.indirect_true = 0.15, 0.4
    c.npos[0].spending, c.npos[0].unrestricted = 10.0, unrestricted
    budgeting.split_hours(c.npos[0], c)
    assert c.npos[0].effort == approx(effort)


@pytest.mark.parametrize(("unrestricted", "applications"), [(0.0, 4), (0.5, 3), (1.0, 2)])
def test_unrestricted_money_crowds_out_applications(unrestricted, applications):
    """Hours for four applications; half of them at most are crowded out."""
    c = community(
        funders=4, prospects=4, hourly_cost=0.04, fundraising_cap=0.5, application_hours=50.0, crowding_applications=0.5
    )
    npo = c.npos[0]
    npo.usual_income, npo.reputation, npo.unrestricted, npo.prospects[:4] = 4.0, 0.5, unrestricted, [0, 1, 2, 3]
    grants.apply_for_grants(npo, c)
    assert npo.applications == applications


@pytest.mark.parametrize(("income", "size"), [(10.0, 70.0), (50.0, 100.0), (0.0, 52.0)])
def test_an_organisation_shrinks_to_what_it_can_live_on(income, size):
    """Built for 100 and now at 100: half-way to 40 a year, never above 100, nor below 4 % of it."""
    c = community(resizing=0.5, least_size=0.04)
    npo = c.npos[0]
    npo.size = npo.built_for = 100.0
    npo.usual_income = income
    settling.resize(npo, c)
    assert npo.size == approx(size)


# --- what is measured of it


def test_uptake_and_flows_are_measured_over_those_alive():
    """Four alive: two use public data, one runs a programme and is a client. Two live on a tenth of their size, one of which is
    in its first eight quarters; so one of the three older ones counts. Three members, of which the first knows one of two
    fellows (trusted at 0.6) and a stranger; the fourth has just left."""
    c = community(npos=5, menu=1, survival_share=0.15, grace_quarters=8, partners=3)
    make_members(c, 0, 1, 2)
    c.npos[4].alive = 0
    for npo, uses, spending, age in zip(c.npos, (1, 1, 0, 0, 1), (0.25, 0.25, 0.025, 0.025, 0.0), (9, 9, 8, 9, 9), strict=True):
        npo.uses_public, npo.spending, npo.age = uses, spending, age
    c.npos[1].programme, c.npos[1].fidelity, c.npos[1].client = 0, 0.7, 1
    c.npos[3].why_member = WhyMember.LEFT_LOW_COMMITMENT.value
    c.backbone.group_size[0] = 3
    knows(c.npos[0], n1=0.6, n3=0.9)
    c.town.begun[1] = 0.25
    metrics = plain(np.zeros(1, METRIC)[0])
    metrics.members, c.town.tick = 3.0, 103
    uptake.measure_uptake(c, metrics)
    shares = (metrics.public_users, metrics.tested, metrics.clients, metrics.on_little)
    assert shares == approx((0.5, 0.25, 0.25, 1 / 3))
    assert metrics.fidelity == approx(0.7)
    assert metrics.members_leaving == approx(4 * 1 / 4)
    assert metrics.fellows_known == approx((1 / 2 + 0 + 0) / 3)
    assert metrics.members_trust == approx(1 + 3 * 0.6)
    assert metrics.begun[:2] == [0.0, 0.25]
