"""Who decides, who is bound and how it ends: sanctions, mandates, leaders, committees and endings, worked by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from cisim.engines.world import GIVEN_BY_FILES
from cisim.model import backbone, coordination, founding, membership, money, sites
from cisim.model.codes import Function, Governance, Promise, Status, WhyMember
from cisim.numerics.chance import For, normal_ever
from tests.naive import community, make_members, padded, with_luck

approx = pytest.approx


# --- sanctions


def watched(commitment: float = 0.5, **settings: Any) -> Any:
    """A member watched by data of quality 0.5 with a strictness of 0.4: one in five breaches is seen."""
    c = community(convened=1, **{"strictness": 0.4, **settings})
    make_members(c)
    c.npos[0].commitment, c.npos[0].mean_trust = commitment, 0.5
    c.backbone.kappa[0] = 0.5
    return c


def test_breaches_are_seen_by_good_data_and_strict_rules():
    """0.5 x 0.4 = 0.2 for a member; nobody sees a stranger's, nor any where data are not used for sanctions."""
    c = watched()
    assert membership.breach_is_seen(c.npos[0], c) == approx(0.2)
    c.p.use_for_sanctions = 0
    assert membership.breach_is_seen(c.npos[0], c) == 0.0
    c.p.use_for_sanctions, c.npos[0].member = 1, 0
    assert membership.breach_is_seen(c.npos[0], c) == 0.0


@pytest.mark.parametrize(("low", "high", "kept"), [(0.55, 0.56, Promise.KEPT), (0.56, 0.57, Promise.BROKEN)])
def test_what_one_would_lose_helps_to_keep_a_promise(low, high, kept):
    """Three fifths of its money come from the pot: 0.5 + 0.5 x 0.2 x 0.6 = 0.56 is the chance that it keeps its word."""
    c = watched()
    c.npos[0].from_pot, c.npos[0].income, c.npos[0].earmarked = 3.0, 4.0, 1.0
    with_luck(c, For.PROMISE, low, high)
    membership.make_promise(c.npos[0], c)
    assert c.npos[0].kept == kept


@pytest.mark.parametrize(("low", "high", "sanctioned"), [(0.19, 0.2, 1), (0.2, 0.21, 0)])
def test_breach_that_is_seen_is_sanctioned(low, high, sanctioned):
    """Without any commitment the promise is broken, and one breach in five is sanctioned."""
    c = watched(commitment=0.0)
    with_luck(c, For.SANCTION, low, high)
    membership.make_promise(c.npos[0], c)
    assert c.npos[0].kept == Promise.BROKEN
    assert (c.npos[0].sanctioned, c.town.sanctions) == (sanctioned, sanctioned)


def test_kept_promise_is_never_sanctioned_and_ends_a_sanction():
    """However strict: who is fully committed keeps its word, and last quarter's sanction is over."""
    c = watched(commitment=1.0, strictness=1.0)
    c.npos[0].sanctioned = 1
    with_luck(c, For.SANCTION, 0.0, 0.01)
    membership.make_promise(c.npos[0], c)
    assert (c.npos[0].sanctioned, c.town.sanctions) == (0, 0)


def test_sanctioned_get_nothing_from_the_pot():
    """9 among three members of sizes 2, 1 and 1, the first of them sanctioned, are 0, 4.5 and 4.5."""
    c = community(npos=3, convened=1)
    make_members(c)
    c.npos[0].size, c.npos[0].sanctioned, c.backbone.to_members = 2.0, 1, 9.0
    money.weigh_pot_claims(c)
    assert [money.take_from_pot(npo, c) for npo in c.npos] == approx([0.0, 4.5, 4.5])


@pytest.mark.parametrize(("trust", "commitment"), [(0.5, 0.47), (1.0, 0.5), (0.0, 0.44)])
def test_sanctions_are_resented_where_trust_is_low(trust, commitment):
    """At rest at 0.5, a sanction at strictness 0.4 leaves 0.5 x (1 - 0.3 x 0.4 x (1 - trust))."""
    c = watched(commit_base=0.0, commit_trust=0.0, resentment=0.3)
    c.npos[0].sanctioned, c.npos[0].mean_trust = 1, trust
    membership.change_commitment(c.npos[0], c)
    assert c.npos[0].commitment == approx(commitment)


