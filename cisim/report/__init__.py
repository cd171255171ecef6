"""A report of a sweep: one HTML file that tells, in words, charts and tables, what the runs in a results folder say.

    report("results/when-it-pays", "report.html")

It needs nothing but itself: no network, no script or font from elsewhere. The same folder gives the same bytes.

    contents   sections, figures and tables in plain data      drawing    matplotlib's SVG made fit for a page
    design     what was asked and what ran                     figures    the charts: numbers to SVG
    findings   what the analyses say, a section each           trend      a kept number by year
    reproduce  commands, digests, methods                      page       the template filled
"""

from __future__ import annotations

from pathlib import Path

from cisim.report.assembling import contents_of
from cisim.report.page import page
from cisim.store.disk import write

__all__ = ["html", "report"]


def html(folder: str | Path, metric: str = "on_track", across: tuple[str, str] | None = None, plausible: int = 0) -> str:
    """The report of a results folder, finished or not, as one HTML text.

    `metric` is what it is about; `across` names the factors of the map (default: the two that matter most);
    `plausible` puts the share of so many plausible settings beside it (it runs them). Raises StoreError and ScenarioError.
    """
    return page(contents_of(Path(folder), metric, across, plausible))


def report(
    folder: str | Path,
    path: str | Path,
    metric: str = "on_track",
    across: tuple[str, str] | None = None,
    plausible: int = 0,
) -> int:
    """Writes `html` to a file, whole or not at all, and returns its size in bytes."""
    data = html(folder, metric, across, plausible).encode("utf-8")
    write(Path(path), data)
    return len(data)
