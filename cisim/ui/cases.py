"""Which scenarios the page shows: shipped ones, those it was started with, and those a visitor uploads; none too large."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cisim.scenario import InputError, Scenario, load, read, shipped
from cisim.scenario.community import file_names
from cisim.scenario.toml_file import tables_of
from cisim.text.english import nearest

MOST_TEXT = 200_000
"""Characters of an uploaded scenario."""

MOST_WORK = int(os.environ.get("CISIM_UI_MOST_WORK", "1_200_000"))
"""The largest community a visitor may run: organisations and schools x quarters x arms (the largest shipped case: 360,000)."""

OWN: dict[str, Scenario] = {}
"""Scenarios the page was started with, by name: the operator's own files. Filled before the first visitor comes."""


@dataclass(frozen=True)
class View:
    """What one visitor looks at: a case by name, or a text of their own called `case`; and what is changed in it, by path."""

    case: str = "default"
    toml: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)


def names() -> dict[str, str]:
    """The cases to pick from: title by name, the made-up default first, then by theme."""
    found = {name: case(name) for name in shipped()}
    found = dict(sorted(found.items(), key=lambda one: (one[0] != "default", one[1].theme, one[1].title))) | OWN
    return {name: scenario.title for name, scenario in found.items()}


@functools.lru_cache(maxsize=64)
def case(name: str, toml: str = "") -> Scenario:
    """A case as it is before anything is changed. Raises InputError, whose sentence is shown.

    Only names are looked up, never paths: a link must not reach the server's files. For the same reason a scenario that
    is uploaded cannot take schools, NPOs or funders from files.
    """
    if toml:
        if len(toml) > MOST_TEXT:
            raise InputError(name, f"this file is too long: give at most {MOST_TEXT:,} characters.")
        tables = tables_of(toml, name)
        if file_names(tables):
            sentence = "schools, npos or funders come from a file, which cannot be uploaded here: use `cisim compare` for it."
            raise InputError(name, sentence)
        return read(tables, name=Path(name).stem, where=name)
    if name in OWN:
        return OWN[name]
    if name not in shipped():
        raise InputError("the case", f'there is no "{name}". {nearest(name, [*shipped(), *OWN])}')
    return load(name)


def scenario_of(view: View) -> Scenario:
    """The scenario a view shows. Raises InputError for what cannot be used, or is too large for a page."""
    return _scenario(view.case, view.toml, json.dumps(view.changes, sort_keys=True, default=str))


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
    scenario = base.change(parsed) if parsed else base
    check_size(scenario)
    return scenario


def check_size(scenario: Scenario) -> None:
    """Raises InputError for a community that would keep the others waiting."""
    settings = scenario.settings
    slots = settings.community.npos + settings.community.schools
    work = slots * 4 * (settings.run.warmup_years + settings.run.years) * len(scenario.arms)
    if work > MOST_WORK:
        sentence = (
            f"{slots:,} organisations and schools over {settings.run.years} years in {len(scenario.arms)} approaches are too many"
        )
        raise InputError(scenario.where, f"{sentence} for this page: run `cisim compare` on it, or make it smaller.")
