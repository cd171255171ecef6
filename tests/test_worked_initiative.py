"""What an initiative does with its data and its plan, and what its rivals can do with theirs, worked by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from cisim.model import backbone, budgeting, coordination, delivery, grants, joint_plan, learning, public_data, relations, sites
from cisim.model.codes import Function, Promise
from cisim.numerics.chance import For, chance_ever
from tests.naive import community, knows, make_members, padded, with_luck

approx = pytest.approx


# --- shared data are published


@pytest.mark.parametrize(("published", "open_data", "target"), [(0.0, 0, 0.0), (0.5, 0, 0.4), (0.5, 1, 0.6), (1.0, 1, 0.8)])
def test_the_public_sees_part_of_the_shared_data_or_open_data_whichever_is_better(published, open_data, target):
    """Of shared data of quality 0.8 half are 0.4; open data of 0.6 are better than that, and worse than all of it. Public
    data move an eighth of the way there in a quarter."""
    c = community(published=published, open_data=open_data, open_data_quality=0.6, data_speed=0.125)
    c.backbone.kappa[0] = 0.8
    backbone.publish_open_data(c)
    assert c.town.public_kappa[0] == approx(0.125 * target)


# --- public data are taken up


@pytest.mark.parametrize(("using", "luck", "uses"), [(0, 0.039, 1), (0, 0.041, 0), (1, 0.939, 1), (1, 0.941, 0)])
def test_an_offer_is_taken_up_and_dropped_at_the_rates_that_leave_its_reach(using, luck, uses):
    """At a reach of 0.4 and a speed of 0.1, four in a hundred begin a quarter and six in a hundred stop: at rest
    0.04 x 0.6 = 0.06 x 0.4."""
    assert public_data.goes_on_using(using, 0.4, 0.1, luck) == uses


def test_an_offer_that_reaches_all_at_once_is_used_by_all_and_for_good():
    """As it was before use was a decision: no draw is below 0 or reaches 1."""
    draws = [(using, luck) for using in (0, 1) for luck in (0.0, 1 - 2**-53)]
    assert [public_data.goes_on_using(using, 1.0, 1.0, luck) for using, luck in draws] == [1] * 4


@pytest.mark.parametrize(("income", "uses"), [(2.0, 0), (8.0, 1)])
def test_hours_that_are_fixed_keep_small_organisations_from_public_data(income, uses):
    """$2k a quarter pay 50 hours, $8k 200. Data of quality 0.5 seem worth 0.06 x 0.5 = 3 % of them: 1.5 and 6 hours, when
    they take 4."""
    c = community(hourly_cost=0.04, hope=0.06, public_hours=4.0, public_reach=1.0, public_speed=1.0)
    c.npos[0].usual_income, c.npos[0].uses_public = income, 0
    c.town.public_kappa[0] = 0.5
    public_data.take_up_public_data(c.npos[0], c)
    assert c.npos[0].uses_public == uses


def test_without_public_data_there_is_nothing_to_use():
    c = community()
    public_data.take_up_public_data(c.npos[0], c)
    assert c.npos[0].uses_public == 0


def test_public_data_not_taken_up_show_and_teach_nothing_but_others_can_judge_by_them():
    """Data of quality 0.4: unused they are 0 for the NPO, and 0.4 for those that look at its results. A member has the
    initiative's 0.3 all the same."""
    c = community(public_use=0.5)
    npo = c.npos[0]
    npo.uses_public, c.town.public_kappa[0], c.backbone.kappa[0] = 0, 0.4, 0.3
    assert (backbone.kappa_seen(npo, c), learning.evidence_to_learn_from(npo, c), backbone.kappa_about(npo, c)) == (0.0, 0.0, 0.4)
    make_members(c)
    assert (backbone.kappa_seen(npo, c), learning.evidence_to_learn_from(npo, c), backbone.kappa_about(npo, c)) == (0.3, 0.3, 0.4)
    npo.uses_public = 1
    assert backbone.kappa_seen(npo, c) == 0.4


def at_work(spending: float = 4.0, **settings: Any) -> Any:
    """An NPO that spends $4k this quarter, which pay 100 hours of work."""
    c = community(hourly_cost=0.04, own_learning=0.02, **settings)
    c.npos[0].spending = c.npos[0].usual_income = spending
    return c


def test_using_public_data_takes_hours_that_are_no_training():
    """5 of 100 hours: learning takes 0.02 + 0.05 of the time, and quality grows as with 0.02."""
    c = at_work(public_hours=5.0)
    budgeting.split_hours(c.npos[0], c)
    assert c.npos[0].learning == approx(0.07)
    assert c.npos[0].delivery == approx(0.93 - c.npos[0].reporting)
    c.p.learn_alone, c.p.learn_hours, c.p.starvation, c.p.use_for_learning = 0.0, 0.3, 0.0, 0
    c.npos[0].quality = 0.5
    learning.learn(c.npos[0], c)
    assert c.npos[0].quality == approx(0.5 + 0.3 * 0.02 * 0.5)


