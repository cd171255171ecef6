"""exp, log, pow, the normal distribution and its quantile that give the same bits on every machine.

The C library's versions take another path on processors without fused multiply-add (measured), so the same model
would give other bits there. The functions here use only + - * /, sqrt, floor and the exact frexp, whose results
IEEE 754 defines to the last bit. Over the range that rules use, the error is below one unit in the last place (ulp).
"""

import math

from cisim.numerics.jit import rule
from cisim.numerics.parts import parts, two_to

LOG2_E = 1.4426950408889634
LN2_HIGH = 0.6931471803691238  # ln 2 to 33 bits, so that a small integer times it is exact
LN2_LOW = 1.9082149292705877e-10  # ln 2 minus LN2_HIGH
ROOT_HALF = 0.7071067811865476
SPLITTER = 134217729.0  # 2**27 + 1: halves a 53-bit number into two 26-bit ones (Veltkamp 1968)
LARGEST = 700.0  # exp is limited here, so that its result is never infinite


@rule
def clamp(x, low, high):
    """x, limited to [low, high]."""
    if x < low:
        return low
    if x > high:
        return high
    return x


@rule
def _exp_of_sum(x, rest):
    """exp(x + rest) for a rest so small that it changes only the last bits: a Taylor series on |r| <= ln(2)/2, whose
    terms are paired (Estrin) so that the processor can compute them side by side."""
    k = math.floor(x * LOG2_E + 0.5)
    high = x - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    lost = (high - r) - low + rest * (1.0 + r * (1.0 + 0.5 * r))
    r2 = r * r
    r4 = r2 * r2
    first = (0.5 + r * (1 / 6)) + r2 * (1 / 24 + r * (1 / 120))
    second = (1 / 720 + r * (1 / 5040)) + r2 * (1 / 40320 + r * (1 / 362880))
    third = (1 / 3628800 + r * (1 / 39916800)) + r2 * (1 / 479001600 + r * (1 / 6227020800))
    tail = r2 * (first + r4 * (second + r4 * third))
    return (1.0 + (r + (tail + lost))) * two_to(int(k))


@rule
def exp(x):
    """e to the power x; x is limited to [-700, 700]. Error below 1 ulp."""
    return _exp_of_sum(clamp(x, -LARGEST, LARGEST), 0.0)


@rule
def _atanh_tail(s):
    """(2 s^3/3 + 2 s^5/5 + ...) / s for |s| <= 0.172: the terms of log after the first."""
    z = s * s
    z2 = z * z
    z4 = z2 * z2
    first = (2 / 3 + z * (2 / 5)) + z2 * (2 / 7 + z * (2 / 9))
    second = (2 / 11 + z * (2 / 13)) + z2 * (2 / 15 + z * (2 / 17))
    third = (2 / 19 + z * (2 / 21)) + z2 * (2 / 23)
    return z * (first + z4 * (second + z4 * third))


@rule
def log(x):
    """Natural logarithm of x > 0 (x at or below 0 gives -700). Error below 1 ulp."""
    if x <= 0.0:
        return -LARGEST
    m, e = parts(x)
    if m < ROOT_HALF:
        m = m * 2.0
        e = e - 1
    f = m - 1.0
    s = f / (m + 1.0)
    # log m = f - s f + s tail: f is exact, so only the small correction carries a rounding error
    correction = s * (f - _atanh_tail(s))
    return e * LN2_HIGH + (f - (correction - e * LN2_LOW))


@rule
def _product_error(a, b, p):
    """The exact rounding error a*b - p of p = fl(a*b) (Dekker 1971), without fused multiply-add."""
    t = SPLITTER * a
    a1 = t - (t - a)
    a2 = a - a1
    t = SPLITTER * b
    b1 = t - (t - b)
    b2 = b - b1
    return ((a1 * b1 - p) + a1 * b2 + a2 * b1) + a2 * b2


