"""Claims about single programmes and how they are paid: what one lifts, how it fades, what paying on figures does."""

from typing import Any

from cisim.evidence.bench import ISOLATED, Bench
from cisim.evidence.judging import Finding, Floats, difference, mean, ratio
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


def fade(bench: Bench) -> Finding:
    """How much of a programme's effect on its need is left one and three years after it ends."""
    lift = _lifts(bench)["need"]
    after = {years: ratio(lift[YEARS + years], lift[YEARS]) for years in (1, 3)}
    return Finding(
        {"one_year": after[1], "three_years": after[3]},
        f"{after[1].value:.0%} is left after one year, {after[3].value:.0%} after three.",
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
