"""What the lesson has computed, on the shared queue: thirty browsers with one lesson cost one computation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cisim.scenario import CONDITIONS, Scenario, load
from cisim.studies.ablation import with_conditions
from cisim.studies.chance_alone import Luck, chance_study
from cisim.studies.comparison import Comparison, comparison_study
from cisim.studies.study import Study
from cisim.studies.what_if import Programme, what_if_study
from cisim.ui.compare.jobs import SHOWN

CASE = "default"
"""The community of the lesson: made up, of ordinary size, nobody's own."""

PROGRAMME: dict[str, Any] = {"need": "academic", "stage": "primary", "amount": 500.0, "from_year": 2, "to_year": 5}
"""The donor's programme of docs/intervene.md: $500k a year for four years."""

STAGES = (16, 64)
"""Seeds after which a result is shown, and those it ends on."""

PLACE_STAGES = (8, 32)
"""The same for places, of which there are several."""

CLAIM, INDICATORS, CLAIM_CASE, CLAIM_YEARS = 34, 53, "strive", 4
"""The claim of the step on chance: 34 of 53 indicators up after four years (Kania & Kramer 2011)."""


def programme(*what_ifs: str, years: int) -> Study[Programme]:
    """The programme as it is, and under other circumstances."""
    return what_if_study(load(CASE), PROGRAMME, what_ifs, STAGES[-1], years, STAGES)


ALL, TALK = "all_five", "only_continuous_communication"


def conditions() -> Study[Comparison]:
    """Isolated impact, each of the five conditions by itself, and all five: a Comparison with an arm for each."""
    scenario = load(CASE)
    arms = {f"only_{one}": {**with_conditions(scenario, [one]), "label": f"only {one.replace('_', ' ')}"} for one in CONDITIONS}
    arms[ALL] = {**with_conditions(scenario, CONDITIONS), "label": "all five together"}
    prepared = scenario.change({f"arms.{name}": table for name, table in arms.items()})
    return _compared(prepared, ("isolated_impact", *arms), STAGES)


def places(settings: Mapping[str, Mapping[str, Any]]) -> Study[dict[str, Comparison]]:
    """All arms in several places, by name: a Comparison each. None gets more seeds before all have as many."""
    jobs = {name: _compared(load(CASE).change(dict(own)), None, PLACE_STAGES) for name, own in settings.items()}
    units = [job.units[seed] for seed in range(PLACE_STAGES[-1]) for job in jobs.values()]

    def assemble(found: list[Any]) -> dict[str, Comparison]:
        return {name: job.assemble(found[k :: len(jobs)]) for k, (name, job) in enumerate(jobs.items())}

    key = ("lesson places", *((name, job.key) for name, job in jobs.items()))
    return Study(key, units, tuple(stage * len(jobs) for stage in PLACE_STAGES), assemble)


def chance() -> Study[Luck]:
    """How often chance alone shows the claim."""
    return chance_study(load(CLAIM_CASE), CLAIM, CLAIM_YEARS, STAGES[-1], stages=STAGES)


def _compared(scenario: Scenario, arms: tuple[str, ...] | None, stages: tuple[int, ...]) -> Study[Comparison]:
    return comparison_study(scenario, arms, stages[-1], stages=stages, columns=SHOWN)
