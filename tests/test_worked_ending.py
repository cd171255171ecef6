"""How an initiative lasts, loses its money and ends, with numbers worked by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from cisim.model import backbone, coordination, ending, membership, money
from cisim.model.codes import Promise, Status, WhyMember
from cisim.numerics.chance import For
from tests.naive import community, knows, make_members, with_luck

approx = pytest.approx


def at_work(npos: int = 5, **settings: Any) -> Any:
    """An initiative of five members, at work since the last quarter, that nothing but what a test sets can end.

    Its backbone takes a tenth of 4000 a year and is paid for throughout.
    """
    weights = {"end_active": 0.0, "end_money": 0.0, "end_trust": 0.0, "end_leader": 0.0, "end_base": -10.0}
    c = community(npos=npos, convened=1, backbone_support=1, warmup_quarters=4, **{**weights, **settings})
    c.p.annual_budget, c.p.backbone_share = 4000.0, 0.1
    c.p.least_members = settings.get("least_members", 0)
    make_members(c)
    c.backbone.status, c.backbone.working_since, c.backbone.keepers = Status.ACTIVE.value, 99, npos
    with_luck(c, For.ENDING, 0.5, 0.51)
    return c


# --- the hazard


def test_hazard_of_ending_is_logistic_in_what_holds_it_together():
    """-0.8 - 3 x 4/5 - 2 x 1 - 2.4 x 0.5 = -6.4, and 1 more in the quarter the leader leaves."""
    c = at_work(end_base=-0.8, end_active=3.0, end_money=2.0, end_trust=2.4, end_leader=1.0)
    c.backbone.keepers, c.backbone.member_trust = 4, 0.5
    assert ending.ending_hazard(c.backbone, c) == approx(1 / (1 + math.exp(6.4)))
    c.backbone.leader_left = 1
    assert ending.ending_hazard(c.backbone, c) == approx(1 / (1 + math.exp(5.4)))


def test_without_members_nobody_is_active():
    """0 of 0 is nothing, not an error."""
    c = at_work()
    c.backbone.members = c.backbone.keepers = 0
    assert ending.active_share(c.backbone) == 0.0


@pytest.mark.parametrize(
    ("support", "years", "reserves", "sight"),
    [
        (1, 0, 0.0, 1.0),  # paid throughout
        (1, 30, 0.0, 1.0),  # paid until quarter 4 + 120
        (1, 20, 100.0, 0.25),  # money ended at quarter 84; 100 are a quarter of a year
        (1, 20, 900.0, 1.0),  # no more than a year is in sight
        (0, 0, 100.0, 0.0),  # no backbone, no money for one
    ],
)
def test_money_in_sight_is_a_year_while_paid_and_then_what_reserves_cover(support, years, reserves, sight):
    """Years of the backbone's budget of 400 that it can still count on, at most one."""
    c = at_work(backbone_years=years)
    c.p.backbone_support, c.backbone.reserves = support, reserves
    assert ending.money_in_sight(c.backbone, c) == approx(sight)


@pytest.mark.parametrize(("low", "high", "ends"), [(0.49, 0.5, True), (0.5, 0.51, False)])
def test_ends_at_the_hazard(low, high, ends):
    """A logit of 0 is an even chance."""
    c = at_work(end_base=0.0)
    with_luck(c, For.ENDING, low, high)
    ending.judge_initiative(c.backbone, c)
    assert (c.backbone.status >= Status.FINISHED) == ends


@pytest.mark.parametrize("status", [Status.NONE, Status.FORMING, Status.FAILED])
def test_only_what_works_can_end(status):
    """Before the first review, and after the end, nothing is judged, however high the hazard."""
    c = at_work(end_base=5.0)
    c.backbone.status = status.value
    ending.judge_initiative(c.backbone, c)
    assert c.backbone.status == status
    assert c.backbone.members == 5


def test_year_with_too_few_members_ends_it_as_failed():
    """Five members where six are the least: three quarters are borne, the fourth is the last; one good quarter between
    starts the count anew."""
    c = at_work(least_members=6)
    for _ in range(3):
        ending.judge_initiative(c.backbone, c)
    c.p.least_members = 5
    ending.judge_initiative(c.backbone, c)
    c.p.least_members = 6
    for _ in range(3):
        ending.judge_initiative(c.backbone, c)
        assert c.backbone.status == Status.ACTIVE
    ending.judge_initiative(c.backbone, c)
    assert c.backbone.status == Status.FAILED


