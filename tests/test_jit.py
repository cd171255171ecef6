"""The cache of compiled kernels: an edited rule is never served from it, an unedited one always is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cisim.numerics.jit import import_closure, is_cached, source_digest
from tests.conftest import ROOT

RULES = '''"""A toy model of one rule."""

from cisim.numerics.jit import rule


@rule
def grow(x):
    """Adds one."""
    return x + 1.0
'''

ENGINE = '''"""A toy kernel: the rule over one number."""

from cisim.numerics.jit import {door}
from toy.rules import grow


@{door}({arguments})
def advance(x):
    return grow(x)
'''

SHOW = """
import json
from cisim.numerics.jit import is_cached
from toy.engine import advance
before = is_cached(advance)
value = advance(1.0)
print(json.dumps([value, bool(advance.stats.cache_hits), bool(advance.stats.cache_misses), before]))
"""


@dataclass(frozen=True)
class Seen:
    value: float
    from_cache: bool
    compiled: bool
    cached_before: bool


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A toy package with one rule and one kernel that imports it."""
    folder = tmp_path / "toy"
    folder.mkdir()
    (folder / "__init__.py").write_text('"""A toy."""\n')
    (folder / "rules.py").write_text(RULES)
    (folder / "engine.py").write_text(ENGINE.format(door="kernel", arguments=""))
    return folder


@pytest.fixture
def run(toy: Path) -> Callable[..., Seen]:
    """Runs the toy kernel in a process of its own and says what it gave and where the compiled code came from."""

    def run_(cache: Path = toy.parent / "cache", **variables: str) -> Seen:
        paths = os.pathsep.join([str(toy.parent), str(ROOT)])
        # without byte code: Python's own cache looks at the time of the source, which a test may have set back
        env = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", "CISIM_CACHE_DIR": str(cache), **variables}
        done = subprocess.run([sys.executable, "-c", SHOW], env=env, cwd=toy.parent, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        fields: list[Any] = json.loads(done.stdout)
        return Seen(*fields)

    return run_


def edit(path: Path, before: str, after: str) -> None:
    """Changes a file and sets its time back, as unpacking an archive or checking out a commit may."""
    times = path.stat()
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_an_edited_rule_is_compiled_anew_and_an_unedited_one_loaded(toy: Path, run: Callable[..., Seen]) -> None:
    assert run() == Seen(2.0, from_cache=False, compiled=True, cached_before=False)
    assert run() == Seen(2.0, from_cache=True, compiled=False, cached_before=True)
    edit(toy / "rules.py", "x + 1.0", "x + 5.0")
    assert run() == Seen(6.0, from_cache=False, compiled=True, cached_before=False)
    edit(toy / "rules.py", "x + 5.0", "x + 1.0")
    assert run() == Seen(2.0, from_cache=True, compiled=False, cached_before=True)


def test_the_cache_of_numba_alone_would_have_served_the_old_rule(toy: Path, run: Callable[..., Seen]) -> None:
    """Why the digest is there. Should this ever fail, numba has learnt to look at imports, and the digest may go."""
    plain = ENGINE.format(door="kernel", arguments="").replace("from cisim.numerics.jit import kernel", "from numba import njit")
    (toy / "engine.py").write_text(plain.replace("@kernel()", "@njit(cache=True)"))
    own_cache = str(toy.parent / "numba")
    assert run(NUMBA_CACHE_DIR=own_cache).value == 2.0
    edit(toy / "rules.py", "x + 1.0", "x + 5.0")
    assert run(NUMBA_CACHE_DIR=own_cache).value == 2.0


def test_without_a_folder_to_write_to_kernels_still_run(toy: Path, run: Callable[..., Seen]) -> None:
    file = toy.parent / "file"
    file.write_text("not a folder")
    uncached = Seen(2.0, from_cache=False, compiled=True, cached_before=False)
    assert run(cache=file / "below") == uncached
    assert run(cache=file / "below") == uncached
    assert file.read_text() == "not a folder"


def test_a_kernel_with_a_signature_is_compiled_when_it_is_made(toy: Path, run: Callable[..., Seen]) -> None:
    engine = ENGINE.format(door="kernel", arguments="real(real)").replace("import kernel", "import kernel, real")
    (toy / "engine.py").write_text(engine)
    assert run() == Seen(2.0, from_cache=False, compiled=True, cached_before=True)
    assert run() == Seen(2.0, from_cache=True, compiled=False, cached_before=True)


def test_what_is_no_kernel_is_not_cached() -> None:
    assert not is_cached(print)


# The import closure ------------------------------------------------------------------------------------------------------


def closure_of_the_kernel() -> set[str]:
    files = import_closure(ROOT / "cisim" / "engines" / "kernel.py")
    return {path.relative_to(ROOT / "cisim").as_posix() for path in files}


def test_the_kernel_is_named_by_every_file_that_decides_what_a_run_gives() -> None:
    model = {f"model/{path.name}" for path in (ROOT / "cisim" / "model").glob("*.py") if path.name != "metric_table.py"}
    assert (
        closure_of_the_kernel()
        == {"engines/kernel.py", *(f"numerics/{name}.py" for name in ("jit", "arithmetic", "chance"))} | model
    )


def test_editing_the_command_line_recompiles_nothing() -> None:
    """Nor does a new default, a new picture, or another way to compare."""
    above = {"__init__.py", "__main__.py", "cli/__init__.py", "present/matplotlib.py", "studies/comparison.py"}
    above |= {"scenario/__init__.py", "scenario/settings.py", "scenario/settings.toml"}
    assert all((ROOT / "cisim" / path).exists() for path in above)
    assert not closure_of_the_kernel() & above


@pytest.mark.parametrize(
    "line",
    [
        "import toy.rules",
        "import toy.rules as rules",
        "from toy import rules",
        "from toy.rules import grow",
        "from . import rules",
        "from .rules import grow",
        "def late():\n    from toy.rules import grow",
    ],
)
def test_every_way_to_import_a_file_is_followed(toy: Path, line: str) -> None:
    (toy / "engine.py").write_text(f"{line}\n")
    assert {path.name for path in import_closure(toy / "engine.py")} == {"engine.py", "rules.py"}


def test_imports_are_followed_through_packages_and_in_circles(toy: Path) -> None:
    (toy / "parts").mkdir()
    (toy / "parts" / "__init__.py").write_text("from toy.parts import deep\n")
    (toy / "parts" / "deep.py").write_text("from .. import rules, engine\nimport numpy, os.path\n")
    (toy / "engine.py").write_text("from toy.parts import deep\n")
    names = [path.relative_to(toy).as_posix() for path in import_closure(toy / "engine.py")]
    assert sorted(names) == ["engine.py", "parts/__init__.py", "parts/deep.py", "rules.py"]


def test_the_digest_changes_with_any_byte_of_any_file(toy: Path) -> None:
    files = sorted(toy.glob("*.py"))
    seen = {source_digest(files)}
    for path in files:
        path.write_bytes(path.read_bytes() + b"\n")
        seen.add(source_digest(files))
    assert len(seen) == len(files) + 1
    assert all(len(digest) == 16 for digest in seen)
