"""The description of the model is the model's: it is written from the code, and what docs name exists."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import math
import pkgutil
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cisim
import cisim.analysis
from cisim.engines import world
from cisim.engines.compiled import CompiledRun
from cisim.engines.world import SETTING_PATHS, World
from cisim.model import SCHEDULE, codes
from cisim.model.metrics import METRICS
from cisim.numerics.chance import For
from cisim.scenario import ARMS, CONDITIONS, PRESETS, SHARED_BY_ALL_ARMS, Scenario, Settings, load, shipped
from cisim.scenario.settings import setting
from cisim.scenario.variants import VARIANTS
from cisim.studies.portfolios import PORTFOLIOS, Portfolio
from cisim.sweeps.experiment import shipped as shipped_experiments
from cisim.sweeps.experiment.file import ExperimentFile
from docs import odd
from docs.reading import read_rules, steps_of
from tests.conftest import ROOT, tiny

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGE = odd.PAGE.read_text(encoding="utf-8")
NOT_RULES = ("__init__", "codes", "metrics", "metric_table")
RULE_FILES = [path for path in sorted((ROOT / "cisim" / "model").glob("*.py")) if path.stem not in NOT_RULES]


def test_the_description_is_what_the_code_says_now() -> None:
    written = odd.filled(PAGE, odd.PARTS, odd.MODULE)
    assert written == PAGE, f"docs/model.md is not what the code says: run `{odd.MODULE}` and commit what it writes"


def test_every_setting_metric_rule_kind_of_luck_and_state_variable_is_described() -> None:
    wanted = [*SETTING_PATHS.values(), *METRICS, *(f"For.{kind.name}" for kind in For), *SCHEDULE, *ARMS, *CONDITIONS]
    wanted += [field for kind in (world.SCHOOL, world.NPO, world.FUNDER, world.BACKBONE, world.TOWN) for field in kind.names]
    for path in RULE_FILES:
        functions = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)]
        wanted += [f"{path.stem}.{node.name}" for node in functions if ast.get_docstring(node)]
    described = set(re.findall(r"`([\w.]+)`", PAGE))
    assert [name for name in wanted if name not in described] == []


def test_a_reader_finds_what_a_rule_sets_reads_and_draws(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "metrics.py").write_text("")
    (tmp_path / "model" / "made_up.py").write_text(
        '@rule\ndef do(npo, c):\n    """Words."""\n    p, town = c.p, c.town\n    s = c.schools[npo.sites[0]]\n'
        "    s.dose[0] = p.relocate * chance(c, For.TURN, 0, 0)\n    town.tick += 1\n    npo.left[0] = c.npos[1].left[0]\n"
        "    spent = town.spent\n    spent[0] = spent[0] + 1.0\n    whatever.purse = 0.0\n    known = npo.size\n"
    )
    records = {"school": ["dose", "size"], "npo": ["left", "sites", "size"], "town": ["tick", "spent"], "funder": ["purse"]}
    (rule,) = read_rules(tmp_path, records)
    assert rule.sets == {("school", "dose"), ("town", "tick"), ("npo", "left"), ("town", "spent"), ("funder", "purse")}
    assert (rule.path, rule.words, rule.reads, rule.luck) == ("made_up.do", "Words.", {"relocate"}, {"TURN"})


def test_the_steps_of_a_phase_are_told_in_order() -> None:
    text = "def a(c):\n    x.y(c)\n    if c.t == 1:\n        for f in range(len(c.funders)):\n            x.z(c.funders[f], c)\n"
    assert steps_of(text) == {"a": "`x.y`; if `c.t == 1`: (each funder: `x.z`)"}


def test_a_part_left_out_of_the_page_or_unknown_is_noticed() -> None:
    parts = {"one": lambda: "new"}
    assert odd.filled("a <!-- begin one -->old<!-- end one --> b", parts, "x").split("\n\n")[1] == "new"
    for page in ("nothing", "<!-- begin two --><!-- end two -->"):
        with pytest.raises(ValueError, match="part"):
            odd.filled(page, parts, "x")


def test_a_setting_shows_its_plausible_range_which_for_a_list_is_one_of_factors() -> None:
    def shown(default: Any, plausible: tuple[float, float] | None) -> str:
        return odd.setting_row("a.b", setting(default, 0, 9, "unit", "meaning", "source", plausible))[3]

    assert (shown(2.0, (0, 3.5)), shown([1.0, 2.0], (0.5, 2)), shown(2.0, None)) == ("0 to 3.5", "default x 0.5 to 2", "")


# What state variables mean -----------------------------------------------------------------------------------------------

Meanings = dict[str, dict[str, str]]


def test_every_field_has_a_meaning_and_no_meaning_is_for_a_field_that_is_not_there() -> None:
    there = {f"{record}.{field}" for record, kind in odd.records().items() for field in kind.names or ()}
    told = {f"{record}.{field}" for record, fields in odd.meanings().items() for field in fields}
    assert sorted(there - told) == [], "say in docs/fields.toml what they mean"
    assert sorted(told - there) == [], "docs/fields.toml tells of fields that no record has"


def test_every_letter_of_a_length_says_what_it_counts() -> None:
    assert set(odd.lengths((ROOT / "cisim" / "engines" / "world.py").read_text(encoding="utf-8")).values()) <= set(odd.PER)


def said(meaning: str) -> tuple[float, float]:
    """The range a meaning says, in one of the ways docs/fields.toml opens with. Raises ValueError if it says none."""
    if span := re.search(r"\bin \[(-?[\d.]+), ([\d.]+)\]", meaning):
        return float(span[1]), float(span[2])
    if vocabulary := re.match(r"code of (\w+):", meaning):
        values = [word.value for word in getattr(codes, vocabulary[1])]
        return min(values), max(values)
    ways = {
        r"^1 if ": (0, 1),
        r"(or|then) -1\b": (-1, math.inf),
        r"\b0 or more\b": (0, math.inf),
        "any number": (-math.inf, math.inf),
    }
    for way, span in ways.items():
        if re.search(way, meaning):
            return span
    raise ValueError(f'"{meaning}" does not say its range')


def beyond(run: CompiledRun, meanings: Meanings) -> set[str]:
    """Fields whose values lie outside the range their meaning says, or do not sum to 1 where it says so (but for rounding,
    and for lists that are empty still). Of NPOs, those alive count."""
    npos = run.npos[run.npos["alive"] == 1]
    arrays = {"school": run.schools, "npo": npos, "funder": run.funders, "backbone": run.backbone, "town": run.town}
    found = set()
    for record, array in arrays.items():
        for field, meaning in meanings[record].items():
            low, high = said(meaning)
            values = array[field]
            kept = np.all((values >= low - 1e-9) & (values <= high + 1e-9))
            if re.search(r"\bsum to 1\b", meaning):
                sums = values.sum(axis=-1)
                kept = kept and np.all((np.abs(sums - 1.0) < 1e-9) | (sums == 0.0))
            if not kept:
                found.add(f"{record}.{field}")
    return found


def left_in_runs(meanings: Meanings) -> set[str]:
    """What is beyond its range in any quarter of any arm, in a rough time: strict, shaken, crowded, often on the move."""
    rough = tiny(
        community={"npos": 24, "schools": 8, "funders": 6, "districts": 2},
        initiative={"strictness": 1.0, "preparation_quarters": 1},
        membership={"recruit": 0.5},
        grants={"outcome_share": 0.5},
        sites={"relocate": 0.5, "change_need": 0.2},
        closing={"closure": 0.2},
        shocks={"money_cut": 0.5, "member_leaves_year": 2, "funder_exit_year": 3},
        run={"years": 6},
    )
    return left_in_runs_of(rough, ARMS, meanings)


def left_in_runs_of(scenario: Scenario, arms: Iterable[str], meanings: Meanings) -> set[str]:
    """What is beyond its range in any quarter of these arms of a scenario."""
    found: set[str] = set()
    for arm in arms:
        run = CompiledRun(World.of(scenario, arm, seed=1))
        for quarter in range(1, run.world.quarters + 1):
            found |= beyond(run.advance_to(quarter), meanings)
    return found


def test_every_field_keeps_to_the_range_that_its_meaning_says() -> None:
    assert left_in_runs(odd.meanings()) == set()


def test_a_range_that_is_wrong_or_not_said_is_found() -> None:
    meanings = odd.meanings()
    meanings["npo"]["trust"] = "in [0, 0.2]"
    meanings["school"]["condition"] = "in [0, 1]; they sum to 1"
    meanings["npo"]["kept"] = "code of Use: what it made of its promise"
    meanings["npo"]["partners"] = "slots of the NPOs it knows, 0 or more"
    meanings["school"]["feeds"] = "1 if its leavers go on"
    assert left_in_runs(meanings) == {"npo.trust", "school.condition", "npo.kept", "npo.partners", "school.feeds"}
    with pytest.raises(ValueError, match="does not say its range"):
        said("how good it is")


# What docs name exists ---------------------------------------------------------------------------------------------------


@functools.cache
def known_names() -> frozenset[str]:
    """Every dotted or bare name that docs may put in backticks, with those of mechanisms that a page says it waits for."""
    records = {name: set(kind.names or ()) for name, kind in odd.records().items()}
    names = {f"{record}.{field}" for record, fields in records.items() for field in fields}
    names |= {field for fields in records.values() for field in fields}
    for section, kind in odd.sections().items():
        names |= {section, *(f"{section}.{key}" for key in kind.model_fields), *kind.model_fields}
    for rule in read_rules(ROOT / "cisim", records):
        names |= {rule.module, rule.path, rule.name}
    names |= {*METRICS, *SCHEDULE, *PRESETS, *VARIANTS, *CONDITIONS, *SHARED_BY_ALL_ARMS, *Settings.model_fields, *shipped()}
    names |= {arm for scenario in shipped() for arm in load(scenario).arms}
    names |= {*shipped_experiments(), *analyses(), *ExperimentFile.model_fields, *PORTFOLIOS, *Portfolio.model_fields}
    return frozenset(names | {f"For.{kind.name}" for kind in For})


def analyses() -> set[str]:
    """Functions and results of cisim.analysis, and the columns of their tables: those that a result's docstring tells."""
    found: set[str] = set()
    for module in pkgutil.iter_modules(cisim.analysis.__path__, "cisim.analysis."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if getattr(value, "__module__", None) == module.name:
                found |= {name, *(re.findall(r"\w+", value.__doc__ or "") if inspect.isclass(value) else ())}
    return found


def named(page: Path) -> Iterator[str]:
    """Names in backticks, and settings given to `--set`, outside and inside blocks. A page's own patches may make names, and
    its own recipes files: the data a block reads, and the scenario that a block with a name is."""
    text = page.read_text(encoding="utf-8")
    patches = "\n".join(re.findall(r"^```diff\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
    made = set(re.findall(r"\w+", "\n".join(re.findall(r"^\+.*$", patches, re.MULTILINE))))
    files = {
        *re.findall(r'read_csv\("([^"]+)"\)', text),
        *(f"{name}.toml" for name in re.findall(r"^```toml (\w+)$", text, re.MULTILINE)),
    }
    outside = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    for quoted in re.findall(r"`([^`\n]+)`", outside):
        name = re.sub(r" = \S+$", "", quoted)  # a setting with a value
        if re.fullmatch(r"[A-Za-z]\w*(\.\w+)+|[a-z]+(_[a-z0-9]+)+|[\w.-]+(/[\w.-]+)+/?", name):
            if re.split(r"[./]", name)[-1] not in made and name not in files:
                yield name
    yield from re.findall(r"--set ([\w.]+)=", text)


OF_ITS_OWN = {
    "deploy.md": {"cisim/rooms"},  # a folder that the server makes
    "import.md": {  # columns of the registers that are read, and files that the command writes
        *("unique_reference_number", "lowest_admission_age", "highest_admission_age"),
        *("registered_charity_number", "charity_name"),
        *("schools.csv", "npos.csv", "funders.csv", "community.toml"),
    },
    "notebook.md": {"quarters.spent_delivery"},  # a column of the table that the page makes
    "other_tools.md": {"model.random", "model.rng", "page.py", "at_points", "design.kind"},  # names in the page's own snippets
}


def exists(name: str, page: Path, known: frozenset[str]) -> bool:
    """A setting, rule, metric, field, kind of draw; a file of the repository; something to import; or the page's own."""
    if name in known or name.removeprefix("c.") in known or name in cisim.__all__ or name in OF_ITS_OWN.get(page.name, ()):
        return True
    if any((folder / name).exists() for folder in (ROOT, page.parent)):
        return True
    if "." not in name:
        return False
    return any(importable(whole) for whole in (name, f"cisim.{name}", f"cisim.ui.{name}"))  # as docstrings name a module


def importable(name: str) -> bool:
    """Whether it is a module, or something of one."""
    path, _, last = name.rpartition(".")
    try:
        return hasattr(importlib.import_module(path), last) or bool(importlib.import_module(name))
    except ImportError:
        return False


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_exists(page: Path) -> None:
    known = known_names()
    assert [name for name in named(page) if not exists(name, page, known)] == []


@pytest.mark.parametrize(
    "wrong",
    [
        "`initiative.voise`",
        "`sites.worthless`",
        "`on_trakc`",
        "`walk_alone`",
        "`docs/nothing.py`",
        "`town/nothing.csv`",
        "`nothing.toml`",
        "`cisim.model.metrics.METRIX`",
        "--set a.b=1",
    ],
)
def test_a_name_that_does_not_exist_is_found(wrong: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    right = (
        "`initiative.voice = 0.4`, `sites.worth`, `on_track`, `talk_alone`, `docs/odd.py`, `cisim.model.metrics.METRICS`, "
        "`town/schools.csv`, `town.toml`, --set initiative.voice=1\n"
        '```python town\nread_csv("town/schools.csv")\n```\n```toml town\n```\n'
    )
    page.write_text(f"{right} {wrong}", encoding="utf-8")
    assert len([name for name in named(page) if not exists(name, page, known_names())]) == 1
