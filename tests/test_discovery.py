"""Where it loses: a planted box is found and told, luck is not, and what is told is what is there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cisim.analysis import Runs
from cisim.analysis.box_search import Box, Inputs, Limit, candidates, pruned, separating, within
from cisim.analysis.where_it_loses import cover, discovery, verdicts
from cisim.errors import InputError
from cisim.statistics.verdict import Outcome
from tests.test_sensitivity import A, B, C, asked, made_up, of_a_gap

GOVERNANCE = "initiative.governance"
WITH_WORDS = (
    f'[[factors]]\npath = "{A}"\nlow = 0.0\nhigh = 1.0\n'
    f'[[factors]]\npath = "{GOVERNANCE}"\nvalues = ["shared", "backbone", "distributed", "mandated"]\n'
    '[[factors]]\npath = "information.use_for_errors"\nvalues = [true, false]\n'
)


def planted(values: pd.DataFrame) -> float:
    """It loses where voice is above 0.6 and sight errors are below 0.5."""
    return -1.0 if values[A] > 0.6 and values[B] <= 0.5 else 1.0


@pytest.fixture(scope="module")
def lhs() -> Runs:
    return made_up(asked('kind = "lhs"\npoints = 200'), planted, 0.03)


def test_a_planted_box_is_found_and_told(lhs: Runs) -> None:
    result = discovery(lhs)
    (box,) = result.frame.itertuples()
    assert (box.density, box.coverage, box.limits) == (1.0, 1.0, 2)
    points = lhs.points
    inside = (points[A] > 0.6) & (points[B] <= 0.5)
    assert (result.cases, box.support) == (inside.sum(), pytest.approx(inside.mean()))
    low, high = (float(word) for word in box.box.replace("voice above ", "").split(" and sight error up to "))
    assert ((points[A] > low) & (points[B] <= high)).equals(inside)
    assert len(str(low)) <= 5
    first, told, shuffled = result.sentences()
    assert first == f"Collective impact does worse than the strongest alternative at {inside.sum()} of 200 points."
    assert told.startswith(f"It does worse at 100 % of points with {box.box} (against {100 * inside.mean():.0f} % of all)")
    assert told.endswith(f"holds 100 % of all points at which it does worse, and {100 * inside.mean():.0f} % of all points.")
    assert "none of 199 shuffles gave as good a box" in shuffled


@pytest.mark.slow
def test_of_a_gap_it_loses_where_it_has_more_of_it(lhs: Runs) -> None:
    pd.testing.assert_frame_equal(discovery(of_a_gap(lhs), "equity_gap").frame, discovery(lhs).frame)


@pytest.mark.slow
def test_of_pure_luck_no_box_is_told() -> None:
    told = 0
    for draw in range(20):
        rng = np.random.default_rng(draw)
        values, cases = rng.random((80, 3)), rng.random(80) < 0.3
        inputs = Inputs.of(values)
        (found, points), *_ = cover(inputs, cases, shuffles=19)
        assert points == 80
        assert candidates(inputs, cases)  # there always is a best one
        told += found.chance <= 0.05
    assert told <= 3  # of 20, one expected


def test_luck_is_told_as_no_box_that_stands_out() -> None:
    rng = np.random.default_rng(4)
    runs = made_up(asked('kind = "lhs"\npoints = 100'), lambda values: float(rng.choice([-1.0, 1.0])), 0.1)
    result = discovery(runs)
    assert result.frame.empty
    assert len(result.candidates)
    assert result.sentences()[-1] == "No box of settings in which it does worse can be distinguished from chance."


def test_a_second_box_is_looked_for_outside_the_first() -> None:
    values = np.random.default_rng(0).random((400, 2))
    first, second = values[:, 0] > 0.7, (values[:, 0] <= 0.7) & (values[:, 1] > 0.8)
    one, two, *rest = cover(Inputs.of(values), first | second, shuffles=39)
    assert [limit.column for limit in one[0].candidates[0].limits] == [0]
    assert [limit.column for limit in two[0].candidates[0].limits] == [1]
    assert two[1] == 400 - first.sum()
    assert two[0].candidates[0].density == 1.0
    assert not rest


def test_words_are_told_as_words() -> None:
    experiment = asked('kind = "random"\npoints = 150', WITH_WORDS)
    two = made_up(experiment, lambda v: -1.0 if v[GOVERNANCE] in ("shared", "distributed") else 1.0, 0.1)
    assert list(discovery(two, shuffles=19).frame["box"]) == ["governance shared or distributed"]
    three = made_up(experiment, lambda v: 1.0 if v[GOVERNANCE] == "mandated" else -1.0, 0.1)
    assert list(discovery(three, shuffles=19).frame["box"]) == ["governance not mandated"]
    switch = made_up(experiment, lambda v: 1.0 if v["information.use_for_errors"] else -1.0, 0.1)
    assert list(discovery(switch, shuffles=19).frame["box"]) == ["use for errors off"]


def test_on_a_grid_limits_are_values_of_the_grid() -> None:
    runs = made_up(asked('kind = "grid"', steps="steps = 5\n"), lambda v: -1.0 if v[A] >= 0.5 else 1.0, 0.1)
    assert list(discovery(runs, shuffles=19).frame["box"]) == ["voice of 0.5 or more"]


def test_what_is_asked_may_be_winning_and_where_few_lose_it_is_not_winning(lhs: Runs) -> None:
    wins = discovery(lhs, asked="does better", shuffles=19)
    assert wins.cases == 200 - discovery(lhs, shuffles=19).cases
    few = discovery(made_up(lhs.experiment, lambda values: 1.0 if values[A] > 0.5 else 0.0, 0.1), shuffles=19)
    assert (few.asked, few.losing < 8) == ("does not do better", True)
    assert few.frame["box"][0].startswith("voice up to 0.5")
    assert "it does not do better at" in few.sentences()[0]
    never = discovery(made_up(lhs.experiment, lambda values: 1.0, 0.1))
    assert never.sentences() == [
        "Collective impact does worse than the strongest alternative at none of 200 points; it does better at all of them."
    ]


def test_a_verdict_is_that_of_the_paired_difference_whatever_seeds_are_missing() -> None:
    differences = np.array([[1.0, 1.1, 0.9, np.nan], [-1.0, -1.1, -0.9, -1.0], [1.0, -1.0, 0.5, np.nan]])
    assert list(verdicts(differences)) == [Outcome.BETTER, Outcome.WORSE, Outcome.UNDECIDED]


def test_limits_that_do_not_help_are_taken_off() -> None:
    values = np.random.default_rng(0).random((100, 2))
    cases = values[:, 0] > 0.5
    useless = Box.of([Limit(0, 0.5, True), Limit(1, 0.2, True)], values, cases)
    assert pruned(useless, values, cases).limits == (Limit(0, 0.5, True),)


def test_density_coverage_and_support_are_counted() -> None:
    values = np.array([[0.0], [1.0], [2.0], [3.0]])
    box = Box.of([Limit(0, 1.5, True)], values, np.array([True, False, True, False]))
    assert (box.density, box.coverage, box.support, box.surplus) == (0.5, 0.5, 0.5, 0.0)
    assert list(within(box.limits, values)) == [False, False, True, True]


@pytest.mark.parametrize(("low", "high", "told"), [(0.4961, 0.5013, 0.5), (0.3, 0.5, 0.4), (41.8, 46.0, 44.0), (1.0, 2.0, 1.5)])
def test_a_limit_is_the_roundest_number_between_two_points(low: float, high: float, told: float) -> None:
    assert separating(low, high) == told
    assert low <= separating(low, np.nextafter(low, 1e9)) < np.nextafter(low, 1e9)


def test_the_order_of_rows_changes_nothing(lhs: Runs) -> None:
    shuffled = Runs(lhs.experiment, lhs.frame.sample(frac=1, random_state=1).reset_index(drop=True))
    pd.testing.assert_frame_equal(discovery(lhs, shuffles=19).frame, discovery(shuffled, shuffles=19).frame, check_exact=True)


def test_what_cannot_be_asked_is_said_in_one_sentence(lhs: Runs) -> None:
    with pytest.raises(InputError, match=r'"does wrose" cannot be asked for\. Did you mean does worse'):
        discovery(lhs, asked="does wrose")
    with pytest.raises(InputError, match="takes 2 seeds or more"):
        discovery(made_up(lhs.experiment, planted, seeds=1))


def test_unused_settings_stay_out_of_the_box(lhs: Runs) -> None:
    assert C.rpartition(".")[2] not in discovery(lhs, shuffles=19).frame["box"][0]
