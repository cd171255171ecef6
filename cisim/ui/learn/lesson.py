"""What the lesson is about: its texts (lesson.toml), its community, programme and claim, and the studies behind its answers.

The studies share one queue, so thirty browsers with the same lesson cost one computation.
"""

import functools
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from cisim.scenario import CONDITIONS, Scenario, load
from cisim.studies.ablation import with_conditions
from cisim.studies.chance_alone import ChanceAlone, chance_study
from cisim.studies.comparison import Comparison, comparison_study
from cisim.studies.programme import Demonstration, programme_study
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
ALL, TALK, OPEN_DATA = "all_five", "only_continuous_communication", "open_data"
GOES_ON, ENDS = "goes on", "ends"

FACTS = {"first": FIRST, "last": LAST, "end": END, "claim": CLAIM, "claim_years": CLAIM_YEARS, "indicators": INDICATORS}
"""The names between braces in the texts, with their values."""
WRITTEN = (UI / "learn" / "lesson.toml").read_text(encoding="utf-8")
LESSON: dict[str, Any] = tomllib.loads(re.sub(r"\{(\w+)\}", lambda found: str(FACTS.get(found[1], found[0])), WRITTEN))
"""All texts. Sentences and charts still have the names of the result's numbers between braces."""
TEXTS = {name: text for name, text in LESSON.items() if name not in ("steps", "places")}  # the texts outside the steps


def programme() -> Study[Programme]:
    """The programme as it is, and under other circumstances, until the end of the pipeline is measured."""
    return what_if_study(load(CASE), PROGRAMME, ("spread", "stand_in", "same_pot"), STAGES[-1], END, STAGES)


def through_initiative() -> Study[dict[str, Demonstration]]:
    """The programme on its own and through the initiative, where the initiative's money `goes on`, and where it `ends` with the
    programme's."""
    case = load(CASE)
    cases = {GOES_ON: case, ENDS: case.change({"initiative.backbone_years": LAST})}
    studies = {name: programme_study(one, PROGRAMME, STAGES[-1], outcome=None) for name, one in cases.items()}
    return together("lesson, through the initiative", studies, STAGES)


@functools.cache
def with_all_conditions() -> Scenario:
    """The community with an arm for each of the five conditions alone, and one for all of them together."""
    scenario = load(CASE)
    arms = {f"only_{one}": {**with_conditions(scenario, [one]), "label": f"only {one.replace('_', ' ')}"} for one in CONDITIONS}
    arms[ALL] = {**with_conditions(scenario, CONDITIONS), "label": "all five together"}
    return scenario.change({f"arms.{name}": table for name, table in arms.items()})


def conditions() -> Study[Comparison]:
    """Isolated impact, each of the five conditions alone, all five together, and public data alone, an arm each."""
    prepared = with_all_conditions()
    arms = ("isolated_impact", *(f"only_{one}" for one in CONDITIONS), ALL, OPEN_DATA)
    return comparison_study(prepared, arms, STAGES[-1], stages=STAGES, columns=SHOWN)


def places(settings: Mapping[str, Mapping[str, Any]]) -> Study[dict[str, Comparison]]:
    """All arms in several places, given the settings of each by its name."""
    seeds = PLACE_STAGES[-1]
    studies = {
        name: comparison_study(load(CASE).change(dict(own)), None, seeds, stages=PLACE_STAGES, columns=SHOWN)
        for name, own in settings.items()
    }
    return together("lesson places", studies, PLACE_STAGES)


def together(name: str, studies: Mapping[str, Study[Any]], stages: tuple[int, ...]) -> Study[dict[str, Any]]:
    """Studies of as many seeds each, as one with an answer of each by its name. Each gets a seed before any gets the next."""
    units = [study.units[seed] for seed in range(stages[-1]) for study in studies.values()]

    def assemble(found: list[Any]) -> dict[str, Any]:
        return {one: study.assemble(found[k :: len(studies)]) for k, (one, study) in enumerate(studies.items())}

    key = (name, *((one, study.key) for one, study in studies.items()))
    return Study(key, units, tuple(stage * len(studies) for stage in stages), assemble)


def chance() -> Study[ChanceAlone]:
    """How often chance alone gives what the claim reports."""
    return chance_study(load(CLAIM_CASE), CLAIM, CLAIM_YEARS, STAGES[-1], stages=STAGES)