@pytest.mark.parametrize(
    ("keepers", "most", "progress", "status"),
    [
        (3, 12, 0.0, Status.FINISHED),
        (2, 5, 0.5, Status.FAILED),  # fewer than three are active
        (3, 13, 0.5, Status.FAILED),  # fewer than a quarter of its most
        (5, 5, -0.01, Status.FAILED),  # nothing to show
    ],
)
def test_finished_is_not_failed(keepers, most, progress, status):
    """Who ends with enough active members and progress to show has finished."""
    c = at_work(end_base=5.0)
    c.backbone.keepers, c.backbone.most_members, c.backbone.progress = keepers, most, progress
    ending.judge_initiative(c.backbone, c)
    assert c.backbone.status == status


@pytest.mark.parametrize(
    ("years", "since", "status"),
    [
        (0, 80, Status.SUSTAINED),  # at work for 20 quarters
        (0, 81, Status.ACTIVE),
        (23, 99, Status.SUSTAINED),  # paid until quarter 96, a year ago
        (24, 99, Status.ACTIVE),
    ],
)
def test_sustained_is_who_lasts_five_years_or_outlives_its_money_by_one(years, since, status):
    """In quarter 100, with five years of work to last and money since quarter 4."""
    c = at_work(sustained_years=5, backbone_years=years)
    c.backbone.working_since = since
    ending.judge_initiative(c.backbone, c)
    assert c.backbone.status == status


# --- what an ending leaves


def ended() -> Any:
    """An initiative that held 100 when it ended, with two funders, of whom the larger has three times the budget."""
    c = at_work(npos=2)
    c.funders = community(funders=2).funders
    c.funders[0].budget, c.funders[1].budget, c.funders[1].purse = 300.0, 100.0, 7.0
    c.funders[0].aligned = c.backbone.agenda_set = c.backbone.plan_stands = 1
    c.backbone.purse, c.backbone.reserves, c.backbone.kappa[0] = 60.0, 40.0, 0.5
    c.backbone.group_size[0], c.backbone.reporters[0], c.npos[0].steering = 2, 2, 1
    knows(c.npos[0], n1=0.8)
    c.npos[0].quality, c.npos[0].n_sites, c.npos[0].sites[0] = 0.6, 1, 0
    c.backbone.status = Status.FAILED.value
    ending.end_initiative(c.backbone, c)
    return c


def test_money_goes_back_to_funders_by_their_budgets():
    """Of 60 in the pot and 40 in reserve 75 and 25 go back; nobody is aligned any more."""
    c = ended()
    assert [f.purse for f in c.funders] == approx([75.0, 32.0])
    assert (c.backbone.purse, c.backbone.reserves) == (0.0, 0.0)
    assert [f.aligned for f in c.funders] == [0, 0]


def test_money_stays_where_it_is_if_there_is_no_funder_left():
    """With no budget to go by nothing moves, so nothing is lost."""
    c = community()
    c.backbone.purse, c.backbone.reserves = 60.0, 40.0
    money.return_to_funders(c.backbone, c)
    assert (c.backbone.purse, c.backbone.reserves, c.funders[0].purse) == (60.0, 40.0, 0.0)


def test_members_are_free_and_keep_what_they_have():
    """Membership, seats, agenda and plan lapse; trust, quality, sites and the last promise stay as they were."""
    c = ended()
    assert [(npo.member, npo.next_member, npo.steering) for npo in c.npos] == [(0, 0, 0)] * 2
    assert c.npos[0].why_member == WhyMember.INITIATIVE_ENDED
    assert (c.backbone.members, c.backbone.agenda_set, c.backbone.plan_stands, c.backbone.group_size[0]) == (0, 0, 0, 0)
    assert (c.npos[0].trust[0], c.npos[0].quality, c.npos[0].sites[0], c.npos[0].kept) == (0.8, 0.6, 0, Promise.KEPT)


def test_nobody_joins_what_has_ended_and_nobody_pays_for_it():
    """With a sure invitation nobody joins; budgets arrive whole; no review is held, and no status comes back."""
    c = ended()
    c.p.recruit = c.p.own_reach = c.p.hope = 1.0
    c.npos[0].usual_income = 100.0
    membership.reconsider_membership(c.npos[0], c)
    assert c.npos[0].next_member == 0
    purse = c.funders[0].purse
    money.receive_budget(c.funders[0], c)
    money.fill_the_pot(c)
    backbone.hold_review(c.backbone, c)
    assert c.funders[0].purse == approx(purse + 75.0)
    assert (c.backbone.to_members, c.backbone.spent, c.backbone.status) == (0.0, 0.0, Status.FAILED)


