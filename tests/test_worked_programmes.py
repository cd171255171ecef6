"""Tested programmes, the office for them, what prevention trials measure, and systems change, worked by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from cisim.model import behaviour, budgeting, coordination, delivery, money, programmes, sites, systems
from cisim.model.codes import Function, Promise, Status, Use
from cisim.numerics.chance import For, normal_ever
from tests.naive import community, make_members, padded, with_luck

approx = pytest.approx


# --- the menu


def menu(npos: int = 1, **settings: Any) -> Any:
    """A menu of two programmes for the one need: the first does 2 a dollar, the second 3 at twice the cost, so 1.5."""
    c = community(npos=npos, needs=1, menu=2, potency=1.0, **{"effect_spread": 0.0, "cost_spread": 0.0, **settings})
    c.town.menu_effect[0], c.town.menu_cost[0] = [2.0, 3.0, 9.0, 9.0], [1.0, 2.0, 1.0, 1.0]
    for npo in c.npos:
        npo.usual_income = 8.0
    return c


def test_a_dollar_does_what_a_programme_is_worth_times_its_fidelity():
    """3 / 2 x potency 1.2 x fidelity 0.5; untested work of quality 0.5 and perfect fit falls to 0.6 of it."""
    c = menu(untested=0.6)
    c.p.potency = 1.2
    npo = c.npos[0]
    assert delivery.effect_of(npo, c) == approx(0.5 * 0.6)
    npo.programme, npo.fidelity = 1, 0.5
    assert delivery.effect_of(npo, c) == approx(1.5 * 1.2 * 0.5)
    c.p.menu = 0
    assert delivery.effect_of(npo, c) == approx(0.5)


def test_menus_are_drawn_once_around_the_usual_programme():
    """exp(0.3 z - 0.045): a mean of 1; costs have a median of 1."""
    c = community(needs=2, effect_spread=0.3, cost_spread=0.2)
    programmes.draw_menus(c)
    for d in range(2):
        for k in range(4):
            assert c.town.menu_effect[d][k] == approx(math.exp(0.3 * normal_ever(c, For.MENU, d, 2 * k) - 0.045))
            assert c.town.menu_cost[d][k] == approx(math.exp(0.2 * normal_ever(c, For.MENU, d, 2 * k + 1)))


def test_without_error_the_best_of_the_menu_is_seen_and_with_it_the_wrong_one_can_look_best():
    """Worth 2 and 1.5 a dollar; what is not on the menu (the third) is no choice. A large error misleads on some seeds."""
    c = menu()
    assert programmes.best_looking(0, For.CHOICE, 0, 0, 0.0, c) == 0
    seen = set()
    for c.town.seed in range(20):
        seen.add(programmes.best_looking(0, For.CHOICE, 0, 0, 2.0, c))
    assert seen == {0, 1}


def test_a_wrong_choice_of_the_working_group_is_adopted_by_all_its_members():
    """All three adopt by the plan, and all take the second programme, which the group's data made look best."""
    c = menu(npos=3, choice_error=2.0, adopt_plan=3.0, training_share=1.0, review_quarters=12)
    make_members(c)
    c.backbone.plan_stands, c.backbone.next_review, c.backbone.kappa[0] = 1, 112, 0.5
    for c.town.seed in range(100):
        programmes.choose_for_groups(c)
        if c.backbone.choice[0] == 1:
            break
    for npo in c.npos:
        programmes.run_programme(npo, c)
    assert [npo.programme for npo in c.npos] == [1, 1, 1]
    c.backbone.kappa[0] = 1.0  # perfect data leave no error
    programmes.choose_for_groups(c)
    assert c.backbone.choice[0] == 0


# --- adoption and fidelity


@pytest.mark.parametrize(
    ("how", "hazard"),
    [("alone", 0.005), ("public", 0.005 + 0.03 * 0.4), ("plan", 0.005 + 0.03 * 0.4 + 0.5), ("office", 0.005 + 0.03 * 0.4 + 0.24)],
)
def test_adoption_is_rare_alone_and_driven_by_data_plan_or_office(how, hazard):
    """0.005 alone; 0.03 x 0.4 with public data; 1 x 0.5 by a kept plan with data of 0.5; 0.3 x 0.8 for a client."""
    c = menu(adopt_alone=0.005, adopt_public=0.03, adopt_plan=1.0, adopt_office=0.3)
    npo = c.npos[0]
    if how != "alone":
        c.town.public_kappa[0] = 0.4
    if how == "plan":
        make_members(c)
        c.backbone.plan_stands, c.backbone.kappa[0] = 1, 0.5
    if how == "office":
        npo.client, c.town.office_support = 1, 0.8
    assert programmes.chance_to_adopt(npo, c) == approx(hazard)


@pytest.mark.parametrize(("income", "can"), [(3.9, False), (4.0, True)])
def test_training_that_a_small_organisation_cannot_bear_keeps_it_away(income, can):
    """40 hours a year are 10 a quarter; $4k a quarter pay 100 hours, a tenth of which may go to training."""
    c = menu(training_hours=40.0, training_share=0.1, hourly_cost=0.04)
    c.npos[0].usual_income = income
    assert (programmes.chance_to_adopt(c.npos[0], c) > 0.0) == can


