"""What comes out of the cases: each sentence of an opening comment and of docs/cases.md about results is checked here.

Where one of these tests fails, the comment of that scenario and docs/cases.md must change. The trials are in test_scenarios.py.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest

from cisim.engines.compiled import CompiledRun
from cisim.engines.world import World
from cisim.model.codes import Status
from cisim.scenario import load
from cisim.statistics.paired import Effect, paired
from cisim.statistics.verdict import Outcome
from cisim.studies.chance_alone import chance_study
from cisim.studies.comparison import Comparison, compare
from cisim.sweeps.experiment import Experiment
from docs.scales import drift, isolated

pytestmark = pytest.mark.slow  # each case on many seeds

ISOLATED, OPEN, PARTNERS, COLLECTIVE = "isolated_impact", "open_data", "programme_collaboration", "collective_impact"
POINT = 0.01


@lru_cache(maxsize=6)  # histories are large
def case(name: str, *changed: tuple[str, Any], arms: tuple[str, ...] = (ISOLATED, COLLECTIVE), seeds: int = 32) -> Comparison:
    """A case as it is shipped, or with settings changed as its comment says (a list is given as a tuple)."""
    changes = {path: list(value) if isinstance(value, tuple) else value for path, value in changed}
    return compare(load(name).change(changes), list(arms), seeds=seeds)


def instead(own: Comparison, other: Comparison, metric: str, arm: str = COLLECTIVE) -> Effect:
    """What a case has more of than the same case with other settings, on the same seeds."""
    return paired(own.at(metric, arm, own.years), other.at(metric, arm, other.years))


def hours(result: Comparison, arm: str = COLLECTIVE) -> float:
    """Money spent on coordination, as a share of all."""
    return result.money[arm]["coordination"] / result.money[arm]["money_in"]


def ended(result: Comparison) -> tuple[float, float]:
    """The 95 % interval of the share of initiatives that have ended."""
    over = result.at("status", COLLECTIVE, result.years) >= Status.FINISHED
    interval = binomtest(int(over.sum()), len(over)).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def nearly_the_same(effect: Effect) -> bool:
    """Less than a twentieth of a point apart, with its whole interval."""
    return effect.low > -0.05 * POINT and effect.high < 0.05 * POINT


EAST, CITY = "great_yarmouth_lowestoft", "leicestershire_city_classroom"


@pytest.mark.parametrize("name", ["bgk_llen", "nottingham_challenge", EAST, CITY])
def test_without_an_initiative_a_small_place_changes_by_less_than_a_tenth_of_a_point_in_ten_years(name: str) -> None:
    history = isolated(load(name), seeds=64, years=10)
    for metric in ("on_track", "needs_met", "equity_gap"):
        assert abs(drift(history, metric).difference) < 0.1 * POINT, metric


@pytest.mark.parametrize("name", ["stronger_families", "bgk_llen", "nottingham_challenge", EAST])
def test_with_the_hours_of_the_default_the_initiative_of_a_small_place_ends_in_fewer_than_one_of_four(name: str) -> None:
    settings, usual = load(name).settings.coordination, load("default").settings.coordination
    assert settings == usual
    assert ended(case(name, seeds=256))[1] < 0.25


def test_collective_impact_is_behind_at_first_and_ahead_of_open_data_after_ten_years_in_the_default_community() -> None:
    result = case("default", arms=(ISOLATED, OPEN, PARTNERS, COLLECTIVE))
    assert result.strongest() == OPEN
    assert 0.2 * POINT < result.effect("on_track", COLLECTIVE, against=OPEN).difference < 0.4 * POINT
    assert result.behind_until(COLLECTIVE) in (1, 2, 3, 4)
    assert result.leads_since(COLLECTIVE) in (4, 5, 6)
    delivered = [result.money[arm]["delivery"] / result.money[arm]["money_in"] for arm in (ISOLATED, COLLECTIVE)]
    assert delivered[0] - delivered[1] == pytest.approx(0.03, abs=0.005)


def test_the_indicators_of_strive_rise_by_chance_nearly_as_often_at_first_and_less_often_after_ten_years() -> None:
    result = case("strive")
    places = [(arm, year) for arm in (ISOLATED, COLLECTIVE) for year in (4, 10)]
    up = {(arm, year): 53 * result.at("indicators_improved", arm, year).mean() for arm, year in places}
    assert -1 < up[COLLECTIVE, 4] - up[ISOLATED, 4] < 2
    assert 23 < up[ISOLATED, 4] < 30
    assert 24 < up[ISOLATED, 10] < 30
    assert 31 < up[COLLECTIVE, 10] < 36


def test_the_effect_in_strive_is_small_beside_the_rises_that_were_published() -> None:
    result = case("strive")
    assert result.behind_until(COLLECTIVE) in (2, 3)
    assert result.leads_since(COLLECTIVE) in (4, 5, 6)
    assert result.effect("on_track", COLLECTIVE).high < 0.5 * POINT
    start = result.at("on_track_by_stage", ISOLATED, 0).mean(axis=0)
    assert start[:5] == pytest.approx(load("strive").settings.skills.level, abs=0.03)


def test_about_one_history_in_eight_shows_34_of_53_indicators_up_without_strive() -> None:
    found = chance_study(load("strive"), 34, years=4, seeds=64).run()
    low, high = found.interval(found.isolated_correlated)
    assert low < 0.125 < high
    assert found.verdict.outcome is Outcome.EQUIVALENT


def test_about_a_hundred_and_twenty_of_the_three_hundred_are_members_of_strive_after_ten_years() -> None:
    result = case("strive")
    members = result.at("members", COLLECTIVE, 10)
    assert 105 <= members[result.at("status", COLLECTIVE, 10) < Status.FINISHED].mean() <= 135


MANY = "university_7200_partnerships"


def test_trust_rises_most_where_partnerships_are_many_and_little_of_it_shows() -> None:
    result = case(MANY, arms=(ISOLATED, PARTNERS, COLLECTIVE), seeds=24)
    assert result.effect("trust_1_to_4", PARTNERS, against=COLLECTIVE).outcome is Outcome.BETTER
    tracked, met = (result.effect(metric, PARTNERS) for metric in ("on_track", "needs_met"))
    assert 0.05 * POINT < tracked.low < tracked.high < 0.15 * POINT
    assert 0.15 * POINT < met.low < met.high < 0.25 * POINT
    assert result.effect("systems_change", PARTNERS).high < 0
    assert result.effect("on_track", COLLECTIVE, against=PARTNERS).low > 0


def test_an_organisation_that_wants_eight_partnerships_finds_about_seven() -> None:
    world = World.of(load(MANY), PARTNERS, seed=0, years=10)
    npos = CompiledRun(world).advance_to(world.quarters).npos
    assert 6.5 < npos["partnerships"][npos["alive"] == 1].mean() < 7.5


def test_two_partnerships_do_as_well_as_eight_and_hours_are_not_the_only_problem() -> None:
    arms = (ISOLATED, PARTNERS)
    own, few, cheap = (
        case(MANY, *change, arms=arms, seeds=8)
        for change in ([], [("relations.most_partnerships", 2)], [("relations.partnership_hours", 1.0)])
    )
    assert nearly_the_same(instead(own, few, "on_track", PARTNERS))
    assert 0.15 < hours(few, PARTNERS) / hours(own, PARTNERS) < 0.3
    assert hours(cheap, PARTNERS) < 0.01
    assert instead(cheap, own, "on_track", PARTNERS).outcome is Outcome.BETTER
    assert cheap.effect("on_track", PARTNERS).high < 0.2 * POINT


def test_public_data_raise_unmet_need_a_little_in_dallas_and_a_plan_makes_up_for_it() -> None:
    result = case("dallas_city_of_learning", arms=(ISOLATED, OPEN, COLLECTIVE), seeds=256)
    more = result.effect("unmet_need", OPEN)
    assert 0.1 * POINT < more.low < 0.25 * POINT < more.high < 0.4 * POINT
    assert result.effect("unmet_need", COLLECTIVE).outcome is Outcome.EQUIVALENT
    for metric in ("unmet_need", "overlap", "equity_gap"):
        assert result.effect(metric, COLLECTIVE, against=OPEN).high < 0, metric


def test_reports_in_austin_add_twice_as_much_as_the_effect_and_half_improve_without_anything() -> None:
    result = case("austin_creative_learning", seeds=128)
    added, effect = (result.effect(metric, COLLECTIVE) for metric in ("measured_minus_true", "needs_met"))
    assert 1.5 < added.difference / effect.difference < 2.5
    assert effect.low > 0
    assert result.at("measured_minus_true", ISOLATED, 10).mean() == pytest.approx(0.0, abs=1e-9)
    assert result.at("indicators_improved", ISOLATED, 10).mean() == pytest.approx(0.5, abs=0.05)


def test_about_one_history_in_seven_shows_eight_of_nine_reports_improved_in_austin() -> None:
    found = chance_study(load("austin_creative_learning"), 8, seeds=400).run()
    assert found.indicators == 9
    low, high = found.interval(found.isolated_correlated)
    assert low < 1 / 7 < high


def test_the_hub_of_chicago_closes_gaps_by_itself_if_schools_report_and_the_initiative_adds_to_it() -> None:
    arms = (ISOLATED, OPEN, COLLECTIVE)
    own = case("chicago_artlook", arms=arms, seeds=12)
    half = case("chicago_artlook", ("arms.open_data.sites.school_tells", 0.5), arms=arms[:2], seeds=12)
    for metric in ("unmet_need", "overlap"):
        assert own.effect(metric, OPEN).high < 0 <= half.effect(metric, OPEN).high, metric
    further = own.effect("unmet_need", COLLECTIVE, against=OPEN)
    assert own.effect("unmet_need", OPEN).difference < further.difference < 0
    alone, together = (own.effect("on_track", arm).difference for arm in (OPEN, COLLECTIVE))
    assert 2.5 < together / alone < 6
    assert own.effect("equity_gap", COLLECTIVE).high < 0


def test_who_holds_the_partnership_together_matters_little_in_nottingham() -> None:
    own, staff, distributed, leaning = (
        case("nottingham_challenge", *change, seeds=128)
        for change in (
            [],
            [("initiative.governance", "backbone")],
            [("initiative.governance", "distributed")],
            [("initiative.host_lean", 0.6)],
        )
    )
    assert hours(own) / hours(staff) == pytest.approx(1.125, abs=0.03)
    assert -2 < instead(own, staff, "members").low < instead(own, staff, "members").high < 0
    for other in (staff, distributed, leaning):
        assert nearly_the_same(instead(own, other, "on_track"))


def test_a_mandate_brings_more_members_that_are_less_committed_and_no_more_pupils_on_track() -> None:
    own = case("captivate_embedded", seeds=128)
    half = case("captivate_embedded", ("initiative.mandated_districts", 2), seeds=128)
    free = case("captivate_embedded", ("initiative.governance", "backbone"), seeds=128)
    members, chosen = (result.at("members", COLLECTIVE, 10).mean() for result in (own, free))
    assert members / chosen == pytest.approx(1.5, abs=0.2)
    assert instead(own, half, "members").low > 0 < instead(half, free, "members").low
    small, chosen_small = (result.at("small_members", COLLECTIVE, 10).mean() for result in (own, free))
    assert small / members > 2 * chosen_small / chosen
    for metric in ("commitment", "active_share"):
        assert instead(own, free, metric).high < 0, metric
    assert nearly_the_same(instead(own, free, "on_track"))


def test_connectors_in_leicestershire_take_more_hours_and_keep_fewer_members() -> None:
    own = case(CITY, seeds=128)
    staff = case(CITY, ("initiative.governance", "backbone"), seeds=128)
    many = case(CITY, ("coordination.hubs", 12), seeds=128)
    few = case(CITY, ("coordination.hubs", 2), seeds=128)
    assert hours(own) > 1.2 * hours(staff)
    assert hours(few) < hours(own) < hours(many)
    assert instead(own, staff, "members").high < 0
    assert instead(own, many, "members").low > 0
    for other in (staff, many, few):
        assert nearly_the_same(instead(own, other, "on_track"))


def test_the_voice_of_young_people_gives_legitimacy_and_doubles_the_gain_at_the_price_of_agreement_and_hours() -> None:
    own, above = case(EAST, seeds=64), case(EAST, ("initiative.voice", 0.1), seeds=64)
    gains = [result.effect("on_track", COLLECTIVE).difference for result in (own, above)]
    assert 1.4 < gains[0] / gains[1] < 2.8
    assert instead(own, above, "on_track").low > 0
    assert instead(own, above, "legitimacy").low > 0.2
    assert instead(own, above, "score_common_agenda").high < 0
    assert hours(own) > hours(above)
    gain = own.at("on_track_by_district", COLLECTIVE, 10) - own.at("on_track_by_district", ISOLATED, 10)
    assert all(paired(gain[:, k], 0 * gain[:, k]).low > 0 for k in (0, 1))


def test_two_small_places_need_staff_and_it_matters_little_who_governs() -> None:
    own, nobody = case(EAST, seeds=256), case(EAST, ("initiative.backbone_share", 0.0), seeds=256)
    for result, share in ((own, 0.2), (nobody, 0.9)):
        low, high = ended(result)
        assert low < share < high
    assert nearly_the_same(instead(own, case(EAST, ("initiative.governance", "shared"), seeds=256), "on_track"))


def test_shared_credit_gives_a_little_legitimacy_at_a_very_small_price_in_stronger_families() -> None:
    own, usual = case("stronger_families", seeds=128), case("stronger_families", ("membership.shared_credit", 0.0), seeds=128)
    assert 0 < instead(own, usual, "legitimacy").low < instead(own, usual, "legitimacy").high < 0.02
    assert instead(own, usual, "members").outcome is Outcome.UNDECIDED
    for metric in ("on_track", "needs_met"):
        lost = instead(own, usual, metric)
        assert lost.high < 0, metric
        assert nearly_the_same(lost), metric
    gain = own.at("on_track_by_stage", COLLECTIVE, 10) - own.at("on_track_by_stage", ISOLATED, 10)
    for k in (0, 1):
        found = paired(gain[:, k], 0 * gain[:, k])
        assert 0.15 * POINT < found.low < found.high < 0.3 * POINT


def test_brokers_of_the_llen_bring_members_and_legitimacy_at_the_price_of_data() -> None:
    own = case("bgk_llen", seeds=128)
    usual = case("bgk_llen", ("initiative.staff_split", (0.15, 0.15, 0.25, 0.15, 0.15, 0.15)), seeds=128)
    assert instead(own, usual, "members").low > 0
    assert instead(own, usual, "legitimacy").low > 0
    assert instead(own, usual, "score_shared_measurement").high < 0
    assert instead(own, usual, "on_track").outcome is Outcome.UNDECIDED


def test_brokered_work_does_better_than_partnerships_sought_alone_and_frequent_reviews_hardly_matter() -> None:
    own = case("bgk_llen", arms=(ISOLATED, PARTNERS, COLLECTIVE))
    assert own.effect("on_track", PARTNERS).low <= 0
    assert own.effect("on_track", COLLECTIVE, against=PARTNERS).low > 0
    seldom = case("bgk_llen", ("initiative.review_quarters", 12), seeds=64)
    assert nearly_the_same(instead(case("bgk_llen", seeds=64), seldom, "on_track"))


def test_a_nation_gains_next_to_nothing_in_five_years_and_about_a_quarter_to_a_third_of_a_point_in_ten() -> None:
    """Every eighth of the 152 districts, weighted by its schools; small and large ones gain alike."""
    experiment = Experiment.read("nation")
    gains: dict[tuple[str, int], list[tuple[int, float]]] = {}
    for point in experiment.points()[3::8]:
        scenario = experiment.scenario(point)
        result = compare(scenario, experiment.arms, seeds=experiment.most_seeds, years=10)
        for arm in (OPEN, COLLECTIVE):
            for year in (5, 10):
                gain = (result.at("on_track", arm, year) - result.at("on_track", ISOLATED, year)).mean()
                gains.setdefault((arm, year), []).append((scenario.settings.community.schools, float(gain)))

    def of(arm: str, year: int, part: slice = slice(None)) -> float:
        sizes, found = zip(*gains[arm, year][part], strict=True)
        return float(np.average(found, weights=sizes))

    assert abs(of(COLLECTIVE, 5)) < 0.1 * POINT
    assert 0.25 * POINT < of(COLLECTIVE, 10) < 0.34 * POINT
    assert abs(of(OPEN, 10)) < 0.1 * POINT
    small, large = of(COLLECTIVE, 10, slice(9)), of(COLLECTIVE, 10, slice(9, None))
    assert small == pytest.approx(large, abs=0.1 * POINT)
