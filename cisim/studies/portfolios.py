"""Ways to give one's own money: terms of its grants, and what it pays for, each a portfolio; and the funders that stand for "me".

A portfolio changes the grants of these funders only. All others give on as they do, and every arm has the same money.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cisim.engines.compiled import CompiledRun
from cisim.engines.world import World
from cisim.errors import InputError
from cisim.scenario import CONDITIONS, Scenario
from cisim.scenario.bills import bills
from cisim.scenario.settings import Section, setting
from cisim.statistics import Flags, Floats
from cisim.text.english import nearest
from cisim.text.numbers import money, percent

MOST_OF_MINE = 0.9
"""Bills may take so much of my money at most; the rest is grants."""

PAYS = {
    "backbone": ("collective_impact", dict.fromkeys(CONDITIONS, True)),
    "public_data": ("open_data", {"open_data": True}),
    "programmes": ("programme_office", {"programme_office": True}),
}
"""What a portfolio may pay for: the arm that has it, whose changes in the scenario's file hold as well, and its switches."""


def _key(default: Any, unit: str, meaning: str, low: float | None = None, high: float | None = None) -> Any:
    return setting(default, low, high, unit, meaning, "the portfolio's own")


class Portfolio(Section):
    """The terms on which I give from now on; what is not given is as today."""

    title: str = _key("", "text", "what it is called")
    years: int = _key(0, "years", "mean length of grants; 0: as today", 0, 5)
    unrestricted: float = _key(0.0, "share", "share of grants that is unrestricted", 0.0, 1.0)
    full_cost: float = _key(0.0, "share", "share of all other grants with which I pay true indirect costs", 0.0, 1.0)
    lighter: float = _key(0.0, "share", "share of the hours for applications and reports that I spare organisations", 0.0, 1.0)
    pooled: float = _key(0.0, "share", "share of my budget for a common pot that members share", 0.0, MOST_OF_MINE)
    pays: list[str] = _key([], "list of words", "what I pay for alone: backbone, public_data, programmes")


TODAY = Portfolio(title="as today")

PORTFOLIOS = {
    "longer": Portfolio(title="3-year grants", years=3),
    "unrestricted": Portfolio(title="unrestricted grants", unrestricted=1.0),
    "full_cost": Portfolio(title="full indirect costs", full_cost=1.0),
    "lighter": Portfolio(title="half the paperwork", lighter=0.5),
    "public_data": Portfolio(title="public data", pays=["public_data"]),
    "mix": Portfolio(title="a mix of these five", years=3, unrestricted=0.5, full_cost=1.0, lighter=0.5, pays=["public_data"]),
    "backbone": Portfolio(title="a backbone", pays=["backbone"]),
    "pooled": Portfolio(title="a backbone and half in a common pot", pays=["backbone"], pooled=0.5),
    "programmes": Portfolio(title="an office for tested programmes", pays=["programmes"]),
}
"""The portfolios that come with cisim, by name."""


