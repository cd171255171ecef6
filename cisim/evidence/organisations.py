"""Claims about organisations: grants and their cost, closures, the plateau of isolated impact, trust, equal money."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from cisim.engines.compiled import CompiledRun
from cisim.evidence.bench import COLLECTIVE, ISOLATED, Bench, gain
from cisim.evidence.judging import Finding, Floats, difference, largest, mean, ratio
from cisim.model.codes import Promise, Use
from cisim.numerics.columns import Columns
from cisim.studies.comparison import Comparison

ALIKE = 1.1  # two applications count as equally good if the better score is at most this times the other: within 10 %
YEARS_AFTER = 8


def past_winners(bench: Bench) -> Finding:
    """Narrow winners against narrow losers of one round: income of the next eight years, without the grant itself."""
    seen = [pairs for pairs in bench.walk(_winners_and_losers, years=YEARS_AFTER + 1) if len(pairs)]
    won, lost = (np.array([pairs[:, side].mean() for pairs in seen]) for side in (0, 1))
    times = ratio(won, lost)
    return Finding({"more": times, "twice": times}, {"pairs": sum(len(pairs) for pairs in seen)})


def _winners_and_losers(run: CompiledRun) -> Floats:
    """Later income, as a multiple of its size, of each winner and of the loser matched to it, shape (pairs, 2).

    Awards are a lottery weighted by score, so a winner and a loser at one funder with scores within 10 % differ by chance
    only, as in a regression discontinuity at an award line.
    """
    run.advance_to(run.world.warmup + 1)  # the first round after the warm-up has been decided
    npos = run.npos
    pairs = np.array(list(_matched(npos, len(run.funders))), dtype=np.int64).reshape(-1, 3)
    winner, place, loser = pairs.T
    who, size = npos["who"].copy(), npos["size"].copy()
    grant = npos["grants"][winner, place].copy()
    quarters = npos["left"][winner, place] + 1  # this one included
    income, itself = np.zeros(len(npos)), np.zeros(len(pairs))
    for quarter in range(4 * YEARS_AFTER):
        there = (npos["who"] == who) & (npos["alive"] == 1)
        income += np.where(there, npos["income"], 0.0)
        itself += np.where(there[winner] & (quarter < quarters), grant, 0.0)
        run.advance_to(run.tick + 1)
    return np.stack([(income[winner] - itself) / size[winner], income[loser] / size[loser]], axis=1)


def _matched(npos: Columns, funders: int) -> Iterator[tuple[int, int, int]]:
    """Each winner of the last round (slot, prospect) with the loser (slot) at the same funder nearest in score, each once."""
    for funder in range(funders):
        applied = np.argwhere((npos["score"] > 0.0) & (npos["prospects"] == funder))
        losers = {i: float(npos["score"][i, a]) for i, a in applied if npos["won"][i, a] == 0}
        for i, a in applied:
            if npos["won"][i, a] == 1 and losers:
                score = float(npos["score"][i, a])
                j = min(losers, key=lambda slot: abs(losers[slot] - score))
                if max(losers[j], score) <= ALIKE * min(losers[j], score):
                    del losers[j]
                    yield int(i), int(a), int(j)


def burnt_effort(bench: Bench) -> Finding:
    """The cost of applying and reporting where grants are short and few applications win, and longer grants for comparison."""
    arms: dict[str, Any] = {ISOLATED: {}, "three_years": {"grants": {"grant_years": 3}}, COLLECTIVE: {}}
    result = bench.compare(arms)
    burnt = {arm: _burnt(result, arm) for arm in arms}
    for name, known, chance in (("many", 32, 0.125), ("few", 10, 0.4)):  # as many awards in both
        other = bench.compare({ISOLATED: {}}, {"grants.prospects": known, "grants.selectivity": chance})
        burnt[name] = _burnt(other, ISOLATED)
    over = {"longer": gain(result, arm="three_years"), "together": gain(result)}
    short, many_apply = difference(burnt[ISOLATED], burnt["three_years"]), difference(burnt["many"], burnt["few"])
    return Finding({"short": short, "many_apply": many_apply}, burnt | over)


def _burnt(result: Comparison, arm: str) -> Floats:
    """The share of NPOs' spending after the common start that went into fundraising and reporting."""
    spent = result.at("spent", arm, 10) - result.at("spent", arm, 0)
    burnt = [Use.FUNDRAISING, Use.REPORTING]
    work = [Use.DELIVERY, *burnt, Use.COORDINATION, Use.LEARNING]
    share: Floats = spent[:, burnt].sum(axis=1) / spent[:, work].sum(axis=1)
    return share


def awards(bench: Bench) -> Finding:
    largest_award, longer = np.array(bench.walk(_awards_held)).T
    return Finding({"median": mean(largest_award), "share": mean(longer)})


def _awards_held(run: CompiledRun) -> tuple[float, float]:
    """After the round of every year: the median largest award ($k a year, of NPOs that hold one), and the share of new
    awards longer than a year; means over ten years."""
    largest, longer = [], []
    for year in range(10):
        run.advance_to(run.world.warmup + 4 * year + 1)
        best = 4.0 * run.npos["grants"].max(axis=1)
        largest.append(float(np.median(best[best > 0.0])))
        new = (run.npos["won"] == 1) & (run.npos["left"] > 0)
        longer.append(float((run.npos["left"][new] > 1).mean()))  # years, this one included
    return float(np.mean(largest)), float(np.mean(longer))


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
    """What changes in ten years without an initiative; a drift of a tenth of a point cannot be told from none on few seeds."""
    result = bench.compare({ISOLATED: {}}, least=128)
    parts = {"on_track": "on_track", "needs_met": "needs_met", "gap": "equity_gap"}
    return Finding({name: difference(result.at(m, ISOLATED, 10), result.at(m, ISOLATED, 0)) for name, m in parts.items()})


def levels(bench: Bench) -> Finding:
    """Pupils above each stage's standard and gaps between the richest and the poorest quarter, at the common start."""
    result = bench.compare()
    stages = result.scenario.settings.community.stages
    above, gap = (result.at(metric, ISOLATED, 0) for metric in ("on_track_by_stage", "equity_gap_by_stage"))
    own = {"grade_4": "primary", "grade_8": "middle", "graduate": "secondary"}
    parts = {name: mean(above[:, stages.index(stage)]) for name, stage in own.items()}
    graduation = stages.index("secondary")
    others = sorted((mean(gap[:, k]) for k in range(len(stages)) if k != graduation), key=lambda one: one.value)
    parts |= {"least_gap": others[0], "most_gap": others[-1], "graduation_gap": mean(gap[:, graduation])}
    return Finding(parts, {"gaps": ", ".join(f"{100 * gap[:, k].mean():.0f}" for k in range(len(stages)))})


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
