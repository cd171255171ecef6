"""Money that comes and goes: yearly grants, interventions, shocks and inequality, with numbers worked by hand."""

from __future__ import annotations

from typing import Any

import pytest

from cisim.engines.world import settings_record
from cisim.model import budgeting, coordination, grants, inequality, interventions, membership, money, settling, shocks
from cisim.model.codes import Leaver, Status, WhyClosed
from cisim.numerics.chance import For, chance
from tests.conftest import tiny
from tests.naive import community, make_members, with_luck

approx = pytest.approx


# --- grants, walked once a year


@pytest.mark.parametrize(("low", "high", "years"), [(0.32, 0.33, 1), (0.34, 0.35, 2), (0.66, 0.67, 2), (0.67, 0.68, 3)])
def test_grants_last_around_the_usual_number_of_years(low, high, years):
    """Where two years are usual, one, two and three are equally likely."""
    c = community(grant_years=2)
    npo = c.npos[0]
    npo.prospects[0], npo.won[0], c.funders[0].claims, c.funders[0].available = 0, 1, 1.0, 0.1
    c.funders[0].usual_years = grants.usual_years(c.funders[0], c)  # as the round opened
    with_luck(c, For.AWARD, low, high, b=1)
    grants.accept_awards(npo, c)
    assert npo.left[0] == years


def test_year_of_grants_is_added_up_once():
    """A running grant of 3 from an aligned funder and a new one of 5 are 8 a quarter, two grants, one reported in common;
    the funder has promised the new one, too."""
    c = community(funders=2, largest_award=100.0)
    npo = c.npos[0]
    npo.prospects[:2], npo.left[0], npo.grants[0], npo.won[1] = [0, 1], 1, 3.0, 1
    c.funders[0].aligned, c.funders[1].available, c.funders[1].claims = 1, 5.0, 1.0
    grants.accept_awards(npo, c)
    assert (npo.instalment, npo.live_grants, npo.common_reports) == (8.0, 2, 1)
    assert [f.promised for f in c.funders] == [0.0, 5.0]


def year_ends(closing: int) -> Any:
    """An NPO with a grant of 3 in its last year and one of 5 with a year to go, as the year ends."""
    c = community(funders=2)
    npo = c.npos[0]
    npo.prospects[:2], npo.left[:2], npo.grants[:2] = [0, 1], [1, 2], [3.0, 5.0]
    npo.instalment, npo.closing = 8.0, closing
    c.funders[0].promised, c.funders[1].promised = 3.0, 5.0
    settling.forget_promises(c)
    settling.run_down_grants(npo, c)
    return c


def test_grants_run_down_by_the_year():
    """Of 3 and 5 a quarter only 5 go on into the next year, and only they are promised."""
    c = year_ends(closing=0)
    npo = c.npos[0]
    assert (npo.left[:2], npo.grants[:2], npo.instalment) == ([0, 1], [0.0, 5.0], 5.0)
    assert [f.promised for f in c.funders] == [0.0, 5.0]


def test_grants_of_who_closes_at_the_years_end_are_promised_no_more():
    """Nothing goes on."""
    c = year_ends(closing=1)
    assert (c.npos[0].left[:2], c.npos[0].instalment) == ([0, 0], 0.0)
    assert [f.promised for f in c.funders] == [0.0, 0.0]


def test_grants_of_who_closes_within_the_year_are_freed():
    """A funder that promised 12 a quarter to two organisations promises 8 after the one with 4 has closed."""
    c = community(npos=2)
    npo = c.npos[0]
    npo.prospects[0], npo.left[0], npo.grants[0], npo.instalment, npo.live_grants, npo.closing = 0, 2, 4.0, 4.0, 1, 1
    c.funders[0].promised = 12.0
    settling.close_down(c)
    assert c.funders[0].promised == 8.0
    assert (npo.left[0], npo.grants[0], npo.instalment, npo.live_grants) == (0, 0.0, 0.0, 0)


@pytest.mark.parametrize(("purse", "pays", "left", "short"), [(30.0, 1.0, 10.0, 0), (20.0, 1.0, 0.0, 0), (5.0, 0.25, 0.0, 1)])
def test_funder_pays_what_it_promised_as_far_as_its_purse_goes(purse, pays, left, short):
    """Of 20 promised a purse of 5 pays a quarter."""
    c = community()
    c.funders[0].promised, c.funders[0].purse = 20.0, purse
    grants.pay_instalments(c.funders[0], c)
    assert (c.funders[0].pays, c.funders[0].purse, c.town.short) == (pays, left, short)