@dataclass(frozen=True)
class Me:
    """The funder who asks: a yearly budget ($k), or one of the funders in the community's own file by its name, or both."""

    budget: float | None = None
    funder: str = ""

    def check(self, scenario: Scenario) -> None:
        """Raises InputError unless there can be such a funder."""
        names, total = scenario.community.funder_names, scenario.now.money.annual_budget
        if self.funder and not names:
            raise InputError("funder", "the community's funders have no names: give your yearly budget, as in --me 5000000.")
        if self.funder and self.funder not in names:
            raise InputError("funder", f'there is no funder "{self.funder}". {nearest(self.funder, names)}')
        if self.budget is None and not self.funder:
            raise InputError("me", "say how much you give a year, as in --me 5000000, or name a funder of the community's file.")
        if self.budget is not None and not 0.0 < self.budget < total:
            given = f"your budget is {money(self.budget)} a year and all funders together give {money(total)}"
            raise InputError("me", f"{given}: give more than nothing, and less than all of it.")

    def share(self, scenario: Scenario) -> float:
        """My share of all grant money, in (0, 1)."""
        return self.yearly(scenario) / float(scenario.now.money.annual_budget)

    def yearly(self, scenario: Scenario) -> float:
        """My budget, $k a year."""
        if self.budget is not None:
            return self.budget
        own = np.asarray(dict(scenario.community.funders)["budget"], dtype=np.float64)
        factor = float(scenario.now.money.annual_budget / scenario.settings.money.annual_budget)
        return float(own[scenario.community.funder_names.index(self.funder)]) * factor

    def slots(self, scenario: Scenario, budgets: Floats) -> Flags:
        """Which funders stand for me: the named one, or from the largest down as many as fit into my budget."""
        room, mine = self.share(scenario) * float(budgets.sum()), np.zeros(len(budgets), dtype=np.bool_)
        if self.funder:
            mine[scenario.community.funder_names.index(self.funder)] = True
            return mine
        for slot in np.argsort(-budgets, kind="stable"):
            if 0.0 < budgets[slot] <= room:
                mine[slot] = True
                room -= budgets[slot]
        if not mine.any():  # all are larger than I am: the smallest stands for me
            mine[int(np.argmin(np.where(budgets > 0.0, budgets, np.inf)))] = True
        return mine


@dataclass
class Giving:
    """A portfolio in a scenario: the arm in which it runs, and how my funders give in it."""

    scenario: Scenario
    me: Me
    portfolio: Portfolio
    title: str
    table: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        own = self.scenario.own_arms
        table: dict[str, Any] = {"switches": {}}
        for arm in ("isolated_impact", *(PAYS[one][0] for one in self.portfolio.pays)):
            for section, values in own.get(arm, {}).items():
                if isinstance(values, Mapping):
                    table[section] = {**table.get(section, {}), **values}
        for one in self.portfolio.pays:
            table["switches"] |= {key: table["switches"].get(key, on) for key, on in PAYS[one][1].items()}
        self.table = {"like": "isolated_impact", "label": self.title, **table}

    def mistake(self) -> str:
        """Why this portfolio cannot be tried here, as a sentence; empty if it can."""
        arm = self.scenario.change({"arms.giving": self.table}).arm("giving")
        if "programmes" in self.portfolio.pays and arm.settings.programmes.menu == 0:
            return f"Left out: {self.title}, as no need has tested programmes here; --place programmes.menu=3 adds some."
        bill, mine = sum(bills(arm).values()) * self.scenario.now.money.annual_budget, self.me.yearly(self.scenario)
        if bill + self.portfolio.pooled * mine > MOST_OF_MINE * mine:
            takes = f"it takes {money(bill + self.portfolio.pooled * mine)} of your {money(mine)} a year"
            return f"Left out: {self.title}, as {takes}, and {percent(MOST_OF_MINE)} is the most that may go."
        return ""

    def begin(self, run: CompiledRun) -> Flags:
        """Gives my funders their terms at the common start, and returns which they are."""
        funders, terms = run.funders, self.portfolio
        budgets = np.asarray(funders["budget"], dtype=np.float64).copy()
        mine = self.me.slots(self.scenario, budgets)
        budget = self.me.share(self.scenario) * self.scenario.settings.money.annual_budget
        funders["budget"][mine] *= budget / float(budgets[mine].sum())
        funders["more_bills"] = np.where(mine, self.scenario.settings.money.annual_budget / budget - 1.0, -1.0)
        numbers = {"years": terms.years, "free": terms.unrestricted, "whole": terms.full_cost, "spared": terms.lighter}
        for name, value in {**numbers, "pooled": terms.pooled}.items():
            funders[name][mine] = value
        return mine


def without_bills(world: World) -> World:
    """The same arm once nobody pays for public data or an office any more, so that there are none."""
    record = world.arm.copy()
    record["open_data"], record["programme_office"] = 0, 0
    return World(**{**vars(world), "arm": record})