@pytest.mark.parametrize(("reads", "factor"), [(True, 2.0), (False, 1.0)])
def test_only_funders_that_read_public_data_go_by_results_seen_there(reads, factor):
    """Results four times the mean weigh 4^(0.5 x 1) = 2 with a funder that reads data of quality 1, and nothing with another."""
    c = community(prospects=1, evidence_weight=0.5, outcome_share=0.0, public_reach=0.5, contest=0.0, herding=0.0, needs=1)
    c.p.measured = padded([1], 8)
    c.town.seed = next(s for s in range(1000) if (_luck(c, s) < 0.5) == reads)
    npo, c.town.mean_achieved, c.town.public_kappa[0] = c.npos[0], 1.0, 1.0
    npo.achieved, npo.prospects[0], npo.reputation, npo.usual_income = 4.0, 0, 0.5, 4.0
    c.funders[0].priorities[0] = 1.0
    grants.open_round(c.funders[0], c)
    grants.apply_for_grants(npo, c)
    assert npo.score[0] == approx(factor)


def _luck(c: Any, seed: int) -> float:
    c.town.seed = seed
    return chance_ever(c, For.PUBLIC_USE, 0, 1)


# --- the plan acts


def planning(schools: int = 3, npos: int = 1, **settings: Any) -> Any:
    """Members at work at school 0 by a plan that is renewed this quarter: everything is seen exactly, and agreed."""
    exact = {"sight_error": 0.0, "quick_win_bias": 0.0, "believed_rho": 1.0, "switching_cost": 0.1, "school_tells": 0.0}
    always = {"plan_proposes": 1.0, "plan_heard": 1.0, "review_quarters": 12, "confidence_bound": 0.5}
    c = community(schools=schools, npos=npos, n_stages=1, ceiling=0.9, **(exact | always | settings))
    make_members(c)
    c.backbone.plan_stands, c.backbone.agenda_set, c.backbone.next_review = 1, 1, 112
    c.backbone.agenda = padded([0.5, 0.5], 8)
    for npo in c.npos:
        npo.effort, npo.n_sites, npo.sites[0], npo.priorities = 1.0, 1, 0, padded([0.5, 0.5], 8)
    for school, provision in zip(c.schools, (0.8, 0.3, 0.6), strict=False):
        school.provision = padded([provision] * 2, 8)
        school.condition = list(school.provision)
        school.shown = list(school.provision)
    return c


def proposed(c: Any) -> list[int]:
    """What each NPO has accepted of the proposals of its working group."""
    joint_plan.make_proposals(c)
    for npo in c.npos:
        joint_plan.weigh_proposal(npo, c)
    return [npo.proposed for npo in c.npos]


def test_a_working_group_proposes_the_school_with_the_largest_gap_to_all_its_members():
    """Room of 0.1, 0.6 and 0.3: the second school. All three members accept it at once, none sees the others do so, and the
    school takes all as long as it has room: a proposal can crowd it."""
    c = planning(npos=3)
    assert proposed(c) == [1, 1, 1]
    for npo in c.npos:
        sites.choose_site(npo, c)
    assert [npo.sites[0] for npo in c.npos] == [1, 1, 1]
    assert c.schools[1].load == 3 * (1 - c.p.integration)


def test_a_proposal_is_refused_where_the_move_is_not_worth_its_cost():
    """What a member would gain is 0.6 - 0.1 = 0.5 (agenda's weight 0.5 of two needs): worth it at a cost of 0.4, not at 0.6."""
    assert proposed(planning(switching_cost=0.4)) == [1]
    assert proposed(planning(switching_cost=0.6)) == [-1]


def test_a_proposal_follows_what_indicators_show_gaming_included():
    """The second school's figures are made to look good: urgency (believed needs complementary) shifts to the third."""
    c = planning(believed_rho=-1.0)
    assert proposed(c) == [1]
    c.schools[1].shown[0] = 0.85
    assert proposed(c) == [2]


def test_an_agenda_that_goes_by_figures_overlooks_a_need_that_is_gamed():
    """Two needs at one school are met by 0.5 each, and one looks like 0.7: of gaps of 0.4 and 0.2 it keeps a third, or, going
    by figures half-way, the mean of a third and a half."""
    c = planning(schools=1, voice=1.0, agenda_error=0.0, quick_win_bias=0.0)
    c.schools[0].condition, c.schools[0].shown = padded([0.5, 0.5], 8), padded([0.5, 0.7], 8)
    c.town.importance[0] = padded([0.5, 0.5], 8)
    for counts, second in ((0.0, 1 / 2), (1.0, 1 / 3), (0.5, 5 / 12)):
        c.p.shown_need_counts = counts
        backbone.measure_need(c)
        backbone.set_agenda(c.backbone, c)
        assert c.backbone.agenda[1] == approx(second)


