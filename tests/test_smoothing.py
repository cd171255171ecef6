"""Many points with few seeds: predictions from other points against refitting, and verdicts in worlds whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from cisim.statistics import smoothing
from cisim.statistics.smoothing import Smoothed, features, left_out, mixture_quantile, smoothed
from cisim.statistics.verdict import Outcome

MARGIN = 0.25


def test_a_point_left_out_is_predicted_as_by_a_fit_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoothing, "PENALTIES", np.array([3.0]))
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(12, 4)), rng.normal(size=12)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    for k in range(12):
        design = np.column_stack([np.ones(11), np.delete(z, k, axis=0)])
        fit = np.linalg.solve(design.T @ design + np.diag([0.0, 3.0, 3.0, 3.0, 3.0]), design.T @ np.delete(y, k))
        assert left_out(x, y)[k] == pytest.approx(fit[0] + z[k] @ fit[1:])


def worlds(count: int) -> list[tuple[np.ndarray, Smoothed, np.ndarray]]:
    """Truth, what is concluded, and values by seed of members whose lead depends on two settings, a group, and other things."""
    rng = np.random.default_rng(2)
    found = []
    for _ in range(count):
        x, group = rng.random((150, 8)), rng.integers(5, size=150)
        truth = 0.25 + 0.5 * (x[:, 0] - 0.5) + 0.3 * (x[:, 1] - 0.5) ** 2 + 0.2 * (group == 2) + 0.05 * rng.standard_normal(150)
        seen = truth[:, None] + 0.4 * rng.standard_normal((150, 4))
        found.append((truth, smoothed(features(x, group), seen), seen))
    return found


def test_verdicts_at_points_are_wrong_no_more_often_than_they_may_be_and_intervals_hold_the_truth() -> None:
    wrong, called, inside, points, decided = dict.fromkeys(Outcome, 0), dict.fromkeys(Outcome, 0), 0, 0, 0
    for truth, known, _ in worlds(60):
        right = {
            Outcome.BETTER: truth > MARGIN,
            Outcome.WORSE: truth < -MARGIN,
            Outcome.EQUIVALENT: abs(truth) <= MARGIN,
            Outcome.UNDECIDED: truth == truth,
        }
        for place, one in enumerate(known.outcomes(MARGIN)):
            called[one] += 1
            wrong[one] += not right[one][place]
        inside += int((abs(known.mean - truth) < 1.96 * known.deviation).sum())
        points += len(truth)
    decided = called[Outcome.BETTER] + called[Outcome.EQUIVALENT]
    assert decided > 0.3 * points
    assert wrong[Outcome.BETTER] < 0.03 * called[Outcome.BETTER]
    assert wrong[Outcome.EQUIVALENT] < 0.06 * called[Outcome.EQUIVALENT]
    assert 0.93 < inside / points < 0.98


def test_other_points_tell_more_than_four_seeds_alone() -> None:
    own, both = [], []
    for truth, known, seen in worlds(20):
        own.append(((seen.mean(axis=1) - truth) ** 2).mean())
        both.append(((known.mean - truth) ** 2).mean())
    assert np.mean(both) < 0.4 * np.mean(own)


def test_without_any_relation_a_point_is_drawn_to_the_mean_of_all() -> None:
    rng = np.random.default_rng(3)
    seen = 0.1 + 0.4 * rng.standard_normal((200, 4))
    known = smoothed(rng.random((200, 20)), seen)
    assert abs(known.mean - 0.1).max() < 0.15 < abs(seen.mean(axis=1) - 0.1).max()


def test_few_points_stand_for_themselves() -> None:
    seen = np.array([[1.0, 3.0], [5.0, 5.0]])
    known = smoothed(np.zeros((2, 1)), seen)
    assert known.mean == pytest.approx([2.0, 5.0])
    assert known.noise == pytest.approx(1.0)
    assert known.deviation == pytest.approx([np.sqrt(0.5)] * 2)


def test_the_quantile_of_a_mixture_is_that_of_a_normal_where_there_is_one_and_of_both_halves_where_there_are_two() -> None:
    one = mixture_quantile(np.array([1.0]), np.array([2.0]), np.array([1.0]), 0.975)
    assert one == pytest.approx(1.0 + 2.0 * 1.959964, abs=1e-4)
    two = mixture_quantile(np.array([0.0, 100.0]), np.array([1.0, 1.0]), np.array([0.5, 0.5]), 0.25)
    assert two == pytest.approx(0.0, abs=1e-4)
