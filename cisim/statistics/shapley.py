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
    return {player: _index(value, names, (player,)) for player in names}


def interactions(value: Values, players: Iterable[str]) -> dict[tuple[str, str], Floats]:
    """How much two players together add beyond what each adds alone, averaged over the subsets of the others (the Shapley
    interaction index, Grabisch and Roubens 1999), shape (seeds,). Above 0 they reinforce each other."""
    names = tuple(players)
    return {pair: _index(value, names, pair) for pair in combinations(names, 2)}


def _index(value: Values, players: tuple[str, ...], together: tuple[str, ...]) -> Floats:
    """What these players add jointly to a subset of the others, averaged over the orders in which the others come first."""
    others, total = [name for name in players if name not in together], np.zeros_like(value[frozenset()])
    parts = sorted(subsets(together), key=len, reverse=True)
    for subset in subsets(others):
        weight = factorial(len(subset)) * factorial(len(others) - len(subset)) / factorial(len(others) + 1)
        total = total + weight * sum((-1) ** (len(together) - len(part)) * value[subset | part] for part in parts)
    return total
