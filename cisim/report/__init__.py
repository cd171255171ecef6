"""A report of a sweep: one HTML file with sentences, charts and tables on what the runs in a results folder show.

    report("results/when-it-pays", "report.html")

It needs nothing but itself: no network, no script or font from elsewhere. The same folder gives the same bytes.

    assembling  all of it, in order                       contents   sections and tables in plain data, and the page
    sections    what was run and what the analyses show   comparison one comparison instead of a sweep
    reproduce   commands, digests, methods

Charts are figures of `cisim.present`, drawn as SVG.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cisim.report.assembling import contents_of
from cisim.report.comparison import comparison_html
from cisim.report.contents import page
from cisim.sweeps.store.disk import write

__all__ = ["comparison_html", "html", "report"]


def html(
    folder: str | Path,
    metric: str = "on_track",
    across: tuple[str, str] | None = None,
    plausible: int = 0,
    tell: Callable[[int], Any] = lambda done: None,
) -> str:
    """The report of a results folder, finished or not, as one HTML text. `metric` is the kept number it is about (where on_track
    was not kept, the first that was); `across` names the factors of the map (default: the two that change most); `plausible` is a
    number of other plausible settings to try, `tell(n)` is called with the number that ran. Raises StoreError and InputError."""
    return page(contents_of(Path(folder), metric, across, plausible, tell))


def report(folder: str | Path, path: str | Path, *asked: Any, **options: Any) -> int:
    """Writes the report of a folder to a file, whole or not at all, and returns its size in bytes. All else is as in `html`."""
    data = html(folder, *asked, **options).encode("utf-8")
    write(Path(path), data)
    return len(data)
