"""What tests stand on: the repository, tiny communities, and a kernel compiled once."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

# A cache of the session's own: the kernel is compiled afresh, once, and processes that tests start find it there.
# Set CISIM_CACHE_DIR yourself to keep it between sessions; one test then compiles once more.
_cache = tempfile.TemporaryDirectory(prefix="cisim-cache-")
os.environ.setdefault("CISIM_CACHE_DIR", _cache.name)

from cisim.scenario import Scenario, load, read  # noqa: E402

if TYPE_CHECKING:
    from tests.marked import Marked

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile("cisim", deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, print_blob=True)
settings.load_profile("cisim")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Tests on several cores: the kernel is compiled before they begin, not by each of them at once."""
    from cisim.engines.compiled import warm_up

    warm_up()


@pytest.fixture(scope="session")
def default() -> Scenario:
    return load("default")


@pytest.fixture(scope="session")
def strive() -> Scenario:
    return load("strive")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The page as it is served without further words; a module that serves it otherwise has its own."""
    from tests.page_server import serving

    with serving() as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real browser."""
    from tests.page_server import browsing

    with browsing() as running:
        yield running


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Any]:
    """Opens the page in a tab, each time as another visitor."""
    from tests.page_server import visiting

    with visiting(browser, address) as come:
        yield come


def tiny(**sections: dict[str, Any]) -> Scenario:
    """A community small enough to follow by hand: 4 schools, 6 NPOs, 3 funders, 2 years after a year of warm-up."""
    small: dict[str, dict[str, Any]] = {
        "community": {"schools": 4, "npos": 6, "funders": 3},
        "money": {"annual_budget": 1200},
        "run": {"warmup_years": 1, "years": 2},
        "ending": {"least_members": 1},
    }
    for section, values in sections.items():
        small[section] = {**small.get(section, {}), **values}
    return read(small, name="tiny", where="tiny")


@pytest.fixture
def cisim() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command as a user would, in a process of its own."""

    def run(*words: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cisim", *words]
        whole = {**os.environ, **(env or {})}
        return subprocess.run(command, capture_output=True, text=True, cwd=cwd or ROOT, env=whole, timeout=500)

    return run


@pytest.fixture
def marked() -> Iterator[Callable[..., Marked]]:
    """Starts commands; kills at the end whatever is left of them."""
    from tests.marked import Marked

    all_: list[Marked] = []

    def start(*words: str, **env: str) -> Marked:
        all_.append(Marked(*words, **env))
        return all_[-1]

    yield start
    for one in all_:
        one.end()
