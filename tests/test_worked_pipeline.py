"""Skill and the pipeline, worked by hand: formation, fade-out, shares above a standard, where leavers go on to, and gaps."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import pytest

from cisim.engines.compiled import run
from cisim.engines.world import World
from cisim.model import feeding, founding, metrics, pipeline
from cisim.scenario import load
from tests.naive import community

approx = pytest.approx
ONE, TWO, THREE = 0.0, math.log(2), math.log(3)


def test_a_year_of_skill_formation_averages_exponentials():
    """Half of exp(0) = 1 and half of exp(ln 3) = 3 is 2 where sigma is very large (phi 1): ln 2. Their geometric mean, where
    sigma is 1 (phi 0), is half of ln 3; the harmonic one (phi -1) is 1.5: ln 1.5."""
    year = [pipeline.lasting_after(ONE, pipeline.skill_term(THREE, phi), 0.5, phi) for phi in (1.0, 0.0, -1.0)]
    assert year == approx([TWO, THREE / 2, math.log(1.5)])


def test_services_count_in_proportion_to_the_logarithm_of_needs_met_and_home_to_deprivation():
    """Needs met twice as well as usual are ln 2 sd of services; 0.2 more deprivation than the mean takes 1.3 x 0.2 sd."""
    c = community(needs=1, services_effect=1.0, usual_services=0.3, deprivation_effect=1.3, deprivation=0.35)
    c.town.importance[0][0] = 1.0
    c.schools[0].deprivation = 0.55
    assert pipeline.services(c.schools[0], [0.6], c) == approx(TWO)
    assert pipeline.home(c.schools[0], c) == approx(-0.26)


def test_passing_skill_is_mostly_gone_a_year_later():
    """A year of services of 1 sd adds 0.75 x 0.4 = 0.3; without any, a quarter of it is left a year later."""
    c = community(passing_effect=0.4, passing_kept=0.25)
    after = pipeline.passing_after(0.0, 1.0, c)
    assert (after, pipeline.passing_after(after, 0.0, c)) == approx((0.3, 0.075))


@pytest.mark.parametrize(("years", "one_later", "three_later"), [(1, 0.471, 0.263), (2, 0.531, 0.332)])
def test_about_half_of_an_effect_is_left_after_a_year_and_a_third_or_less_after_three(years, one_later, three_later):
    """Published: nearly half lost in the first year, half again in the next two (67 studies, Li et al.). Children of the first
    stage have services of 0.5 sd for the last years of it, and then what all have."""
    p = World.of(load("default"), "isolated_impact", 0).base[0]
    c = community()
    for name in ("passing_effect", "passing_kept"):
        setattr(c.p, name, float(p[name]))

    def grown(extra: float) -> list[float]:
        lasting, passing, found = 0.0, 0.0, []
        for year in range(4 + 3):
            stage = 0 if year < 4 else 1
            received = extra if 4 - years <= year < 4 else 0.0
            phi, gamma = 1 - 1 / p["skill_substitution"][stage], float(p["yearly_share"][stage])
            lasting = pipeline.lasting_after(lasting, pipeline.skill_term(received, phi), gamma, phi)
            passing = pipeline.passing_after(passing, received, c)
            found.append(lasting + passing)
        return found

    with_it, without = grown(0.5), grown(0.0)
    effect = [a - b for a, b in zip(with_it, without, strict=True)]
    assert (effect[4] / effect[3], effect[6] / effect[3]) == approx((one_later, three_later), abs=0.001)


def test_a_school_of_mean_skill_has_nearly_the_published_share_above_its_standard():
    """The standard that 30 % of all exceed lies 0.524 sd above the mean; of a school of mean skill, whose pupils differ by 0.9
    sd, 28 % exceed it; half of them do at the standard itself."""
    c = community(within_schools=0.9)
    c.p.standard[0] = -NormalDist().inv_cdf(0.3)
    shares = [pipeline.share_above(c.schools[0], skill, c) for skill in (0.0, c.p.standard[0])]
    assert shares == approx([1 - NormalDist().cdf(0.5244005 / 0.9), 0.5])


def test_what_a_file_tells_of_entering_children_is_turned_into_skill():
    """Half of the children above the standard of 0.2 sd: their mean is 0.2. Otherwise it falls with deprivation: 0.1 less at
    0.1 more than the mean."""
    c = community(schools=2, entry_skill=0.0, entry_slope=1.0, deprivation=0.35, within_schools=0.9)
    c.p.standard[0] = 0.2
    for school, told in zip(c.schools, (0.5, -1.0), strict=True):
        school.endowment, school.deprivation = told, 0.45
        school.provision = [-1.0] * 8
        founding.found_school(school, c)
    assert [school.entry_skill for school in c.schools] == approx([0.2, -0.1])
    assert [school.endowment for school in c.schools] == approx([0.5, 1 - NormalDist().cdf(0.3 / 0.9)])


def places(**settings: Any) -> Any:
    """Two schools of the first stage, three of the last; nobody teaches the stage between."""
    c = community(schools=5, catchment=0.0, **settings)
    c.p.n_stages = 3
    for school, stage, deprivation in zip(c.schools, (0, 0, 2, 2, 2), (0.1, 0.6, 0.2, 0.5, 0.9), strict=True):
        school.stage, school.deprivation = stage, deprivation
    feeding.order_by_place(c)
    for school in c.schools:
        feeding.find_feeder_target(school, c)
    feeding.find_missing_feeders(c)
    return c


def test_leavers_go_on_to_the_school_most_like_their_own_and_a_school_nobody_feeds_takes_pupils_like_its_own():
    c = places()
    assert [school.feeds for school in c.schools] == [2, 3, -1, -1, -1]
    assert [school.fed_by for school in c.schools] == [-1, -1, -1, -1, 1]
    assert feeding.nearest_school(c.schools[0], 1, 0.5, c) == -1
    for school, lasting in zip(c.schools, (0.5, -0.5, 0, 0, 0), strict=True):
        school.lasting, school.passing, school.entry_skill = lasting, lasting / 10, 0.3
    pipeline.send_leavers(c)
    assert [school.arriving_lasting for school in c.schools] == approx([0.3, 0.3, 0.5, -0.5, -0.5])
    assert [school.arriving_passing for school in c.schools] == approx([0.0, 0.0, 0.05, -0.05, -0.05])


def test_a_school_of_the_own_district_comes_before_a_nearer_one_elsewhere():
    c = places(districts=2)
    c.schools[4].district = c.schools[0].district = 1
    feeding.order_by_place(c)
    assert feeding.nearest_school(c.schools[0], 2, 0.1, c) == 4


def test_the_gap_is_the_slope_times_the_distance_between_the_poorest_and_the_richest_quarter():
    """Deprivation 0 to 0.7 in four schools: the quarters, of two schools each here, are 0.55 apart. At the first stage
    on_track falls by 0.14 over 0.7: a gap of 0.11 over 0.55. At the last it falls by 0.1 over 0.4, which is all there is: a
    gap of 0.1. Over both, which have equally many pupils, 0.105."""
    c = community(schools=4)
    c.p.n_stages = 2
    values = zip(c.schools, (0, 0, 1, 1), (0.0, 0.7, 0.1, 0.5), (0.8, 0.66, 0.5, 0.4), strict=True)
    for school, stage, deprivation, on_track in values:
        school.stage, school.deprivation, school.on_track = stage, deprivation, on_track
    for school, school.deprivation_quarter in zip(c.schools, (0, 3, 0, 3), strict=True):
        school.pupils = 100.0
    feeding.weigh_gaps(c)
    measured: Any = community().p  # any object that takes attributes
    for name in ("on_track_by_stage", "skill_by_stage", "equity_gap_by_stage", "on_track_by_district"):
        setattr(measured, name, [0.0] * 8)
    measured.needs_met_by, measured.indicator = [[0.0] * 8 for _ in range(8)], [0.0] * 60
    metrics._measure_pupils(c, measured)
    assert measured.equity_gap_by_stage[:2] == approx([0.11, 0.1])
    assert measured.equity_gap == approx(0.105)


def test_schools_alike_in_deprivation_have_no_gap():
    history = run(load("default").change({"community.deprivation_spread": 0.0}), "isolated_impact", 1, 1)
    assert (history["equity_gap"] == 0).all()
    assert (history["equity_gap_by_stage"] == 0).all()
