"""Claims from randomised and matched trials of whole communities, each tried in the scenario made for its case."""

import numpy as np
import numpy.typing as npt

from cisim.evidence.bench import COLLECTIVE, ISOLATED, Bench
from cisim.evidence.judging import Finding, Measured, mean, ratio
from cisim.model.codes import Status
from cisim.studies.comparison import Comparison

SUPPORT_YEARS = 5
MONTHS_20 = 20 / 12


def relative_fall(result: Comparison, arm: str, year: float, control: Comparison | None = None) -> Measured:
    """How much less of all needs is unmet in an arm than in the isolated community (of `control`, if given), as a share."""
    unmet = 1.0 - (control or result).at("needs_met", ISOLATED, year)
    return ratio(unmet - (1.0 - result.at("needs_met", arm, year)), unmet)


def tested_and_measured(bench: Bench) -> Finding:
    """P4, second half: Communities That Care against control towns, which had none of its money, and with the same money."""
    town = "communities_that_care"
    result = bench.compare({ISOLATED: {}, COLLECTIVE: {}}, of=town)
    control = bench.compare({ISOLATED: {}}, {"interventions": []}, of=town)
    against = {when: relative_fall(result, COLLECTIVE, when, control) for when in (4, 6)}
    same = relative_fall(result, COLLECTIVE, 6)
    money = relative_fall(result, ISOLATED, 6, control)
    return Finding(
        {"fall": against[6]},
        f"{against[4].value:.1%} less unmet need than in control towns after 4 years, {against[6].value:.1%} after 6; the "
        f"programmes' money alone, in an isolated town, gives {money.value:.1%}, and the coalition adds {same.value:.1%} to "
        "that.",
    )


def small_teams(bench: Bench) -> Finding:
    """PROSPER: a team of ten in a district, against the isolated district, after six and a half years."""
    result = bench.compare({ISOLATED: {}, COLLECTIVE: {}}, of="prosper")
    fall = relative_fall(result, COLLECTIVE, 6.5)
    members = result.at("members", COLLECTIVE, 6.5)
    return Finding(
        {"fall": fall},
        f"{fall.value:.1%} less unmet need than in the isolated district, with {members.mean():.0f} members.",
    )


def talk_for_ten_years(bench: Bench) -> Finding:
    """Fighting Back: meetings and paid staff for ten years."""
    result = bench.compare({ISOLATED: {}, "talk_alone": {}, COLLECTIVE: {}}, of="fighting_back")
    talk, whole = (relative_fall(result, arm, 10) for arm in ("talk_alone", COLLECTIVE))
    return Finding(
        {"nothing": talk},
        f"unmet need {-talk.value:+.1%} with talk alone, {-whole.value:+.1%} with all five conditions for the same money.",
    )


def coalitions_alive(bench: Bench) -> Finding:
    """Communities That Care: coalitions at work 20 months after their support ended."""
    result = bench.compare({ISOLATED: {}, COLLECTIVE: {}}, of="communities_that_care")

    def at_work(year: float) -> npt.NDArray[np.bool_]:
        status = result.at("status", COLLECTIVE, year)
        return (status > Status.NONE) & (status < Status.FINISHED)

    had = at_work(SUPPORT_YEARS)
    alive = mean(at_work(SUPPORT_YEARS + MONTHS_20)[had].astype(float))
    return Finding({"alive": alive}, f"{alive.value:.0%} of {int(had.sum())} that were active when support ended.")
