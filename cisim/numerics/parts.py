"""The parts of a number: its mantissa and exponent, which compiled rules read from its bits.

The C library's functions give the same numbers, but compiled rules would have to call them: that takes some ten times as long.
"""

import math
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

_SHARE, _HALF = 2**52 - 1, 1022 << 52
"""The bits of the mantissa, and the exponent of a number in [0.5, 1)."""


def parts(x: float) -> tuple[float, int]:
    """m and e with x = m times 2 to the power e, and m in [0.5, 1) for positive x (`math.frexp`)."""
    return math.frexp(x)


def two_to(k: int) -> float:
    """2 to the whole power k, |k| <= 1022."""
    return math.ldexp(1.0, k)


@intrinsic
def _bits(_: Any, x: Any) -> Any:
    return types.int64(x), lambda context, builder, sig, args: builder.bitcast(args[0], ir.IntType(64))


@intrinsic
def _from_bits(_: Any, bits: Any) -> Any:
    return types.float64(bits), lambda context, builder, sig, args: builder.bitcast(args[0], ir.DoubleType())


@overload(parts)
def _parts(x: Any) -> Any:
    def compiled(x: Any) -> Any:
        bits = _bits(x)
        e = bits >> 52
        if e <= 0 or e == 2047:  # not a normal positive number
            m, e = math.frexp(x)
            return m, int(e)
        return _from_bits(bits & _SHARE | _HALF), e - 1022

    return compiled


@overload(two_to)
def _two_to(k: Any) -> Any:
    def compiled(k: Any) -> Any:
        return _from_bits((k + 1023) << 52)

    return compiled
