"""Claims about organisations: closures, staff turnover, the plateau of isolated impact, how trust is won and lost."""

import numpy as np

from cisim.engines.compiled import CompiledRun
from cisim.evidence.bench import COLLECTIVE, ISOLATED, Bench, over_years
from cisim.evidence.judging import Finding, Floats, difference, largest, mean, ratio
from cisim.model.codes import Promise


def closures(bench: Bench) -> Finding:
    """Closures a year of isolated organisations, and those of the small against those of the larger."""
    seen = np.array(bench.walk(_closed_and_at_risk))
    small, larger = seen[:, 0], seen[:, 1]
    yearly = 4.0 * (small[:, 0] + larger[:, 0]) / (small[:, 1] + larger[:, 1])
    rates = 4.0 * small[:, 0] / small[:, 1], 4.0 * larger[:, 0] / larger[:, 1]
    times = ratio(*rates)
    return Finding(
        {"a_year": mean(yearly), "small_to_larger": times},
        f"{yearly.mean():.1%} a year: {rates[0].mean():.1%} of the small (below half the mean size) and {rates[1].mean():.1%} of "
        f"the larger, a ratio of {times.value:.1f}.",
    )


def _closed_and_at_risk(run: CompiledRun) -> Floats:
    """Closures and organisation-quarters at risk over ten years, small and larger, shape (2, 2)."""
    run.advance_to(run.world.warmup)
    settings = run.world.arm[0]
    found = np.zeros((2, 2))
    for _ in range(40):
        who, alive = run.npos["who"].copy(), run.npos["alive"] == 1
        small = run.npos["size"] * len(run.npos) < 0.5 * settings["annual_budget"]
        run.advance_to(run.tick + 1)
        gone = alive & ((run.npos["alive"] == 0) | (run.npos["who"] != who))
        for row, kind in enumerate((small, ~small)):
            found[row] += (gone & kind).sum(), (alive & kind).sum()
    return found


def turnover(bench: Bench) -> Finding:
    """Staff turnover a year."""
    shown = mean(over_years(bench.compare(), "turnover", ISOLATED, 1, 10))
    return Finding({"a_year": shown}, f"{shown.value:.1%} a year.")


def plateau(bench: Bench) -> Finding:
    """How much needs met still move a year under isolated impact once the warm-up is over."""
    result = bench.compare()
    moved = (result.at("needs_met", ISOLATED, 10) - result.at("needs_met", ISOLATED, 0)) / 10.0
    return Finding({"drift": mean(moved)}, f"needs met change by {moved.mean():+.4f} a year over ten years.")


def trust(bench: Bench) -> Finding:
    """P10: what a broken promise costs against what a kept one builds, among members who test each other."""
    seen = np.array(bench.walk(_rises_and_falls, COLLECTIVE))
    rise, fall = seen[:, 0], seen[:, 1]
    times = ratio(fall, rise)
    return Finding(
        {"faster_down": difference(fall, rise), "times": times},
        f"a kept promise raises trust by {rise.mean():.3f}, a broken one lowers it by {fall.mean():.3f}, {times.value:.1f} times "
        "as much.",
    )


def _rises_and_falls(run: CompiledRun) -> tuple[float, float]:
    """The mean rise of trust in a member that kept its promise, and the mean fall where it broke it, over ten years.

    Only ties among members whose own staff stayed: the rest moves for other reasons.
    """
    run.advance_to(run.world.warmup)
    rises, falls = [], []
    for _ in range(40):
        partners, before = run.npos["partners"].copy(), run.npos["trust"].copy()
        run.advance_to(run.tick + 1)
        npos = run.npos
        other = np.where(partners >= 0, partners, 0)
        member = (npos["member"] == 1) & (npos["alive"] == 1) & (npos["turned_over"] == 0)
        tested = member[:, None] & (npos["member"][other] == 1) & (partners >= 0) & (npos["partners"] == partners)
        change, kept = npos["trust"] - before, npos["kept"][other]
        rises.append(change[tested & (kept == Promise.KEPT)])
        falls.append(-change[tested & (kept == Promise.BROKEN)])
    return float(np.concatenate(rises).mean()), float(np.concatenate(falls).mean())


def equal_money(bench: Bench) -> Finding:
    """P15: the largest difference in money come in between any two arms in any quarter, and the accounts' largest error."""
    result = bench.compare()
    came = result.history["money_in"]
    apart = np.abs(came - came[:1]).max(axis=(0, 2))
    error = np.abs(result.history["money_error"]).max(axis=(0, 2))
    return Finding(
        {"apart": largest(apart), "accounts": largest(error)},
        f"arms differ by at most ${1000 * apart.max():.2g} in any quarter; the accounting error is at most "
        f"${1000 * error.max():.2g}.",
    )
