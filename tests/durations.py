"""Records how long test modules take, for their order and for the report in CONTRIBUTING.md.

    pytest -p tests.durations -p no:xdist [MODULES]

Seconds of processor time are counted, of the tests and of processes that have ended, so that a busy machine changes little. What
was recorded of modules that are not run is kept.
"""

from __future__ import annotations

import os
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

TABLE = Path(__file__).with_name("durations.toml")
HEAD = "# Seconds of processor time of each module, longest first: written by `pytest -p tests.durations`.\n[modules]\n"

_seconds: dict[str, float] = defaultdict(float)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """One test, with its fixtures."""
    before = sum(os.times()[:4])
    result = yield
    _seconds[item.path.stem] += sum(os.times()[:4]) - before
    return result


def pytest_sessionfinish() -> None:
    """Writes the table."""
    recorded = tomllib.loads(TABLE.read_text(encoding="utf-8"))["modules"] if TABLE.exists() else {}
    there = {path.stem for path in TABLE.parent.glob("test_*.py")}
    whole = {name: seconds for name, seconds in {**recorded, **_seconds}.items() if name in there}
    lines = [f"{name} = {seconds:.1f}\n" for name, seconds in sorted(whole.items(), key=lambda one: -one[1])]
    TABLE.write_text(HEAD + "".join(lines), encoding="utf-8")
