"""What the lesson is about: its texts (lesson.toml), its community, programme and claim, and the studies behind its answers.

The studies share one queue, so thirty browsers with the same lesson cost one computation.
"""

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from cisim.scenario import CONDITIONS, load
from cisim.studies.ablation import with_conditions
from cisim.studies.chance_alone import Luck, chance_study
from cisim.studies.comparison import Comparison, comparison_study
from cisim.studies.study import Study
from cisim.studies.what_if import Programme, what_if_study
from cisim.ui.decide.jobs import SHOWN
from cisim.ui.server.element import UI

CASE = "default"  # the community of the lesson: a made-up one of ordinary size
PROGRAMME: dict[str, Any] = {"need": "academic", "stage": "primary", "amount": 500.0, "from_year": 2, "to_year": 5}
"""The donor's programme of docs/intervene.md: $500k a year for four years."""
FIRST, LAST, END = PROGRAMME["from_year"], PROGRAMME["to_year"], 15
"""The programme's first and last year with money, and the year in which the end of the pipeline is measured."""
CLAIM, INDICATORS, CLAIM_CASE, CLAIM_YEARS = 34, 53, "strive", 4
"""The claim of the step on chance: 34 of 53 indicators up after four years (Kania & Kramer 2011)."""
STAGES, PLACE_STAGES = (16, 64), (8, 32)
"""Seeds after which a result is shown, the last being all: for one community, and for each of several places."""
ALL, TALK = "all_five", "only_continuous_communication"

FACTS = {"first": FIRST, "last": LAST, "end": END, "claim": CLAIM, "claim_years": CLAIM_YEARS, "indicators": INDICATORS}
"""The names between braces in the texts, with their values."""
WRITTEN = (UI / "learn" / "lesson.toml").read_text(encoding="utf-8")
LESSON: dict[str, Any] = tomllib.loads(re.sub(r"\{(\w+)\}", lambda found: str(FACTS.get(found[1], found[0])), WRITTEN))
"""All texts. Sentences and charts still have the names of the result's numbers between braces."""
TEXTS = {name: text for name, text in LESSON.items() if name not in ("steps", "places")}  # the texts outside the steps


def programme(*what_ifs: str, years: int) -> Study[Programme]:
    """The programme as it is, and under other circumstances."""
    return what_if_study(load(CASE), PROGRAMME, what_ifs, STAGES[-1], years, STAGES)


def conditions() -> Study[Comparison]:
    """Isolated impact, each of the five conditions alone, and all five together, an arm each."""
    scenario = load(CASE)
    arms = {f"only_{one}": {**with_conditions(scenario, [one]), "label": f"only {one.replace('_', ' ')}"} for one in CONDITIONS}
    arms[ALL] = {**with_conditions(scenario, CONDITIONS), "label": "all five together"}
    prepared = scenario.change({f"arms.{name}": table for name, table in arms.items()})
    return comparison_study(prepared, ("isolated_impact", *arms), STAGES[-1], stages=STAGES, columns=SHOWN)


def places(settings: Mapping[str, Mapping[str, Any]]) -> Study[dict[str, Comparison]]:
    """All arms in several places, given the settings of each by its name. Every place gets a seed before any gets the next."""
    seeds = PLACE_STAGES[-1]
    studies = {
        name: comparison_study(load(CASE).change(dict(own)), None, seeds, stages=PLACE_STAGES, columns=SHOWN)
        for name, own in settings.items()
    }
    units = [study.units[seed] for seed in range(seeds) for study in studies.values()]

    def assemble(found: list[Any]) -> dict[str, Comparison]:
        return {name: study.assemble(found[k :: len(studies)]) for k, (name, study) in enumerate(studies.items())}

    key = ("lesson places", *((name, study.key) for name, study in studies.items()))
    return Study(key, units, tuple(stage * len(studies) for stage in PLACE_STAGES), assemble)


def chance() -> Study[Luck]:
    """How often chance alone gives what the claim reports."""
    return chance_study(load(CLAIM_CASE), CLAIM, CLAIM_YEARS, STAGES[-1], stages=STAGES)