def test_a_new_programme_begins_at_low_fidelity_and_takes_hours_of_training_for_a_year():
    """Adopted at a fidelity of 0.3; 10 of 100 hours a quarter go to training in four quarters, none afterwards."""
    c = menu(adopt_alone=1.0, fidelity_first=0.3, training_hours=40.0, training_share=1.0, hourly_cost=0.04, own_learning=0.0)
    npo = c.npos[0]
    npo.spending = 4.0
    programmes.run_programme(npo, c)
    assert (npo.programme, npo.fidelity, npo.training_left) == (0, 0.3, 4)
    shares = []
    for _ in range(5):
        budgeting.split_hours(npo, c)
        shares.append(npo.learning)
        programmes.run_programme(npo, c)
    assert shares == approx([0.1] * 4 + [0.0])


@pytest.mark.parametrize(("support", "fidelity"), [(0.0, 0.35), (0.5, 0.4), (1.0, 0.45)])
def test_fidelity_moves_to_what_support_allows(support, fidelity):
    """From 0.3 a quarter of the way to 0.5 + 0.4 x support."""
    c = menu(fidelity_alone=0.5, fidelity_supported=0.9, fidelity_speed=0.25)
    npo = c.npos[0]
    npo.programme, npo.fidelity, npo.client, c.town.office_support = 0, 0.3, 1, support
    programmes.run_programme(npo, c)
    assert npo.fidelity == approx(fidelity)


@pytest.mark.parametrize(("low", "high", "kept"), [(0.24, 0.25, False), (0.25, 0.26, True)])
def test_fidelity_leaves_with_staff_and_an_unsupported_programme_may_be_dropped(low, high, kept):
    """0.5 falls by 30 %; half of those without any support drop it, a quarter of those supported at 0.5."""
    c = menu(fidelity_speed=0.0, fidelity_loss=0.3, drop_programme=0.5)
    npo = c.npos[0]
    npo.programme, npo.fidelity, npo.turned_over, npo.client, c.town.office_support = 0, 0.5, 1, 1, 0.5
    with_luck(c, For.ADOPT, low, high, b=1)
    programmes.run_programme(npo, c)
    assert (npo.programme, npo.fidelity) == ((0, approx(0.35)) if kept else (-1, 0.0))


def test_who_turns_to_another_need_leaves_its_programme_behind():
    c = community(needs=2, menu=2, change_need=1.0, need_change_cost=0.0)
    c.npos[0].programme, c.npos[0].fidelity = 1, 0.9
    c.town.money_for, c.town.working_on = padded([0.0, 9.0], 8), padded([1, 0], 8, 0)
    with_luck(c, For.NEED, 0.5, 1.0, b=1)
    sites.reconsider_need(c.npos[0], c)
    assert (c.npos[0].need, c.npos[0].programme, c.npos[0].fidelity) == (1, -1, 0.0)


def test_few_have_a_tested_programme_as_they_begin():
    c = menu(npos=400, tested_first=0.25, fidelity_alone=0.5)
    for npo in c.npos:
        programmes.begin_programme(npo, c)
    run = [npo for npo in c.npos if npo.programme >= 0]
    assert len(run) == approx(100, abs=25)
    assert {npo.programme for npo in run} == {0, 1}
    assert {npo.fidelity for npo in run} == {0.5}


# --- the office


def office(npos: int = 1, **settings: Any) -> Any:
    """An office paid $200k a year from all budgets of $1,000k, long after its preparation."""
    c = menu(npos, programme_office=1, annual_budget=1000.0, backbone_share=0.2, staff_cost=50.0, **settings)
    c.funders[0].budget = 1000.0
    return c


def test_the_office_is_paid_from_the_same_money_as_a_backbone_would_be():
    """A fifth of a quarter's 250, booked as learning; what is left can be granted."""
    c = office()
    money.receive_budget(c.funders[0], c)
    assert (c.funders[0].purse, c.town.spent[Use.LEARNING], c.town.office_money) == approx((200.0, 50.0, 50.0))
    c.town.tick = 0
    c.p.warmup_quarters = 4
    assert money.office_share(c.funders[0], c) == 0.0


def test_an_office_supports_its_clients_the_better_the_fewer_they_are():
    """$50k a quarter pay 4 staff at $50k a year: 0.9 x (1 - exp(-4 / (0.2 x (10 + 10)))) with ten clients."""
    c = office(10, staff_need=0.2, staff_base=10.0, office_support=0.9)
    for npo in c.npos:
        npo.client = 1
    c.town.office_money = 50.0
    programmes.run_office(c)
    assert c.town.office_support == approx(0.9 * (1 - math.exp(-1.0)))
    assert c.town.office_money == 0.0
    programmes.run_office(c)  # no money, no support
    assert c.town.office_support == 0.0


