"""Claims about organisations: closures, the plateau of isolated impact, how trust is won and lost, equal money."""

import numpy as np

from cisim.engines.compiled import CompiledRun
from cisim.evidence.bench import COLLECTIVE, ISOLATED, Bench
from cisim.evidence.judging import Finding, Floats, difference, largest, mean, ratio
from cisim.model.codes import Promise


def closures(bench: Bench) -> Finding:
    closed, at_risk = np.array(bench.walk(_closed_and_at_risk)).transpose(2, 0, 1)
    yearly = 4.0 * closed.sum(axis=1) / at_risk.sum(axis=1)
    small, larger = (4.0 * closed / at_risk).T
    return Finding({"a_year": mean(yearly), "small_to_larger": ratio(small, larger)}, {"small": small, "larger": larger})


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


def plateau(bench: Bench) -> Finding:
    result = bench.compare()
    moved = (result.at("needs_met", ISOLATED, 10) - result.at("needs_met", ISOLATED, 0)) / 10.0
    return Finding({"drift": mean(moved)})


def trust(bench: Bench) -> Finding:
    rise, fall = np.array(bench.walk(_rises_and_falls, COLLECTIVE)).T
    return Finding({"faster_down": difference(fall, rise), "times": ratio(fall, rise)}, {"rise": rise, "fall": fall})


def _rises_and_falls(run: CompiledRun) -> tuple[float, float]:
    """The mean rise of trust in a member that kept its promise, and the mean fall in one that broke it, over ten years.

    Only ties among members whose own staff stayed, because other ties change for other reasons.
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
    history = bench.compare().history
    apart = np.abs(history["money_in"] - history["money_in"][:1]).max(axis=(0, 2))
    error = np.abs(history["money_error"]).max(axis=(0, 2))
    dollars = {"dollars_apart": 1000 * apart.max(), "dollars_wrong": 1000 * error.max()}
    return Finding({"apart": largest(apart), "accounts": largest(error)}, dollars)