def test_a_quick_win_bias_draws_proposals_to_well_known_schools():
    """Of gaps of 0.6 and 0.3 the smaller one, where the school is known so much better that exp(1 x (0 + 1)) > 2."""
    c = planning(quick_win_bias=1.0)
    c.schools[1].log_profile = -1.0
    assert proposed(c) == [2]


@pytest.mark.parametrize(
    ("what", "value"),
    [("plan_stands", 0), ("next_review", 111), ("agenda_set", 0)],
)
def test_without_a_review_a_plan_or_an_agenda_nothing_is_proposed_or_considered(what, value):
    c = planning()
    setattr(c.backbone, what, value)
    assert proposed(c) == [-1]


def test_who_breaks_its_promise_considers_no_proposal():
    c = planning()
    c.npos[0].kept = Promise.BROKEN.value
    assert proposed(c) == [-1]


@pytest.mark.parametrize(("low", "high", "found"), [(0.19, 0.2, 1), (0.2, 0.21, -1)])
def test_a_proposal_is_considered_as_far_as_it_is_heard_and_agreed_with(low, high, found):
    """Half of the reviews propose; 0.3 + 0.7 x 5/7 = 0.8 hear; priorities 0.25 from the agenda are half-way to a bound of
    0.5: 0.5 x 0.8 x 0.5 = 0.2."""
    c = planning(plan_proposes=0.5, plan_heard=0.3)
    c.backbone.coverage[Function.COMMUNICATION] = 5 / 7
    c.npos[0].priorities = padded([0.75, 0.25], 8)
    with_luck(c, For.PROPOSAL, low, high)
    assert proposed(c) == [found]


def test_agreement_falls_with_the_distance_of_priorities_from_the_agenda():
    c = planning()
    for first, expected in ((0.5, 1.0), (0.6, 0.8), (1.0, 0.0)):
        c.npos[0].priorities = padded([first, 1.0 - first], 8)
        assert backbone.agreement(c.npos[0], c) == approx(expected)
    c.backbone.agenda_set = 0
    assert backbone.agreement(c.npos[0], c) == 0.0


def test_the_pull_of_well_known_schools_is_waived_as_far_as_one_agrees():
    """At an agreement of 0.5 half of a pull of 0.8 stays: a school of log profile -1 loses 0.4 on the log scale."""
    c = planning(profile_pull=0.8)
    c.schools[1].log_profile, c.npos[0].priorities = -1.0, padded([0.75, 0.25], 8)
    full = sites.worth(c.npos[0], 1, 0.0, c)
    c.p.agreement_waives = 1.0
    assert sites.worth(c.npos[0], 1, 0.0, c) == approx(full * math.exp(-0.4))


# --- programmes that belong together


def test_programmes_of_a_kept_plan_gain_from_those_for_other_needs_and_lose_by_partners_that_fail():
    """Three needs: one of the two others is served, half of 0.4 is gained. The one that breaks its promise serves none, and
    the first depends on it: 1 + 0.2 - 0.3 x 1 / 2."""
    c = community(npos=3, needs=3, complements=0.4, dependence=0.3)
    make_members(c)
    c.backbone.plan_stands = 1
    for npo, need in zip(c.npos, (0, 1, 2), strict=True):
        npo.need, npo.effort, npo.n_sites, npo.sites[0] = need, 1.0, 1, 0
    c.npos[2].kept = Promise.BROKEN.value
    delivery.gather_programmes(c)
    assert c.schools[0].joint[:3] == [1, 1, 0]
    fidelity = [delivery.fidelity_at(npo, c.schools[0], c) for npo in c.npos]
    assert fidelity == approx([1 + 0.2 - 0.15, 1 + 0.2 - 0.15, 1.0])


def test_a_second_programme_for_the_same_need_is_no_complement():
    c = community(npos=2, needs=2, complements=0.4)
    make_members(c)
    c.backbone.plan_stands = 1
    for npo in c.npos:
        npo.effort, npo.n_sites, npo.sites[0] = 1.0, 1, 0
    delivery.gather_programmes(c)
    assert delivery.fidelity_at(c.npos[0], c.schools[0], c) == 1.0


# --- programme collaboration