def test_in_a_short_quarter_each_grant_is_cut_as_its_funder_is():
    """4 from a funder that pays a quarter and 5 from one that pays in full are 6."""
    c = community(funders=2)
    npo = c.npos[0]
    npo.prospects[:2], npo.left[:2], npo.grants[:2], npo.instalment = [0, 1], [1, 1], [4.0, 5.0], 9.0
    c.funders[0].pays, c.town.short = 0.25, 1
    budgeting.receive_income(npo, c)
    assert npo.income == 6.0
    c.town.short = 0
    budgeting.receive_income(npo, c)
    assert npo.income == 9.0


def test_funder_awards_what_is_free_and_part_of_what_was_left():
    """10 a quarter less a tenth for the backbone; of 25 in the purse 12 lay over, a quarter of which goes out: 9 + 3 - 4."""
    c = community(convened=1, backbone_support=1, backbone_share=0.1, annual_budget=40.0, grant_years=1)
    funder = c.funders[0]
    funder.budget, funder.purse, funder.promised = 40.0, 25.0, 4.0
    grants.open_round(funder, c)
    assert funder.available == approx(8.0)


@pytest.mark.parametrize(("low", "high", "aligned"), [(0.91, 0.92, 1), (0.92, 0.93, 0)])
def test_aligned_funders_turn_elsewhere_now_and_then(low, high, aligned):
    """At 0.08 a year; and nobody changes sides while the initiative is only forming."""
    c = community(convened=1, align=0.06, turn_elsewhere=0.08)
    c.funders[0].aligned, c.backbone.members, c.backbone.status = 1, 3, Status.FORMING.value
    with_luck(c, For.ALIGN, low, high)
    membership.consider_aligning(c.funders[0], c)
    assert c.funders[0].aligned == 1
    c.backbone.status = Status.SUSTAINED.value
    membership.consider_aligning(c.funders[0], c)
    assert c.funders[0].aligned == aligned


def test_other_initiatives_weigh_like_partnerships():
    """12 hours for one, 12 x 2^1.3 for one and a partnership, or for two; an NPO that joins has them on top."""
    c = community(further_initiatives=1)
    npo = c.npos[0]
    npo.usual_income = 40.0  # 1000 hours
    alone = membership.expected_burden(npo, c)
    assert coordination.partnership_hours(npo, c) == approx(12.0)
    c.p.further_initiatives = 0
    assert alone - membership.expected_burden(npo, c) == approx(0.012)
    npo.partnerships = 1
    c.p.further_initiatives = 1
    assert coordination.partnership_hours(npo, c) == approx(29.54747, rel=1e-6)


# --- interventions


def meant(**given: Any) -> Any:
    """9 a quarter from quarter 100 to 103 for need 0 at stage 0, with organisations of size 2 and 1 it is for, one that
    works on another need and one at another stage."""
    c = community(schools=2, npos=4, n_interventions=1)
    values = {"need": 0, "stage": 0, "district": -1, "first": 100, "last": 104, "restricted": 1, "through": 0, "amount": 9.0}
    for name, value in {**values, **given}.items():
        getattr(c.p, f"intervention_{name}")[0] = value
    c.npos[0].size, c.npos[2].need, c.npos[3].stage = 2.0, 1, 1
    c.schools[1].district = 1
    for npo, site in zip(c.npos, (0, 1, 0, 0), strict=True):
        npo.n_sites, npo.sites[0] = 1, site
    return c


def received(c: Any) -> list[float]:
    """What each organisation receives this quarter."""
    interventions.open_interventions(c)
    for npo in c.npos:
        interventions.receive_interventions(npo, c)
    return [npo.earmarked for npo in c.npos]


def test_intervention_is_shared_by_size_among_those_it_is_for():
    """9 are 6 and 3; another need and another stage get nothing."""
    c = meant()
    assert received(c) == approx([6.0, 3.0, 0.0, 0.0])
    assert (c.town.money_in, c.town.waiting[0]) == (9.0, 0.0)


def test_intervention_may_be_for_one_district():
    """One NPO works, first of all, in district 0 and one in district 1; the closed get nothing anywhere."""
    assert received(meant(district=0)) == approx([9.0, 0.0, 0.0, 0.0])
    assert received(meant(district=1)) == approx([0.0, 9.0, 0.0, 0.0])
    c = meant()
    c.npos[0].alive = 0
    assert received(c) == approx([0.0, 9.0, 0.0, 0.0])


