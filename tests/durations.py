"""Records how long test modules take, for their order and for the report in CONTRIBUTING.md.

    pytest -p tests.durations -p no:xdist [MODULES]

Seconds of processor time are counted, of the tests and of all processes they started, so that a busy machine changes little.
What was recorded of modules that are not run is kept.
"""

from __future__ import annotations

import os
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

TABLE = Path(__file__).with_name("durations.toml")
HEAD = "# Seconds of processor time of each module, longest first: written by `pytest -p tests.durations`.\n[modules]\n"

_seconds: dict[str, float] = defaultdict(float)


def used() -> float:
    """Seconds of processor time so far: of this process, of those that have ended, and of those still running (page, browser)."""
    total = sum(os.times()[:4])
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            total += sum(child.cpu_times()[:4])
    return total


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """One test, with its fixtures."""
    before = used()
    result = yield
    _seconds[item.path.stem] += max(0.0, used() - before)
    return result


def pytest_sessionfinish() -> None:
    """Writes the table."""
    recorded = tomllib.loads(TABLE.read_text(encoding="utf-8"))["modules"] if TABLE.exists() else {}
    there = {path.stem for path in TABLE.parent.glob("test_*.py")}
    whole = {name: seconds for name, seconds in {**recorded, **_seconds}.items() if name in there}
    lines = [f"{name} = {seconds:.1f}\n" for name, seconds in sorted(whole.items(), key=lambda one: -one[1])]
    TABLE.write_text(HEAD + "".join(lines), encoding="utf-8")
