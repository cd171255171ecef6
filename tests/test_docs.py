"""Docs are run: every command and every snippet in README and docs works as written."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cisim.engines.compiled import warm_up
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SET_UP = "python3 -m venv .venv"  # typed whole by .ci/run and, for the first command, below without the downloading


OPTIONAL = {"altair", "ema_workbench", "seaborn", "xarray"}
"""Packages of others that a page shows cisim with, and that the tests do not require."""


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def commands() -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        for block in blocks(page, "sh"):
            for line in block.replace("\\\n", " ").splitlines():
                line = line.split("  #")[0].strip()
                if line and not line.startswith("#"):
                    found.append((page.name, line))
    return found


@pytest.mark.filterwarnings("ignore:Failed to validate hooks", "ignore:ipyparallel not installed", "ignore::FutureWarning:mesa.*")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of other tools: those of cisim are errors in all other tests
@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.name)
def test_every_python_snippet_runs_in_the_order_it_stands(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    missing = set()
    for snippet in blocks(page, "python"):
        try:
            exec(compile(snippet, str(page), "exec"), names)
        except ModuleNotFoundError as error:
            if error.name not in OPTIONAL:
                raise
            missing.add(error.name)
    if missing:
        pytest.skip(f"all snippets ran but those that need {', '.join(sorted(missing))}, which is not installed here")


@pytest.mark.parametrize(("page", "command"), commands(), ids=lambda value: value)
def test_every_command_runs(page: str, command: str, tmp_path: Path, cisim: Callable[..., Any]) -> None:
    """Those of the README and Python's in processes of their own, the others in this one."""
    warm_up()
    if SET_UP in command:
        # .ci/run types the test command in full; what the other does after its set-up is run here
        assert command.startswith(f"{SET_UP} && .venv/bin/pip install -q ")
        command = command.split(" && ")[-1]
        if command.startswith(".venv/bin/pytest"):
            return
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    for part in command.replace(".venv/bin/", "").split(" && "):
        words = shlex.split(part)
        if words[0] == "cisim" and page != "README.md":
            run = cisim(*words[1:], cwd=tmp_path)
            assert run.returncode == 0, run.stderr
            continue
        program = {"cisim": ["-m", "cisim"], "python": []}[words[0]]
        words = [sys.executable, *program, *(str(ROOT / word) if word.startswith("benchmarks/") else word for word in words[1:])]
        run = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=400)
        assert run.returncode == 0, run.stderr


def test_the_readme_shows_a_real_comparison(cisim: Callable[..., Any]) -> None:
    """The verdict in the README is, word for word, what the command above it ends on today."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```text\n(Collective impact .*?)^```", text, re.DOTALL | re.MULTILINE)
    run = cisim("compare", "scenarios/strive.toml")
    assert run.returncode == 0, run.stderr
    verdict = run.stdout.rstrip("\n").split("\n\n")[-1]
    assert shown.split() == verdict.split()


def test_links_to_files_of_the_repository_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
