"""Which condition does what, and what luck alone would show: exact where exact answers are known."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisim.engines.compiled import run
from cisim.errors import InputError
from cisim.scenario import CONDITIONS, Scenario
from cisim.statistics.shapley import interactions, shapley
from cisim.studies.ablation import Ablation, ablation_study
from cisim.studies.chance_alone import ChanceAlone, chance_study, coins

PLAYERS = ("a", "b", "c")
SUBSETS = [frozenset(s) for size in range(4) for s in combinations(PLAYERS, size)]
numbers = st.lists(st.floats(-10, 10), min_size=8, max_size=8)
games = numbers.map(lambda values: {s: np.array([x]) for s, x in zip(SUBSETS, values, strict=True)})


@pytest.fixture(scope="module")
def result(default: Scenario) -> Ablation:
    return ablation_study(default, seeds=6, years=3).run()


@given(games)
def test_a_shapley_share_is_the_mean_over_all_orders_of_what_one_adds(game: dict[frozenset[str], np.ndarray]) -> None:
    comp = shapley(game, PLAYERS)
    for player in PLAYERS:
        adds = []
        for order in permutations(PLAYERS):
            before = frozenset(order[: order.index(player)])
            adds.append(game[before | {player}][0] - game[before][0])
        assert comp[player][0] == pytest.approx(np.mean(adds), abs=1e-12)


@given(games)
def test_shares_sum_to_the_whole_effect(game: dict[frozenset[str], np.ndarray]) -> None:
    total = sum(share[0] for share in shapley(game, PLAYERS).values())
    assert total == pytest.approx(game[SUBSETS[-1]][0] - game[SUBSETS[0]][0], abs=1e-12)


def test_two_that_only_work_together_reinforce_each_other_and_a_third_does_not() -> None:
    game = {s: np.array([1.0 if {"a", "b"} <= s else 0.0]) for s in SUBSETS}
    assert {player: share[0] for player, share in shapley(game, PLAYERS).items()} == pytest.approx({"a": 0.5, "b": 0.5, "c": 0.0})
    comp = interactions(game, PLAYERS)
    assert (comp["a", "b"][0], comp["a", "c"][0], comp["b", "c"][0]) == (1.0, 0.0, 0.0)


def test_nothing_on_is_isolated_impact_and_all_on_is_collective_impact(default: Scenario, result: Ablation) -> None:
    for seed in range(6):
        none, everything = result.subsets[frozenset()][seed], result.subsets[frozenset(CONDITIONS)][seed]
        assert none == run(default, "isolated_impact", seed, 3)["on_track"][-1]
        assert everything == run(default, "collective_impact", seed, 3)["on_track"][-1]


def test_all_32_subsets_run_and_the_shares_sum_to_the_whole(result: Ablation) -> None:
    assert len(result.subsets) == 32
    assert sum(effect.difference for effect in result.shares.values()) == pytest.approx(result.whole.difference, abs=1e-12)
    assert len(result.pairs) == 10
    assert set(result.left_out) == set(result.alone) == set(CONDITIONS)


def test_what_a_scenario_changes_in_its_collective_arm_holds_in_every_subset(default: Scenario) -> None:
    own = default.change({"arms.collective_impact.grants.grant_years": 3})
    result = ablation_study(own, seeds=2, years=1).run()
    everything = result.subsets[frozenset(CONDITIONS)]
    assert everything[1] == run(own, "collective_impact", 1, 1)["on_track"][-1]
    assert everything[1] != run(default, "collective_impact", 1, 1)["on_track"][-1]


def test_a_metric_that_is_not_one_number_is_refused(default: Scenario) -> None:
    for metric in ("on_trak", "spent"):
        with pytest.raises(InputError, match="is not a metric with one number"):
            ablation_study(default, metric, seeds=2).run()


def test_a_fair_coin_gives_34_of_53_with_chance_0_027() -> None:
    assert coins(34, 53) == pytest.approx(0.0267, abs=5e-5)  # the evidence sheet's arithmetic
    assert (coins(0, 53), coins(54, 53)) == (1.0, 0.0)


def test_coins_that_share_luck_show_extreme_counts_more_often() -> None:
    chances = [coins(34, 53, r) for r in (0.0, 0.1, 0.3, 0.6)]
    assert chances == sorted(chances)
    assert coins(34, 53, 1e-9) == pytest.approx(coins(34, 53), abs=1e-4)
    rng = np.random.default_rng(3)  # the same by brute force
    shared, own = rng.normal(size=(100_000, 1)), rng.normal(size=(100_000, 53))
    up = (np.sqrt(0.1) * shared + np.sqrt(0.9) * own > 0).sum(axis=1)
    assert coins(34, 53, 0.1) == pytest.approx((up >= 34).mean(), abs=0.006)


def test_a_claim_of_more_indicators_than_there_are_is_refused(default: Scenario) -> None:
    with pytest.raises(InputError, match="26 of 25 indicators cannot have improved"):
        chance_study(default, 26).run()


def test_the_chance_in_the_community_counts_its_own_isolated_worlds(default: Scenario) -> None:
    said = chance_study(default, 13, years=2, seeds=8).run()
    shares = [run(default, "isolated_impact", seed, 2)["indicators_improved"][-1] for seed in range(8)]
    assert said.isolated_correlated == np.mean([round(25 * share) >= 13 for share in shares])
    assert said.indicators == 25


def test_a_share_of_few_histories_says_how_little_it_knows() -> None:
    none = ChanceAlone(34, 53, 4, 0.1, 0.0, 0.0, 0.0, 0.02, 50)
    low, high = none.interval(0.0)
    assert (low, high) == (0.0, pytest.approx(0.0713, abs=1e-4))  # Wilson: z^2 / (n + z^2)
    low, high = none.interval(0.02)
    assert low < 0.02 < high
    assert high > 0.1
