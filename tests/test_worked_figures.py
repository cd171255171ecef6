"""What is paid and watched is what is shown: outcome payment and gaming, with numbers worked by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from cisim.engines.world import METRIC, settings_record
from cisim.model import delivery, grants, indicators, learning, metrics
from tests.conftest import tiny
from tests.naive import blank, community, make_members, padded

approx = pytest.approx


def compared(measured: int = 1, achieved: float = 2.0, **settings: Any) -> Any:
    """An NPO that achieves twice the mean, where funders weigh evidence by one half and half of what they pay is for outcomes."""
    c = community(**{"evidence_weight": 0.5, "outcome_share": 0.5, **settings})
    c.p.measured = padded([measured], 8, 0)
    c.npos[0].achieved, c.town.mean_achieved = achieved, 1.0
    return c


@pytest.mark.parametrize(
    ("settings", "kappa", "seen"),
    [
        ({}, 0.0, 2**0.5),  # paid by outcomes, whatever the data
        ({}, 0.4, 2**0.7),  # and seen in data: 0.5 + 0.5 x 0.4
        ({"use_for_awards": 0}, 0.4, 2**0.5),
        ({"outcome_share": 0.0}, 0.4, 2**0.2),
        ({"outcome_share": 0.0}, 0.0, 1.0),
        ({"achieved": 100.0}, 0.0, 5**0.5),  # no more than five times the mean counts
        ({"achieved": 0.0}, 0.0, 0.2**0.5),  # and no less than a fifth
        ({"measured": 0}, 0.4, 0.5),  # nothing of it can be paid by outcomes
        ({"measured": 0, "outcome_share": 0.0}, 0.4, 1.0),
    ],
)
def test_results_weigh_by_outcome_payment_and_by_evidence(settings, kappa, seen):
    """(achieved / mean) to the power of outcome share + evidence weight x data quality; a need without an indicator earns
    only the part that is not for outcomes."""
    c = compared(**settings)
    assert grants.seen_achievement(c.npos[0], kappa, c) == approx(seen)


def test_nobody_is_compared_before_anything_is_achieved():
    """Without a mean there is nothing to compare with: all weigh alike."""
    c = compared()
    c.town.mean_achieved = 0.0
    assert grants.seen_achievement(c.npos[0], 0.4, c) == 1.0


@pytest.mark.parametrize(
    ("member", "need", "settings", "pressure"),
    [
        (1, 0, {}, 0.75),  # 0.3 + 0.5 x (0.5 + 0.4)
        (0, 0, {}, 0.4),  # 0.3 + 0.2 x 0.5: sees public data only, and nobody can sanction it
        (1, 0, {"use_for_sanctions": 0}, 0.55),
        (1, 0, {"use_for_awards": 0}, 0.5),
        (1, 0, {"outcome_share": 0.0}, 0.45),
        (1, 1, {}, 0.0),  # no indicator, no pressure
    ],
)
def test_pressure_comes_from_payment_and_from_being_watched(member, need, settings, pressure):
    """Outcome payment 0.3; data of 0.5 inside and 0.2 in public; funders weigh them by 0.5, sanctions by 0.4."""
    c = community(**{"outcome_share": 0.3, "evidence_weight": 0.5, "strictness": 0.4, **settings})
    c.p.measured, c.backbone.kappa, c.town.public_kappa = padded([1], 8, 0), [0.5] * 8, [0.2] * 8
    npo = c.npos[0]
    npo.member, npo.need = member, need
    assert delivery.pressure_on(npo, c) == approx(pressure)


def pressed(outcome_share: float, gaming_response: float = 0.4) -> Any:
    """A programme that would give a dose of 1 at the only school, where 0.6 of the need is open, and spends 11."""
    c = community(outcome_share=outcome_share, gaming_response=gaming_response, gaming_shows=1.5, shared_measurement=1)
    npo, school = c.npos[0], c.schools[0]
    make_members(c)
    npo.spending, npo.effort, npo.n_sites, npo.sites[0], npo.ramp[0] = 11.0, 10.0, 1, 0, 1.0
    school.condition[0] = school.provision[0] = c.p.ceiling - 0.6
    delivery.gather_programmes(c)
    delivery.give_programmes(npo, c)
    return c


def test_under_pressure_effort_goes_to_the_figures():
    """Of the dose a fifth (0.4 x 0.5) goes to the indicator, where it looks half as much again: 0.8 for the need, 0.3 for the
    figures; reported in good faith is the 0.8; achieved, as measured, are 1.1 x 100 x 0.6 / 11 = 6."""
    c = pressed(outcome_share=0.5)
    npo, school = c.npos[0], c.schools[0]
    assert npo.gaming == approx(0.2)
    assert (school.dose[0], school.gamed[0], school.reported_dose[0], npo.site_dose[0]) == approx((0.8, 0.3, 0.8, 0.8))
    assert npo.achieved == approx(6.0)


def test_without_pressure_all_effort_goes_to_the_need():
    """Dose 1, no figures; achieved are 1 x 100 x 0.6 / 11."""
    c = pressed(outcome_share=0.0)
    assert (c.schools[0].dose[0], c.schools[0].gamed[0], c.npos[0].gaming) == (1.0, 0.0, 0.0)
    assert c.npos[0].achieved == approx(60 / 11)


def test_no_more_than_half_of_the_effort_is_ever_gamed():
    """A response of 1 to full outcome payment would be all; it is one half: 0.5, and 0.75 in the figures."""
    c = pressed(outcome_share=1.0, gaming_response=1.0)
    assert (c.npos[0].gaming, c.schools[0].dose[0], c.schools[0].gamed[0]) == approx((0.5, 0.5, 0.75))


def test_figures_show_more_than_is_met():
    """0.35 are met and stay so; ln 2 of work on the figures shows half of the 0.6 that are open on top: 0.65."""
    c = community(ceiling=0.95)
    school = c.schools[0]
    school.provision, school.condition, school.gamed = padded([0.35, 0.35], 8), padded([0.35, 0.35], 8), padded([math.log(2)], 8)
    delivery.meet_needs(school, c)
    assert school.condition[:2] == approx([0.35, 0.35])
    assert school.shown[:2] == approx([0.65, 0.35])


def test_indicators_publish_what_is_shown():
    """Shown 0.5 for 100 pupils and 0.7 for 300 is 0.65, whatever is met; on_track is what it is."""
    c = community(schools=2)
    for school, pupils, shown, on_track in zip(c.schools, (100.0, 300.0), (0.5, 0.7), (0.2, 0.6), strict=True):
        school.pupils, school.shown[0], school.condition[0], school.on_track = pupils, shown, 0.1, on_track
    c.p.indicator_need[:2], c.p.indicator_stage[:2], c.p.indicator_district[:2] = [0, -1], [0, 0], [-1, -1]
    assert indicators.indicator_value(0, c) == approx(0.65)
    assert indicators.indicator_value(1, c) == approx(0.5)


def measured(c: Any) -> Any:
    """The record of metrics of this quarter."""
    row = blank(METRIC)
    metrics.measure(c, row)
    return row


def test_measured_minus_true_is_by_pupils_and_over_all_needs():
    """0.2 too much for one of two needs of 100 of 400 pupils: 0.2 x 100 / 800."""
    c = community(schools=2)
    c.schools[0].pupils, c.schools[1].pupils = 100.0, 300.0
    c.schools[0].condition[0], c.schools[0].shown[0] = 0.3, 0.5
    assert measured(c).measured_minus_true == approx(0.025)


def test_turnover_and_sanctions_are_counted_anew_each_quarter():
    """Staff of one of four organisations leave: a quarter of them in a quarter is 1 a year; three sanctions are three; a
    quarter later both are 0."""
    c = community(npos=5, turnover=0.0)
    c.npos[4].alive, c.town.sanctions = 0, 3
    for npo in c.npos:
        c.p.turnover = 4.0 if npo.slot in (0, 4) else 0.0  # certain for the first, and for the one that is closed
        learning.lose_staff(npo, c)
    row = measured(c)
    assert (row.turnover, row.sanctions) == (1.0, 3.0)
    row = measured(c)
    assert (row.turnover, row.sanctions) == (0.0, 0.0)


def test_needs_with_an_indicator_are_the_measured_ones():
    """Two indicators of one need and one of pupils on track make one measured need of five."""
    listed = [{"measure": m, "need": n, "stage": "primary"} for m, n in (("a", "family"), ("b", "family"), ("c", "on_track"))]
    scenario = tiny().change({"indicators": listed})
    p = settings_record(scenario, scenario.settings)[0]
    assert p["measured"].tolist() == [0, 0, 1, 0, 0, 0, 0, 0]
