"""Comparing arms: paired differences are what pairs say, money adds up, and the sentence is honest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import cisim
from cisim.errors import InputError
from cisim.model.metric_table import HEADLINES, HOLDERS, USES
from cisim.model.metrics import METRICS
from cisim.scenario import Scenario
from cisim.statistics.paired import paired
from cisim.studies.comparison import Comparison, compare
from cisim.text.numbers import apportion
from tests.conftest import tiny


@pytest.fixture(scope="module")
def eight(default: Scenario) -> Comparison:
    return compare(default, seeds=8, years=4)


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), min_size=3, max_size=40))
def test_a_paired_effect_is_the_one_sample_t_interval_of_the_differences(pairs: list[tuple[float, float]]) -> None:
    a, b = (np.array(side) for side in zip(*pairs, strict=True))
    comp = paired(a, b)
    d = a - b
    spread = stats.sem(d)
    low, high = stats.t.interval(0.95, len(d) - 1, loc=d.mean(), scale=spread) if spread > 0 else (d.mean(), d.mean())
    assert comp.difference == pytest.approx(d.mean(), abs=1e-12)
    assert (comp.low, comp.high) == pytest.approx((low, high), abs=1e-9)


def test_shared_luck_brings_a_variance_reduction_of_the_sum_over_the_difference() -> None:
    luck = np.array([0.0, 1.0, 2.0, 3.0])
    effect = paired(luck + np.array([0.1, 0.0, 0.1, 0.0]), luck)
    alone = np.var(luck + np.array([0.1, 0.0, 0.1, 0.0]), ddof=1) + np.var(luck, ddof=1)
    assert effect.variance_reduction == pytest.approx(alone / np.var([0.1, 0.0, 0.1, 0.0], ddof=1))
    assert effect.variance_reduction > 900


def test_one_seed_has_no_interval() -> None:
    effect = paired(np.array([2.0]), np.array([1.0]))
    assert (effect.difference, effect.low, effect.high) == (1.0, -np.inf, np.inf)
    assert "one seed is one simulated history" in str(compare(tiny(), seeds=1).verdict)


def test_every_arm_starts_from_the_same_state(eight: Comparison) -> None:
    for metric in METRICS:
        start = [eight.at(metric, arm, 0) for arm in eight.arms]
        assert all(np.array_equal(values, start[0]) for values in start)


def test_where_each_dollar_went_adds_up_to_all_the_money_to_half_a_cent(eight: Comparison) -> None:
    for column in eight.money.values():
        parts = sum(column[use] for use in USES) + sum(column[f"more_{holder}"] for holder in HOLDERS)
        assert parts == pytest.approx(column["money_in"], abs=5e-6)
    assert len({column["money_in"] for column in eight.money.values()}) == 1


def test_the_printed_money_adds_up_to_the_cent(eight: Comparison) -> None:
    for arm in eight.arms:
        column = {key: 1000 * value for key, value in eight.money[arm].items()}
        total = column.pop("money_in")
        printed = [float(f"{value:.2f}") for value in apportion(column, total, 0.01).values()]
        assert round(100 * sum(printed)) == round(100 * total)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=12))
def test_apportioned_parts_add_up_and_stay_within_a_step(values: list[float]) -> None:
    parts = {str(k): value for k, value in enumerate(values)}
    rounded = apportion(parts, sum(values), 0.01)
    assert round(100 * sum(rounded.values())) == round(sum(values) / 0.01)
    assert all(abs(rounded[key] - parts[key]) < 0.0101 for key in parts)


def test_who_leads_is_said_only_beyond_luck(eight: Comparison) -> None:
    for arm in eight.others:
        since = eight.leads_since(arm)
        if since is None:
            assert eight.effect("on_track", arm).low <= 0
        else:
            assert all(eight.effect("on_track", arm, year).low > 0 for year in range(since, eight.years + 1))
            assert since == 1 or eight.effect("on_track", arm, since - 1).low <= 0


def with_on_track(comparison: Comparison, **shift: float) -> Comparison:
    """The same comparison with some arms' on_track moved by so much, plus a little luck of their own."""
    history = comparison.history.copy()
    luck = np.random.default_rng(1).normal(0, 1e-5, comparison.history.shape[1])
    for k, arm in enumerate(comparison.arms):
        history["on_track"][k] = 0.5 + shift.get(arm, 0.0) + (luck[:, None] if arm == "collective_impact" else 0)
    return Comparison(comparison.scenario, comparison.arms, comparison.seeds, comparison.years, history)


