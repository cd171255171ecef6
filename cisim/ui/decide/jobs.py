"""What the tab has computed: the answer (a few seeds, then 64), how far each lever moves it, its gap map, and other assumptions.

Values are those of `cisim compare` for the same settings and seeds, to the last bit.
"""

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.lib.recfunctions import repack_fields

from cisim.engines.compiled import run_arms, worlds_of
from cisim.model.metric_table import HEADLINES, HOLDERS, SCORES
from cisim.scenario import InputError, Scenario
from cisim.studies.comparison import Comparison, compare, comparison_study
from cisim.studies.flips import Flips, meaning
from cisim.studies.gap_map import GapMap, gap_map_study
from cisim.studies.headroom import Headroom, headroom_study
from cisim.studies.over_ensemble import OverEnsemble, ensemble_study
from cisim.studies.study import Study, key_of, single
from cisim.ui.cases import MARGIN, View, case, changed, chosen, scenario_of, today
from cisim.ui.decide.answer import Answer
from cisim.ui.decide.approaches import BOTH
from cisim.ui.decide.levers import LEVERS
from cisim.ui.decide.reasons import figures_of

STAGES = (4, 16, 64)  # seeds after which an answer is shown: quick, better, and as many as `cisim compare` takes
SHOWN = [*HEADLINES, *SCORES, *HOLDERS, "spent", "money_in", "pupils"]
"""What is kept of a history: what the page shows (sixty comparisons with all metrics would not fit into memory)."""
MEMBERS, MEMBER_SEEDS = int(os.environ.get("CISIM_UI_POINTS", "64")), 4
"""Settings that fit the evidence at which each answer is tried, and seeds each."""
BACKGROUND, SOON, LAST = 2, 3, 4
SWING_SEEDS = 8
REACH_SEEDS = 16
CSV: dict[str, Any] = {"index": False, "lineterminator": "\n"}


def comparison(scenario: Scenario, margin: float = MARGIN) -> Study[Comparison]:
    """All arms, after a few seeds and after all; `margin` is the smallest worthwhile difference in percentage points."""
    return comparison_study(scenario, None, STAGES[-1], None, STAGES, SHOWN, margin / 100.0, sizes=True)


def answer(view: View) -> Study[Answer]:
    """A view's comparison, the page's further approach, and the course if nothing changes."""
    scenario, course = scenario_of(view), today(view)
    further = [BOTH] if BOTH not in scenario.arms else []
    studies: list[Study[Comparison]] = [
        comparison(scenario, view.margin),
        comparison_study(scenario, ["isolated_impact", *further], STAGES[-1], None, STAGES, SHOWN, view.margin / 100.0),
        comparison_study(course, ["isolated_impact"], STAGES[-1], scenario.settings.run.years, STAGES, ["on_track", "pupils"]),
    ]

    def assemble(found: list[tuple[Any, ...]]) -> Answer:
        result, more, base = (study.assemble(list(part)) for study, part in zip(studies, zip(*found, strict=True), strict=True))
        history = np.concatenate([result.history, repack_fields(more.history[1:])])
        whole = replace(result, arms=(*result.arms, *further), history=history, long_grants=None)
        answered = Answer(result, whole, base)
        if answered.seeds() == STAGES[-1]:
            answered.kept("reasons", figures_of)  # here and not while a page is drawn
        return answered

    units = [functools.partial(_all, parts) for parts in zip(*(study.units for study in studies), strict=True)]
    return Study(("answer", *(study.key for study in studies)), units, STAGES, assemble)


def _all(units: Sequence[Callable[[], Any]]) -> tuple[Any, ...]:
    return tuple(unit() for unit in units)


def kept(views: Sequence[View]) -> Study[list[Answer]]:
    """The answers of all kept views in one study, so that they never keep a visitor's own answer waiting."""
    studies = [answer(view) for view in views]
    many = STAGES[-1]

    def assemble(found: list[Any]) -> list[Answer]:
        return [study.assemble(found[k * many : (k + 1) * many]) for k, study in enumerate(studies)]

    units = [unit for study in studies for unit in study.units]
    return Study(("kept", *(study.key for study in studies)), units, (len(units),), assemble, SOON)


