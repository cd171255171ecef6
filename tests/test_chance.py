"""Luck is addressed, not consumed: known answers, no patterns between neighbours, and no draw that a switch could shift."""

from __future__ import annotations

import ast
import math
import random
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cisim.numerics.chance
from cisim.engines.mesa import CommunityModel
from cisim.model import delivery, founding, grants, learning
from cisim.numerics.chance import (
    For,
    chance,
    chance_ever,
    draw,
    draws_ever_of,
    draws_of,
    normal,
    normal_ever,
    number,
    pick,
    start,
)
from cisim.scenario import ARMS, CONDITIONS, Scenario
from tests.conftest import ROOT, tiny

Address = tuple[int, int, int, int, int]
WORDS = ("seed", "purpose", "tick", "who", "b")
USED_BITS = {"seed": 63, "purpose": 6, "tick": 16, "who": 32, "b": 20}
TYPICAL: Address = (2024, For.RELOCATE.value, 39, 11, 5)
MASK = 2**64 - 1


def ref(seed: int, purpose: int, tick: int, who: int, b: int) -> float:
    """The oracle: the same hash in Python's own integers, every operation taken modulo 2**64."""
    h = seed
    for part in (purpose << 32 | tick, who, b):
        h = (h + 0x9E3779B97F4A7C15 * (1 + part)) & MASK
        h = ((h ^ (h >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        h = ((h ^ (h >> 27)) * 0x94D049BB133111EB) & MASK
        h = h ^ (h >> 31)
    return (h >> 11) / 2**53


@numba.njit(nogil=True)
def _fill(addresses, out):  # type: ignore[no-untyped-def]
    for i in range(len(out)):
        out[i] = draw(addresses[i, 0], addresses[i, 1], addresses[i, 2], addresses[i, 3], addresses[i, 4])


def comp(addresses: npt.NDArray[np.uint64]) -> npt.NDArray[np.float64]:
    """The draws of many addresses, one a row, from a compiled loop as in the kernel."""
    out = np.zeros(len(addresses))
    _fill(addresses, out)
    return out


def neighbours(word: str, n: int) -> npt.NDArray[np.uint64]:
    """n addresses that differ in one word only, which counts up from 0."""
    addresses = np.full((n, 5), TYPICAL, np.uint64)
    addresses[:, WORDS.index(word)] = np.arange(n)
    return addresses


# Known answers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "bits"),
    [
        ((0, 0, 0, 0, 0), "0x1.1c13ade1c7e5cp-3"),
        ((1, 1, 0, 0, 0), "0x1.360f51b3bf170p-5"),
        ((1, 34, 3, 7, 0), "0x1.98c4b99cca1b4p-3"),
        ((2024, 22, 39, 11, 5), "0x1.a23532299e9c0p-5"),
        ((2**63 - 1, 37, 2**32 - 1, 2**32, 100), "0x1.f1a1277ccfbfbp-1"),
    ],
)
def test_a_known_address_always_gives_the_same_number(address: Address, bits: str) -> None:
    assert draw(*address).hex() == ref(*address).hex() == bits


words = st.integers(0, MASK)


@given(words, st.integers(0, 2**16), st.integers(0, 2**32 - 1), words, words)
def test_draw_is_the_hash_of_its_address(seed: int, purpose: int, tick: int, who: int, b: int) -> None:
    assert draw(seed, purpose, tick, who, b) == ref(seed, purpose, tick, who, b)


@given(words, st.integers(0, 2**16), st.integers(0, 2**32 - 1), words, words)
def test_a_draw_is_a_multiple_of_2_to_the_minus_53_in_0_to_1(seed: int, purpose: int, tick: int, who: int, b: int) -> None:
    u = draw(seed, purpose, tick, who, b)
    assert 0.0 <= u < 1.0
    assert (u * 2.0**53).is_integer()


def test_a_compiled_loop_draws_the_same_numbers_as_python() -> None:
    luck = random.Random(7)
    addresses = [(luck.getrandbits(63), luck.randrange(1, 40), luck.randrange(300), luck.getrandbits(20), k) for k in range(500)]
    assert comp(np.array(addresses, np.uint64)).tolist() == [draw(*a) for a in addresses]


def test_a_negative_word_is_refused_by_python_and_wraps_in_compiled_code() -> None:
    """No rule may count on one of the two: an address is made of numbers from 0 up."""
    with pytest.raises(OverflowError, match="negative"):
        draw(1, For.CLOSE, 0, -1, 0)
    negative = np.array([[1, For.CLOSE.value, 0, -1, 0]], np.int64)
    out = np.zeros(1)
    _fill(negative, out)
    assert out[0] == ref(1, For.CLOSE.value, 0, MASK, 0)


# Quality: what one sees at an address tells nothing about its neighbours --------------------------------------------------


@pytest.mark.parametrize("word", WORDS)
def test_neighbouring_addresses_fill_the_unit_interval_evenly(word: str) -> None:
    """Chi-square over 256 cells: 255 +- 23 by chance; the bounds are about 4.5 standard deviations."""
    n = 64 * 256
    counts = np.bincount((comp(neighbours(word, n)) * 256).astype(int), minlength=256)
    assert 150 < ((counts - n / 256) ** 2 / (n / 256)).sum() < 360


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("lag", [1, 2, 13])
def test_neighbouring_addresses_are_uncorrelated(word: str, lag: int) -> None:
    n = 20_000
    u = comp(neighbours(word, n + lag)) - 0.5
    correlation = 12.0 * (u[lag:] * u[:-lag]).mean()
    assert abs(correlation) < 4.5 / math.sqrt(n)


@pytest.mark.parametrize("word", WORDS)
def test_neighbouring_pairs_fill_the_unit_square_evenly(word: str) -> None:
    n = 64 * 256
    u = comp(neighbours(word, 2 * n)).reshape(n, 2)
    cells = (u[:, 0] * 16).astype(int) * 16 + (u[:, 1] * 16).astype(int)
    counts = np.bincount(cells, minlength=256)
    assert 150 < ((counts - n / 256) ** 2 / (n / 256)).sum() < 360


@pytest.mark.parametrize("word", WORDS)
def test_flipping_any_bit_of_a_word_flips_half_of_the_bits_drawn(word: str) -> None:
    n, column = 600, WORDS.index(word)
    luck = np.random.default_rng(5)
    addresses = np.column_stack([luck.integers(0, 2 ** USED_BITS[w], n, np.uint64) for w in WORDS])
    before = (comp(addresses) * 2.0**53).astype(np.uint64)
    places = np.arange(53, dtype=np.uint64)
    for bit in range(USED_BITS[word]):
        flipped = addresses.copy()
        flipped[:, column] ^= np.uint64(1 << bit)
        changed = before ^ (comp(flipped) * 2.0**53).astype(np.uint64)
        share = (changed[:, None] >> places & np.uint64(1)).mean(axis=0)  # for each bit drawn
        assert abs(share.mean() - 0.5) < 0.015, f"bit {bit} of {word}"
        assert abs(share - 0.5).max() < 0.12, f"bit {bit} of {word}"


def test_no_two_of_a_million_addresses_near_each_other_share_a_number() -> None:
    grid = np.stack(np.meshgrid(np.arange(2), np.arange(1, 38), np.arange(40), np.arange(60), np.arange(8), indexing="ij"), -1)
    addresses = np.ascontiguousarray(grid.reshape(-1, 5).astype(np.uint64))
    assert len(addresses) > 1_000_000
    assert len(np.unique(comp(addresses))) == len(addresses)


# What rules ask with -----------------------------------------------------------------------------------------------------


def community(seed: int = 3, tick: int = 0) -> SimpleNamespace:
    return SimpleNamespace(town=SimpleNamespace(seed=seed, tick=tick))


def test_chance_is_new_each_quarter_and_chance_ever_is_not() -> None:
    years = [community(tick=t) for t in range(40)]
    assert len({chance(c, For.CLOSE, 4, 0) for c in years}) == 40
    assert len({chance_ever(c, For.NPO, 4, 0) for c in years}) == 1
    assert len({normal_ever(c, For.NPO, 4, 0) for c in years}) == 1


def test_the_draws_of_a_decision_are_those_of_its_addresses() -> None:
    c = community(tick=5)
    for b in (0, 1, 117, 2**20):
        assert number(draws_of(c, For.AWARD, 7), b) == chance(c, For.AWARD, 7, b)
        assert number(draws_ever_of(c, For.AWARD, 7), b) == chance_ever(c, For.AWARD, 7, b)
    assert draws_of(c, For.AWARD, 7) != draws_ever_of(c, For.AWARD, 7)


def test_chance_depends_on_the_seed() -> None:
    assert len({chance(community(seed=s), For.CLOSE, 4, 0) for s in range(100)}) == 100


@pytest.mark.parametrize("n", [1, 2, 7, 120])
def test_pick_gives_each_index_about_as_often(n: int) -> None:
    counts = np.bincount([pick(community(tick=t), For.CANDIDATE, 1, 0, n) for t in range(4000)], minlength=n)
    assert len(counts) == n
    assert ((counts - 4000 / n) ** 2 / (4000 / n)).sum() < n - 1 + 4.5 * math.sqrt(2 * n)


def test_normal_draws_are_standard_normal() -> None:
    z = np.array([normal(community(tick=t), For.SIGHT, 2, 1) for t in range(20_000)])
    assert abs(z.mean()) < 0.03
    assert abs(z.std() - 1.0) < 0.02
    assert abs((z**3).mean()) < 0.08
    assert abs((np.abs(z) > 1.959964).mean() - 0.05) < 0.006


def test_the_least_and_the_largest_draw_give_finite_normal_numbers() -> None:
    assert cisim.numerics.chance._normal(0.0) == pytest.approx(-8.2923610758136)
    assert 8.0 < cisim.numerics.chance._normal(1.0 - 2.0**-53) < math.inf


# The purposes ------------------------------------------------------------------------------------------------------------

RULE_FILES = sorted((ROOT / "cisim" / "model").glob("*.py"))  # with the metrics
SHARED_PURPOSES = {
    For.SCHOOL: "what a school is like (founding.py, b = 0 to 4), and which feeds it or is fed by it (feeding.py, b = 5, 6)",
    For.GUEST: "who is met: at a site (delivery.py, b = its place in the list) or in a working group (relations.py, b = 100)",
    For.SHARED_SIGHT: "the error of shared data about a school: for members (sites.py) and their working group (joint_plan.py)",
    For.RESULT: "what an experiment shows: on a scale of practice (learning.py) or, in its place, on a landscape (landscape.py)",
    For.TRY: "choices of practice: the first ones (founding.py, b = 3, no quarter) and those tried later (landscape.py)",
}


def purposes_by_file(files: list[Path]) -> dict[For, set[str]]:
    used: dict[For, set[str]] = {}
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "For":
                used.setdefault(For[node.attr], set()).add(path.name)
    return used


def test_no_two_purposes_share_a_number() -> None:
    assert len({purpose.value for purpose in For}) == len(For.__members__)
    assert all(0 < purpose < 2**16 for purpose in For)


def test_every_purpose_decides_something() -> None:
    assert set(purposes_by_file(RULE_FILES)) == set(For)


def test_each_purpose_belongs_to_one_mechanism() -> None:
    shared = {purpose for purpose, files in purposes_by_file(RULE_FILES).items() if len(files) > 1}
    assert shared == set(SHARED_PURPOSES)


# Switching a mechanism changes no draw of another ------------------------------------------------------------------------

ASKED_OF_ALL_WHO_LIVE = (For.SHOCK, For.TURNOVER, For.CLOSE, For.NEED, For.EXPERIMENT, For.TIE, For.TURN, For.INDICATOR)
BORN = (For.NPO, For.NPO_SITE, For.NPO_PARTNER, For.FIRST_PROSPECT, For.SCHOOL, For.FUNDER_PRIORITY, For.IMPORTANCE)
ALL = [*ARMS, *(f"without_{name}" for name in CONDITIONS)]


EAGER: dict[str, dict[str, Any]] = {
    "membership": {"hope": 1.0, "recruit": 0.5},
    "initiative": {"preparation_quarters": 1, "review_quarters": 2},
}


@pytest.fixture(scope="module")
def immortal() -> Scenario:
    """A tiny community in which nobody closes, so that the same organisations are asked in every arm, and all want to join."""
    arms = {f"without_{name}": {"like": "collective_impact", "switches": {name: False}} for name in CONDITIONS}
    return tiny(closing={"closure": 0.0, "closure_broke": 0.0}, arms=arms, **EAGER)


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch) -> Callable[[Scenario, str], dict[Address, tuple[float, set[str]]]]:
    """Runs an arm in the Mesa engine and gives each address asked for, its draw, and the lines of rules that asked."""

    def run(scenario: Scenario, arm: str) -> dict[Address, tuple[float, set[str]]]:
        asked: dict[Address, tuple[float, set[str]]] = {}

        def recorder(*address: Any) -> float:
            assert all(isinstance(word, int) for word in address), "a float would be cut to a whole number"
            value: float = draw(*(int(word) for word in address))
            frame = sys._getframe(1)
            while frame.f_code.co_filename == cisim.numerics.chance.__file__ and frame.f_back is not None:
                frame = frame.f_back
            line = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
            key: Address = tuple(int(word) for word in address)  # type: ignore[assignment]
            assert asked.setdefault(key, (value, set()))[0] == value
            asked[key][1].add(line)
            return value

        begun: dict[int, tuple[int, ...]] = {}

        def beginner(*address: Any) -> int:
            draws: int = start(*address)
            assert begun.setdefault(draws, address) == address
            return draws

        monkeypatch.setattr(cisim.numerics.chance, "draw", recorder)
        monkeypatch.setattr(cisim.numerics.chance, "start", beginner)
        for module in (cisim.numerics.chance, delivery, founding, grants, learning):  # they read numbers of draws
            monkeypatch.setattr(module, "number", lambda draws, b: recorder(*begun[draws], b), raising=False)
        with CommunityModel(scenario, arm, seed=1) as model:
            model.run()
        return asked

    return run


Record = Callable[[Scenario, str], dict[Address, tuple[float, set[str]]]]


def test_every_arm_has_the_same_luck(record: Record, immortal: Scenario) -> None:
    """What no switch touches is asked at the same addresses in each arm, and answered alike."""
    ref_arm = record(immortal, "isolated_impact")
    for arm in ALL[1:]:
        asked = record(immortal, arm)
        assert asked != ref_arm, f"{arm} asks for nothing of its own"
        for purpose in (*ASKED_OF_ALL_WHO_LIVE, *BORN):
            first_asked = purpose in ASKED_OF_ALL_WHO_LIVE  # a second draw may follow from the first and the state

            def of(draws: dict[Address, Any], purpose: int = purpose, first: bool = first_asked) -> dict[Address, float]:
                return {key: value for key, (value, _) in draws.items() if key[1] == purpose and not (first and key[4])}

            assert of(ref_arm) == of(asked) != {}, f"{purpose!r} in {arm}"


def test_arms_that_ask_for_more_luck_never_change_what_others_get(record: Record, immortal: Scenario) -> None:
    isolated, collective = record(immortal, "isolated_impact"), record(immortal, "collective_impact")
    common = isolated.keys() & collective.keys()
    assert len(common) > 1000
    assert {key: isolated[key][0] for key in common} == {key: collective[key][0] for key in common}
    assert {For(key[1]) for key in collective.keys() - isolated.keys()} >= {For.JOIN, For.PROMISE, For.AGENDA}


@pytest.mark.parametrize("arm", ARMS)
def test_no_two_decisions_share_a_draw(record: Record, arm: str) -> None:
    """Each address is asked for on one line of one rule: two lines would make two decisions depend on one throw. Only the error
    of shared data is one throw for all that read them: a member, and the working group whose proposal it weighs."""
    shared = {key: lines for key, (_, lines) in record(tiny(**EAGER), arm).items() if len(lines) > 1}
    assert {key[1] for key in shared} <= {For.SHARED_SIGHT}
    assert all({line.split(":")[0] for line in lines} == {"joint_plan.py", "sites.py"} for lines in shared.values())
    assert all(len(lines) == 2 for lines in shared.values())
