"""The same bits everywhere: recorded digests of the shipped scenarios hold exactly, on any machine and Python. They were seen on
Linux, x86-64, with CPython 3.11.7, 3.12.1 and 3.13.0 and numba 0.68.1; elsewhere they are expected, not tested (docs/install.md).

Whoever changes the model changes these on purpose: `python -m tests.test_golden` prints the new ones.
"""

from __future__ import annotations

import hashlib
import math
import os
import subprocess
import sys

import pytest

from cisim.engines.compiled import CompiledRun, warm_up
from cisim.engines.world import World
from cisim.scenario import load
from tests.conftest import ROOT

GOLDEN = {
    "default isolated_impact": "5fe2dfd8c0199941",
    "default open_data": "8f8d99dd88242cd2",
    "default programme_collaboration": "316bb1e8825a60e2",
    "default collective_impact": "9ec52557fe759d7c",
    "strive isolated_impact": "d70a38309ae69b6d",
    "strive open_data": "5922d66396bdbd2f",
    "strive programme_collaboration": "4b127509a5545284",
    "strive collective_impact": "b670c3dbbdf47ce5",
}

OF_TERMS = {"years", "free", "whole", "spared", "pooled", "more_bills", "covered", "terms"}
"""What funders with terms of their own bring about: newer than the digests, and 0 in shipped scenarios."""
KEPT = {"yearly", "hashes", "at_place", "usual_years", "fully_served", "hosting", "ties", "trust_in_all", "trust_in_tested"}
"""What rules now keep and used to compute each time that they needed it, and whether only years are measured: newer than the
digests, and no result of a run."""

NO_FMA = "glibc.cpu.hwcaps=-AVX2_Usable,-FMA_Usable,-AVX2,-FMA,-FMA4_Usable,-FMA4,-AVX512F"
PROBE = "import math; print([math.exp(x / 977) for x in range(-4000, 4000)], [math.log(x / 977) for x in range(1, 4000)])"


def digest(name: str, arm: str) -> str:
    """A digest of the whole final state and history of one run, four years after the warm-up, however it is held in memory."""
    world = World.of(load(name), arm, seed=20, years=4)
    state = CompiledRun(world).advance_to(world.quarters)
    h = hashlib.sha256()
    for records in (state.schools, state.npos, state.funders, state.backbone, state.town, state.history):
        for field in sorted(records.dtype.names):
            values = records[field]
            if field in OF_TERMS:
                assert not values.any(), field
            elif field not in KEPT:
                h.update(values.astype("i8" if values.dtype.kind == "i" else "f8").tobytes())
    return h.hexdigest()[:16]


def all_digests() -> dict[str, str]:
    return {f"{name} {arm}": digest(name, arm) for name in ("default", "strive") for arm in load(name).arms}


def test_golden_digests_are_exact() -> None:
    assert all_digests() == GOLDEN


@pytest.mark.slow
def test_golden_digests_are_exact_without_fused_multiply_add_in_the_c_library() -> None:
    without = {**os.environ, "GLIBC_TUNABLES": NO_FMA}
    plain = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True).stdout
    other = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True, env=without).stdout
    if plain == other:
        pytest.skip("switching off fused multiply-add through GLIBC_TUNABLES does not change math.exp or math.log here")
    warm_up()
    words = [sys.executable, "-m", "tests.test_golden"]  # from the root: the same files, so the same compiled kernel
    run = subprocess.run(words, capture_output=True, text=True, env=without, cwd=ROOT)
    assert run.stdout.split("\n")[:-1] == [f'    "{key}": "{value}",' for key, value in GOLDEN.items()], run.stderr


def test_the_probe_would_notice_another_mathematics() -> None:
    assert math.exp(1.0) != math.exp(1.0 + 2**-52)


if __name__ == "__main__":
    for key, value in all_digests().items():
        print(f'    "{key}": "{value}",')