def test_functions_end_at_once_and_data_fade():
    """Nobody covers a function any more; data of quality 0.5 lose 12 % a quarter: 0.44."""
    c = ended()
    c.p.shared_measurement, c.p.data_speed, c.backbone.spent = 1, 0.12, 100.0
    backbone.cover_functions(c.backbone, c)
    backbone.improve_shared_data(c.backbone, c)
    assert c.backbone.coverage == [0.0] * 6
    assert c.backbone.kappa[0] == approx(0.44)


# --- withdrawal


@pytest.mark.parametrize(("tick", "paid"), [(15, True), (16, False)])
def test_backbone_is_paid_for_as_many_years_as_promised(tick, paid):
    """Three years from quarter 4 on end with quarter 15; then only what aligned funders add goes into the pot."""
    c = at_work(backbone_years=3, annual_budget=4000.0, common_pot_share=0.2)
    c.town.tick = tick
    assert money.backbone_is_funded(c) == paid
    assert money.pot_share_wanted(c.funders[0], c) == approx(0.1 if paid else 0.0)
    c.funders[0].aligned = 1
    assert money.pot_share_wanted(c.funders[0], c) == approx(0.3 if paid else 0.2)


@pytest.mark.parametrize(
    ("purse", "reserves", "spent", "saved", "left"),
    [
        (130.0, 0.0, 95.0, 5.0, 30.0),  # 5 % of 100 is put aside, 30 are for members
        (130.0, 398.0, 98.0, 2.0, 30.0),  # until a year's budget lies there
        (130.0, 400.0, 100.0, 0.0, 30.0),
        (60.0, 400.0, 100.0, -40.0, 0.0),  # a thin quarter is filled up from reserves: 40 of at most 400 / 8 = 50
        (20.0, 400.0, 70.0, -50.0, 0.0),  # as far as the plan allows
    ],
)
def test_backbone_puts_aside_in_good_quarters_and_draws_in_thin_ones(purse, reserves, spent, saved, left):
    """Of 100 a quarter it saves a twentieth, up to a year's budget; over two years it may draw an eighth a quarter."""
    c = at_work(backbone_saving=0.05, reserve_years=1.0, reserve_plan=2.0)
    c.backbone.purse, c.backbone.reserves = purse, reserves
    money.pay_staff(c.backbone, c)
    assert (c.backbone.spent, c.backbone.reserves - reserves, c.backbone.purse) == approx((spent, saved, left))


def test_money_that_ends_fades_over_years():
    """With a plan of one year a quarter of what is left is spent each quarter: 100, 75, 56.25, and a tenth after two years."""
    c = at_work(backbone_years=1, reserve_plan=1.0)
    c.backbone.reserves = 400.0
    spent = []
    for _ in range(8):
        money.fill_the_pot(c)
        spent.append(c.backbone.spent)
    assert spent[:3] == approx([100.0, 75.0, 56.25])
    assert c.backbone.reserves == approx(400 * 0.75**8)
    assert c.backbone.reserves + sum(spent) == approx(400.0)


def test_what_is_paid_beyond_the_backbone_still_goes_to_members_after_withdrawal():
    """The pot of 30 is all theirs, though the backbone lives on its reserves."""
    c = at_work(backbone_years=1, reserve_plan=1.0)
    c.funders[0].to_pot, c.backbone.reserves = 30.0, 40.0
    money.fill_the_pot(c)
    assert (c.backbone.spent, c.backbone.to_members, c.backbone.reserves) == approx((10.0, 30.0, 30.0))


@pytest.mark.parametrize(
    ("status", "hours"), [(Status.FORMING, 0.0), (Status.ACTIVE, 4.0), (Status.SUSTAINED, 4.0), (Status.FAILED, 0.0)]
)
def test_outreach_takes_hours_as_long_as_the_initiative_works(status, hours):
    """4 hours a quarter of every member while it is at work, also once it is sustained."""
    c = at_work(outreach_hours=4.0)
    c.backbone.status = status.value
    with_outreach = coordination.member_hours(c.npos[0], c)
    c.p.outreach_hours = 0.0
    assert with_outreach - coordination.member_hours(c.npos[0], c) == approx(hours)
