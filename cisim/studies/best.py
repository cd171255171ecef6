"""The best plan with the same money: a search over choices, and a check of what it found on histories that it never saw."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cisim.errors import require
from cisim.scenario import Scenario, Settings
from cisim.scenario.ensemble import Ensemble, shipped
from cisim.scenario.mistakes import whole
from cisim.scenario.variants import AS_IT_IS, VARIANTS
from cisim.studies.best_found import Best, Searched, best_of
from cisim.studies.best_search import Aims, look_into, search, simplified
from cisim.studies.choices import Plan, Space, space_of
from cisim.studies.margins import DEFAULT
from cisim.studies.study import horizon, key_of
from cisim.studies.worlds import CHECK, SEARCH, Worlds, check_equal_money
from cisim.text.english import count
from cisim.text.numbers import duration

TRIALS, MEMBERS, SEEDS, CHECKED = 150, 48, 1, 6
ALONE = 16  # members without an ensemble: each is a seed
LEAST, MOST = 0.1, 0.5  # of the smallest worthwhile difference: what one choice left as today may cost, and all of them
MORE_SEEDS = 4  # so many times as many seeds check as search
CUTTING = 25  # about as many plans are tried to cut one to what counts


def best(
    scenario: Scenario,
    trials: int = TRIALS,
    members: int = MEMBERS,
    seeds: int = SEEDS,
    years: int | None = None,
    by: Sequence[str] = (),
    only: Sequence[str] = (),
    checked: int = CHECKED,
    margin: float = DEFAULT,
    file: Path | None = None,
    ensemble: Ensemble | None = None,
    note: Callable[[str], Any] = lambda sentence: None,
    tell: Callable[[int, int], Any] = lambda done, total: None,
) -> Best:
    """Searches the choices of a scenario for the best plan with the same money. `members` of the ensemble (0: the scenario as it
    is, ALONE x `seeds` seeds) have `seeds` histories each; MORE_SEEDS times as many, with other seeds, check the plans found.
    `by` and `only` say whose choices, or which, are searched. `note` gets a sentence on how long it takes, `tell` steps done
    and all. Raises InputError."""
    require("best", "a search for the best plan")
    for value, name, least in ((trials, "trials", 1), (members, "members", 0), (seeds, "seeds", 1), (checked, "checked", 1)):
        whole(value, name, least)
    last_year = horizon(scenario, years)
    fits = (ensemble or shipped()) if members else None
    most = min(members, len(fits)) if fits else ALONE
    under = tuple(one.name for one in fits.variants[:most]) if fits else (AS_IT_IS.name,) * most * seeds * MORE_SEEDS
    tested = any("programmes.menu" in VARIANTS[name].settings for name in under if name in VARIANTS)
    space = space_of(scenario, by, only, tested or scenario.now.programmes.menu > 0)
    total = trials + checked + 3
    parts = [key_of(scenario), fits.digest if fits else "", most, seeds, last_year, {k: list(v) for k, v in space.values.items()}]
    question = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    if file is not None:
        look_into(file, question, space)

    searched_on, checked_on = (
        Worlds.of(scenario, fits, most, seeds * more, last_year, purpose) for more, purpose in ((1, SEARCH), (MORE_SEEDS, CHECK))
    )
    began = time.monotonic()
    arms = {name: searched_on.values(_arm(name)) for name in scenario.arms}
    check_equal_money(arms)
    one = (time.monotonic() - began) / (len(arms) + 2)  # the starts take about as long as two plans
    note(f"About {duration(one * (trials + CUTTING + MORE_SEEDS * (checked + len(arms) + 4)))} for {count(trials, 'plan')}.")
    best_arm, money = best_of(list(arms.values())), arms[scenario.arms[0]]

    def evaluate(plan: Plan) -> Aims:
        values = searched_on.values(space.settings(plan))
        check_equal_money({"today": money, "plan": values})
        return searched_on.aims(values, best_arm)

    known = [plan for arm in scenario.arms if (plan := _expressed(space, arm)) is not None]
    found = search(space, known, evaluate, trials, question, file, lambda done: tell(done, total))
    best_found = max(found, key=lambda one: one.aims[0])
    found.append(simplified(space, best_found, evaluate, LEAST * margin, MOST * margin))
    searched = Searched(space, tuple(found), {name: searched_on.aims(values, best_arm) for name, values in arms.items()})
    names: tuple[str | int, ...] = (*scenario.arms, *searched.picked(checked))
    fresh = []
    for k, one_name in enumerate(names):
        in_ = space.settings(found[one_name].plan) if isinstance(one_name, int) else _arm(one_name)
        fresh.append(checked_on.values(in_))
        tell(min(trials + max(k + 1 - len(scenario.arms), 0), total), total)
    check_equal_money(dict(zip(map(str, names), fresh, strict=True)))
    nothing, planner = checked_on.without_grants(), checked_on.headroom()
    tell(total, total)
    return Best(scenario, searched, names, checked_on, np.stack(fresh), nothing, planner, under, margin)


def _arm(name: str) -> Callable[[Scenario], Settings]:
    return lambda scenario: scenario.arm(name).settings


def _expressed(space: Space, arm: str) -> Plan | None:
    """An arm as a plan of the space, where it is one."""
    plan = space.plan_of(arm)
    same = space.holds(plan) and space.settings(plan)(space.scenario) == space.scenario.arm(arm).settings
    return plan if same else None