@pytest.mark.parametrize(("low", "high", "used", "joins"), [(0.07, 0.08, 1, 1), (0.08, 0.09, 1, 0), (0.08, 0.09, 0, 1)])
def test_strict_rules_keep_newcomers_away(low, high, used, joins):
    """A chance to join of 0.1 falls to 0.1 x (1 - 0.5 x 0.4) = 0.08; rules that no data enforce deter nobody."""
    chances = {"recruit": 0.1, "imitate": 0.0, "own_reach": 1.0, "hope": 1.0}
    c = community(convened=1, annual_budget=1.0, strictness=0.4, deterrence=0.5, use_for_sanctions=used, **chances)
    c.npos[0].usual_income, c.backbone.legitimacy = 100.0, 1.0
    with_luck(c, For.JOIN, low, high)
    membership.reconsider_membership(c.npos[0], c)
    assert c.npos[0].next_member == joins


# --- mandate


def mandated(**settings: Any) -> Any:
    """A statutory authority in the first of two districts; each NPO works at the one school of its district."""
    c = community(schools=2, npos=2, convened=1, mandated_districts=1, districts=2, **settings)
    c.p.governance = Governance.MANDATED.value
    for npo, school in zip(c.npos, c.schools, strict=True):
        school.district = school.slot
        npo.n_sites, npo.sites[0] = 1, school.slot
    return c


@pytest.mark.parametrize(
    ("form", "districts", "bound"),
    [
        (Governance.MANDATED, 2, [True, True, False]),
        (Governance.MANDATED, 0, [True, True, True]),  # 0 means all
        (Governance.BACKBONE, 2, [False, False, False]),
    ],
)
def test_mandate_binds_the_first_so_many_districts(form, districts, bound):
    """Statutory authority reaches the districts it was given for, and only where governance is mandated."""
    c = community(governance=form.value, mandated_districts=districts)
    assert [membership.district_is_mandated(district, c) for district in range(3)] == bound


@pytest.mark.parametrize(
    ("low", "high", "why"),
    [(0.04, 0.05, WhyMember.JOINED_UNDER_MANDATE), (0.05, 0.06, WhyMember.COSTS_MORE_THAN_IT_GIVES)],
)
def test_mandate_draws_in_also_who_has_nothing_to_gain(low, high, why):
    """At a pull of 0.05 a quarter one joins for whom membership does not pay; in the other district nobody does."""
    c = mandated(mandate_pull=0.05)
    with_luck(c, For.JOIN, low, high, b=1)
    membership.reconsider_membership(c.npos[0], c)
    assert c.npos[0].why_member == why
    assert c.npos[0].next_member == (why == WhyMember.JOINED_UNDER_MANDATE)
    with_luck(c, For.JOIN, low, high, who=1, b=1)
    membership.reconsider_membership(c.npos[1], c)
    assert c.npos[1].why_member == WhyMember.COSTS_MORE_THAN_IT_GIVES


def test_under_a_mandate_one_reports_also_without_keeping_ones_word():
    """Both members break their promise; the one with a mandate reports, so one of their working group of two does."""
    c = mandated()
    make_members(c)
    for npo in c.npos:
        membership.make_promise(npo, c)
    assert [npo.kept for npo in c.npos] == [Promise.BROKEN, Promise.BROKEN]
    assert c.backbone.reporters[0] == 1


def test_being_made_to_costs_commitment():
    """What would be a target of logistic(0.5) is logistic(0) = 0.5 under the mandate: 0.5 stays, the other rises."""
    c = mandated(commit_base=0.5, commit_mandate=0.5)
    make_members(c)
    for npo in c.npos:
        npo.commitment, npo.mean_trust = 0.5, c.p.base_trust
        membership.change_commitment(npo, c)
    assert [npo.commitment for npo in c.npos] == approx([0.5, 0.5 + 0.1 * (1 / (1 + math.exp(-0.5)) - 0.5)])


def test_schools_under_a_mandate_take_programmes_of_the_plan_room_or_not():
    """Both schools are full and closed to outsiders; the mandated one takes a kept plan's programme, and only such."""
    c = mandated()
    make_members(c)
    for school in c.schools:
        school.load, school.openness = school.attention, 0.0
    assert [sites.school_accepts(school, c.npos[0], c) for school in c.schools] == [False, False]
    c.backbone.plan_stands = 1
    assert [sites.school_accepts(school, c.npos[0], c) for school in c.schools] == [True, False]
    c.npos[0].kept = Promise.BROKEN.value
    assert [sites.school_accepts(school, c.npos[0], c) for school in c.schools] == [False, False]


