"""Where collective impact loses: the list of cases, and the tables of docs/where_it_loses.md.

    python -m docs.where_it_loses

Every row is the default community with some settings changed, collective impact against the strongest alternative on the
same seeds. tests/test_where_it_loses.py checks that collective impact loses in each of REGIONS, and that the page shows
these lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from cisim.scenario import Scenario, Settings, load
from cisim.statistics.paired import Effect
from cisim.studies.comparison import compare
from docs.not_rigged import shown
from docs.odd import code, filled, number, table
from docs.shares import TESTED

PAGE = Path(__file__).resolve().parent / "where_it_loses.md"
MODULE = "python -m docs.where_it_loses"
SEEDS = 36
FOCUS = "collective_impact"

POOR_PUBLIC_DATA = {"information.open_data_quality": 0.2}
"""In every row but those about public data: with default public data there is no clear difference even without any of this."""

HOURS = ("meeting", "dialogue", "planning", "communication", "indicator", "outreach", "steering")
LONG_MEETINGS = {f"coordination.{kind}_hours": hours for kind, hours in zip(HOURS, (36, 18, 24, 24, 24, 12, 36), strict=True)}
"""Three times the default, the most that is held plausible."""

NO_TRUST = {"relations.base_trust": 0.15, "relations.trust_up": 0.02, "relations.trust_down": 0.25}
SANCTIONS = {"initiative.strictness": 0.6, "membership.resentment": 0.8, "membership.deterrence": 0.9}
WEAK_COMMITMENT = {
    "membership.initial_commitment": 0.5,
    "membership.commit_base": 1.2,
    "membership.commit_burden": 10.0,
    "membership.commit_disagreement": 4.0,
}
MANY_SMALL = {"money.size_spread": 0.6, "community.npos": 300}
VERY_SMALL = {"money.size_spread": 0.2, "community.npos": 300}
GAMED = {"delivery.gaming_response": 0.3, "grants.evidence_weight": 1.5}
WITH_OFFICE = {**TESTED, "arms.office.like": "programme_office"}
USED_BY_ALL = {
    "information.open_data_quality": 0.7,
    "information.public_reach": 1.0,
    "information.public_speed": 0.3,
    "information.public_hours": 3.0,
}
ON_PAPER = {"initiative.plan_proposes": 0.0, "sites.agreement_waives": 0.0, "delivery.complements": 0.0}
NOTHING_TO_LEARN = {"learning.learn_evidence": 0.0, "learning.learn_hours": 0.0, "learning.training": 0.08}
"""Data teach nothing, nor do hours of training, and members train all the same."""


@dataclass(frozen=True, eq=False)
class Place:
    """A sentence, and the settings that make the default community such a place. Each is itself only, so it can be cached."""

    what: str
    settings: Mapping[str, Any]
    loses_to_isolated: bool = False

    def of(self, default: Scenario) -> Scenario:
        return default.change({**POOR_PUBLIC_DATA, **self.settings})

    @property
    def beyond(self) -> list[str]:
        """Settings outside what is held plausible. Those without such a range make the experiment, and count as within."""
        return [path for path, value in self.settings.items() if not _plausible(path, value)]


def _plausible(path: str, value: Any) -> bool:
    section, key = path.split(".")[-2:]
    if path.startswith("arms."):
        return True
    extra: Any = Settings.model_fields[section].annotation.model_fields[key].json_schema_extra  # type: ignore[union-attr]
    span = extra["plausible"]
    return span is None or bool(span[0] <= value <= span[1])


REGIONS = (
    Place(
        "tested programmes, and an office that helps all organisations to use them, for the same money and without a coalition",
        {**WITH_OFFICE, "programmes.office_reach": 1.0, "programmes.office_hours": 3.0},
    ),
    Place(
        "tested programmes, an office that reaches most organisations, and an initiative with long meetings",
        {**WITH_OFFICE, "programmes.office_reach": 0.8, **LONG_MEETINGS},
    ),
    Place(
        "measured results that are rewarded, and effort that follows what is measured",
        {**GAMED, "initiative.strictness": 0.6},
        loses_to_isolated=True,
    ),
    Place(
        "the same, and partners that gain much from each other: they use no data that could mislead",
        {
            **GAMED,
            "delivery.referral": 0.6,
            "relations.merged_reports": 0.7,
            "relations.shared_staff": 0.7,
            "relations.partnership_hours": 6.0,
            "sites.common_school": 0.5,
        },
        loses_to_isolated=True,
    ),
    Place(
        "a top-down agenda that pursues quick wins, where figures are gamed",
        {
            "initiative.voice": 0.0,
            "initiative.quick_win_bias": 1.5,
            "delivery.gaming_response": 0.3,
            "grants.evidence_weight": 1.0,
        },
        loses_to_isolated=True,
    ),
    Place(
        "good public data that everybody uses, and an initiative that keeps its own secret and whose plan moves nobody",
        {**USED_BY_ALL, **ON_PAPER, "information.published": 0.0},
    ),
    Place(
        "good public data that everybody uses, a plan that moves nobody, and members that ride free",
        {**USED_BY_ALL, **ON_PAPER, "membership.free_riding": 0.5, "membership.data_withheld": 0.5},
    ),
    Place(
        "only three years, and an expensive backbone from the first day",
        {"run.years": 3, "initiative.backbone_share": 0.02},
        loses_to_isolated=True,
    ),
    Place(
        "two years of preparation, long meetings, a well-paid backbone, and only four years in all",
        {"run.years": 4, "initiative.preparation_quarters": 8, "initiative.backbone_share": 0.02, **LONG_MEETINGS},
        loses_to_isolated=True,
    ),
    Place(
        "a backbone that takes a fifth of all the money",
        {"money.annual_budget": 12_000.0, "initiative.backbone_share": 0.2},
        loses_to_isolated=True,
    ),
    Place(
        "many small organisations, and no paid staff to coordinate them",
        {**MANY_SMALL, "initiative.backbone_share": 0.0},
    ),
    Place(
        "data teach nothing, no funder aligns, no school opens up, and a joint plan only makes partners dependent",
        {
            **NOTHING_TO_LEARN,
            "membership.align": 0.0,
            "initiative.opening": 0.0,
            "delivery.integration": 0.0,
            "delivery.dependence": 0.6,
        },
        loses_to_isolated=True,
    ),
    Place(
        "open, well-known schools with room for all programmes, needs that are substitutes, and data that teach nothing",
        {
            **NOTHING_TO_LEARN,
            "community.attention": 20.0,
            "community.openness": 0.9,
            "skills.complementarity": 0.8,
            "sites.sight_error": 0.2,
            "sites.profile_pull": 0.0,
        },
        loses_to_isolated=True,
    ),
)

EXPECTED = (
    Place("many very small organisations: the same meeting takes a larger share of their hours", VERY_SMALL),
    Place("many small organisations and long meetings", {**MANY_SMALL, **LONG_MEETINGS}),
    Place("good public data of which few make use", {"information.open_data_quality": 0.7}),
    Place(
        "a backbone that takes an eighth of all the money",
        {"money.annual_budget": 12_000.0, "initiative.backbone_share": 0.125},
    ),
    Place("long meetings alone", LONG_MEETINGS),
    Place(
        "long meetings, strict sanctions, and hardly any trust or commitment",
        {**LONG_MEETINGS, **NO_TRUST, **SANCTIONS, **WEAK_COMMITMENT},
    ),
    Place("a backbone of the usual size whose money ends after two years", {"initiative.backbone_years": 2}),
    Place(
        "an expensive backbone whose money ends after two years, measured after five",
        {"initiative.backbone_years": 2, "initiative.backbone_share": 0.0625, "run.years": 5},
    ),
    Place(
        "a mandate that costs much commitment",
        {"initiative.governance": "mandated", "initiative.mandate_pull": 0.1, "membership.commit_mandate": 1.5},
    ),
    Place(
        "grants of which half follows measured outcomes, and as much gaming as is plausible",
        {"grants.outcome_share": 0.5, "delivery.gaming_response": 0.15, "initiative.strictness": 0.6},
    ),
)
"""Where one might expect it to lose and it does not, at these settings. The test holds the page's numbers only."""

