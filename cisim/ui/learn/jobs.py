"""What the lesson has computed, on the shared queue: thirty browsers with one lesson cost one computation."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.lib.recfunctions import repack_fields

from cisim.engines.compiled import run_arms, worlds_of
from cisim.scenario import CONDITIONS, Scenario, load
from cisim.studies.ablation import with_conditions
from cisim.studies.chance_alone import trial as luck_trial
from cisim.studies.comparison import Comparison
from cisim.studies.what_if import trial
from cisim.ui.compare.jobs import SHOWN, key_of
from cisim.ui.server.queue import Job

CASE = "default"
"""The community of the lesson: made up, of ordinary size, nobody's own."""

PROGRAMME: dict[str, Any] = {"need": "academic", "stage": "primary", "amount": 500.0, "from_year": 2, "to_year": 5}
"""The donor's programme of docs/intervene.md: $500k a year for four years."""

STAGES = (16, 64)
"""Seeds after which a result is shown, and those it ends on."""

PLACE_STAGES = (8, 32)
"""The same for places, of which there are several."""

CLAIM, CLAIM_CASE, CLAIM_YEARS = 34, "strive", 4
"""The claim the luck step looks at: 34 of 53 indicators up after four years (Kania & Kramer 2011)."""


def programme(*what_ifs: str, years: int) -> Job:
    """The programme as it is, and under other circumstances."""
    scenario = load(CASE)
    runs = functools.cache(lambda: trial(scenario, PROGRAMME, what_ifs, years))
    units = [functools.partial(lambda seed: runs().at(seed), seed) for seed in range(STAGES[-1])]
    key = ("lesson programme", key_of(scenario), what_ifs, years, str(PROGRAMME))
    return Job(key, units, STAGES, lambda found: runs().result(found))


ALL, TALK = "all_five", "only_continuous_communication"


def conditions() -> Job:
    """Isolated impact, each of the five conditions by itself, and all five: a Comparison with an arm for each."""
    scenario = load(CASE)
    arms = {f"only_{one}": {**with_conditions(scenario, [one]), "label": f"only {one.replace('_', ' ')}"} for one in CONDITIONS}
    arms[ALL] = {**with_conditions(scenario, CONDITIONS), "label": "all five together"}
    prepared = scenario.change({f"regimes.{name}": table for name, table in arms.items()})
    return _compared(prepared, ("isolated_impact", *arms), STAGES)


def places(settings: Mapping[str, Mapping[str, Any]]) -> Job:
    """All ways of working in several places, by name: a Comparison each. None gets more seeds before all have as many."""
    jobs = {name: _compared(load(CASE).change(dict(own)), None, PLACE_STAGES) for name, own in settings.items()}
    units = [job.units[seed] for seed in range(PLACE_STAGES[-1]) for job in jobs.values()]

    def assemble(found: list[Any]) -> dict[str, Comparison]:
        return {name: job.assemble(found[k :: len(jobs)]) for k, (name, job) in enumerate(jobs.items())}

    key = ("lesson places", *((name, job.key) for name, job in jobs.items()))
    return Job(key, units, tuple(stage * len(jobs) for stage in PLACE_STAGES), assemble)


def luck() -> Job:
    """How often luck alone shows the claim."""
    scenario = load(CLAIM_CASE)
    runs = luck_trial(scenario, CLAIM, CLAIM_YEARS)
    units = [functools.partial(runs.at, seed) for seed in range(STAGES[-1])]
    return Job(("lesson luck", key_of(scenario), CLAIM, CLAIM_YEARS), units, STAGES, runs.result)


def _compared(scenario: Scenario, regimes: tuple[str, ...] | None, stages: tuple[int, ...]) -> Job:
    names = regimes or tuple(scenario.arms)
    worlds = functools.cache(lambda: worlds_of(scenario, names))
    units = [functools.partial(lambda seed: repack_fields(run_arms(worlds(), seed)[SHOWN]), seed) for seed in range(stages[-1])]

    def assemble(found: list[Any]) -> Comparison:
        return Comparison(scenario, names, tuple(range(len(found))), scenario.settings.run.years, np.stack(found, axis=1))

    return Job(("lesson arms", key_of(scenario), names), units, stages, assemble)
