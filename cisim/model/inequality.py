"""Inequality of income among organisations: the Gini coefficient, by an exact sort."""

from cisim.numerics.jit import rule


@rule
def sift_down(c, top, end):
    """Moves the value at `top` below larger ones in the heap of the first `end` organisations' `ranked`."""
    value = c.npos[top].ranked
    below = 2 * top + 1
    while below < end:
        if below + 1 < end:
            below += 1 if c.npos[below + 1].ranked > c.npos[below].ranked else 0
        if c.npos[below].ranked <= value:
            break
        c.npos[top].ranked = c.npos[below].ranked
        top = below
        below = 2 * top + 1
    c.npos[top].ranked = value


@rule
def funding_gini(c):
    """Inequality of last year's income among the organisations alive, in [0, 1): 0 if all have the same income.

    With incomes sorted, G = sum of (2 k - n - 1) x_k / (n x sum of x), k from 1 to n. Heap sort, in the field `ranked`.
    """
    n = 0
    total = 0.0
    for i in range(len(c.npos)):
        npo = c.npos[i]
        if npo.alive == 1:
            c.npos[n].ranked = npo.yearly_income
            total += npo.yearly_income
            n += 1
    if total <= 0.0:
        return 0.0
    for k in range(n // 2):
        sift_down(c, n // 2 - 1 - k, n)
    for k in range(n - 1):
        last = n - 1 - k
        largest = c.npos[0].ranked
        c.npos[0].ranked = c.npos[last].ranked
        c.npos[last].ranked = largest
        sift_down(c, 0, last)
    weighted = 0.0
    for k in range(n):
        weighted += (2.0 * k + 1.0 - n) * c.npos[k].ranked
    return weighted / (n * total)
