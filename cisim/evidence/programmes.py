"""Claims about single programmes (effect, fading, payment by results) and from trials of whole communities.

Each trial of a community is tried in the scenario made for its case.
"""

from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from cisim.engines.following import plain
from cisim.engines.world import World
from cisim.evidence.bench import BOTH, COLLECTIVE, ISOLATED, Bench, by_arm, gain
from cisim.evidence.judging import Finding, Measured, difference, mean, ratio
from cisim.model import pipeline
from cisim.model.codes import Status
from cisim.scenario import Scenario
from cisim.studies.comparison import Comparison

NEED, STAGE = "academic", "primary"
YEARS = 3
PROGRAMME = {"need": NEED, "stage": STAGE, "amount": 1500.0, "from_year": 1, "to_year": YEARS}
SUPPORT_YEARS, MONTHS_20 = 5, 20 / 12


def isolated_programme(bench: Bench) -> Finding:
    """The effect of a programme of three years in the isolated community, by year: on its need, its stage, the pipeline's end."""
    without, given = bench.compare(), bench.compare({ISOLATED: {}}, {"interventions": [PROGRAMME]})
    community = without.scenario.settings.community
    stage, need = community.stages.index(STAGE), community.needs.index(NEED)
    entries: dict[str, tuple[str, tuple[Any, ...]]] = {
        "need": ("needs_met_by", (..., stage, need)),
        "stage": ("on_track_by_stage", (..., stage)),
        "end": ("on_track_end", (...,)),
    }
    lifts = {
        name: {year: (given.at(metric, ISOLATED, year) - without.at(metric, ISOLATED, year))[entry] for year in range(1, 9)}
        for name, (metric, entry) in entries.items()
    }
    gaps = [mean(lifts["need"][year] - lifts["stage"][year]) for year in range(1, 9)]
    closest = {"while": min(gaps[:YEARS], key=lambda gap: gap.value), "throughout": min(gaps, key=lambda gap: gap.value)}
    return Finding({"need": mean(lifts["need"][YEARS]), **closest}, lifts)


def left(scenario: Scenario, lasted: int, speed_down: float = 1.0) -> tuple[float, float]:
    """What is left of an effect on the skill of the young people who had a programme, one and three years after it ended.

    It gave them extra services of 0.5 sd for the last years of the first stage; then these end at once, or fall by
    `speed_down` a quarter. Runs show schools, whose pupils leave; this follows the same young people, by the same rules.
    """
    p = plain(World.of(scenario, ISOLATED, 0).base[0])
    end = round(p.stage_years[0])
    grown = []
    for extra in (0.5, 0.0):
        lasting, passing, skills = 0.0, 0.0, []
        for year in range(end + 3):
            stage = 0 if year < end else 1
            left_of_it = (1.0 - speed_down) ** (4 * max(year - end + 1, 0))
            received = extra * left_of_it if year >= end - lasted else 0.0
            phi = 1.0 - 1.0 / p.skill_substitution[stage]
            lasting = pipeline.lasting_after(lasting, pipeline.skill_term(received, phi), p.yearly_share[stage], phi)
            passing = pipeline.passing_after(passing, received, SimpleNamespace(p=p))
            skills.append(lasting + passing)
        grown.append(skills)
    effect = np.array(grown[0]) - np.array(grown[1])
    return float(effect[end] / effect[end - 1]), float(effect[end + 2] / effect[end - 1])


def fade(bench: Bench) -> Finding:
    scenario = bench.scenario("default", {}, {})
    one, three = left(scenario, 1, scenario.settings.delivery.speed_down)
    return Finding({"one_year": Measured(one, one, one), "three_years": Measured(three, three, three)})


def outcome_payment(bench: Bench) -> Finding:
    result = bench.compare({ISOLATED: {}, "paid_on_outcomes": {"grants": {"outcome_share": 0.5}}})
    true, gap = by_arm(result, "needs_met"), by_arm(result, "measured_minus_true")
    measured = {arm: true[arm] + gap[arm] for arm in result.arms}
    parts = {"measured": measured, "true": true, "gap": gap}
    return Finding({name: difference(values["paid_on_outcomes"], values[ISOLATED]) for name, values in parts.items()})


def fewer(result: Comparison, arm: str, year: float, control: Comparison | None = None) -> Measured:
    """The share by which fewer young people have begun in an arm than in the isolated community (of `control`, if given):
    the mean over the behaviours that needs protect against."""
    needs = len(result.scenario.settings.community.needs)
    others = (control or result).at("begun", ISOLATED, year)[:, :needs].mean(axis=1)
    return ratio(others - result.at("begun", arm, year)[:, :needs].mean(axis=1), others)


def tested_and_measured(bench: Bench) -> Finding:
    """Communities That Care against control towns, which had none of its money."""
    town = "communities_that_care"
    result = bench.compare(BOTH, of=town)
    control = bench.compare({ISOLATED: {}}, {"interventions": []}, of=town)
    parts = {"fall_4": fewer(result, COLLECTIVE, 4, control), "fall": fewer(result, COLLECTIVE, 6, control)}
    return Finding(parts, {"money": fewer(result, ISOLATED, 6, control)})


def small_teams(bench: Bench) -> Finding:
    result = bench.compare(BOTH, of="prosper")
    return Finding({"fall": fewer(result, COLLECTIVE, 6.5)}, {"members": result.at("members", COLLECTIVE, 6.5)})


def talk_for_ten_years(bench: Bench) -> Finding:
    result = bench.compare({ISOLATED: {}, "talk_alone": {}, COLLECTIVE: {}}, of="fighting_back")
    talk, whole = (fewer(result, arm, 10) for arm in ("talk_alone", COLLECTIVE))
    return Finding({"nothing": talk}, {"talk": -talk.value, "whole": -whole.value})


def healthy_city(bench: Bench) -> Finding:
    return Finding({"sd": mean(gain(bench.compare(BOTH, of="shape_up_somerville"), "skill", 2))})


def coalitions_alive(bench: Bench) -> Finding:
    result = bench.compare(BOTH, of="communities_that_care")

    def at_work(year: float) -> npt.NDArray[np.bool_]:
        status = result.at("status", COLLECTIVE, year)
        return (status > Status.NONE) & (status < Status.FINISHED)

    had = at_work(SUPPORT_YEARS)
    return Finding({"alive": mean(at_work(SUPPORT_YEARS + MONTHS_20)[had].astype(float))}, {"had": had.sum()})
