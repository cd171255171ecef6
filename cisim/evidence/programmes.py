"""Claims about single programmes (effect, fading, payment by results) and from trials of whole communities.

Each trial of a community is tried in the scenario made for its case.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from cisim.evidence.bench import BOTH, COLLECTIVE, ISOLATED, Bench
from cisim.evidence.judging import Finding, Floats, Measured, difference, mean, ratio
from cisim.model.codes import Status
from cisim.studies.comparison import Comparison
from cisim.text.numbers import signed_points as points

NEED, STAGE = "academic", "primary"
YEARS = 3
PROGRAMME = {"need": NEED, "stage": STAGE, "amount": 1500.0, "from_year": 1, "to_year": YEARS}
SUPPORT_YEARS, MONTHS_20 = 5, 20 / 12


def _lifts(bench: Bench) -> dict[str, dict[int, Floats]]:
    """The effect of a programme of three years in the isolated community, by year: on its need, its stage, the pipeline's end."""
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


def fade(bench: Bench) -> Finding:
    lift = _lifts(bench)["need"]
    after = {years: ratio(lift[YEARS + years], lift[YEARS]) for years in (1, 3)}
    return Finding(
        {"one_year": after[1], "three_years": after[3]},
        f"{after[1].value:.0%} is left after one year, {after[3].value:.0%} after three.",
    )


def outcome_payment(bench: Bench) -> Finding:
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


def relative_fall(result: Comparison, arm: str, year: float, control: Comparison | None = None) -> Measured:
    """The share by which unmet need is smaller in an arm than in the isolated community (of `control`, if given)."""
    unmet = 1.0 - (control or result).at("needs_met", ISOLATED, year)
    return ratio(unmet - (1.0 - result.at("needs_met", arm, year)), unmet)


def tested_and_measured(bench: Bench) -> Finding:
    """Communities That Care against control towns, which had none of its money, and against towns with the same money."""
    town = "communities_that_care"
    result = bench.compare(BOTH, of=town)
    control = bench.compare({ISOLATED: {}}, {"interventions": []}, of=town)
    against = {when: relative_fall(result, COLLECTIVE, when, control) for when in (4, 6)}
    same = relative_fall(result, COLLECTIVE, 6)
    money = relative_fall(result, ISOLATED, 6, control)
    return Finding(
        {"fall": against[6]},
        f"{against[4].value:.1%} less unmet need than in control towns after 4 years, {against[6].value:.1%} after 6; "
        f"the programmes' money alone, in an isolated town, gives {money.value:.1%}, and the coalition adds {same.value:.1%} to "
        "that.",
    )


def small_teams(bench: Bench) -> Finding:
    result = bench.compare(BOTH, of="prosper")
    fall = relative_fall(result, COLLECTIVE, 6.5)
    members = result.at("members", COLLECTIVE, 6.5)
    return Finding(
        {"fall": fall},
        f"{fall.value:.1%} less unmet need than in the isolated district, with {members.mean():.0f} members.",
    )


def talk_for_ten_years(bench: Bench) -> Finding:
    result = bench.compare({ISOLATED: {}, "talk_alone": {}, COLLECTIVE: {}}, of="fighting_back")
    talk, whole = (relative_fall(result, arm, 10) for arm in ("talk_alone", COLLECTIVE))
    return Finding(
        {"nothing": talk},
        f"unmet need {-talk.value:+.1%} with talk alone, {-whole.value:+.1%} with all five conditions for the same money.",
    )


def coalitions_alive(bench: Bench) -> Finding:
    result = bench.compare(BOTH, of="communities_that_care")

    def at_work(year: float) -> npt.NDArray[np.bool_]:
        status = result.at("status", COLLECTIVE, year)
        return (status > Status.NONE) & (status < Status.FINISHED)

    had = at_work(SUPPORT_YEARS)
    alive = mean(at_work(SUPPORT_YEARS + MONTHS_20)[had].astype(float))
    return Finding({"alive": alive}, f"{alive.value:.0%} of {int(had.sum())} that were active when support ended.")
