"""Claims about single programmes and how they are paid: what one lifts, how it fades, what paying on figures does."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from cisim.engines.world import World
from cisim.evidence.bench import ISOLATED, Bench
from cisim.evidence.judging import Finding, Floats, Measured, difference, mean
from cisim.model import pipeline
from cisim.scenario import Scenario
from cisim.text.numbers import signed_points as points

NEED, STAGE = "academic", "primary"
YEARS = 3
PROGRAMME = {"need": NEED, "stage": STAGE, "amount": 1500.0, "from_year": 1, "to_year": YEARS}


def _lifts(bench: Bench) -> dict[str, dict[int, Floats]]:
    """What a programme of three years lifts in the isolated community, by year: its need, its stage, the pipeline's end."""
    without = bench.compare()
    given = bench.compare({ISOLATED: {}}, {"interventions": [PROGRAMME]})
    community = without.scenario.settings.community
    stage, need = community.stages.index(STAGE), community.needs.index(NEED)
    entries: dict[str, tuple[str, tuple[Any, ...]]] = {
        "need": ("needs_met_by", (..., stage, need)),
        "stage": ("on_track_by_stage", (..., stage)),
        "end": ("on_track_end", (...,)),
    }
    return {
        name: {year: (given.at(metric, ISOLATED, year) - without.at(metric, ISOLATED, year))[entry] for year in range(1, 9)}
        for name, (metric, entry) in entries.items()
    }


def isolated_programme(bench: Bench) -> Finding:
    """P1: an isolated programme lifts its own need; pupils on track gain less throughout."""
    lifts = _lifts(bench)
    gaps = {year: lifts["need"][year] - lifts["stage"][year] for year in range(1, 9)}

    def closest(years: range) -> Floats:
        return gaps[min(years, key=lambda year: float(gaps[year].mean()))]

    at_end = {name: float(lift[YEARS].mean()) for name, lift in lifts.items()}
    return Finding(
        {"need": mean(lifts["need"][YEARS]), "while": mean(closest(range(1, 4))), "throughout": mean(closest(range(1, 9)))},
        f"$1.5m a year for three years: {points(at_end['need'])} points of its need met, {points(at_end['stage'])} of pupils on "
        f"track at its stage, {points(at_end['end'])} at the end of the pipeline; five years later "
        f"{points(float(lifts['need'][8].mean()))} and {points(float(lifts['stage'][8].mean()))} at its stage.",
    )


def left(scenario: Scenario, lasted: int, speed_down: float = 1.0) -> tuple[float, float]:
    """What is left of an effect on the skill of the young people who had a programme, one and three years after it ended.

    It gave them extra services of 0.5 sd for the last years of the first stage; then these end at once, or fall by
    `speed_down` a quarter. Runs show schools, whose pupils leave; this follows the same young people, by the same rules.
    """
    record = World.of(scenario, ISOLATED, 0).base[0]
    p = SimpleNamespace(**{name: record[name].tolist() for name in record.dtype.names})
    end = round(p.stage_years[0])
    grown = []
    for extra in (0.5, 0.0):
        lasting, passing = 0.0, 0.0
        skills = []
        for year in range(end + 3):
            stage = 0 if year < end else 1
            received = extra if end - lasted <= year < end else 0.0
            if year >= end:
                received = extra * (1.0 - speed_down) ** (4 * (year - end + 1))
            phi = 1.0 - 1.0 / p.skill_substitution[stage]
            lasting = pipeline.lasting_after(lasting, pipeline.skill_term(received, phi), p.yearly_share[stage], phi)
            passing = pipeline.passing_after(passing, received, SimpleNamespace(p=p))
            skills.append(lasting + passing)
        grown.append(skills)
    effect = np.array(grown[0]) - np.array(grown[1])
    return float(effect[end] / effect[end - 1]), float(effect[end + 2] / effect[end - 1])


def fade(bench: Bench) -> Finding:
    """How much of a programme's effect on skill is left one and three years after it ends."""
    scenario = bench.scenario("default", {}, {})
    one, three = left(scenario, 1, scenario.settings.delivery.speed_down)
    return Finding(
        {"one_year": Measured(one, one, one), "three_years": Measured(three, three, three)},
        f"{one:.0%} is left after one year, {three:.0%} after three.",
    )


def outcome_payment(bench: Bench) -> Finding:
    """P16: half of what is awarded follows the measured outcome."""
    result = bench.compare({ISOLATED: {}, "paid_on_outcomes": {"grants": {"outcome_share": 0.5}}})
    true = {arm: result.at("needs_met", arm, 10) for arm in result.arms}
    measured = {arm: true[arm] + result.at("measured_minus_true", arm, 10) for arm in result.arms}
    shown = difference(measured["paid_on_outcomes"], measured[ISOLATED])
    real = difference(true["paid_on_outcomes"], true[ISOLATED])
    gap = result.at("measured_minus_true", "paid_on_outcomes", 10)
    return Finding(
        {"measured": shown, "true": real, "gap": difference(gap, result.at("measured_minus_true", ISOLATED, 10))},
        f"needs met change by {points(shown.value)} points as measured and {points(real.value)} in truth, if half of the award "
        "follows measured outcomes.",
    )