def test_intervention_has_its_dates():
    """9 arrive in each quarter from 100 to 103, none before or after."""
    c = meant()
    came = []
    for c.town.tick in range(98, 107):
        came.append(sum(received(c)))
    assert came == approx([0, 0, 9, 9, 9, 9, 0, 0, 0])
    assert c.town.money_in == 36.0


def test_money_for_which_there_is_nobody_waits():
    """Two quarters lie there until somebody turns to the need: it then gets three quarters' money at once."""
    c = meant(need=3)
    assert received(c) == [0.0] * 4
    assert received(c) == [0.0] * 4
    assert c.town.waiting[0] == 18.0
    c.npos[0].need = 3
    assert received(c) == approx([27.0, 0.0, 0.0, 0.0])
    assert c.town.waiting[0] == 0.0


@pytest.mark.parametrize(
    ("through", "status", "members", "money"),
    [
        (1, Status.ACTIVE, (1, 2), [0.0, 9.0, 0.0, 0.0]),
        (1, Status.SUSTAINED, (1,), [0.0, 9.0, 0.0, 0.0]),
        (1, Status.ACTIVE, (2,), [6.0, 3.0, 0.0, 0.0]),  # no member works on the need
        (1, Status.FORMING, (1,), [6.0, 3.0, 0.0, 0.0]),  # nothing is at work yet
        (1, Status.FINISHED, (1,), [6.0, 3.0, 0.0, 0.0]),
        (0, Status.ACTIVE, (1,), [6.0, 3.0, 0.0, 0.0]),  # not meant to go through the initiative
    ],
)
def test_intervention_through_an_initiative_goes_to_members(through, status, members, money):
    """To members it is for while the initiative is at work, and otherwise to all it is for."""
    c = meant(through=through)
    make_members(c, *members)
    c.backbone.status = status.value
    assert received(c) == approx(money)


@pytest.mark.parametrize(("restricted", "unrestricted"), [(1, 0.0), (0, 0.5)])
def test_extra_money_is_spent_as_it_comes(restricted, unrestricted):
    """6 of grants and 6 of an intervention: 12 are spent, nothing is saved, the usual income stays 6, and half is free money
    if it is unrestricted."""
    c = meant(restricted=restricted)
    npo = c.npos[0]
    npo.usual_income = npo.instalment = 6.0
    interventions.open_interventions(c)
    budgeting.receive_income(npo, c)
    assert (npo.spending, npo.income, npo.reserves, npo.usual_income) == approx((12.0, 6.0, 0.0, 6.0))
    assert npo.unrestricted == approx(unrestricted)


def test_interventions_of_a_scenario_are_dated_from_the_common_start():
    """After a warm-up of four quarters years 2 and 3 are quarters 8 to 15; 500 a year are 125 a quarter."""
    one = {"need": "health", "stage": "middle", "amount": 500.0, "from_year": 2, "to_year": 3, "district": 2}
    scenario = tiny(community={"districts": 2}).change({"interventions": [one]})
    p = settings_record(scenario, scenario.settings)[0]
    assert p["n_interventions"] == 1
    place = [p[f"intervention_{name}"][0] for name in ("need", "stage", "district", "first", "last", "amount")]
    assert place == [1, 2, 1, 8, 16, 125.0]


# --- shocks


def test_shock_of_a_year_falls_in_its_first_quarter():
    """After a warm-up of four quarters year 2 begins with quarter 8; year 0 never does."""
    c = community(warmup_quarters=4)
    seen = []
    for c.town.tick in range(40):
        if shocks.happens_now(2, c):
            seen.append(c.town.tick)
        assert not shocks.happens_now(0, c)
    assert seen == [8]


def test_largest_funder_leaves_for_good():
    """Of 5, 9 and 9 the first 9 goes: it gets no more budget and still pays what it promised from what it has."""
    c = community(funders=3, warmup_quarters=4, funder_exit_year=25)
    for funder, budget in zip(c.funders, (5.0, 9.0, 9.0), strict=True):
        funder.budget, funder.purse, funder.promised = budget, 30.0, 20.0
    shocks.strike(c)
    assert [f.budget for f in c.funders] == [5.0, 0.0, 9.0]
    paid = []
    for _ in range(3):
        money.receive_budget(c.funders[1], c)
        grants.pay_instalments(c.funders[1], c)
        paid.append(20.0 * c.funders[1].pays)
    assert paid == approx([20.0, 10.0, 0.0])
    assert c.town.money_in == 0.0
    c.town.tick = 101
    shocks.strike(c)
    assert [f.budget for f in c.funders] == [5.0, 0.0, 9.0]


