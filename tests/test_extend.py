"""The extension guide is true: its patches, applied to a copy of the package, give a mechanism that works and passes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

GUIDE = (ROOT / "docs" / "extend.md").read_text(encoding="utf-8")
SMALL = {"community.npos": 12, "community.schools": 6, "community.funders": 4, "run.warmup_years": 1}
RUN = """
import json, cisim
def last(share):
    town = cisim.load("default", {**json.loads('%s'), **({"delivery.shut_share": share} if share is not None else {})})
    return cisim.run(town, "collective_impact", seed=1, years=1, engine="agents").iloc[-1]
print(json.dumps({str(share): {k: float(v) for k, v in last(share).items() if k in ("days_lost", "needs_met")} for share in %s}))
"""


def patches() -> list[tuple[str, list[str]]]:
    """The guide's patches: a file, and its hunks as the lines that stand between `@@`."""
    found = []
    for block in re.findall(r"^```diff\n--- (.*?)^```", GUIDE, re.DOTALL | re.MULTILINE):
        name, _, body = block.partition("\n")
        found.append((name, [hunk.strip("\n") for hunk in re.split(r"^@@.*\n", body, flags=re.MULTILINE)]))
    return found


def patched(text: str, hunk: str) -> str:
    """The text with one hunk applied. What a hunk finds must be there once; a line ending in " ..." finds what begins so."""
    lines = text.split("\n")
    old = [line[1:] for line in hunk.split("\n") if line[:1] != "+"]

    def fits(line: str, wanted: str) -> bool:
        return line.startswith(wanted[:-4]) if wanted.endswith(" ...") else line == wanted

    places = [k for k in range(len(lines)) if all(k + i < len(lines) and fits(lines[k + i], w) for i, w in enumerate(old))]
    if len(places) != 1:
        raise ValueError(f"{len(places)} places for {old}")
    at, new = places[0], []
    for line in hunk.split("\n"):
        if line[:1] == "+":
            new.append(line[1:])
        else:
            new += [] if line[:1] == "-" else [lines[at]]
            at += 1
    return "\n".join([*lines[: places[0]], *new, *lines[at:]])


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the guide's mechanism in it."""
    folder = tmp_path_factory.mktemp("extended")
    for part in ("cisim", "docs", "scenarios", "tests"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name, hunks in patches():
        path = folder / name.removesuffix(" (new)")
        text = "" if name.endswith(" (new)") else path.read_text(encoding="utf-8")
        for hunk in hunks:
            text = patched(text, hunk) if text else "\n".join(line[1:] for line in hunk.split("\n")) + "\n"
        path.write_text(text, encoding="utf-8")
    return folder


def python(folder: Path, *words: str) -> str:
    env = {**os.environ, "PYTHONPATH": str(folder)}
    run = subprocess.run([sys.executable, *words], cwd=folder, env=env, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_the_new_setting_does_what_it_says_and_its_default_changes_nothing(copy: Path) -> None:
    small = json.dumps(SMALL)
    after = json.loads(python(copy, "-c", RUN % (small, "(0.0, 0.5)")))
    assert after["0.0"]["days_lost"] == 0.0
    assert 0.2 < after["0.5"]["days_lost"] < 0.8
    assert after["0.5"]["needs_met"] < after["0.0"]["needs_met"]
    before = json.loads(python(ROOT, "-c", RUN % (small, "(None,)")))
    assert before["None"]["needs_met"] == after["0.0"]["needs_met"]


def test_the_new_rule_passes_the_tests_that_the_guide_names(copy: Path) -> None:
    only = "dialect or same_rules or every_setting or every_number"
    words = ("-m", "pytest", "-p", "no:cacheprovider", "tests/test_dialect.py", "tests/test_scenarios.py", "-k", only)
    done = python(copy, *words)
    assert re.search(r"\d\d passed", done), done


def test_the_description_of_the_model_takes_in_whatever_is_new(copy: Path) -> None:
    python(copy, "-m", "docs.odd")
    page = (copy / "docs" / "model.md").read_text(encoding="utf-8")
    meaning = "of a quarter that schools are shut, on average"
    assert f"| `delivery.shut_share` | 0 | 0 to 0.5 |  | share | place | {meaning} | assumed |" in page
    assert "| `shut` | share of this quarter that it is shut, in [0, 1] | real number | `bad_weather.lose_days` |" in page
    assert "| `days_lost` | share | 1 | of the quarter a school was shut, mean over schools |" in page
    assert "| `For.SHUT` | 1000 | `bad_weather.lose_days` |" in page
    assert "each school: `bad_weather.lose_days`, `delivery.meet_needs`" in page
    assert "### bad weather\n\nBad weather: on days when a school is shut, programmes there do nothing." in page


def test_a_patch_that_fits_nowhere_or_twice_is_refused() -> None:
    assert patched("a\nb = 1\nc", " b = ...\n+d") == "a\nb = 1\nd\nc"
    assert patched("a\nb\nc", "-b\n+d") == "a\nd\nc"
    for text in ("a\nc", "b\nb"):
        with pytest.raises(ValueError, match="places for"):
            patched(text, " b\n+d")
