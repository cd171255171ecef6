"""Claims about endings: what is left when the grant ends, which coalitions last, and what a network loses with one member."""

from typing import Any

import numpy as np

from cisim.engines.compiled import CompiledRun
from cisim.evidence.bench import COLLECTIVE, Bench, over_years
from cisim.evidence.judging import Finding, Floats, difference, mean, ratio, shares
from cisim.model.codes import Status
from cisim.statistics import Places
from cisim.studies.comparison import Comparison

GRANT_YEARS = 4
WITHDRAWN: dict[str, Any] = {"like": COLLECTIVE, "initiative": {"backbone_years": GRANT_YEARS}}
STRUCK_YEAR = 5


def _after_the_grant(bench: Bench) -> Comparison:
    return bench.compare({"withdrawn": WITHDRAWN}, years=GRANT_YEARS + 6)


def _in_year(result: Comparison, metric: str, year: int) -> Floats:
    return over_years(result, metric, "withdrawn", year, year)


def _finite(values: list[float]) -> Floats:
    """The values without nan, which stands for a run that has nothing to show."""
    return np.array([value for value in values if np.isfinite(value)])


def withdrawal(bench: Bench) -> Finding:
    result = _after_the_grant(bench)
    metrics = {"data": "score_shared_measurement", "ties": "score_communication", "backbone": "score_backbone"}
    left: dict[str, dict[int, Floats]] = {}
    for name, metric in {"members": "members", **metrics}.items():
        before, *after = (_in_year(result, metric, GRANT_YEARS + years) for years in (0, 1, 3, 5))
        left[name] = {years: shares(values, before) for years, values in zip((1, 3, 5), after, strict=True)}
    kept = _finite(bench.walk(_programmes_kept, "withdrawn", WITHDRAWN, GRANT_YEARS + 11))
    parts = {
        "not_at_once": mean(left["members"][1]),
        "decays": difference(left["members"][1], left["members"][5]),
        "data_last": difference(left["data"][3], left["ties"][3]),
        "programmes": mean(kept),
    }
    return Finding(parts, {**left, "ended": len(kept)})


def _programmes_kept(run: CompiledRun) -> float:
    """The share of the programmes of members at the initiative's end that the same organisation still runs at the same school
    two years later; nan if it did not end in time."""
    run.advance_to(run.world.warmup)
    programmes: set[tuple[int, int]] = set()
    while run.tick < run.world.quarters - 8 and run.backbone["status"][0] < Status.FINISHED:
        programmes = _programmes(run, run.npos["member"] == 1)
        run.advance_to(run.tick + 1)
    if run.backbone["status"][0] < Status.FINISHED or not programmes:
        return float("nan")
    run.advance_to(run.tick + 8)
    return len(programmes & _programmes(run, run.npos["alive"] == 1)) / len(programmes)


def _programmes(run: CompiledRun, of: Any) -> set[tuple[int, int]]:
    npos = run.npos[of & (run.npos["alive"] == 1)]
    return {(int(npo["who"]), int(school)) for npo in npos for school in npo["sites"][: npo["n_sites"]]}


def survival(bench: Bench) -> Finding:
    """Of the coalitions that were active when their grant ended, the share active three and five years later.

    Active: at least three active members, and at least a quarter of their peak.
    """
    result = _after_the_grant(bench)
    active = result.history["active_share"][0] * result.history["members"][0]
    yearly = active[:, result.warmup :].reshape(len(active), -1, 4).mean(axis=2)
    working = yearly >= np.maximum(3.0, 0.25 * np.maximum.accumulate(yearly, axis=1))
    had = working[:, GRANT_YEARS - 1]
    found = {f"after_{years}": mean(working[had, GRANT_YEARS - 1 + years].astype(float)) for years in (3, 5)}
    status = result.at("status", "withdrawn", GRANT_YEARS + 5)[had]
    ends = {"ended": (status >= Status.FINISHED).sum(), "failed": (status == Status.FAILED).sum()}
    return Finding(found, {"had": had.sum(), **ends})


def density(bench: Bench) -> Finding:
    """Ties in use, by the communication score (trust itself stays above the base for ever in a tie that is no longer used)."""
    result = _after_the_grant(bench)
    years = {"first": 1, "last": GRANT_YEARS, "after": GRANT_YEARS + 5}
    ties = {name: _in_year(result, "score_communication", year) for name, year in years.items()}
    return Finding({"rises": difference(ties["last"], ties["first"]), "falls": difference(ties["last"], ties["after"])}, ties)


def lost_member(bench: Bench) -> Finding:
    """The most trusted member closes, compared with a random member."""
    ties, pupils = {}, {}
    for which in ("central", "random"):
        shocks = {"shocks.member_leaves_year": STRUCK_YEAR, "shocks.member_leaves": which}
        result = bench.compare({COLLECTIVE: {}}, shocks)
        ties[which] = over_years(result, "score_communication", COLLECTIVE, STRUCK_YEAR, STRUCK_YEAR + 1)
        pupils[which] = result.at("on_track", COLLECTIVE, 10)
    on_track = difference(pupils["random"], pupils["central"])
    fewer = ratio(ties["random"] - ties["central"], ties["random"])
    return Finding({"ties": fewer, "pupils": on_track}, {"change": -on_track.value})


def fragility(bench: Bench) -> Finding:
    breaks = _finite(bench.walk(_breaks, COLLECTIVE))
    return Finding({"breaks": mean(breaks)}, {"networks": len(breaks)})


def _breaks(run: CompiledRun) -> float:
    """After five years, 1 if the largest group of members connected by trusted ties falls apart without its best connected
    member, otherwise 0; nan with fewer than five in the group."""
    run.advance_to(run.world.warmup + 4 * STRUCK_YEAR)
    npos, base = run.npos, run.world.arm[0]["base_trust"]
    inside = (npos["member"] == 1) & (npos["alive"] == 1)
    trusted = (npos["partners"] >= 0) & (npos["trust"] > base) & inside[:, None] & inside[npos["partners"]]
    ties = np.stack([np.nonzero(trusted)[0], npos["partners"][trusted]])
    ties = np.unique(np.concatenate([ties, ties[::-1]], axis=1), axis=1)  # both ways, each once
    label = groups(len(npos), ties)
    largest = np.flatnonzero(label == np.argmax(np.bincount(label)))
    if len(largest) < 5:
        return float("nan")
    degree = np.bincount(ties[0], minlength=len(npos))
    rest = largest[largest != largest[np.argmax(degree[largest])]]
    label = groups(len(npos), ties[:, np.isin(ties, rest).all(axis=0)])
    return float(len(np.unique(label[rest])) > 1)


def groups(count: int, ties: Places) -> Places:
    """The group of each of `count` organisations, named by its first one: those that ties, shape (2, ties), connect."""
    label: Places = np.arange(count)
    while True:
        lowest = label.copy()
        for one, other in (ties, ties[::-1]):
            np.minimum.at(lowest, one, label[other])
        if (lowest == label).all():
            return label
        label = lowest