def test_budgets_are_cut_for_the_years_of_the_cut():
    """40 a year is 10 a quarter, and 6 in quarters 8 to 15, years 2 and 3; that is also what comes in."""
    c = community(warmup_quarters=4, money_cut=0.4, money_cut_year=2, money_cut_years=2)
    funder = c.funders[0]
    funder.budget = 40.0
    came = {}
    for c.town.tick in (4, 7, 8, 15, 16):
        before = c.town.money_in
        money.receive_budget(funder, c)
        came[c.town.tick] = c.town.money_in - before
    assert came == approx({4: 10.0, 7: 10.0, 8: 6.0, 15: 6.0, 16: 10.0})


def known(member: int = 1) -> Any:
    """Four organisations that 3, 7, 5 and 9 trust; the first and third are members, if there are any; the last is closed."""
    c = community(npos=4, warmup_quarters=4, member_leaves_year=25, closure=0.0, closure_broke=0.0)
    for npo, trusted_by in zip(c.npos, (3, 7, 5, 9), strict=True):
        npo.known_by = trusted_by
    c.npos[3].alive = 0
    if member:
        make_members(c, 0, 2)
    return c


@pytest.mark.parametrize(("member", "slot"), [(1, 2), (0, 1)])
def test_shock_takes_the_most_trusted_member(member, slot):
    """Of members the one that 5 trust; where there are none the one that 7 trust; it alone closes, and says why."""
    c = known(member)
    shocks.strike(c)
    assert c.town.struck == slot
    for npo in c.npos:
        settling.consider_closing(npo, c)
    assert [npo.closing for npo in c.npos] == [int(npo.slot == slot) for npo in c.npos]
    assert c.npos[slot].why_closed == WhyClosed.CLOSED_BY_SHOCK
    c.town.tick = 101
    shocks.strike(c)
    assert c.town.struck == -1


def test_shock_may_take_any_member():
    """Whoever draws the highest, however trusted: over 40 seeds both members are struck, and nobody else."""
    c = known()
    c.p.member_leaves = Leaver.RANDOM.value
    struck = set()
    for c.town.seed in range(40):
        ref = max((0, 2), key=lambda who: chance(c, For.STRUCK, who, 0))
        shocks.strike(c)
        assert c.town.struck == ref
        struck.add(ref)
    assert struck == {0, 2}


def test_shock_finds_nobody_where_nobody_is():
    """With all closed nobody is struck."""
    c = known(member=0)
    for npo in c.npos:
        npo.alive = 0
    shocks.strike(c)
    assert c.town.struck == -1


# --- inequality


@pytest.mark.parametrize(
    ("incomes", "gini"),
    [
        ([3.0, 3.0, 3.0], 0.0),
        ([0.0, 0.0, 3.0], 2 / 3),
        ([3.0, 1.0], 0.25),
        ([4.0, 2.0, 3.0, 1.0], 0.25),  # (-3 x 1 - 1 x 2 + 1 x 3 + 3 x 4) / (4 x 10)
        ([5.0], 0.0),
        ([0.0, 0.0], 0.0),
    ],
)
def test_gini_of_a_few(incomes, gini):
    """0 where all have the same, towards 1 where one has it all; the order of organisations and those closed do not count."""
    for order in (incomes, incomes[::-1]):
        c = community(npos=len(order) + 2)
        for npo, income in zip(c.npos, [8.0, *order, 9.0], strict=True):
            npo.yearly_income = income
        c.npos[0].alive = c.npos[-1].alive = 0
        assert inequality.funding_gini(c) == approx(gini)
        assert [npo.yearly_income for npo in c.npos] == [8.0, *order, 9.0]


def test_income_of_a_year_is_added_up_and_begun_anew():
    """Four quarters of 3 from grants and, in one of them, 2 of an intervention are 14; the next year begins with 3."""
    c = meant(amount=3.0, first=101, last=102)
    npo = c.npos[0]
    npo.instalment = 3.0
    totals = []
    for c.town.tick in range(100, 105):
        interventions.open_interventions(c)
        budgeting.receive_income(npo, c)
        totals.append(npo.yearly_income)
    assert totals == approx([3.0, 8.0, 11.0, 14.0, 3.0])
