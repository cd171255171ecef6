"""Agents as columns: what rules see is what plain objects hold, in as little memory as the numbers need."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisim.engines.compiled import CompiledRun
from cisim.engines.world import World
from cisim.numerics import jit
from cisim.numerics.columns import Columns
from cisim.numerics.jit import kernel, rule
from cisim.scenario import load
from tests.conftest import ROOT, tiny

KIND = np.dtype(
    [("slot", "i4"), ("kept", "i1"), ("few", "i2"), ("who", "i8"), ("size", "f8"), ("trust", "f8", 4), ("near", "i1", 3)]
)


def toy(agents: int = 5) -> Columns:
    made = Columns.zeros(agents, KIND, {"trust": 2})
    made["slot"] = np.arange(agents)
    made["size"] = np.linspace(-1.0, 1.0, agents)
    return made


@rule
def swap(one: Any, agents: Any) -> None:
    """Reads and writes every kind of field, of itself and of another."""
    other = agents[(one.slot + 1) % len(agents)]
    one.kept = -one.kept - 1
    one.few = one.few + 300 * one.kept
    one.who = one.who + 2**40 * other.slot
    one.size = other.size * 0.5 + one.kept
    for k in range(len(one.trust)):
        one.trust[k] = other.trust[len(one.trust) - 1 - k] + one.size
    for k in range(len(one.near)):
        one.near[k] = (one.near[k] + other.near[k] - k) % 50


def compiled(one_swaps: Any) -> Any:
    """A kernel of this rule. What a kernel closes over is in no file, so it is not kept among the engines of the model."""

    @kernel()
    def swap_all(agents: Any, times: int) -> None:
        for _ in range(times):
            for i in range(len(agents)):
                one_swaps(agents[i], agents)

    return swap_all


SWAP_ALL = compiled(swap)


@given(st.integers(1, 7), st.integers(1, 4), st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_a_rule_gives_on_columns_what_it_gives_on_plain_objects(agents: int, times: int, seed: int) -> None:
    columns, rng = toy(agents), np.random.default_rng(seed)
    columns["trust"], columns["near"] = rng.normal(size=(agents, 2)), rng.integers(-3, 3, (agents, 3))
    plain = [SimpleNamespace(**{name: value.tolist() for name, value in row.items()}) for row in columns]
    SWAP_ALL(columns, times)
    for _ in range(times):
        for one in plain:
            swap(one, plain)
    for name in KIND.names or ():
        assert columns[name].tolist() == [getattr(one, name) for one in plain], name


def test_columns_read_like_an_array_of_records() -> None:
    columns = toy()
    assert len(columns) == 5
    assert columns[3]["slot"] == 3
    assert columns[columns["size"] > 0]["slot"].tolist() == [3, 4]
    assert [row["slot"] for row in columns] == [0, 1, 2, 3, 4]
    assert columns.dtype.names == KIND.names
    assert columns.dtype["trust"].shape == (2,)  # as long as it is used
    assert columns.nbytes == 5 * (4 + 1 + 2 + 8 + 8 + 16 + 3)


def test_a_copy_shares_nothing_and_has_the_same_bytes() -> None:
    columns = toy()
    other = columns.copy()
    assert other.tobytes() == columns.tobytes()
    other["size"] = 7.0
    assert columns["size"].max() == 1.0
    assert other.tobytes() != columns.tobytes()


KERNEL = """from cisim.numerics.jit import kernel


@kernel()
def read(agents, i, k):
    return agents[i].trust[k]
"""

BEYOND = """
import numpy as np
from cisim.numerics.columns import Columns
from toy.engine import read

agents = Columns({"trust": np.zeros((3, 2))})
for i, k in ((2, 1), (3, 0), (0, 2), (-1, 0)):
    try:
        print(read(agents, i, k))
    except IndexError:
        print("beyond")
"""


@pytest.mark.slow
def test_with_bounds_checks_compiled_rules_notice_an_index_beyond_the_end(tmp_path: Path) -> None:
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "__init__.py").touch()
    (tmp_path / "toy" / "engine.py").write_text(KERNEL)
    env = {**os.environ, "NUMBA_BOUNDSCHECK": "1", "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    found = subprocess.run([sys.executable, "-c", BEYOND], env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.stdout.split() == ["0.0", "beyond", "beyond", "beyond"], found.stderr


def test_an_organisation_takes_at_most_1100_bytes_with_its_share_of_schools_and_funders() -> None:
    changes = {"community.npos": 2000, "community.schools": 100, "community.funders": 20}  # as in ten million and half a million
    world = World.of(load("default").change(changes), "collective_impact", 1)
    assert sum(of.nbytes for of in (world.schools, world.npos, world.funders)) <= 1_100 * 2000


def test_no_number_of_a_long_run_is_too_large_for_its_field() -> None:
    """Numbers that only grow (ages, generations, refusals in a row) have room for 100 years."""
    world = World.of(tiny().change({"run.warmup_years": 50, "run.years": 50}), "collective_impact", 3)
    run = CompiledRun(world).advance_to(world.quarters)
    for agents in (run.schools, run.npos, run.funders):
        for name in agents.dtype.names:
            values = agents[name]
            if values.dtype.kind == "i" and values.itemsize < 8:
                assert np.abs(values.astype("i8")).max() <= np.iinfo(values.dtype).max // 2, name


KEPT: list[Any] = []
"""Compiled functions are kept: numba frees the code of one that nobody holds, and another may have been linked to it."""


def test_the_rules_are_internal_to_the_kernel_where_numba_lets_us() -> None:
    """What makes a kernel fast took effect: no rule is left in it that other modules might call."""

    @kernel()
    def twice(x: float) -> float:
        return half(x) * 4.0

    @rule
    def half(x: float) -> float:
        return x * 0.5

    seen: list[int] = []
    was: Callable[[Any], int] = jit.make_rules_internal
    jit.make_rules_internal = lambda library: seen.append(was(library)) or seen[-1]  # type: ignore[func-returns-value]
    try:
        assert twice(3.0) == 6.0
        KEPT.append(twice)
    finally:
        jit.make_rules_internal = was
    assert max(seen) >= 1


TWO_KERNELS = """
from cisim.numerics.arithmetic import exp, logistic
from cisim.numerics.jit import kernel

def of(rules):
    one, other = rules
    @kernel()
    def some(x):
        total = one(x) + other(x)
        for k in range(3):
            total += one(x + k) * other(x - k) + one(x * k) * other(k - x)
        return one(total) + other(-total) + one(0.5 - x)
    return some

first, second = of((logistic, exp)), of((exp, logistic))
print(first(0.5).hex(), second(0.5).hex())
plain = [(logistic, exp), (exp, logistic)]
for one, other in plain:
    total = one(0.5) + other(0.5)
    for k in range(3):
        total += one(0.5 + k) * other(0.5 - k) + one(0.5 * k) * other(k - 0.5)
    print((one(total) + other(-total) + one(0.0)).hex())
"""


@pytest.mark.slow
def test_rules_of_one_kernel_can_be_called_by_the_next(tmp_path: Path) -> None:
    """LLVM looks for a function by its name in all modules: rules internal to a kernel must not be found there."""
    (tmp_path / "two.py").write_text(TWO_KERNELS)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    found = subprocess.run([sys.executable, "two.py"], env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    compiled_, plain = found.stdout.split()[:2], found.stdout.split()[2:]
    assert compiled_ == plain