def partners(**settings: Any) -> Any:
    """Two partners for different needs of three, the first at school 0 and 1, the second at school 1, both of their word."""
    c = community(schools=3, npos=2, needs=3, **settings)
    for npo, need, at in zip(c.npos, (0, 1), ([0, 1], [1]), strict=True):
        npo.need, npo.effort, npo.kept, npo.partnerships = need, 1.0, Promise.KEPT.value, 1
        npo.n_sites, npo.sites = len(at), padded(at, 8, -1)
    c.npos[0].partners[0], c.npos[1].partners[0] = 1, 0
    c.npos[0].bilateral[0] = c.npos[1].bilateral[0] = 1
    return c


def test_partners_at_one_school_refer_children_to_each_other_while_both_keep_their_word():
    """At the common school one of two other needs is served by a partner: half of 0.4; at the other school none."""
    c = partners(referral=0.4)
    assert [delivery.fidelity_at(c.npos[0], c.schools[j], c) for j in (0, 1)] == approx([1.0, 1.2])
    c.npos[1].kept = Promise.BROKEN.value
    assert delivery.fidelity_at(c.npos[0], c.schools[1], c) == 1.0


def test_partners_may_look_for_a_common_school():
    """The second partner looks at one school, its partner's first; there half of 0.4 more is to be gained."""
    always = {"relocate": 1.0, "candidates": 1, "common_school": 1.0, "switching_cost": 0.0, "school_tells": 0.0}
    c = partners(referral=0.4, sight_error=0.0, profile_pull=0.0, believed_rho=1.0, **always)
    c.npos[1].sites[0], c.npos[1].priorities = 2, padded([1.0] * 3, 8)
    for school in c.schools:
        school.condition = school.provision = padded([0.5] * 3, 8)
    assert sites.partners_school(c.npos[1], c) == 0
    assert sites.worth(c.npos[1], 0, 0.0, c) == approx(1.2 * sites.worth(c.npos[1], 2, 0.0, c))
    sites.choose_site(c.npos[1], c)
    assert c.npos[1].sites[0] == 0


@pytest.mark.parametrize(("partnerships", "hours"), [(0, 12.0), (1, 9.0), (3, 7.5)])
def test_partners_write_part_of_their_reports_together(partnerships, hours):
    """Two reports of 24 hours a year are 12 a quarter. With half of them merged, one partner saves a quarter of the work and
    three save three eighths."""
    c = at_work(merged_reports=0.5, report_hours=24.0, partnership_hours=0.0)
    c.npos[0].live_grants, c.npos[0].partnerships = 2, partnerships
    budgeting.split_hours(c.npos[0], c)
    assert c.npos[0].reporting == approx(hours / 100.0)


def test_partners_that_share_staff_stand_in_where_staff_leave():
    """A loss of 0.12 x (1 - 0.5 x 1 / 2) with one partner."""
    c = community(shared_staff=0.5, turnover_loss=0.12, learn_alone=0.0, learn_hours=0.0, learn_evidence=0.0, starvation=0.0)
    c.npos[0].turned_over, c.npos[0].partnerships, c.npos[0].quality = 1, 1, 0.5
    learning.learn(c.npos[0], c)
    assert c.npos[0].quality == approx(0.5 * (1 - 0.12 * 0.75))


# --- working groups meet


@pytest.mark.parametrize(("low", "high", "known"), [(0.39, 0.4, 2), (0.4, 0.41, -1)])
def test_members_of_a_group_come_to_know_each_other_at_its_meetings(low, high, known):
    """With a chance of 0.4 a quarter the one drawn as guest takes the place of the weakest tie, trusted at the base."""
    c = community(npos=3, group_meetings=0.4, continuous_communication=1, partners=2, base_trust=0.3)
    make_members(c)
    c.backbone.guest[0] = 2
    knows(c.npos[0], n1=0.6)
    with_luck(c, For.GROUP_MEETING, low, high)
    relations.meet_in_working_group(c.npos[0], c)
    assert c.npos[0].partners[:2] == [1, known]
    assert c.npos[0].trust[1] == (0.3 if known == 2 else 0.0)


def test_one_meeting_may_serve_all_purposes():
    """12 + 6 x 1.5 + 8 + 8 = 37 hours of meetings; a single one takes the longest, 12. Half-way joined 24.5."""
    on = dict.fromkeys(("common_agenda", "mutually_reinforcing_activities", "continuous_communication"), 1)
    hours = {"meeting_hours": 12.0, "dialogue_hours": 6.0, "planning_hours": 8.0, "communication_hours": 8.0, "voice": 0.5}
    c = community(**on, **hours, volunteer_hours=0.0, group_hours=0.0)
    make_members(c)
    assert coordination.hours_of_repeated_meetings(c) == approx(25.0)
    apart = coordination.member_hours(c.npos[0], c)
    c.p.joint_meetings = 0.5
    assert coordination.member_hours(c.npos[0], c) == approx(apart - 12.5)