@pytest.mark.parametrize(("income", "client"), [(2.0, 0), (8.0, 1)])
def test_small_organisations_cannot_bear_the_offices_hours(income, client):
    """Support of 0.5 seems worth 3 % of 50 or 200 hours, and takes 4."""
    c = office(hope=0.06, office_reach=1.0, office_speed=1.0, office_hours=4.0, hourly_cost=0.04)
    c.npos[0].usual_income, c.town.office_support = income, 0.5
    programmes.visit_office(c.npos[0], c)
    assert c.npos[0].client == client


def test_clients_take_the_programme_the_office_recommends():
    c = office()
    c.npos[0].client, c.town.office_choice[0] = 1, 1
    assert programmes.choose_programme(c.npos[0], c) == 1


# --- what prevention trials measure


@pytest.mark.parametrize(("protection", "begun"), [(0.0, 0.3), (0.5, 0.1547), (-0.5, 0.5009)])
def test_the_share_that_has_begun_falls_with_protection(protection, begun):
    """logistic(log(0.3 / 0.7) - 1.702 z), close to the normal share below -0.524 - z: 0.153 and 0.490."""
    assert behaviour.begun_at(protection, 0.3) == approx(begun, abs=5e-4)
    normal = 0.5 * math.erfc((0.5244 + protection) / math.sqrt(2))
    assert abs(begun - normal) < 0.012


def test_protection_follows_needs_met_since_the_common_start():
    """Needs met rise from 0.4 to 0.5 at one of two schools alike: 0.4 x 1.2 x log(1.25) sd after a year, half of pupils."""
    c = community(schools=2, needs=1, behaviour_base=0.3, protection=1.2, protection_speed=0.4, warmup_quarters=104)
    for school in c.schools:
        school.recent[0] = 0.4
    behaviour.change_behaviour(c)
    assert c.town.begun[0] == approx(0.3)
    c.town.tick, c.schools[0].recent[0] = 104, 0.5
    behaviour.change_behaviour(c)
    z = 0.4 * 1.2 * math.log(1.25)
    assert c.schools[0].guard[0] == approx(z)
    assert c.town.begun[0] == approx(0.5 * (0.3 + behaviour.begun_at(z, 0.3)))


# --- systems change


def campaign(**settings: Any) -> Any:
    """An initiative at work with legitimacy 0.5, half its strategic direction staffed, and one member who half agrees."""
    c = community(convened=1, systems_rate=0.04, systems_delay=0.0, ceiling=0.9, confidence_bound=0.5, **settings)
    make_members(c)
    c.backbone.status, c.backbone.legitimacy, c.backbone.agenda_set = Status.ACTIVE.value, 0.5, 1
    c.backbone.coverage[Function.STRATEGIC_DIRECTION] = 0.5
    c.npos[0].priorities, c.backbone.agenda = padded([0.75, 0.25], 8), padded([0.5, 0.5], 8)
    c.schools[0].provision = padded([0.4, 0.6], 8)
    return c


def test_pressure_for_systems_change_is_rate_by_legitimacy_direction_and_agreement():
    """0.04 x 0.5 x 0.5 x 0.5 = 0.005, and 0.001 that organisations manage alone, in every arm."""
    c = campaign(systems_alone=0.001)
    systems.build_pressure(c)
    assert c.town.pressure == approx(0.006)
    c.backbone.status = Status.FAILED.value
    systems.build_pressure(c)
    assert c.town.pressure == approx(0.001)


def test_pressure_takes_years_to_build_up():
    """A delay of two years: a ninth of the way a quarter."""
    c = campaign()
    c.p.systems_delay = 2.0
    systems.build_pressure(c)
    assert c.town.pressure == approx(0.005 / 9)


@pytest.mark.parametrize(("low", "high", "provision"), [(0.49, 0.5, [0.4, 0.6]), (0.5, 0.51, [0.405, 0.603])])
def test_half_of_the_campaigns_fail_the_others_close_part_of_the_gap(low, high, provision):
    """1 % of the gaps 0.5 and 0.3 between provision and its ceiling of 0.9."""
    c = campaign(systems_failure=0.5)
    c.town.pressure = 0.01
    with_luck(c, For.REFORM, low, high)
    systems.reform(c)
    assert c.schools[0].provision[:2] == approx(provision)


def test_systems_change_takes_members_hours_of_their_own():
    c = campaign(systems_hours=6.0)
    with_it = coordination.member_hours(c.npos[0], c)
    c.p.systems_rate = 0.0
    assert coordination.member_hours(c.npos[0], c) == approx(with_it - 6.0)


def test_members_that_broke_their_promise_run_their_programme_unsupported():
    c = menu()
    make_members(c, kept=Promise.BROKEN)
    c.backbone.plan_stands, c.backbone.kappa[0] = 1, 0.5
    assert programmes.support_for(c.npos[0], c) == 0.0
    c.npos[0].kept = Promise.KEPT.value
    assert programmes.support_for(c.npos[0], c) == 0.5