def swings(view: View, arm: str) -> Study[dict[str, float]]:
    """How far each lever, moved from end to end, moves the young people gained in an approach, all other settings as they are."""
    scenario, own = scenario_of(view), case(view.case, view.toml)
    studied = [BOTH if arm == BOTH else arm]
    ends = {(name, end): lever.turned(lever.span(own)[end], scenario) for name, lever in LEVERS.items() for end in (0, 1)}

    def heads(changes: Mapping[str, Any]) -> float:
        base = today(view)
        try:
            there = changed(scenario, changes)
            base = base if all(map(chosen, changes)) else changed(base, changes)
            worlds, course = worlds_of(there, studied), worlds_of(base, ["isolated_impact"], there.settings.run.years)
        except InputError:  # the ends of two levers may not fit together
            return float("nan")
        found = []
        for seed in range(SWING_SEEDS):
            more, less = run_arms(worlds, seed)[0, -1], run_arms(course, seed)[0, -1]
            found.append(more["on_track"] * more["pupils"] - less["on_track"] * less["pupils"])
        return float(np.mean(found))

    asked: list[Mapping[str, Any]] = [{}, *ends.values()]

    def assemble(found: list[float]) -> dict[str, float]:
        here, at = found[0], dict(zip(ends, found[1:], strict=True))
        around = {name: np.array([here, at[name, 0], at[name, 1]]) for name in LEVERS}
        return {name: float(np.nanmax(values) - np.nanmin(values)) for name, values in around.items()}

    units = [functools.partial(heads, changes) for changes in asked]
    return Study(("swings", key_of(scenario), key_of(today(view)), arm), units, (len(units),), assemble, BACKGROUND)


def gaps(scenario: Scenario) -> Study[GapMap]:
    """Schools and needs without a programme, in isolated and in collective impact, on the first seed."""
    return gap_map_study(scenario, ["isolated_impact", "collective_impact"], BACKGROUND)


@dataclass(frozen=True)
class Fits:
    """An answer over settings that fit the evidence, its sentences, and, once all of them are tried, what would change it, and
    settings to try: their path, name and a value beyond the flip."""

    over: OverEnsemble
    said: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    tries: tuple[tuple[str, str, float], ...] = ()


def over_ensemble(scenario: Scenario, margin: float = MARGIN) -> Study[Fits]:
    """All approaches over settings that fit the evidence; settings of the case or of the visitor stay."""
    study = ensemble_study(scenario, None, MEMBER_SEEDS, None, margin / 100.0, MEMBERS)
    most = study.stages[-1]

    def fits(found: OverEnsemble) -> Fits:
        said = tuple(found.sentences())  # here and not while a page is drawn
        if found.members < most:
            return Fits(found, said)
        flips = Flips(found)
        tries = tuple((one.path, meaning(one.path), one.beyond) for one in flips.settings if one.to is not None)
        return Fits(found, said, tuple(flips.sentences()), tries)

    return replace(study.then("what would change it", fits), rank=LAST)


def reach(scenario: Scenario) -> Study[Headroom]:
    """What all approaches reach in needs met, and what a planner who knows everything could with the same money."""
    names = [*scenario.arms, *([] if BOTH in scenario.arms else [BOTH])]
    return replace(headroom_study(scenario, names, REACH_SEEDS), rank=LAST)


def whole_report(scenario: Scenario, own: Scenario, command: str, text: str, margin: float = MARGIN) -> Study[str]:
    """The comparison on all seeds as one HTML text; `own` is the case before any change."""

    def written() -> str:
        from cisim.report import comparison_html

        result = compare(scenario, seeds=STAGES[-1], margin=margin / 100.0, sizes=True)
        return comparison_html(result, own, command, text)

    return single(("page report", key_of(scenario), key_of(own), command, text, margin), written, BACKGROUND)


def table(scenario: Scenario, margin: float = MARGIN) -> Study[str]:
    """Every metric by arm and year as CSV text, with paired differences, intervals and verdicts: for a download."""
    key = ("table", key_of(scenario), margin)
    made = functools.partial(compare, scenario, seeds=STAGES[-1], margin=margin / 100.0)
    return single(key, lambda: made().effects().to_csv(**CSV), BACKGROUND)
