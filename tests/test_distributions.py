"""The distributions that a comparison needs are those of scipy, which only analyses need to install."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from cisim.evidence.decline import groups
from cisim.statistics.distributions import binomial_above, normal, student, student_quantile
from cisim.statistics.verdict import adjusted, share_interval

FREEDOM = np.array([0.5, 1.0, 2.0, 3.7, 15.0, 63.0, 255.0, 9_999.0])


def test_students_t_is_that_of_scipy_far_into_both_tails() -> None:
    t = np.array([-200.0, -12.0, -3.0, -1.0, -0.01, 0.0, 1e-3, 0.7, 2.5, 40.0, np.inf, -np.inf])[:, None]
    assert student(FREEDOM, t) == pytest.approx(special.stdtr(FREEDOM, t), rel=1e-10, abs=1e-290)


@pytest.mark.parametrize("chance", [0.5, 0.9, 0.975, 1.0 - 0.025 / 5, 0.9999])
def test_the_quantile_of_students_t_is_that_of_scipy(chance: float) -> None:
    for freedom in FREEDOM:
        assert student_quantile(float(freedom), chance) == pytest.approx(special.stdtrit(freedom, chance), rel=1e-9, abs=1e-12)


def test_the_binomial_and_the_normal_distribution_are_those_of_scipy() -> None:
    chances = np.array([0.0, 1e-6, 0.2, 0.5, 0.93, 1.0])
    for count, of in ((0, 1), (3, 10), (33, 53), (52, 53), (480, 1000)):
        assert binomial_above(count, of, chances) == pytest.approx(special.bdtrc(count, of, chances), rel=1e-11)
    z = np.linspace(-6.0, 6.0, 25)
    assert normal(z) == pytest.approx(special.ndtr(z), abs=1e-15)


def test_the_interval_of_a_share_is_the_one_of_wilson() -> None:
    for count, of in ((0, 7), (7, 7), (3, 60), (60, 200)):
        exact = stats.binomtest(count, of).proportion_ci(method="wilson")
        assert share_interval(count / of, of) == pytest.approx((exact.low, exact.high), abs=1e-14)


def test_p_values_are_corrected_as_benjamini_and_hochberg_did() -> None:
    p = np.random.default_rng(5).random((3, 40)) ** 3
    tested = np.arange(40) % 4 > 0
    expected = p.copy()
    expected[:, tested] = stats.false_discovery_control(p[:, tested], axis=1)
    assert adjusted(p, tested) == pytest.approx(expected, rel=1e-14)


def test_groups_of_connected_organisations_are_those_of_scipy() -> None:
    rng = np.random.default_rng(2)
    for pairs in (0, 5, 15, 30):
        ties = rng.integers(0, 30, (2, pairs))
        _, label = connected_components(csr_matrix((np.ones(pairs), tuple(ties)), shape=(30, 30)), directed=False)
        ours = groups(30, ties)
        assert ((ours[:, None] == ours) == (label[:, None] == label)).all()
