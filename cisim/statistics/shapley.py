"""Exact Shapley shares and interactions, from the values of all subsets."""

from collections.abc import Iterable, Mapping
from itertools import combinations
from math import factorial

import numpy as np

from cisim.statistics import Floats

Values = Mapping[frozenset[str], Floats]  # the value of each subset of the players, shape (seeds,)


def subsets(players: Iterable[str]) -> list[frozenset[str]]:
    """All subsets, the smallest first."""
    names = tuple(players)
    return [frozenset(subset) for size in range(len(names) + 1) for subset in combinations(names, size)]


def shapley(value: Values, players: Iterable[str]) -> dict[str, Floats]:
    """Each player's exact Shapley value, shape (seeds,)."""
    names = tuple(players)
    shares = {}
    for player in names:
        total = np.zeros_like(value[frozenset()])
        for subset in subsets(name for name in names if name != player):
            weight = factorial(len(subset)) * factorial(len(names) - len(subset) - 1) / factorial(len(names))
            total = total + weight * (value[subset | {player}] - value[subset])
        shares[player] = total
    return shares


def interactions(value: Values, players: Iterable[str]) -> dict[tuple[str, str], Floats]:
    """How much two players together add beyond what each adds alone, averaged over the subsets of the others (the Shapley
    interaction index, Grabisch and Roubens 1999), shape (seeds,). Above 0 they reinforce each other."""
    names = tuple(players)
    found = {}
    for a, b in combinations(names, 2):
        total = np.zeros_like(value[frozenset()])
        for s in subsets(name for name in names if name not in (a, b)):
            weight = factorial(len(s)) * factorial(len(names) - len(s) - 2) / factorial(len(names) - 1)
            total = total + weight * (value[s | {a, b}] - value[s | {a}] - value[s | {b}] + value[s])
        found[a, b] = total
    return found
