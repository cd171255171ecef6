"""The house is in order: checkers pass, files stay short, and each heavy library has one door."""

from __future__ import annotations

import ast
import functools
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT

FILES = sorted((ROOT / "cisim").rglob("*.py"))
MOST_LINES = 400
LONGER: dict[str, str] = {}
DOORS = {
    "numba": {"cisim/numerics/jit.py", "cisim/numerics/columns_in_rules.py", "cisim/numerics/parts.py"},
    "mesa": {"cisim/engines/mesa.py"},
    "matplotlib": {"cisim/present/matplotlib.py", "cisim/present/svg.py"},
}
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "manager", "common", "misc", "base", "core", "tools", "types"}


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@functools.cache
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
@pytest.mark.slow
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


def twice(texts: dict[str, str], most: int = 12) -> set[tuple[str, str]]:
    """Which two places share more than so many lines in a row."""
    seen: dict[tuple[str, ...], str] = {}
    found = set()
    for name, content in texts.items():
        lines = [line.strip() for line in content.split("\n") if line.strip()]
        for k in range(len(lines) - most):
            first = seen.setdefault(tuple(lines[k : k + most + 1]), name)
            if first != name:
                found.add((first, name))
    return found


def test_more_than_twelve_lines_in_a_row_repeat_nowhere() -> None:
    assert twice({place(path): path.read_text(encoding="utf-8") for path in FILES}) == set()


def test_lines_that_stand_twice_are_found() -> None:
    lines = [f"line {k}" for k in range(13)]
    assert twice({"a": "\n".join(["other", *lines]), "b": "\n\n  ".join(lines)}) == {("a", "b")}
    assert twice({"a": "\n".join(lines), "b": "\n".join(lines[1:])}) == set()


def test_names_of_modules_say_what_is_in_them() -> None:
    assert not {name for path in FILES for name in (path.stem, path.parent.name)} & NAMES_THAT_SAY_NOTHING


def layers() -> list[list[str]]:
    """The rooms of each floor, from the top down, as the import contract has them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    return [[room.strip() for room in floor.split("|")] for floor in contracts[0]["layers"]]


def test_the_maps_name_every_room_in_the_order_of_the_contract() -> None:
    folder = ROOT / "cisim"
    rooms = {path.name for path in folder.iterdir() if (path / "__init__.py").exists()}
    rooms |= {path.stem for path in folder.glob("*.py") if path.stem != "__init__"}
    assert {room for floor in layers() for room in floor} == rooms
    drawn = [floor for floor in layers() if floor != ["__main__"]]
    for text in (ast.get_docstring(tree(folder / "__init__.py")) or "", (ROOT / "README.md").read_text(encoding="utf-8")):
        lines = iter(" ".join(line.split()) for line in text.splitlines())
        for floor in drawn:  # each further down than the one before
            assert any(line.startswith(" | ".join(floor) + " ") for line in lines), f"{floor} is not in its place"


CUTTING = {"partition", "rpartition", "split", "rsplit", "removeprefix", "removesuffix", "startswith", "endswith"}
TEXTS = {"sentence", "sentences", "headline"}
BETWEEN_WORDS = re.compile(r"[A-Za-z][.:;,]? |[.:;,)] |^[.:;,] ")
AT_THE_END = re.compile(r"[a-z]\.$")
"""What separates the words of a sentence, and ends it, as a text given to a function that cuts."""

NO_SENTENCE = {
    ("cisim/engines/world.py", "': '"): "the fields of a record, as its own declaration lists them",
    ("cisim/scenario/settings.py", "' to '"): "a range in settings.toml",
    ("cisim/sweeps/experiment/file.py", "'a list of '"): "a unit in the schema",
    ("cisim/story/__init__.py", "', '"): "the heading of a chapter",
}
"""Texts that are cut and are no sentences for a reader."""


def cut_up(path: Path) -> list[str]:
    """Where a module cuts a sentence, or looks for words in one, instead of asking the value it was made of."""
    found = []
    for node in ast.walk(tree(path)):
        match node:
            case ast.Call(func=ast.Attribute(value=of, attr=name), args=args) if name in CUTTING:
                words = [part.value for one in args for part in ast.walk(one) if isinstance(part, ast.Constant)]
                mark = AT_THE_END if name in ("endswith", "removesuffix") else BETWEEN_WORDS
                cuts = [word for word in words if isinstance(word, str) and mark.search(word)]
                named = isinstance(of, ast.Name) and of.id in TEXTS
                if named or any((place(path), repr(word)) not in NO_SENTENCE for word in cuts):
                    found.append(ast.unparse(node))
            case ast.Compare(ops=ops, comparators=others) if any(isinstance(one, ast.In | ast.NotIn) for one in ops):
                if any(isinstance(one, ast.Name) and one.id in TEXTS for one in others):
                    found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize("path", FILES, ids=place)
def test_no_text_for_readers_is_parsed_back(path: Path) -> None:
    assert cut_up(path) == []


@pytest.mark.parametrize(
    "line",
    [
        'headline, _, rest = text.partition(". ")',
        'headline, *more = re.split(r"(?<=[a-z])\\. (?=[A-Z])", text)',
        'kept = text.endswith(("nowhere.", "everywhere."))',
        'label = to.removeprefix("the ")',
        'told = [one for one in many if "is ahead of" in sentence]',
    ],
)
def test_a_text_that_is_parsed_back_is_found(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one.py").write_text(line, encoding="utf-8")
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    assert cut_up(tmp_path / "one.py") != []


FORMATTERS = {"cisim/text/numbers.py", "cisim/story/wording.py"}
"""The modules that format numbers for readers: one for results, and one for the pupils' and teachers' stories."""

FORMATTED_ELSEWHERE = {
    "cisim/analysis/where_it_loses.py": "limits with all their digits, as one types them into a scenario",
    "cisim/cli/lists.py": "ranges with all their digits, as one types them into a scenario",
    "cisim/ui/learn/step.py": "effects as one reads them aloud, without a minus sign before zero",
}


def formatters(path: Path) -> list[str]:
    """Functions that take a number and give a text, with a format of their own for it."""
    found = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef) and node.returns is not None and ast.unparse(node.returns) == "str":
            numbers = any(one.annotation is not None and "float" in ast.unparse(one.annotation) for one in node.args.args)
            formats = [part for part in ast.walk(node) if isinstance(part, ast.FormattedValue) and part.format_spec is not None]
            found += [node.name] if numbers and formats else []
    return found


@pytest.mark.parametrize("path", FILES, ids=place)
def test_one_module_formats_numbers_for_readers(path: Path) -> None:
    if place(path) in FORMATTED_ELSEWHERE:
        assert formatters(path), f"{place(path)} is done: take it out of FORMATTED_ELSEWHERE"
    else:
        assert bool(formatters(path)) == (place(path) in FORMATTERS)
