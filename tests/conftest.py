"""What tests stand on: the repository, tiny communities, a kernel compiled once, and the longest modules first."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import tempfile
import tomllib
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# A cache of the session's own: the kernel is compiled afresh, once, and processes that tests start find it there.
# Set CISIM_CACHE_DIR yourself to keep it between sessions; one test then compiles once more.
if "CISIM_CACHE_DIR" not in os.environ:
    _cache = tempfile.TemporaryDirectory(prefix="cisim-cache-")
    os.environ["CISIM_CACHE_DIR"] = _cache.name

# Byte code is kept, whatever the environment says: else each worker, and each command tests start, compiles tests and cisim anew.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    sys.dont_write_bytecode = False

from cisim.scenario import Scenario, load, read

if TYPE_CHECKING:
    from tests.marked import Marked

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile("cisim", deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, print_blob=True)
settings.load_profile("cisim")


NEED_NO_KERNEL = {
    "test_analysis_effects",
    "test_arithmetic",
    "test_as_toml",
    "test_chance",
    "test_dialect",
    "test_discovery",
    "test_house",
    "test_importing",
    "test_information",
    "test_jit",
    "test_literals",
    "test_regime_map",
    "test_settings_table",
    "test_store",
    "test_store_damage",
    "test_store_identity",
    "test_store_merging",
    "test_store_strangers",
    "test_words",
}
"""Modules that run while the kernel is compiled, beside it: some of the longest of them begin first."""


def pytest_configure(config: pytest.Config) -> None:
    """Tests on several cores begin in the order below, not with the modules that have most tests."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """For `-n auto`, as many workers as there are cores, and one more for tests of the page, which often wait for a browser."""
    return (os.cpu_count() or 1) + ("not browser" not in config.option.markexpr)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is loaded while tests are collected stays to the end: the garbage collector need not look at it, now or later.

    Hypothesis registers its random numbers in the first test it runs: before the freeze, as some versions ask the garbage
    collector who holds these numbers.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        given(st.none())(lambda _: None)()
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest modules first, so that no core waits for another at the end; `tests/durations.py` measures them. Each worker is
    given two modules at first: the first of all compiles the kernel, the others begin with modules that do not need it."""
    table = ROOT / "tests" / "durations.toml"
    seconds = tomllib.loads(table.read_text(encoding="utf-8"))["modules"] if table.exists() else {}
    modules = sorted({item.path.stem for item in items}, key=lambda name: (-seconds.get(name, 10.0), name))
    kernel = [name for name in modules if name not in NEED_NO_KERNEL]
    others = [name for name in modules if name in NEED_NO_KERNEL]
    beside = 2 * int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) - 1
    order = {name: k for k, name in enumerate([*kernel[:1], *others[:beside], *kernel[1:], *others[beside:]])}
    items.sort(key=lambda item: order[item.path.stem])


@pytest.fixture(scope="module", autouse=True)
def compiled_once(request: pytest.FixtureRequest) -> None:
    """Tests on several cores: one of them compiles the kernel, the others wait for it. A test reads the text it was made of."""
    if "PYTEST_XDIST_WORKER" not in os.environ or request.path.stem in NEED_NO_KERNEL:
        return
    from cisim.engines.compiled import kernel, warm_up

    text = kernel_text()
    text.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(text.with_suffix(".lock")):
        if warm_up():
            text.write_text(next(iter(kernel.advance.inspect_llvm().values())), encoding="utf-8")


def kernel_text() -> Path:
    """Where the LLVM text of the kernel in the cache is kept, if it was compiled by tests: numba has none of what it loads."""
    from cisim.engines.compiled import MODEL_DIGEST
    from cisim.numerics.jit import VERSIONS

    return Path(os.environ["CISIM_CACHE_DIR"]) / f"{MODEL_DIGEST}-{VERSIONS}.ll"


@pytest.fixture(scope="session")
def default() -> Scenario:
    return load("default")


@pytest.fixture(scope="session")
def strive() -> Scenario:
    return load("strive")


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The page as it is served without further words, for all modules; one that serves it otherwise has its own."""
    from tests.page_server import serving

    with serving() as found:
        yield found


@pytest.fixture(scope="session")
def forgetful() -> Iterator[str]:
    """The page that forgets a visitor a second after the connection is lost, for all modules."""
    from tests.page_server import serving

    with serving(SOLARA_KERNEL_CULL_TIMEOUT="1s") as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real browser. One a module: while it is open, its driver's event loop runs, and no other could beside it. Tabs are open
    for seconds only: to optimize their scripts would take longer than it saves."""
    from tests.page_server import browsing

    with browsing("--js-flags=--no-turbofan --no-maglev") as running:
        yield running


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Any]:
    """Opens the page in a tab, each time as another visitor."""
    from tests.page_server import visiting

    with visiting(browser, address, polling=50) as come:
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


def started(*words: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    command = [sys.executable, "-m", "cisim", *words]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, env={**os.environ, "PYTHONPATH": str(ROOT), **env}, timeout=500
    )


def called(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command in this process, which has loaded all it needs: what it prints, and its exit status."""
    from cisim.cli import main

    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    argv, hook = sys.argv, sys.unraisablehook
    status = 0
    with ExitStack() as stack:
        out, errors = (stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8")) for _ in range(2))
        try:
            with chdir(cwd), redirect_stdout(out), redirect_stderr(errors):
                sys.argv = ["cisim", *words]
                main()
        except SystemExit as end:
            status = int(end.code or 0)
        except Exception:
            status = 1
            traceback.print_exc(file=errors)
        finally:
            sys.argv, sys.unraisablehook = argv, hook
            for number, handler in kept.items():
                signal.signal(number, handler)
        for stream in (out, errors):
            stream.seek(0)
        return subprocess.CompletedProcess(words, status, out.read(), errors.read())


@pytest.fixture
def cisim() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command as a user would. Help and version, which answer before anything heavy is loaded, and what needs another
    environment run in a process of their own; so do the commands in docs, in a shell, and those that are killed."""

    def run(*words: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        if env or words[-1] in ("--help", "--version"):
            return started(*words, cwd=cwd, **(env or {}))
        return called(*words, cwd=cwd)

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
