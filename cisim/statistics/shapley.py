"""Exact Shapley shares and interactions, from the values of all subsets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from math import factorial

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def shapley(value: Mapping[frozenset[str], Floats], players: Iterable[str]) -> dict[str, Floats]:
    """Each player's exact Shapley value, seed by seed, from the values of all subsets, shape (seeds,)."""
    names = tuple(players)
    n = len(names)
    shares = {}
    for player in names:
        others = [name for name in names if name != player]
        total = np.zeros_like(value[frozenset()])
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for subset in combinations(others, size):
                total = total + weight * (value[frozenset((*subset, player))] - value[frozenset(subset)])
        shares[player] = total
    return shares


def interactions(value: Mapping[frozenset[str], Floats], players: Iterable[str]) -> dict[tuple[str, str], Floats]:
    """How much two players together add beyond what each adds alone, averaged over the company they may be in (the
    Shapley interaction index, Grabisch & Roubens 1999), seed by seed. Above 0 they reinforce each other."""
    names = tuple(players)
    n = len(names)
    found = {}
    for a, b in combinations(names, 2):
        others = [name for name in names if name not in (a, b)]
        total = np.zeros_like(value[frozenset()])
        for size in range(n - 1):
            weight = factorial(size) * factorial(n - size - 2) / factorial(n - 1)
            for subset in combinations(others, size):
                s = frozenset(subset)
                total = total + weight * (value[s | {a, b}] - value[s | {a}] - value[s | {b}] + value[s])
        found[a, b] = total
    return found