def founded(**settings: Any) -> Any:
    """Four schools as they are founded with the first seed."""
    c = community(schools=4, n_stages=1, stage_schools=padded([1.0], 8), provision_spread=0.0, **settings)
    for school in c.schools:
        for field, nothing_told in dict.fromkeys(GIVEN_BY_FILES["schools"], -1).items():
            was = getattr(school, field)
            setattr(school, field, [nothing_told] * len(was) if isinstance(was, list) else nothing_told)
        founding.found_school(school, c)
    return c


def test_districts_authorities_differ_where_there_are_several():
    """Each school provides 0.05 x z of its district more than without that spread, for every need, and is as much more
    or less open by another z; a single district knows no such difference."""
    flat, comp = founded(districts=2, district_spread=0.0), founded(districts=2, district_spread=0.05)
    assert [school.district for school in comp.schools] == [0, 1, 0, 1]
    for before, school in zip(flat.schools, comp.schools, strict=True):
        more, opener = (0.05 * normal_ever(comp, For.DISTRICT, school.district, k) for k in (0, 1))
        assert abs(more) > 1e-3
        assert school.provision[:2] == approx([b + more for b in before.provision[:2]])
        assert school.openness == approx(before.openness + opener)
    alone = [founded(districts=1, district_spread=spread).schools[0].provision for spread in (0.0, 0.3)]
    assert alone[0] == alone[1]


# --- leadership


def led(**settings: Any) -> Any:
    """An initiative at work whose leadership is at one half."""
    c = community(convened=1, **{"leader_turnover": 0.0, "leadership_growth": 0.05, "leader_loss": 0.5, **settings})
    c.backbone.leadership, c.backbone.status = 0.5, Status.ACTIVE.value
    return c


def test_leadership_grows_with_strategic_direction():
    """0.5 + 0.05 x coverage 0.4 x 0.5 = 0.51; nothing grows uncovered."""
    c = led()
    backbone.lead(c.backbone, c)
    assert c.backbone.leadership == 0.5
    c.backbone.coverage[Function.STRATEGIC_DIRECTION] = 0.4
    backbone.lead(c.backbone, c)
    assert c.backbone.leadership == approx(0.51)


@pytest.mark.parametrize(("low", "high", "left"), [(0.029, 0.03, 1), (0.03, 0.031, 0)])
def test_leader_who_leaves_takes_half_of_it_along(low, high, left):
    """At 0.12 a year the leader leaves at 0.03 a quarter: 0.5 becomes 0.25."""
    c = led(leader_turnover=0.12)
    with_luck(c, For.LEADER, low, high)
    backbone.lead(c.backbone, c)
    assert (c.backbone.leader_left, c.backbone.leadership) == (left, 0.25 if left else 0.5)


def test_leader_leaves_on_the_date_of_a_shock():
    """After a warm-up of 4 quarters year 25 begins with quarter 100; a quarter later the new leader stays."""
    c = led(leader_leaves_year=25, warmup_quarters=4)
    backbone.lead(c.backbone, c)
    assert (c.backbone.leader_left, c.backbone.leadership) == (1, 0.25)
    c.town.tick = 101
    backbone.lead(c.backbone, c)
    assert (c.backbone.leader_left, c.backbone.leadership) == (0, 0.25)


def test_leadership_begins_with_the_initiative():
    """At its first quarter, before anything is formed, leadership is what the setting says; without one there is none."""
    c = led(leadership=0.7)
    c.backbone.status, c.backbone.leadership = Status.NONE.value, 0.0
    c.p.convened = 0
    backbone.lead(c.backbone, c)
    assert c.backbone.leadership == 0.0
    c.p.convened = 1
    backbone.lead(c.backbone, c)
    assert c.backbone.leadership == 0.7


