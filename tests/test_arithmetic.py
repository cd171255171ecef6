"""exp, log, power and the normal quantile: as exact as promised, defined at the edges, and the same bits compiled."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from decimal import Decimal, localcontext

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from cisim.numerics.arithmetic import clamp, exp, log, logistic, normal_quantile, power
from cisim.numerics.parts import parts, two_to

luck = random.Random(20240601)
EXPONENTS = [luck.uniform(-40, 40) for _ in range(8000)] + [luck.uniform(-1, 1) * 10 ** luck.uniform(-12, 0) for _ in range(2000)]
POSITIVES = [10 ** luck.uniform(-6, 6) for _ in range(6000)]
NEAR_ONE = [1.0 + luck.uniform(-1, 1) * 10 ** luck.uniform(-12, -0.5) for _ in range(3000)]
BASES = [luck.uniform(0.01, 0.99) for _ in range(4000)] + [10 ** luck.uniform(-2, 2) for _ in range(4000)]
POWERS = [(x, luck.uniform(-6, 6)) for x in BASES]
SHARES = [luck.random() for _ in range(8000)]
TAILS = [10 ** luck.uniform(-16, -1) for _ in range(3000)] + [1.0 - 10 ** luck.uniform(-15, -1) for _ in range(3000)]


@pytest.fixture(autouse=True)
def forty_digits() -> Iterator[None]:
    with localcontext() as context:
        context.prec = 40
        yield


def ulps(got: float, exact: Decimal) -> float:
    """How far `got` lies from the exact value, in units of the last place of the exact value."""
    return float(abs(Decimal(got) - exact) / Decimal(math.ulp(float(exact))))


def ulps_apart(got: float, other: float) -> float:
    return abs(got - other) / math.ulp(other)


def test_exp_is_within_one_ulp_of_the_exact_value() -> None:
    assert max(ulps(exp(x), Decimal(x).exp()) for x in EXPONENTS) < 1.0


def test_log_is_within_one_ulp_of_the_exact_value_also_near_one() -> None:
    assert max(ulps(log(x), Decimal(x).ln()) for x in POSITIVES + NEAR_ONE if x != 1.0) < 1.0


def test_power_is_within_one_ulp_of_the_exact_value() -> None:
    assert max(ulps(power(x, y), (Decimal(y) * Decimal(x).ln()).exp()) for x, y in POWERS) < 1.0


def test_exp_log_and_power_are_at_most_one_ulp_from_the_c_library() -> None:
    assert max(ulps_apart(exp(x), math.exp(x)) for x in EXPONENTS) <= 1.0
    assert max(ulps_apart(log(x), math.log(x)) for x in POSITIVES + NEAR_ONE) <= 1.0
    assert max(ulps_apart(power(x, y), math.pow(x, y)) for x, y in POWERS) <= 1.0


def test_the_normal_quantile_is_the_one_of_scipy_to_1e_14_down_to_the_least_draw() -> None:
    for p in [*SHARES, *TAILS, 2.0**-54, 1.0 - 2.0**-53]:
        assert normal_quantile(p) == pytest.approx(float(ndtri(p)), rel=1e-14, abs=1e-14)


@given(st.floats(min_value=2.0**-30, max_value=0.5))
def test_the_normal_quantile_is_odd_about_one_half(p: float) -> None:
    p = 1.0 - (1.0 - p)  # so that both p and 1 - p are exact
    assert normal_quantile(1.0 - p) == -normal_quantile(p)


def test_exp_is_held_within_700_so_that_nothing_is_ever_infinite() -> None:
    assert exp(1e9) == exp(math.inf) == exp(700.0) < math.inf
    assert exp(-1e9) == exp(-math.inf) == exp(-700.0) > 0.0
    assert ulps_apart(exp(700.0), math.exp(700.0)) <= 1.0
    assert ulps_apart(exp(-700.0), math.exp(-700.0)) <= 1.0


def test_log_of_nothing_and_of_less_is_minus_700() -> None:
    assert log(0.0) == log(-0.0) == log(-3.0) == -700.0


def test_log_covers_all_positive_numbers_denormal_ones_too() -> None:
    for x in (5e-324, 2.3e-310, 2.2250738585072014e-308, 1.7976931348623157e308):
        assert ulps_apart(log(x), math.log(x)) <= 1.0


def test_power_of_nothing_and_of_less_is_zero_whatever_the_exponent() -> None:
    assert [power(x, y) for x in (0.0, -0.0, -2.0) for y in (-1.5, 0.0, 1.0, 2.0)] == [0.0] * 12


def test_power_is_exact_where_the_answer_is_known() -> None:
    for x in BASES[::40]:
        assert power(x, 1.0) == x
        assert power(x, 0.0) == 1.0
        assert power(1.0, x) == 1.0
    assert [power(2.0, float(k)) for k in range(-6, 7)] == [2.0**k for k in range(-6, 7)]


def test_power_never_leaves_the_clamped_range_of_exp() -> None:
    assert power(1e300, 6.0) == pytest.approx(exp(700.0), rel=1e-12)
    assert power(1e300, -6.0) == pytest.approx(exp(-700.0), rel=1e-12)


@given(st.floats(-1000, 1000))
def test_logistic_is_a_share_and_symmetric(x: float) -> None:
    assert 0.0 <= logistic(x) <= 1.0
    assert logistic(x) + logistic(-x) == pytest.approx(1.0, abs=1e-15)
    assert logistic(0.0) == 0.5


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(0, 3))
def test_clamp_gives_the_nearest_number_of_the_range(x: float, low: float, width: float) -> None:
    held = clamp(x, low, low + width)
    assert low <= held <= low + width
    assert held == sorted((x, low, low + width))[1]


def test_exp_and_log_never_turn_back() -> None:
    """A step up in x is never a step down in the result, so no comparison of a rule flips by rounding."""
    xs = sorted(EXPONENTS)
    assert [exp(x) for x in xs] == sorted(exp(x) for x in xs)
    xs = sorted(POSITIVES + NEAR_ONE)
    assert [log(x) for x in xs] == sorted(log(x) for x in xs)


def compiled(function: Callable[[float], float], inputs: list[float]) -> list[float]:
    """What a compiled loop gives. Compiled afresh: numba's own cache would not see an edit of arithmetic.py."""

    @numba.njit(nogil=True)
    def loop(xs, out):  # type: ignore[no-untyped-def]
        for i in range(len(xs)):
            out[i] = function(xs[i])

    KEPT.append(loop)
    out = np.zeros(len(inputs))
    loop(np.array(inputs), out)
    return out.tolist()


