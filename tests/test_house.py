"""The house is in order: checkers pass, files stay short, and each heavy library has one door."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

FILES = sorted((ROOT / "cisim").rglob("*.py"))
MOST_LINES = 400
LONGER = {
    "cisim/engines/mesa.py": "the readable engine: four agents and the schedule are read side by side",
}
DOORS = {
    "numba": {"cisim/numerics/jit.py"},
    "mesa": {"cisim/engines/mesa.py"},
}
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "manager", "common", "misc", "base", "core", "tools", "types"}


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> set[str]:
    """The top-level packages a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").split(".")[0])
    return names


def passes(*command: str) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def script(name: str) -> str:
    """A command installed beside this Python."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    assert found, f"{name} is not installed: pip install -e '.[test]'"
    return found


def test_ruff_has_nothing_to_say() -> None:
    passes(script("ruff"), "check", "--no-cache", "cisim", "tests", "docs")


@pytest.mark.slow
def test_mypy_has_nothing_to_say() -> None:
    passes(sys.executable, "-m", "mypy")


def test_imports_go_down_only() -> None:
    passes(script("lint-imports"), "--no-cache")


@pytest.mark.parametrize("library", DOORS)
def test_a_heavy_library_has_one_door(library: str) -> None:
    assert {place(path) for path in FILES if library in imported(path)} == DOORS[library]


def test_files_stay_short() -> None:
    lines = {place(path): path.read_text(encoding="utf-8").count("\n") for path in FILES}
    assert {path for path, count in lines.items() if count > MOST_LINES} == set(LONGER)


@pytest.mark.parametrize("path", FILES, ids=place)
def test_a_module_opens_with_a_sentence(path: Path) -> None:
    opening = (ast.get_docstring(tree(path)) or "").split("\n\n")[0]
    assert len(opening) > 20
    assert opening[-1] in ".:?"


def test_names_of_modules_say_what_is_in_them() -> None:
    assert not {name for path in FILES for name in (path.stem, path.parent.name)} & NAMES_THAT_SAY_NOTHING
