"""History matching on toy models whose answer is known: the true settings stay, the rest goes, weights match the posterior."""

from __future__ import annotations

import numpy as np
import pytest

from cisim.calibration.history_matching import (
    CUTOFF,
    Emulator,
    Floats,
    Goal,
    apart,
    conflicts,
    drawn,
    effective,
    implausibility,
    log_likelihood,
    normalised,
    predicted,
    remaining,
    worst_of,
)
from cisim.numerics.sampling import hypercube

SEEDS = 4
NOISE, ERROR, DISCREPANCY = 0.05, 0.05, 0.03


def toy(x: Floats) -> Floats:
    """Two targets of two settings, neither a straight line."""
    return np.stack([np.sin(3.0 * x[:, 0]) + x[:, 1], x[:, 0] * x[:, 1] + 0.5 * np.exp(-x[:, 0])], axis=1)


def simulated(x: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Means over seeds and their variances, shape (points, targets) each."""
    runs = toy(x)[:, :, None] + NOISE * rng.standard_normal((len(x), 2, SEEDS))
    return runs.mean(axis=2), np.full((len(x), 2), NOISE**2 / SEEDS)


def emulated(x: Floats, rng: np.random.Generator) -> list[Emulator]:
    means, noise = simulated(x, rng)
    return [Emulator(x, means[:, k], noise[:, k]) for k in range(2)]


@pytest.mark.slow
def test_the_true_settings_stay_in_nearly_all_of_200_repetitions_and_most_of_the_space_goes() -> None:
    """25 sets of runs, and 8 true settings with what is observed of each."""
    start, variances = hypercube("ab", 300), np.full(2, ERROR**2 + DISCREPANCY**2)
    kept, shares = 0, []
    for survey in range(25):
        rng = np.random.default_rng(survey)
        waves = [emulated(hypercube("ab", 14, survey), rng)]
        for true in rng.random((8, 1, 2)):
            seen = toy(true)[0] + rng.normal(0.0, ERROR, 2) + rng.normal(0.0, DISCREPANCY, 2)
            worst = worst_of(waves, Goal(seen, variances))
            kept += bool(worst(true)[0] <= CUTOFF)
            shares.append(float((worst(start) <= CUTOFF).mean()))
    assert len(shares) == 200
    assert kept >= 196
    assert np.median(shares) < 0.25


@pytest.mark.slow
def test_a_second_wave_rules_out_more_and_keeps_the_true_settings() -> None:
    rng = np.random.default_rng(1)
    true = np.array([[0.4, 0.7]])
    goal = Goal(toy(true)[0], np.full(2, 0.02**2))
    waves = [emulated(hypercube("ab", 12), rng)]
    one = remaining(worst_of(waves, goal), hypercube("ab", 400), rng)
    waves.append(emulated(apart(one.points, 12), rng))
    two = remaining(worst_of(waves, goal), hypercube("ab", 400), rng)
    assert 0.0 < two.share <= one.share < 0.3
    assert worst_of(waves, goal)(true)[0] <= CUTOFF
    assert worst_of(waves, goal)(two.points).max() <= CUTOFF


def test_the_share_of_a_small_ball_is_found_and_its_points_fill_it() -> None:
    """0.05 around a corner-free middle of four settings: pi^2 / 2 x 0.05^4 of the cube, three in 100,000."""

    def worst(x: Floats) -> Floats:
        return CUTOFF * np.sqrt(((x - 0.4) ** 2).sum(axis=1)) / 0.05

    found = remaining(worst, hypercube("abcd", 2000), np.random.default_rng(3))
    assert found.share == pytest.approx(np.pi**2 / 2 * 0.05**4, rel=0.3)
    assert found.points.mean(axis=0) == pytest.approx(np.full(4, 0.4), abs=0.004)
    radius = np.sqrt(((found.points - 0.4) ** 2).sum(axis=1)) / 0.05
    assert np.quantile(radius**4, [0.25, 0.5, 0.75]) == pytest.approx([0.25, 0.5, 0.75], abs=0.1)


def test_of_one_setting_the_part_that_fits_is_left() -> None:
    found = remaining(lambda x: np.abs(x[:, 0] - 0.3) * 300.0, hypercube("a", 1000), np.random.default_rng(4))
    assert found.share == pytest.approx(0.02, rel=0.25)
    assert (found.points >= 0.29).all()
    assert (found.points <= 0.31).all()


def test_where_nothing_fits_nothing_is_left() -> None:
    rng = np.random.default_rng(2)
    waves = [emulated(hypercube("ab", 20), rng)]
    goal = Goal(np.array([5.0, 0.5]), np.full(2, ERROR**2))
    found = remaining(worst_of(waves, goal), hypercube("ab", 300), rng)
    assert (found.share, len(found.points)) == (0.0, 0)
    assert found.nearest > CUTOFF
    x = hypercube("ab", 500)
    assert conflicts(implausibility(*predicted(waves[0], x), goal)).alone == (0,)


@pytest.mark.slow
def test_two_targets_that_exclude_each_other_are_a_conflict() -> None:
    """One asks for a high first setting, the other for a low one; the third can be met with either."""
    x = hypercube("ab", 40)
    noise = np.full(len(x), 1e-6)
    waves = [[Emulator(x, y, noise) for y in (x[:, 0], x[:, 0] ** 2, x[:, 1])]]
    goal = Goal(np.array([0.9, 0.04, 0.5]), np.full(3, 0.03**2))
    dense = hypercube("ab", 1000)
    found = conflicts(implausibility(*predicted(waves[0], dense), goal))
    assert (found.alone, found.pairs) == ((), ((0, 1),))
    assert remaining(worst_of(waves, goal), dense, np.random.default_rng(0)).share == 0.0


def test_an_emulator_knows_what_it_does_not_know() -> None:
    """At its points it has the noise of the seeds, between them a little more, and its intervals hold what comes."""
    rng = np.random.default_rng(5)
    emulators = emulated(hypercube("ab", 40), rng)
    new = hypercube("ab", 500, 1)
    for k, one in enumerate(emulators):
        mean, variance = one.predict(new)
        away = np.abs(toy(new)[:, k] - mean) / np.sqrt(variance)
        assert (away < 2.0).mean() > 0.85
        assert np.abs(toy(new)[:, k] - mean).max() < 0.2


def test_a_target_that_never_varies_is_emulated() -> None:
    x = hypercube("ab", 10)
    mean, variance = Emulator(x, np.full(10, 3.0), np.zeros(10)).predict(x)
    assert mean == pytest.approx(np.full(10, 3.0))
    assert (variance >= 0.0).all()


def test_weights_give_the_exact_posterior() -> None:
    """A straight line with a Gaussian error: the posterior on a grid, and by importance sampling from a rough emulator."""
    rng = np.random.default_rng(6)
    goal = Goal(np.array([0.9, 0.2]), np.array([0.1**2, 0.15**2]))

    def line(x: Floats) -> Floats:
        return np.stack([x[:, 0] + x[:, 1], x[:, 0] - x[:, 1]], axis=1)

    side = (np.arange(400) + 0.5) / 400
    grid = np.stack(np.meshgrid(side, side, indexing="ij"), axis=-1).reshape(-1, 2)
    exact = normalised(log_likelihood(line(grid), np.zeros((len(grid), 2)), goal))
    middle = exact @ grid
    spread = np.sqrt(exact @ (grid - middle) ** 2)

    candidates = rng.random((20_000, 2))
    rough = log_likelihood(line(candidates) + 0.05, np.full((len(candidates), 2), 0.1**2), goal)  # biased, and wider
    places, times = drawn(normalised(rough), 3000, rng)
    chosen = candidates[places]
    sure = log_likelihood(line(chosen), np.zeros((len(chosen), 2)), goal)
    weights = normalised(sure - rough[places] + np.log(times))
    assert weights @ chosen == pytest.approx(middle, abs=0.01)
    assert np.sqrt(weights @ (chosen - middle) ** 2) == pytest.approx(spread, rel=0.05)
    assert 500 < effective(weights) < 3000


def test_without_any_likelihood_there_are_no_weights() -> None:
    means = np.array([[np.nan], [np.nan]])
    weights = normalised(log_likelihood(means, np.zeros((2, 1)), Goal(np.zeros(1), np.ones(1))))
    assert weights.tolist() == [0.0, 0.0]
    assert effective(weights) == 0.0
    assert effective(np.full(4, 0.25)) == pytest.approx(4.0)


def test_the_next_design_is_spread_out() -> None:
    points = np.array([[0.0], [0.01], [0.02], [1.0], [0.5]])
    assert apart(points, 3).ravel().tolist() == [0.0, 1.0, 0.5]
    assert len(apart(points, 9)) == 5
