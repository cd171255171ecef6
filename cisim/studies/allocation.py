"""How a sum of money does most good, spread over uses whose returns diminish: a concave problem with one limit, solved exactly.

Each use k yields worth_k x (1 - exp(-reach_k x money_k)). At the best spread the last dollar yields the same in every use that
gets any (the conditions of Karush, Kuhn and Tucker), so only that common yield is sought.
"""

from typing import Any

import numpy as np

from cisim.errors import require
from cisim.statistics import Floats


def spread(worth: Any, reach: Any, money: float) -> Floats:
    """The best amounts, shape (uses,), 0 or more, which add up to `money`; all 0 where no use yields anything. `worth` (what a
    use yields at most) and `reach` are 0 or more."""
    require("best", "the best possible plan")
    from scipy.optimize import brentq

    worths, reaches = np.asarray(worth, dtype=np.float64), np.asarray(reach, dtype=np.float64)
    amounts = np.zeros(len(worths))
    useful = (worths > 0.0) & (reaches > 0.0)
    if money <= 0.0 or not useful.any():
        return amounts
    first = np.log(worths[useful]) + np.log(reaches[useful])  # log of what the first dollar of each use yields
    reach_of = reaches[useful]

    def asked(last: float) -> Floats:
        """The amounts at which the last dollar yields exp(last) in each use that gets any."""
        found: Floats = np.maximum(first - last, 0.0) / reach_of
        return found

    best = int(first.argmax())
    high = float(first[best])
    low = high - float(money * reach_of[best])
    low -= 1e-9 * (1.0 + abs(low) + abs(high))  # rounding must not put the solution outside
    last = brentq(lambda level: float(asked(level).sum()) - money, low, high, xtol=1e-13, rtol=1e-14)
    found = asked(last)
    amounts[useful] = found * (money / found.sum()) if found.sum() > 0.0 else 0.0
    return amounts


def yielded(worth: Any, reach: Any, amounts: Any) -> float:
    """What amounts of money yield in all uses together."""
    return float((np.asarray(worth) * -np.expm1(-np.asarray(reach) * np.asarray(amounts))).sum())
