"""Verdicts against a smallest worthwhile difference: what tests say by hand, and how often they are wrong with known truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cisim.errors import InputError
from cisim.model.metric_table import LESS_IS_BETTER, MORE_IS_BETTER
from cisim.scenario import Scenario
from cisim.statistics.paired import chooses, paired, ratio
from cisim.statistics.verdict import LEVELS, Outcome, decide, looks_at, outcome, outcomes, p_values, share_interval
from cisim.studies.comparison import MORE_GRANTS, Comparison, compare
from cisim.studies.margins import MARGINS, margin_in, margin_of
from cisim.studies.sizes import DISCOUNT, sizes
from cisim.studies.until_decided import until_decided
from tests.conftest import tiny

BETTER, WORSE, EQUIVALENT, UNDECIDED = Outcome


@pytest.mark.parametrize(
    ("differences", "found"),
    [
        # by hand: mean 0.6, standard error 0.1 / sqrt(3), t(2) at 97.5 % is 4.303: the 95 % interval is 0.352 to 0.848
        ((0.5, 0.6, 0.7), BETTER),
        ((-0.5, -0.6, -0.7), WORSE),
        # mean 0.4: 0.152 to 0.648 holds 0.25; it is clearly above 0, but may be less than is worthwhile
        ((0.3, 0.4, 0.5), UNDECIDED),
        # mean 0.05, t(2) at 95 % is 2.920: the 90 % interval is -0.119 to 0.219, within the margin; the 95 % interval is not
        ((-0.05, 0.05, 0.15), EQUIVALENT),
        ((-1.0, 0.0, 1.0), UNDECIDED),
        ((0.1, 0.1), EQUIVALENT),
        ((0.25, 0.25), EQUIVALENT),
        ((0.26, 0.26), BETTER),
        ((0.5,), UNDECIDED),
    ],
)
def test_a_verdict_is_the_one_worked_out_by_hand(differences: tuple[float, ...], found: Outcome) -> None:
    effect = paired(np.array(differences), margin=0.25)
    assert effect.outcome is found
    assert effect.margin == 0.25
    assert paired(-np.array(differences), margin=0.25).outcome is found.turned


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=30), st.floats(0.01, 2))
def test_a_verdict_is_where_the_intervals_lie(numbers: list[float], margin: float) -> None:
    d = np.array(numbers)
    if d.std() < 1e-9:
        return
    wide, narrow = (stats.t.interval(level, len(d) - 1, d.mean(), stats.sem(d)) for level in (0.95, 0.90))
    ref = BETTER if wide[0] >= margin else WORSE if wide[1] <= -margin else UNDECIDED
    if ref is UNDECIDED and narrow[0] >= -margin and narrow[1] <= margin:
        ref = EQUIVALENT
    assert paired(d, margin=margin).outcome is ref


@given(st.lists(st.floats(-3, 3), min_size=3, max_size=20), st.floats(0, 2))
def test_the_p_values_are_those_of_one_sample_t_tests(numbers: list[float], margin: float) -> None:
    d = np.array(numbers)
    if d.std() < 1e-9:
        return
    shifted = [stats.ttest_1samp(d, at, alternative=side).pvalue for at, side in ((margin, "greater"), (-margin, "less"))]
    both = [stats.ttest_1samp(d, at, alternative=side).pvalue for at, side in ((-margin, "greater"), (margin, "less"))]
    mean, error, freedom = np.array([[d.mean()], [stats.sem(d)], [len(d) - 1]])
    assert p_values(mean, error, freedom, margin)[:, 0] == pytest.approx([*shifted, max(both)], abs=1e-9)


def test_without_a_margin_every_clear_difference_counts_and_only_equal_numbers_are_equivalent() -> None:
    assert paired(np.array([0.01, 0.011, 0.012])).outcome is BETTER
    assert paired(np.zeros(3)).outcome is EQUIVALENT
    assert paired(np.array([-0.1, 0.0, 0.1])).outcome is UNDECIDED


def test_a_difference_at_the_margin_is_called_better_or_equivalent_no_more_often_than_the_levels_say() -> None:
    """Ten thousand comparisons whose true difference is just the margin: a fortieth at most are called better, a twentieth
    equivalent. Most are undecided, as they should be."""
    d = 0.25 + 0.3 * np.random.default_rng(1).normal(size=(10_000, 12))
    found = decide(p_values(d.mean(axis=1), d.std(axis=1, ddof=1) / 12**0.5, np.full(10_000, 11.0), 0.25))
    assert 0.02 < found.count(BETTER) / 10_000 < 0.03
    assert 0.04 < found.count(EQUIVALENT) / 10_000 < 0.06
    assert found.count(WORSE) == 0


@pytest.mark.slow
def test_the_best_of_equal_arms_looks_stronger_on_the_seeds_that_chose_it_and_not_on_others() -> None:
    """A focus and four alternatives, all equal. Judged on all seeds, the best alternative beats the focus; judged on seeds that
    did not choose it, it is level, and is called worse as seldom as it may."""
    rng, naive, split, worse = np.random.default_rng(2), [], [], 0
    choosing = chooses(24, 4)
    for _ in range(4_000):
        arms = rng.normal(size=(5, 24))
        naive.append((arms[0] - arms[1:][arms[1:].mean(axis=1).argmax()]).mean())
        rival = arms[1:][arms[1:, choosing].mean(axis=1).argmax()]
        effect = paired(arms[0, ~choosing], rival[~choosing])
        split.append(effect.difference)
        worse += effect.outcome is WORSE
    assert np.mean(naive) < -0.15
    assert abs(np.mean(split)) < 4 * np.std(split) / 4_000**0.5
    assert 0.018 < worse / 4_000 < 0.033


def test_a_seed_keeps_its_part_as_seeds_are_added_and_one_alternative_takes_no_choice() -> None:
    assert chooses(7).tolist() == [False, True, False, False, True, False, False]
    assert chooses(64)[:7].tolist() == chooses(7).tolist()
    assert not chooses(7, 1).any()


def test_looking_several_times_is_wrong_no_more_often_than_looking_once() -> None:
    """The true difference is the margin. With five looks and no correction, stopping at the first clear one is wrong far more
    often than one look may be; with it, it is not."""
    looks, rng = looks_at(256), np.random.default_rng(3)
    assert looks == [16, 32, 64, 128, 256]
    d = 0.25 + rng.normal(size=(2_000, 256))

    def wrong(correction: int) -> float:
        stopped = np.zeros(len(d), dtype=np.bool_)
        for n in looks:
            seen = d[:, :n]
            found = decide(
                p_values(seen.mean(axis=1), seen.std(axis=1, ddof=1) / n**0.5, np.full(len(d), n - 1.0), 0.25), correction
            )
            stopped |= np.array([one is not UNDECIDED for one in found])
        return float(stopped.mean())

    assert wrong(1) > 0.13
    assert wrong(len(looks)) < 0.075  # 2.5 % for better and 5 % for equivalent


def test_the_interval_that_allows_for_looks_is_the_one_the_verdict_uses() -> None:
    d = np.random.default_rng(4).normal(0.4, 0.3, 16)
    once, often = paired(d, margin=0.1), paired(d, margin=0.1, looks=5)
    low, high = stats.t.interval(0.99, 15, d.mean(), stats.sem(d))
    assert (often.low, often.high) == pytest.approx((low, high))
    assert often.low < once.low
    assert (often.outcome is BETTER) == (often.low >= 0.1)


def test_over_many_points_of_which_few_differ_most_of_those_called_better_are() -> None:
    """A hundred points, five of them truly better. Uncorrected, a third of those called better are not; corrected, few are."""
    rng, false, raw = np.random.default_rng(5), [], []
    for _ in range(200):
        d = rng.normal(size=(100, 16))
        d[:5] += 1.5
        found = np.array(outcomes(d)) == BETTER
        plain = np.array(decide(p_values(d.mean(axis=1), d.std(axis=1, ddof=1) / 4.0, np.full(100, 15.0), 0.0))) == BETTER
        assert not (found & ~plain).any(), "a correction makes no verdict clearer"
        false.append(found[5:].sum() / max(found.sum(), 1))
        raw.append(plain[5:].sum() / max(plain.sum(), 1))
    assert np.mean(raw) > 0.2
    assert np.mean(false) < LEVELS[BETTER] + 0.01


def test_points_with_one_seed_or_none_are_undecided_and_do_not_count_as_tests() -> None:
    d = np.full((4, 3), np.nan)
    d[0], d[1, 0] = (0.5, 0.6, 0.7), 9.0
    assert outcomes(d, 0.25) == [BETTER, UNDECIDED, UNDECIDED, UNDECIDED]
    assert outcomes(np.full((2, 0), np.nan)) == [UNDECIDED, UNDECIDED]


@given(st.integers(0, 40), st.integers(1, 60))
def test_a_share_has_wilsons_interval(cases: int, more: int) -> None:
    n, z = cases + more, stats.norm.ppf(0.975)
    share = cases / n
    middle, half = share + z * z / 2 / n, z * (share * (1 - share) / n + z * z / 4 / n / n) ** 0.5
    low, high = ((middle + side * half) / (1 + z * z / n) for side in (-1, 1))
    assert share_interval(share, n) == pytest.approx((max(low, 0.0), min(high, 1.0)), abs=1e-9)


def test_the_interval_of_a_ratio_holds_the_truth_as_often_as_it_says() -> None:
    rng, held = np.random.default_rng(6), 0
    for _ in range(2_000):
        shared = rng.normal(size=20)
        a, b = 3.0 + shared + rng.normal(size=20), 2.0 + shared
        value, low, high = ratio(a, b)
        assert low <= value <= high
        held += low <= 1.5 <= high
    assert 0.935 < held / 2_000 < 0.965


def test_the_ratio_to_what_may_be_nothing_may_be_anything() -> None:
    rng = np.random.default_rng(7)
    assert ratio(rng.normal(size=9), rng.normal(size=9))[1:] == (-np.inf, np.inf)
    assert ratio(np.array([1.0]), np.array([2.0])) == (0.5, -np.inf, np.inf)


def test_margins_are_of_metrics_that_are_better_in_one_direction_and_can_be_chosen() -> None:
    assert set(MARGINS) <= set(LESS_IS_BETTER | MORE_IS_BETTER)
    assert margin_of("on_track") == margin_in("on_track", None) == margin_in("on_track", 0.25) == 0.0025
    assert margin_of("needs_met_by[0,3]") == MARGINS["needs_met_by"]
    assert margin_of("members") == 0.0
    assert margin_in("skill", 0.02) == 0.02
    for nonsense in (-1.0, float("nan"), float("inf")):
        with pytest.raises(InputError, match="smallest worthwhile difference"):
            margin_in("on_track", nonsense)


@pytest.fixture(scope="module")
def nine() -> Comparison:
    return compare(tiny(), seeds=9, years=3, sizes=True)


def test_a_comparison_chooses_the_alternative_on_some_seeds_and_judges_it_on_the_others(nine: Comparison) -> None:
    history = nine.history.copy()
    history["on_track"] = 0.5
    best, better_later = (nine.arms.index(arm) for arm in ("open_data", "programme_collaboration"))
    history["on_track"][best, nine.choosing] = 0.6
    history["on_track"][better_later, ~nine.choosing] = 0.9
    rival, effect = replace(nine, history=history).against_best()
    assert (rival, effect.difference, effect.outcome) == ("open_data", 0.0, EQUIVALENT)


def test_sizes_are_those_of_the_paired_differences_worked_out_by_hand(nine: Comparison) -> None:
    against, yardstick = sizes(nine)[-2:]
    judged = ~nine.choosing if nine.strongest() == "isolated_impact" else np.ones(9, dtype=bool)
    assert nine.yardstick is not None
    ends = [nine.warmup + 4 * year - 1 for year in (1, 2, 3)]
    a, b = (nine.history[nine.arms.index(arm)] for arm in ("collective_impact", "isolated_impact"))
    weights = [1.0 / (1.0 + DISCOUNT) ** year for year in (1, 2, 3)]
    heads = [x["on_track"][:, ends] * x["pupils"][:, ends] for x in (a, b, nine.yardstick)]
    years = ((heads[0] - heads[1]) * weights).sum(axis=1)[judged]
    assert against.values["person_years"][0] == pytest.approx(years.mean())
    assert against.values["points"][0] == pytest.approx(100 * (a["on_track"] - b["on_track"])[judged, ends[-1]].mean())
    more = (nine.yardstick["on_track"] - b["on_track"])[:, ends[-1]]
    part = (a["on_track"] - b["on_track"])[judged, ends[-1]].mean() / more[judged].mean()
    assert against.values["grants"][0] == pytest.approx(100 * MORE_GRANTS * part)
    assert yardstick.values["points"][0] == pytest.approx(100 * more.mean())
    budget = nine.scenario.settings.money.annual_budget
    given = sum(1000.0 * MORE_GRANTS * budget * weight for weight in weights)
    gained = ((heads[2] - heads[1]) * weights).sum(axis=1)
    if np.isfinite(yardstick.values["price"][1]):
        assert yardstick.values["price"][0] == pytest.approx(given / gained.mean(), rel=1e-6)


def test_the_yardstick_is_isolated_impact_until_the_common_start_and_has_a_tenth_more_money_then(nine: Comparison) -> None:
    isolated, more = nine.history[nine.arms.index("isolated_impact")], nine.yardstick
    assert more is not None
    for metric in ("on_track", "skill", "pupils", "spent", "money_in"):
        assert np.array_equal(more[metric][:, : nine.warmup], isolated[metric][:, : nine.warmup])
    gained = [x["money_in"][:, -1] - x["money_in"][:, nine.warmup - 1] for x in (more, isolated)]
    assert gained[0] / gained[1] == pytest.approx(np.full(9, 1.1))


def test_a_clear_verdict_ends_the_search_and_an_unclear_one_takes_all_seeds() -> None:
    done: list[int] = []
    easy = until_decided(tiny(), most=64, years=1, margin=0.5, tell=done.append)
    assert (len(easy.seeds), easy.verdict.outcome, easy.looks) == (16, EQUIVALENT, 3)
    assert done == list(range(1, 17))
    assert "which holds at all 3 looks" in easy.verdict.detail[0]
    hard = until_decided(tiny(), most=20, years=1, margin=0.0)
    assert len(hard.seeds) == 20 or hard.verdict.outcome is not UNDECIDED
    same = compare(tiny(), seeds=16, years=1)
    assert easy.against_best()[1].difference == same.against_best()[1].difference


def test_the_verdict_is_also_given_at_the_scenarios_own_horizon(default: Scenario) -> None:
    own = tiny().settings.run.years
    longer = compare(tiny(), seeds=6, years=own + 2)
    rival, effect = longer.against_best(own)
    assert f"After {own} years the verdict is: {effect.outcome} (" in longer.verdict.detail[-1]
    assert longer.label(rival) in longer.verdict.detail[-1]
    at_own = replace(longer, years=own, history=longer.history[:, :, : longer.warmup + 4 * own])
    assert at_own.against_best() == (rival, effect)


def test_less_of_a_gap_is_better(nine: Comparison) -> None:
    turned = nine.history.copy()
    turned["equity_gap"][nine.arms.index("collective_impact")] -= 0.1
    lower = replace(nine, history=turned)
    assert lower.effect("equity_gap", "collective_impact").outcome is BETTER
    assert outcome(-0.1, 0.01, 9, 0.005) is WORSE