@pytest.mark.parametrize(("leadership", "priority"), [(1.0, 0.8808), (0.5, 0.8904), (0.0, 0.9)])
def test_dialogue_moves_people_as_far_as_it_is_led(leadership, priority):
    """Of a move of 0.15 x 0.8 x 0.5 x (1 - 0.2) = 0.048 of 0.4, half a leadership leaves half."""
    c = community(voice=0.4, dialogue_rate=0.15)
    make_members(c)
    c.npos[0].priorities, c.backbone.agenda = padded([0.9, 0.1], 8), padded([0.5, 0.5], 8)
    c.backbone.agenda_set, c.backbone.leadership, c.npos[0].mean_trust = 1, leadership, 0.5
    c.backbone.coverage[Function.DIALOGUE] = 0.8
    backbone.deliberate(c.npos[0], c)
    assert c.npos[0].priorities[0] == approx(priority)


# --- steering committee


def groups(**settings: Any) -> Any:
    """Five organisations, the last no member: sizes 2, 5 and 5 in one working group, 1 in the other, 9 outside it."""
    c = community(npos=5, convened=1, common_agenda=1, governance=Governance.BACKBONE.value, **settings)
    for npo, size, need in zip(c.npos, (2.0, 5.0, 5.0, 1.0, 9.0), (0, 0, 0, 1, 1), strict=True):
        npo.size, npo.need = size, need
    make_members(c, 0, 1, 2, 3)
    return c


def test_each_working_group_sends_its_largest_member():
    """The first of the two of size 5, and the only one of the other group; who is no member is no delegate."""
    c = groups()
    backbone.elect_committee(c.backbone, c)
    assert [npo.steering for npo in c.npos] == [0, 1, 0, 1, 0]
    assert c.backbone.committee[:2] == [1, 3]


def test_shared_governance_has_no_committee_and_all_have_a_say():
    """All four members decide, in place of two delegates."""
    c = groups()
    backbone.elect_committee(c.backbone, c)
    assert [backbone.has_a_say(npo, c) for npo in c.npos] == [False, True, False, True, False]
    c.p.governance = Governance.SHARED.value
    backbone.elect_committee(c.backbone, c)
    assert [npo.steering for npo in c.npos] == [0] * 5
    assert [backbone.has_a_say(npo, c) for npo in c.npos] == [True, True, True, True, False]


@pytest.mark.parametrize(("form", "agenda"), [(Governance.BACKBONE, [0.25, 0.75]), (Governance.SHARED, [0.5, 0.5])])
def test_agenda_is_what_delegates_want_where_there_are_any(form, agenda):
    """Delegates with incomes 1 and 3 want need 0 and need 1; two others, with 1 each, want need 0: 1/4, or 3/6 if all
    decide."""
    c = groups(voice=0.0, quick_win_bias=0.0)
    c.p.governance = form.value
    for npo, income in zip(c.npos, (1.0, 1.0, 1.0, 3.0, 9.0), strict=True):
        npo.usual_income, npo.priorities = income, padded([1.0, 0.0] if npo.need == 0 else [0.0, 1.0], 8)
    c.town.need = padded([0.5, 0.5], 8)
    backbone.elect_committee(c.backbone, c)
    backbone.set_agenda(c.backbone, c)
    assert c.backbone.agenda[:2] == approx(agenda)


def test_delegates_meet_more_often():
    """Steering takes a delegate 12 hours a quarter more than another member of its group."""
    c = groups(steering_hours=12.0)
    backbone.elect_committee(c.backbone, c)
    hours = [coordination.member_hours(npo, c) for npo in c.npos[:3]]
    assert hours == approx([hours[0], hours[0] + 12.0, hours[0]])


def test_seat_is_held_until_the_next_review_or_until_one_leaves():
    """A larger newcomer waits for the next review; a delegate that leaves has no seat at once."""
    c = groups(warmup_quarters=4, preparation_quarters=0, review_quarters=12)
    c.town.need = padded([0.5, 0.5], 8)
    backbone.hold_review(c.backbone, c)
    c.npos[4].next_member, c.npos[1].next_member = 1, 0
    membership.settle_membership(c)
    assert [npo.steering for npo in c.npos] == [0, 0, 0, 1, 0]
    for c.town.tick in range(101, 113):
        backbone.hold_review(c.backbone, c)
        assert [npo.steering for npo in c.npos] == ([0, 0, 0, 1, 0] if c.town.tick < 112 else [0, 0, 1, 0, 1])
