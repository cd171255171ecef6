"""Which scenarios the page shows: shipped ones, those it was started with, and uploads of visitors, none of them too large."""

import functools
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cisim.scenario import InputError, Scenario, load, read, shipped
from cisim.scenario.acting import CHOICES
from cisim.scenario.community import file_names, files_within
from cisim.scenario.toml_file import comment_of, tables_of
from cisim.studies.margins import DEFAULT
from cisim.text.english import nearest

MARGIN = 100.0 * DEFAULT
MOST_TEXT = 200_000  # characters of an uploaded scenario
MOST_WORK = int(os.environ.get("CISIM_UI_MOST_WORK", "1_200_000"))
"""The largest community a visitor may run: organisations and schools x quarters x arms (the largest shipped case: 360,000)."""
OWN: dict[str, Scenario] = {}
"""Scenarios the page was started with, by name: the operator's own files. Filled before the first visitor comes."""


@dataclass(frozen=True)
class View:
    """What one visitor looks at: a case by name, or the visitor's own text with the name `case`; changes in it, by path; and
    the smallest worthwhile difference, in percentage points of pupils on track."""

    case: str = "default"
    toml: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    margin: float = MARGIN


def names() -> dict[str, str]:
    """The titles of all cases by name: the made-up default first, then by theme."""
    ordered = sorted((case(name) for name in shipped()), key=lambda one: (one.name != "default", one.theme, one.title))
    return {one.name: one.title for one in ordered} | {name: one.title for name, one in OWN.items()}


def offered(view: View) -> list[dict[str, str]]:
    """Names and titles of the cases to pick from: all cases, and the visitor's own text if it is shown."""
    own = {view.case: f"{case(view.case, view.toml).title} (your file)"} if view.toml else {}
    return [{"name": name, "title": title} for titles in (names(), own) for name, title in titles.items()]


@functools.lru_cache(maxsize=64)
def case(name: str, toml: str = "") -> Scenario:
    """A case before any change. Raises InputError, whose sentence is shown.

    Only names are looked up, never paths: a link must not reach the server's files. For the same reason an uploaded scenario
    takes schools, NPOs and funders only from files that it holds itself.
    """
    if toml:
        if len(toml) > MOST_TEXT:
            raise InputError(name, f"this file is too long: give at most {MOST_TEXT:,} characters.")
        tables = tables_of(toml, name)
        if set(file_names(tables).values()) - set(files_within(tables, name)):
            sentence = "schools, npos or funders come from a file, which cannot be uploaded here"
            raise InputError(name, f"{sentence}: open that file in My town, or use `cisim compare`.")
        return read(tables, name=Path(name).stem, where=name, comment=comment_of(toml), folder=None)
    if name in OWN:
        return OWN[name]
    if name not in shipped():
        raise InputError("the case", f'there is no "{name}". {nearest(name, [*shipped(), *OWN])}')
    return load(name)


def size_of(view: View) -> str:
    """How large a community is, in a line: young people, schools, organisations, funders."""
    of = scenario_of(view).settings.community
    pupils = round(of.schools * of.pupils_per_school, -2)
    return f"about {pupils:,.0f} young people · {of.schools:,} schools · {of.npos:,} organisations · {of.funders:,} funders"


def scenario_of(view: View) -> Scenario:
    """The scenario of a view. Raises InputError for one that cannot be used, or is too large for a page."""
    return _scenario(view.case, view.toml, json.dumps(view.changes, sort_keys=True, default=str))


def chosen(path: str) -> bool:
    """Whether a setting is a choice, which somebody makes from now on, and not part of what the place is like."""
    return path in CHOICES or path.startswith("arms.")


def changed(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """A scenario with the changes of a view, by path: choices act from now on, the place is as changed from the first day."""
    return scenario.choose(changes) if changes else scenario


def today(view: View) -> Scenario:
    """The place of a view with today's choices: the course if nothing changes."""
    place = {path: value for path, value in view.changes.items() if not chosen(path)}
    return _scenario(view.case, view.toml, json.dumps(place, sort_keys=True, default=str))


@functools.lru_cache(maxsize=256)
def _scenario(name: str, toml: str, changes: str) -> Scenario:
    base = case(name, toml)
    parsed: dict[str, Any] = json.loads(changes)
    for path, value in parsed.items():
        section, _, key = path.partition(".")
        if isinstance(value, dict) or not key:
            raise InputError(base.where, f"{path} cannot be changed here: give a setting, as in money.annual_budget.")
        if section == "community" and key in ("schools", "npos", "funders") and isinstance(value, str):
            raise InputError(base.where, f'{path} = "{value}": give how many; files are for `cisim compare`.')
    scenario = changed(base, parsed)
    run, community, arms = scenario.settings.run, scenario.settings.community, len(scenario.arms)
    slots = community.npos + community.schools + community.funders
    if slots * 4 * (run.warmup_years + run.years) * arms > MOST_WORK:  # it would keep other visitors waiting
        what = f"{slots:,} organisations, schools and funders over {run.years} years in {arms} approaches"
        raise InputError(scenario.where, f"{what} are too many for this page: run `cisim compare` on it, or make it smaller.")
    return scenario