KEPT: list[Callable[..., None]] = []
"""Compiled loops are kept: numba frees the code of one that nobody holds, and another may have been linked to it."""


EXTREMES = [0.0, -0.0, 1.0, -1.0, 5e-324, 1e308, -1e308, 700.5, -700.5, 0.075, 0.925, 2.0**-54, math.inf, -math.inf]
INPUTS: dict[Callable[[float], float], list[float]] = {
    exp: EXPONENTS + EXTREMES,
    log: POSITIVES + NEAR_ONE + EXTREMES[:-2],
    logistic: EXPONENTS + EXTREMES,
    normal_quantile: SHARES + TAILS + [0.0, 1.0, 0.075, 0.925, 2.0**-54],
}


@pytest.mark.parametrize("function", INPUTS, ids=lambda f: f.__name__)
def test_compiled_code_gives_the_same_bits(function: Callable[[float], float]) -> None:
    inputs = INPUTS[function]
    assert [x.hex() for x in compiled(function, inputs)] == [function(x).hex() for x in inputs]


def test_compiled_power_gives_the_same_bits() -> None:
    @numba.njit(nogil=True)
    def loop(xs, ys, out):  # type: ignore[no-untyped-def]
        for i in range(len(xs)):
            out[i] = power(xs[i], ys[i])

    KEPT.append(loop)
    pairs = [*POWERS, (0.0, 2.0), (-1.0, 2.0), (1e300, 6.0), (1e-300, 6.0), (0.3, 0.0), (0.3, 1.0)]
    out = np.zeros(len(pairs))
    loop(np.array([x for x, _ in pairs]), np.array([y for _, y in pairs]), out)
    assert [x.hex() for x in out.tolist()] == [power(x, y).hex() for x, y in pairs]


def test_compiled_rules_take_numbers_apart_as_the_c_library_does() -> None:
    @numba.njit(nogil=True)
    def loop(xs, ms, es, twos):  # type: ignore[no-untyped-def]
        for i in range(len(xs)):
            ms[i], es[i] = parts(xs[i])
            twos[i] = two_to(i - 1000)

    KEPT.append(loop)
    xs = [*POSITIVES[:1900], *EXTREMES, -0.3, 2.2250738585072014e-308, 2.225073858507201e-308]
    ms, es, twos = np.zeros(len(xs)), np.zeros(len(xs), np.int64), np.zeros(len(xs))
    loop(np.array(xs), ms, es, twos)
    assert list(zip(ms.tolist(), es.tolist(), strict=True)) == [math.frexp(x) for x in xs] == [parts(x) for x in xs]
    powers = [two_to(k - 1000) for k in range(len(xs))]
    assert twos.tolist() == powers == [2.0 ** (k - 1000) for k in range(len(xs))]