def test_the_verdict_is_better_worse_or_equivalent(eight: Comparison) -> None:
    pays = with_on_track(eight, collective_impact=0.02, open_data=0.01).verdict
    assert pays.headline == "Collective impact does better here than open data, the strongest alternative."
    assert pays.detail[0].startswith("After 4 years, 1.00 percentage points more pupils are on track (100 in 10,000; 95 ")
    loses = with_on_track(eight, collective_impact=-0.02).verdict
    assert loses.headline.startswith("Collective impact does worse here than ")
    assert "2.00 percentage points fewer pupils are on track" in loses.detail[0]
    even = with_on_track(eight).verdict
    assert even.headline.startswith("Collective impact and ")
    assert even.headline.endswith(", the strongest alternative, are equivalent here: no worthwhile difference.")
    assert even.detail[0].endswith("clearly less than the 0.25 that are worthwhile.")
    assert pays.detail[0].endswith("clearly more than the 0.25 that are worthwhile.")
    assert "5 simulated histories; 3 others chose the alternative" in pays.detail[0]
    assert [verdict.outcome for verdict in (pays, loses, even)] == ["better", "worse", "equivalent"]
    at_the_margin = [with_on_track(eight, collective_impact=sign * 0.0025).verdict for sign in (1, -1)]
    assert [verdict.outcome for verdict in at_the_margin] == ["undecided", "undecided"]
    for verdict, side in zip(at_the_margin, ("ahead of", "behind"), strict=True):
        assert verdict.headline.startswith(f"Here collective impact is {side} ")
        assert verdict.headline.endswith(", but it is undecided whether the difference is worthwhile.")
        assert verdict.detail[0].endswith("it may be more or less than the 0.25 that are worthwhile, and more seeds would tell.")
    for verdict in (pays, loses, even):
        assert "cover chance between seeds only, not what is unknown about the settings" in verdict.caveat


def test_cost_per_young_person_is_delivery_forgone_over_additional_young_people(eight: Comparison) -> None:
    better = with_on_track(eight, collective_impact=0.01)
    forgone = better.money["isolated_impact"]["delivery"] - better.money["collective_impact"]["delivery"]
    gain = better.effect("on_track", "collective_impact").difference
    pupils = better.at("pupils", "isolated_impact", 0).mean()
    assert pupils == pytest.approx(53 * 750, rel=0.2)
    assert better.cost_per_young_person("collective_impact") == pytest.approx(1000 * forgone / (gain * pupils))
    assert np.isnan(with_on_track(eight).cost_per_young_person("open_data"))


@pytest.mark.slow
def test_the_notebook_gets_tidy_frames(default: Scenario) -> None:
    result = cisim.compare("default", seeds=3, years=2)
    effects = result.effects()
    assert list(effects.columns) == [
        "arm",
        "metric",
        "year",
        "against",
        "unit",
        "mean",
        "difference",
        "low",
        "high",
        "variance_reduction",
        "margin",
        "verdict",
    ]
    assert len(effects) == 4 * 2 * sum(shape == () for shape, _, _ in METRICS.values())
    assert "cover chance between seeds only" in str(result.verdict)
    quarters = cisim.run(default, "open_data", seed=1, years=2)
    assert list(quarters.columns[:4]) == ["arm", "seed", "quarter", "year"]
    assert (len(quarters), quarters.year.iloc[0], quarters.year.iloc[-1]) == (168, -39.75, 2.0)
    agents = cisim.run(default, "open_data", seed=1, years=2, engine="agents")
    assert quarters.equals(agents)
    with pytest.raises(InputError, match="is not an engine"):
        cisim.run(default, engine="steam")


def test_seeds_may_be_named_and_nonsense_is_refused_with_a_sentence(default: Scenario) -> None:
    small = compare(tiny(), "open_data", [np.int64(4), 7, 4], 1)
    assert (small.arms, small.seeds) == (("open_data",), (4, 7))
    for nonsense in ({"seeds": 0}, {"seeds": []}, {"seeds": 2.5}, {"years": 1.5}, {"seeds": [-1]}):
        with pytest.raises(InputError):
            compare(tiny(), **nonsense)


def test_the_frames_hold_every_number_lists_by_entry(eight: Comparison) -> None:
    frame = eight.frame()
    last = frame[(frame.year == 4) & (frame.arm == "open_data")]
    totals = last[last.metric.str.startswith("spent[")].groupby("seed").value.sum()
    assert totals.to_numpy() == pytest.approx(eight.at("spent", "open_data", 4).sum(axis=1))
    assert {"spent[public_data]", "on_track_by_stage[4]", "needs_met_by[0,4]"} <= set(frame.metric)


def test_headlines_are_metrics_with_a_unit_and_a_definition() -> None:
    for name in HEADLINES:
        shape, unit, meaning = METRICS[name]
        assert shape == ()
        assert unit
        assert meaning
