"""A decision written down: the scenario, who I am, portfolios of my own, and what may happen. `cisim decide FILE` runs it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from cisim.scenario import Scenario, load
from cisim.scenario.changes import flat
from cisim.scenario.mistakes import explain
from cisim.scenario.settings import Section, setting
from cisim.scenario.toml_file import is_there, tables_of, text_of
from cisim.studies.own_money import AFTER
from cisim.studies.portfolios import PORTFOLIOS, Me, Portfolio
from cisim.text.english import shown


def _key(default: Any, unit: str, meaning: str, low: float | None = None, high: float | None = None) -> Any:
    return setting(default, low, high, unit, meaning, "the decision's own")


class MeTable(Section):
    """The funder who asks."""

    budget: float | None = _key(None, "$k/year", "what I give a year; the named funder's budget if not given", 0.001, 1e10)
    funder: str = _key("", "text", "my name in the community's own file of funders")


class DecisionTables(Section):
    """All keys of a decision file."""

    scenario: str = _key("default", "a shipped name, or the path of a TOML file", "the community")
    years: int | None = _key(None, "years", "the horizon; the scenario's if not given", 1, 60)
    stop_after: int = _key(AFTER, "years", "after which I stop, if I do; 0: not asked", 0, 60)
    others_leave_after: int = _key(AFTER, "years", "after which all others leave, if they do; 0: not asked", 0, 60)
    margin: float | None = _key(None, "points", "the smallest worthwhile difference", 0.0, 100.0)
    shipped: bool = _key(True, "on/off", "whether the portfolios that come with cisim run beside my own")
    me: MeTable = Field(default_factory=MeTable, description="who I am")
    portfolios: dict[str, dict[str, Any]] = Field(default_factory=dict, description="my own portfolios, by name")
    place: dict[str, Any] = _key({}, "settings by path", "changes of the place, from the first day")
    settings: dict[str, Any] = _key({}, "settings by path", "choices of all funders, from now on")


@dataclass(frozen=True)
class Asked:
    """What a decision file asks: the arguments of `cisim.studies.own_money.decision_study`."""

    scenario: Scenario
    me: Me
    portfolios: Mapping[str, Portfolio]
    years: int | None
    stop_after: int
    leave_after: int
    margin: float | None

    def arguments(self) -> dict[str, Any]:
        return dict(vars(self))


def is_decision(source: str) -> bool:
    """Whether a source is a decision file, not a scenario: it says who I am, or names a scenario."""
    path = Path(source)
    if not is_there(path) or path.is_dir():
        return False
    return bool({"me", "portfolios", "scenario"} & set(tables_of(text_of(path, source), path.name)))


def read_decision(source: str) -> Asked:
    """What a decision file asks. Raises InputError, whose text is one sentence."""
    path = Path(source)
    where, tables = path.name, tables_of(text_of(path, source), path.name)
    try:
        asked = DecisionTables.model_validate(tables)
    except ValidationError as error:
        raise explain(error, DecisionTables, where) from None
    there = path.parent / asked.scenario
    scenario = load(there if is_there(there) else asked.scenario)
    scenario = replace(scenario, where=where).change(dict(flat(asked.place))).choose(dict(flat(asked.settings)))
    portfolios = dict(PORTFOLIOS) if asked.shipped else {}
    for name, table in asked.portfolios.items():
        try:
            portfolios[name] = Portfolio.model_validate(table)
        except ValidationError as error:
            raise explain(error, Portfolio, f"{where}: portfolios.{shown(name)}") from None
    margin = None if asked.margin is None else asked.margin / 100.0
    me = Me(asked.me.budget, asked.me.funder)
    return Asked(scenario, me, portfolios, asked.years, asked.stop_after, asked.others_leave_after, margin)