ORDINARY = Place("none of these", {})
BY_DEFAULT = Place("none of these, with default public data", {"information.open_data_quality": 0.4})
PARTS = {"regions": REGIONS, "expected": EXPECTED, "ordinary": (ORDINARY, BY_DEFAULT)}


@dataclass(frozen=True)
class Measured:
    """The arm that is best among the others, chosen on a third of the seeds, and its lead in pupils on track: over
    that arm on the other seeds, and over isolated impact on all."""

    rival: str
    lead: Effect
    over_isolated: Effect


@cache
def measure(place: Place, seeds: int = SEEDS) -> Measured:
    """All arms of a place on the same seeds, at its horizon."""
    result = compare(place.of(load("default")), seeds=seeds)
    rival, lead = result.against_best()
    return Measured(result.label(rival), lead, result.effect("on_track", FOCUS, against="isolated_impact"))


def settings_of(place: Place) -> str:
    """As one would type them into a scenario, on top of poor public data; then the arms that it has beside the four."""
    own = {path: value for path, value in place.settings.items() if not path.startswith("arms.")}
    typed = {path: f'"{value}"' if isinstance(value, str) else number(value) for path, value in own.items()}
    arms = [value for path, value in place.settings.items() if path.startswith("arms.")]
    return code(f"{path} = {value}" for path, value in typed.items()) + (f"; also the arm {code(arms)}" if arms else "")


def cells(place: Place, measured: Measured) -> list[str]:
    """A row of the page: the place, its settings, the rival, both leads, and what lies beyond plausible ranges."""
    return [
        place.what,
        settings_of(place) or "-",
        measured.rival,
        shown(measured.lead),
        shown(measured.over_isolated),
        code(place.beyond) or "-",
    ]


HEAD = "case | settings | strongest alternative | lead over it | lead over isolated impact | outside plausible range"


def written(places: Iterable[Place]) -> str:
    return table(HEAD, [cells(place, measure(place)) for place in places])


def parts() -> dict[str, Callable[[], str]]:
    return {name: partial(written, places) for name, places in PARTS.items()}


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), parts(), MODULE), encoding="utf-8")
