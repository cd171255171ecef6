"""A methods paragraph for the runs of a results folder: design, ranges, seeds, warm-up, versions, digests, and how many tests."""

from pathlib import Path
from typing import Any

from cisim.analysis import Runs
from cisim.report.reproduce import cited, methods, version_of
from cisim.sweeps.experiment import Experiment, Factor
from cisim.sweeps.store import Manifest, status
from cisim.text.english import count, listing
from cisim.text.numbers import plain

DESIGNS = {
    "grid": "a full grid",
    "random": "a random sample",
    "lhs": "a Latin hypercube (McKay et al. 1979)",
    "sobol_sequence": "a Sobol' sequence (Sobol' 1967)",
    "saltelli": "a Saltelli sample (Saltelli 2002)",
    "morris": "Morris trajectories (Morris 1991)",
    "list": "a list of points",
}
LIBRARIES = ("python", "numpy", "numba", "pyarrow", "processor")


def cite(folder: str | Path) -> dict[str, Any]:
    """The paragraphs, the citation and the digests of a folder, as plain data. Raises StoreError and InputError."""
    runs, manifest = Runs.of(folder), status(folder).manifest
    about = {"model_digest": manifest.model_digest, "content_digest": runs.digest, "cisim": version_of(manifest)}
    paragraphs = [*methods(runs, manifest), _design(runs.experiment), _multiplicity(runs), _where(runs, manifest)]
    return {"methods": paragraphs, "citation": cited(about["cisim"], manifest.model_digest), **about}


def _design(asked: Experiment) -> str:
    """How points were chosen, each factor's range, seeds and warm-up."""
    factors = asked.factors
    how = f"The points are {DESIGNS.get(asked.design.kind, asked.design.kind)}"
    if not factors:
        how = "There is one point"
    sampled = "" if asked.design.kind in ("grid", "list") or not factors else f", drawn with seed {asked.design.seed}"
    ranges = "; ".join(f"{one.path}: {_range(one)}" for one in factors)
    varied = f" The settings varied, with their values: {ranges}." if ranges else ""
    replicates = asked.replicates
    seeds = f"Seeds are numbered from {replicates.first}, and the same at every point."
    warmup = asked.base.settings.run.warmup_years
    return (
        f"{how}{sampled}.{varied} {seeds} Each run begins with {count(warmup, 'year')} of warm-up in the isolated arm, which all"
        f" arms share; numbers are of the {count(asked.years, 'year')} after it."
    )


def _range(factor: Factor) -> str:
    if factor.values:
        return listing([plain(value) for value in factor.values])
    steps = f" in {factor.steps} steps" if factor.steps else ""
    return f"{plain(factor.low)} to {plain(factor.high)}{steps}{', logarithmic' if factor.logarithmic else ''}"


def _multiplicity(runs: Runs) -> str:
    """How many verdicts stand side by side, and what corrects for that."""
    points, pairs = int(runs.frame["point"].nunique()), max(len(runs.arms) - 1, 0)
    if points * pairs <= 1:
        return "One difference is judged, so no correction for several tests is needed."
    return (
        f"{count(points * pairs, 'paired difference')} ({count(points, 'point')}, {count(pairs, 'arm')} against the reference)"
        " can be judged for each metric. Verdicts at single points are corrected for their number (Benjamini & Hochberg 1995);"
        " metrics are not, so name the metric before you look."
    )


def _where(runs: Runs, manifest: Manifest) -> str:
    ran = sorted({", ".join(f"{name} {one[name]}" for name in LIBRARIES if one.get(name)) for one in manifest.sessions})
    state = "" if manifest.finished else " The sweep is not finished: this describes the rows that are there."
    with_ = f" They were made with {'; '.join(ran)}." if ran else ""
    return (
        f"The rows have the content digest {runs.digest} and were made by model {manifest.model_digest}; both are the same"
        f" however the runs were spread over processes and machines.{with_}{state}"
    )
