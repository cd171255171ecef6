"""What an initiative does with its data and its plan, and what its rivals can do with theirs, worked by hand."""

from __future__ import annotations

from typing import Any

import pytest

from cisim.model import backbone, budgeting, grants, learning, public_data
from cisim.numerics.chance import For, chance_ever
from tests.naive import community, make_members, padded

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


@pytest.mark.parametrize(
    ("using", "luck", "uses"), [(0, 0.039, 1), (0, 0.041, 0), (1, 0.939, 1), (1, 0.941, 0)]
)
def test_an_offer_is_taken_up_and_dropped_at_the_rates_that_leave_its_reach(using, luck, uses):
    """At a reach of 0.4 and a speed of 0.1, four in a hundred begin a quarter and six in a hundred stop: at rest
    0.04 x 0.6 = 0.06 x 0.4."""
    assert public_data.goes_on_using(using, 0.4, 0.1, 1.0, 1.0, luck) == uses


def test_an_offer_that_reaches_all_at_once_is_used_by_all_and_for_good():
    """As it was before use was a decision: no draw is below 0 or reaches 1."""
    draws = [(using, luck) for using in (0, 1) for luck in (0.0, 1 - 2**-53)]
    assert [public_data.goes_on_using(using, 1.0, 1.0, 0.0, 0.0, luck) for using, luck in draws] == [1] * 4


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
    grants.apply_for_grants(npo, c)
    assert npo.score[0] == approx(factor)


def _luck(c: Any, seed: int) -> float:
    c.town.seed = seed
    return chance_ever(c, For.PUBLIC_USE, 0, 1)