@rule
def power(x, y):
    """x to the power y for x > 0; x at or below 0 gives 0. The logarithm is kept in two doubles, so the error stays
    below 1 ulp while |y log x| < 30."""
    if x <= 0.0:
        return 0.0
    if y == 1.0:
        return x
    if y == 0.0:
        return 1.0
    m, e = parts(x)
    if m < ROOT_HALF:
        m = m * 2.0
        e = e - 1
    f = m - 1.0
    d = m + 1.0
    d_lost = (m - (d - 1.0)) + (1.0 - (d - (d - 1.0)))
    s = f / d
    p = s * d
    s_low = ((f - p) - _product_error(s, d, p) - s * d_lost) / d
    # log x = e ln2 + 2 s + s tail, summed from large to small in two doubles
    big = e * LN2_HIGH
    two_s = 2.0 * s
    a = big + two_s
    a_lost = two_s - (a - big) if abs(big) >= abs(two_s) else big - (a - two_s)
    small = s * _atanh_tail(s)
    rest = a_lost + (2.0 * s_low + e * LN2_LOW)
    b = a + small
    b_lost = small - (b - a)
    high = b + rest
    low = (rest - (high - b)) + b_lost
    t = y * high
    t_lost = _product_error(y, high, t) + y * low
    return _exp_of_sum(clamp(t, -LARGEST, LARGEST), t_lost)


@rule
def logistic(x):
    """1 / (1 + exp(-x)), in (0, 1)."""
    return 1.0 / (1.0 + exp(-x))


@rule
def normal_share(z):
    """The share of a standard normal distribution that lies below z, in [0, 1]: Hart's algorithm 5666 (1968) as given by
    West (2005), about 1e-15 in absolute terms."""
    x = abs(z)
    tail = exp(-0.5 * x * x)
    if x < 7.07106781186547:
        a = 3.52624965998911e-02 * x + 0.700383064443688
        a = a * x + 6.37396220353165
        a = a * x + 33.912866078383
        a = a * x + 112.079291497871
        a = a * x + 221.213596169931
        a = a * x + 220.206867912376
        b = 8.83883476483184e-02 * x + 1.75566716318264
        b = b * x + 16.064177579207
        b = b * x + 86.7807322029461
        b = b * x + 296.564248779674
        b = b * x + 637.333633378831
        b = b * x + 793.826512519948
        b = b * x + 440.413735824752
        tail = tail * a / b
    else:
        tail = tail / (x + 1.0 / (x + 2.0 / (x + 3.0 / (x + 4.0 / (x + 0.65))))) / 2.506628274631
    return 1.0 - tail if z > 0.0 else tail


@rule
def normal_quantile(p):
    """The standard normal quantile of p in (0, 1): Wichura's AS241 (1988), relative error about 1e-16."""
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        a = 2509.0809287301226727
        a = a * r + 33430.575583588128105
        a = a * r + 67265.770927008700853
        a = a * r + 45921.953931549871457
        a = a * r + 13731.693765509461125
        a = a * r + 1971.5909503065514427
        a = a * r + 133.14166789178437745
        a = a * r + 3.387132872796366608
        b = 5226.495278852545925
        b = b * r + 28729.085735721942674
        b = b * r + 39307.89580009271061
        b = b * r + 21213.794301586595867
        b = b * r + 5394.1960214247511077
        b = b * r + 687.1870074920579083
        b = b * r + 42.313330701600911252
        b = b * r + 1.0
        return q * a / b
    r = math.sqrt(-log(p if q < 0.0 else 1.0 - p))
    if r <= 5.0:
        r = r - 1.6
        a = 7.7454501427834140764e-4
        a = a * r + 0.0227238449892691845833
        a = a * r + 0.24178072517745061177
        a = a * r + 1.27045825245236838258
        a = a * r + 3.64784832476320460504
        a = a * r + 5.7694972214606914055
        a = a * r + 4.6303378461565452959
        a = a * r + 1.42343711074968357734
        b = 1.05075007164441684324e-9
        b = b * r + 5.475938084995344946e-4
        b = b * r + 0.0151986665636164571966
        b = b * r + 0.14810397642748007459
        b = b * r + 0.68976733498510000455
        b = b * r + 1.6763848301838038494
        b = b * r + 2.05319162663775882187
        b = b * r + 1.0
    else:
        r = r - 5.0
        a = 2.01033439929228813265e-7
        a = a * r + 2.71155556874348757815e-5
        a = a * r + 0.0012426609473880784386
        a = a * r + 0.026532189526576123093
        a = a * r + 0.29656057182850489123
        a = a * r + 1.7848265399172913358
        a = a * r + 5.4637849111641143699
        a = a * r + 6.6579046435011037772
        b = 2.04426310338993978564e-15
        b = b * r + 1.4215117583164458887e-7
        b = b * r + 1.8463183175100546818e-5
        b = b * r + 7.868691311456132591e-4
        b = b * r + 0.0148753612908506148525
        b = b * r + 0.13692988092273580531
        b = b * r + 0.59983220655588793769
        b = b * r + 1.0
    return -a / b if q < 0.0 else a / b
