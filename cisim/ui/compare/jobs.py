"""What the page has computed: a comparison (a few seeds, then 64), its gap map, and the verdict over plausible settings.

Values are those of `cisim compare` and `cisim plausible` for the same settings and seeds, to the last bit.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from numpy.lib.recfunctions import repack_fields

from cisim.engines.compiled import MODEL_DIGEST, run_arms, worlds_of
from cisim.engines.world import World
from cisim.model.metric_table import HEADLINES, HOLDERS, SCORES
from cisim.scenario import Scenario
from cisim.studies.comparison import LONG_GRANTS, LONG_GRANTS_ARM, Comparison, compare
from cisim.studies.gap_map import gap_map
from cisim.studies.plausible import Trial, on_track, trial
from cisim.ui.server.queue import Job

Made = TypeVar("Made")

STAGES = (4, 16, 64)
"""Seeds after which an answer is shown: quick, better, and as many as `cisim compare` takes."""

SHOWN = [*HEADLINES, *SCORES, *HOLDERS, "spent", "money_in", "pupils"]
"""What is kept of a history: what the page shows (of all metrics, sixty comparisons would not fit into memory)."""

POINTS, POINT_SEEDS = int(os.environ.get("CISIM_UI_POINTS", "64")), 8
"""Plausible settings tried beside each verdict, and seeds each."""

BACKGROUND, LAST = 2, 4


def key_of(scenario: Scenario) -> str:
    """Names what a scenario computes to: its settings in all arms, what it lists, and the model."""
    arms = {name: scenario.arm(name) for name in scenario.arms}
    told = {
        "arms": {name: [arm.label, arm.settings.model_dump()] for name, arm in arms.items()},
        "lists": [one.model_dump() for one in (*scenario.indicators, *scenario.interventions)],
        "community": repr(scenario.community.files),
        "regimes": scenario.regimes,
        "title": scenario.title,
        "model": MODEL_DIGEST,
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def comparison(scenario: Scenario) -> Job:
    """All arms on the same seeds 0, 1, ...; isolated impact with 3-year grants is run beside them, as `compare` does."""
    names = tuple(scenario.arms)
    beside = LONG_GRANTS not in names

    @_once
    def worlds() -> list[World]:
        longer = scenario.change({f"regimes.{LONG_GRANTS}": LONG_GRANTS_ARM}) if beside else scenario
        return worlds_of(longer, [*names, *([LONG_GRANTS] if beside else [])])

    def unit(seed: int) -> npt.NDArray[np.void]:
        history: npt.NDArray[np.void] = repack_fields(run_arms(worlds(), seed)[SHOWN])
        return history

    def assemble(histories: list[Any]) -> Comparison:
        whole = np.stack(histories, axis=1)
        arms, seeds = whole[: len(names)], tuple(range(len(histories)))
        result = Comparison(scenario, names, seeds, scenario.settings.run.years, arms)
        if beside and result.asks_for_long_grants:
            return replace(result, long_grants=np.asarray(whole["on_track"][-1, :, -1], dtype=np.float64))
        return result

    units = [functools.partial(unit, seed) for seed in range(STAGES[-1])]
    return Job(("comparison", key_of(scenario)), units, STAGES, assemble)


def gaps(scenario: Scenario) -> Job:
    """Schools and needs without a programme, in isolated and in collective impact, on the first seed."""
    arms = ["isolated_impact", "collective_impact"]
    return Job(("gaps", key_of(scenario)), [lambda: gap_map(scenario, arms)], (1,), lambda found: found[0], BACKGROUND)


def plausible(scenario: Scenario) -> Job:
    """The verdict over plausible settings: what the case or the visitor set stays, everything else varies. One seed a unit, so
    that who moves a slider meanwhile does not wait for long."""

    @_once
    def runs() -> Trial:
        return trial(scenario, POINTS, POINT_SEEDS)

    @functools.lru_cache(maxsize=4)  # the seeds of a point follow each other
    def worlds(k: int) -> list[World]:
        return runs().worlds(k)

    def unit(number: int) -> Any:
        k, seed = divmod(number, POINT_SEEDS)
        return on_track(worlds(k), seed)

    def assemble(found: list[Any]) -> Any:
        points = [found[first : first + POINT_SEEDS] for first in range(0, len(found), POINT_SEEDS)]
        return runs().result([np.stack(seeds, axis=1) for seeds in points])

    units = [functools.partial(unit, number) for number in range(POINTS * POINT_SEEDS)]
    return Job(("plausible", key_of(scenario), _own(scenario)), units, (len(units),), assemble, LAST)


def _once(make: Callable[[], Made]) -> Callable[[], Made]:
    """Makes a thing when it is first asked for, however many threads ask at once."""
    lock, made = threading.Lock(), functools.cache(make)

    def held() -> Made:
        with lock:
            return made()

    return held


def whole_report(scenario: Scenario, own: Scenario, command: str, text: str) -> Job:
    """The comparison on all seeds as one HTML text; `own` is the case before anything was changed."""

    def written() -> str:
        from cisim.report import comparison_html

        return comparison_html(compare(scenario, seeds=STAGES[-1]), own, command, text)

    return Job(("page report", key_of(scenario), key_of(own), command, text), [written], (1,), lambda found: found[0], BACKGROUND)


def _own(scenario: Scenario) -> str:
    """Which settings are given, and so do not vary."""
    return json.dumps(scenario.raw, sort_keys=True, default=str)


def table(scenario: Scenario) -> Job:
    """Every metric by arm and year as CSV text, with paired differences and intervals: for a download."""

    def written() -> str:
        text: str = compare(scenario, seeds=STAGES[-1]).effects().to_csv(index=False, lineterminator="\n")
        return text

    return Job(("table", key_of(scenario)), [written], (1,), lambda found: found[0], BACKGROUND)
