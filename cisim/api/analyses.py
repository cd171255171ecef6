"""What a sweep shows, as sentences and tables, and as a report to forward: as `cisim analyse` and `cisim report` do it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cisim.api.sweeps import Folder, Sweep, runs_of
from cisim.text.attribute_names import with_attribute_names
from cisim.text.shown import Shown

if TYPE_CHECKING:
    import pandas as pd

    from cisim.analysis import Runs


@dataclass(frozen=True, eq=False, repr=False)
class Analysis(Shown):
    """What the runs of a sweep show: sentences and tables by name.

    ``tables`` has effects (one row a point and comparison), effects_over_all, means, map, map_boundary, plausibility and, where
    the design allows them, those that explain the lead. ``found`` has the analyses themselves, ``missing`` why some are not
    there.
    """

    runs: Runs
    column: str
    found: Mapping[str, Any] = field(repr=False)

    @property
    def short(self) -> str:
        return f"{self.runs.experiment.title}, {self.column}"

    @property
    def missing(self) -> dict[str, str]:
        """The analyses that these runs do not allow, and why."""
        from cisim.analysis.analysis import Unfit

        return {name: one.sentence for name, one in self.found.items() if isinstance(one, Unfit)}

    def sentences(self) -> list[str]:
        from cisim.studies.comparison import CAVEAT

        lines = [line for name, one in self.found.items() if name not in self.missing for line in one.sentences()]
        return [*self.runs.notes(), *(line for line in lines if line != CAVEAT), *[CAVEAT] * (CAVEAT in lines)]

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """All tables by name."""
        from cisim.analysis.analysis import tables

        return {name: with_attribute_names(one) for name, one in tables(self.found).items()}

    def frame(self) -> pd.DataFrame:
        """One row a point and comparison, with its verdict."""
        return self.tables["effects"]

    def by_seed(self) -> pd.DataFrame:
        """One row a run, with its settings and all kept numbers."""
        return with_attribute_names(self.runs.frame)

    def shown(self) -> pd.DataFrame:
        return self.tables["effects_over_all"]


def analyse(
    sweep: Sweep | Folder,
    metric: str = "on_track",
    year: int | None = None,
    arms: Sequence[str] | None = None,
    map: tuple[str, str] | None = None,
    each: str | None = None,
    where: Mapping[str, Any] | None = None,
    margin: float | None = None,
    plausible: int = 0,
) -> Analysis:
    """What the runs of a sweep show: which arm does better at which settings, and which settings decide, as `cisim analyse` does.

    Parameters
    ----------
    sweep : Sweep, str or Path
        Of `cisim.sweep`, or a results folder.
    metric : str
        The metric, also an own one.
    year : int, optional
        At the end of which year (default: the last).
    arms : sequence of str, optional
        Only these arms.
    map : tuple of str, optional
        The two settings of the map, by path or its last part (default: those that change the lead most).
    each : str, optional
        A map for each value of a third setting.
    where : mapping, optional
        Map only runs with these values.
    margin : float, optional
        The smallest worthwhile difference, in percentage points for shares, else in the metric's unit.
    plausible : int
        Also try so many plausible combinations of settings.

    Returns
    -------
    Analysis
        ``sentences()``, ``tables`` by name, ``frame()`` (one row a point and comparison), ``by_seed()`` (one row a run).

    Raises
    ------
    InputError
        For a metric that was not kept, or a setting that did not vary.

    Examples
    --------
    >>> import cisim
    >>> runs = cisim.sweep("quick_look", "results/quick")  # doctest: +SKIP
    >>> found = cisim.analyse(runs)
    >>> {"effects", "means", "map"} <= set(found.tables)
    True
    >>> sorted(set(found.frame().verdict) - {"better", "worse", "equivalent", "undecided"})
    []
    """
    from cisim.analysis.analysis import CATALOGUE, EXPLAINING, attempt
    from cisim.analysis.arm_map import arm_map
    from cisim.analysis.effects import effects
    from cisim.analysis.plausibility import plausibility

    runs = replace(runs_of(sweep), margin=margin)
    if arms is not None:
        runs = runs.among(list(arms))
    column = runs.column(metric, year)
    x, y = map or (None, None)
    asked = map or each or where
    drawn = arm_map(runs, column, x, y, each, where) if asked else CATALOGUE["map"].of(runs, column)
    found: dict[str, Any] = {"effects": effects(runs, column), "map": drawn}
    found["plausibility"] = attempt(lambda: plausibility(runs, column, plausible))
    return Analysis(runs, column, found | {CATALOGUE[name].title: CATALOGUE[name].of(runs, column) for name in EXPLAINING})


def report(
    sweep: Sweep | Folder,
    file: Folder,
    metric: str = "on_track",
    map: tuple[str, str] | None = None,
    plausible: int = 0,
    margin: float | None = None,
) -> Path:
    """Writes what a sweep shows as one HTML file, which needs no network, as `cisim report` does.

    Parameters
    ----------
    sweep, metric, map, margin, plausible
        As of `cisim.analyse`.
    file : str or Path
        The HTML file.

    Returns
    -------
    Path
        The file. The same folder gives the same bytes.

    Examples
    --------
    >>> import cisim
    >>> runs = cisim.sweep("quick_look", "results/quick")  # doctest: +SKIP
    >>> cisim.report(runs, "quick.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    True
    """
    from cisim.report import report as report_

    folder = sweep.folder if isinstance(sweep, Sweep) else sweep
    report_(folder, file, metric, map, plausible, margin=margin)
    return Path(file)


def cite(sweep: Sweep | Folder) -> dict[str, Any]:
    """A methods paragraph for the results of a sweep, as `cisim cite` prints it.

    Parameters
    ----------
    sweep : Sweep, str or Path
        Of `cisim.sweep`, or a results folder.

    Returns
    -------
    dict
        ``methods`` (paragraphs: design, ranges, seeds, warm-up, versions, digests, number of tests) and ``citation``.

    Examples
    --------
    >>> import cisim
    >>> runs = cisim.sweep("quick_look", "results/quick")  # doctest: +SKIP
    >>> found = cisim.cite(runs)
    >>> found["content_digest"] == runs.digest, "seeds" in " ".join(found["methods"])
    (True, True)
    """
    from cisim.report.citing import cite as cite_

    return cite_(sweep.folder if isinstance(sweep, Sweep) else sweep)
