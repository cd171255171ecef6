"""How large things are, measured: levels, gaps and drift of every shipped scenario at rest, how effects fade, and what grants are
worth beside public money. It writes scales.md: `python -m docs.scales` (some minutes on two cores)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cisim.engines.compiled import run_arms, side_by_side, worlds_of
from cisim.evidence.programmes import left
from cisim.scenario import Scenario, load, shipped
from cisim.statistics.paired import Effect, paired
from docs.odd import filled, table

MODULE = "python -m docs.scales"
PAGE = Path(__file__).with_name("scales.md")
SEEDS = 64
LARGE, FEWER = 350, 16
"""Scenarios with more organisations than this are measured on fewer seeds ..."""
SMALL, MORE = 100, 1024
"""... and small ones on more, as their histories differ much."""

YEARS = 10
PUBLIC = 16.0
"""Public money a pupil and year ($k) that `community.provision` stands for (see its source)."""

Floats = npt.NDArray[np.float64]


def isolated(scenario: Scenario, seeds: int, years: int) -> Any:
    """Histories of the isolated arm, shape (seeds, quarters), from the last quarter before the common start on."""
    worlds = worlds_of(scenario, ["isolated_impact"], years)
    return np.stack(side_by_side(lambda seed: run_arms(worlds, seed, past=False)[0], range(seeds)))


def seeds_for(scenario: Scenario) -> int:
    """How many seeds tell a drift of a tenth of a point from none, as far as time allows."""
    npos = scenario.settings.community.npos
    return MORE if npos <= SMALL else SEEDS if npos <= LARGE else FEWER


def drift(history: Any, metric: str, *entry: int) -> Effect:
    """How much a metric changes from the common start to the end."""
    values = history[metric][(slice(None), slice(None), *entry)]
    return paired(values[:, -1], values[:, 0])


def points(effect: Effect, factor: float = 100, digits: int = 2) -> str:
    """A mean difference in percentage points with its 95 % interval."""
    mean, low, high = (factor * value for value in (effect.difference, effect.low, effect.high))
    return f"{mean:+.{digits}f} ({low:+.{digits}f} to {high:+.{digits}f})"


def stages(scenario: Scenario, history: Any) -> str:
    """A row a stage: published and resulting level, skill, gap, and their drift."""
    start = history[:, 0]
    rows = []
    for g, stage in enumerate(scenario.settings.community.stages):
        row = [stage, f"{100 * scenario.settings.skills.level[g]:.0f}", f"{100 * start['on_track_by_stage'][:, g].mean():.1f}"]
        row += [f"{start['skill_by_stage'][:, g].mean():+.2f}", f"{100 * start['equity_gap_by_stage'][:, g].mean():.1f}"]
        rows.append([*row, *(points(drift(history, f"{metric}_by_stage", g)) for metric in ("on_track", "equity_gap"))])
    return table("stage | published, % | on track, % | skill, sd | gap, points | drift of on track | drift of the gap", rows)


def at_rest(histories: dict[str, Any]) -> str:
    """A row a scenario: where it rests, and how much it drifts without an initiative."""
    rows = []
    for name, history in histories.items():
        start = history[:, 0]
        row = [f"`{name}`", str(len(history))]
        row += [f"{100 * start[metric].mean():.1f}" for metric in ("on_track", "needs_met", "equity_gap")]
        rows.append([*row, *(points(drift(history, metric)) for metric in ("on_track", "needs_met", "equity_gap"))])
    head = "scenario | seeds | on track, % | needs met, % | gap, points"
    return table(f"{head} | drift of on track | drift of needs met | drift of the gap", rows)


def worth(scenario: Scenario, seeds: int = SEEDS) -> dict[str, tuple[Effect, Effect]]:
    """What changes at the common start, in on_track and in skill: without grants, with a tenth more of them, and with the
    dollars of that tenth as public money."""
    community, budget = scenario.settings.community, scenario.settings.money.annual_budget
    pupils = community.schools * community.pupils_per_school
    cases = {
        "without any grants": {"money.annual_budget": 1.0},
        "with a tenth more grants": {"money.annual_budget": 1.1 * budget},
        "with the dollars of that tenth as public money": {
            "community.provision": community.provision * (1 + 0.1 * budget / pupils / PUBLIC)
        },
    }
    before = isolated(scenario, seeds, 1)[:, 0]
    after = {name: isolated(scenario.change(change), seeds, 1)[:, 0] for name, change in cases.items()}
    return {
        name: (paired(found["on_track"], before["on_track"]), paired(found["skill"], before["skill"]))
        for name, found in after.items()
    }


def money(scenario: Scenario) -> str:
    """What grants are worth, as a table."""
    rows = [[name, points(on_track), points(skill, 1, 4)] for name, (on_track, skill) in worth(scenario).items()]
    return table("the isolated community at rest | on track, points | skill, sd", rows)


def fading(scenario: Scenario) -> str:
    """How effects fade, as a table."""
    down = scenario.settings.delivery.speed_down
    rows = []
    for name, lasted, speed in (
        ("one year of services that end at once", 1, 1.0),
        ("two years of services that end at once", 2, 1.0),
        ("one year of services that fall as needs met do", 1, down),
        ("two years of services that fall as needs met do", 2, down),
    ):
        rows.append([name, *(f"{100 * share:.0f}" for share in left(scenario, lasted, speed))])
    return table("an effect on skill | left after one year, % | left after three years, %", rows)


def parts() -> dict[str, Callable[[], str]]:
    """The generated parts of the page."""
    scenarios = {name: load(name) for name in ["default", *(name for name in shipped() if name != "default")]}
    histories = {name: isolated(one, seeds_for(one), YEARS) for name, one in scenarios.items()}
    default = scenarios["default"]
    return {
        "stages": lambda: stages(default, histories["default"]),
        "at_rest": lambda: at_rest(histories),
        "money": lambda: money(default),
        "fading": lambda: fading(default),
    }


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), parts(), MODULE), encoding="utf-8")
