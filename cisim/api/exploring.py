"""What a sweep shows beyond its analysis: boxes of settings by peeling (PRIM), and how robust each arm is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cisim.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from cisim.analysis.peeling import Peeling
    from cisim.analysis.robustness import Robustness
    from cisim.api.sweeps import Sweep


def prim(
    sweep: Sweep | str | Path | pd.DataFrame,
    cases: Any = None,
    metric: str = "on_track",
    arm: str | None = None,
    against: str | None = None,
    asked: str | None = None,
    peel: float = 0.05,
    least: float = 0.05,
) -> Peeling:
    """A box of settings that holds mostly cases, by peeling, with every step of the way.

    Parameters
    ----------
    sweep : Sweep, str, Path or DataFrame
        Of `cisim.sweep`, a results folder, or a frame of settings, one row a point.
    cases : array of bool, shape (points,), optional
        Which points are cases; needed with a frame, and not used otherwise.
    metric : str
        A kept number.
    arm, against : str, optional
        Which arm, compared with which (default: collective impact, with the strongest alternative).
    asked : {"does worse", "does not do better", "does better"}, optional
        What makes a point a case (default: "does worse", where it does at 8 points or more).
    peel : float
        Share of the points inside that a step removes.
    least : float
        Share of all points that the smallest box holds.

    Returns
    -------
    Peeling
        ``frame()``: the trajectory, one row a step with support, density, coverage and the box; ``box(step)``: its limits.

    Raises
    ------
    InputError
        Where no point or every point is a case.

    References
    ----------
    Friedman and Fisher (1999), Bump hunting in high-dimensional data; Bryant and Lempert (2010), Thinking inside the box.

    Examples
    --------
    >>> import cisim, numpy, pandas
    >>> x = pandas.DataFrame(numpy.random.default_rng(0).random((400, 2)), columns=["a", "b"])
    >>> found = cisim.prim(x, (x.a > 0.6) & (x.b < 0.5))
    >>> steps = found.frame()
    >>> bool(steps.density.iloc[-1] > 0.95), int(steps.limits.iloc[-1])
    (True, 2)
    """
    import numpy as np
    import pandas as pd

    from cisim.analysis.peeling import peel as peel_

    if isinstance(sweep, pd.DataFrame):
        flags = np.asarray(cases, dtype=np.bool_)
        if flags.shape != (len(sweep),):
            raise InputError("cases", f"give one True or False for each of the {len(sweep)} rows of the frame.")
        columns, words = [], []
        for name in sweep.columns:
            numeric = pd.api.types.is_numeric_dtype(sweep[name]) and not pd.api.types.is_bool_dtype(sweep[name])
            codes, known = (sweep[name].to_numpy(np.float64), []) if numeric else pd.factorize(sweep[name], sort=True)
            columns.append(np.asarray(codes, dtype=np.float64))
            words.append(list(known))
        return peel_(np.stack(columns, axis=1), flags, list(map(str, sweep.columns)), words, share=peel, least=least)
    if cases is not None:
        raise InputError("cases", "they are for a frame of settings: of a sweep, say what makes a case with asked.")
    from cisim.analysis.runs import chosen, coded
    from cisim.analysis.where_it_loses import cases_of, other_of
    from cisim.api.sweeps import runs_of

    runs = runs_of(sweep)
    column = runs.column(*_metric(metric))
    explained, asked, flags, _ = cases_of(runs, column, arm, against, asked)
    of = f"{runs.labels[arm or runs.focus]} {asked} than {other_of(runs, explained)}"
    known = [factor.values if chosen(factor) else () for factor in runs.experiment.factors]
    return peel_(coded(runs, explained.labels), flags, list(runs.called.values()), known, of, peel, least)


def robustness(
    sweep: Sweep | str | Path, metric: str = "on_track", at_least: float | None = None, arms: list[str] | None = None
) -> Robustness:
    """How robust each arm is over the points of a sweep: regret, satisficing, and its worst tenth.

    Parameters
    ----------
    sweep : Sweep, str or Path
        Of `cisim.sweep`, or a results folder.
    metric : str
        A kept number.
    at_least : float, optional
        What satisfies, in the metric's own unit (pupils on track: a share); of a metric of which less is better, at most.
        Default: the mean of the reference arm over all points.
    arms : list of str, optional
        Only these arms.

    Returns
    -------
    Robustness
        ``frame()``: one row an arm; ``points``: one row a point and arm; ``by_seed()``: one row a point, arm and seed.

    Raises
    ------
    InputError
        Where fewer than 2 arms or 3 seeds ran.

    References
    ----------
    Savage (1951) for regret; Simon (1955) and Starr (1963) for satisficing; McPhail et al. (2018) for the measures side by side.

    Examples
    --------
    >>> import cisim
    >>> runs = cisim.sweep("quick_look", "results/quick")  # doctest: +SKIP
    >>> found = cisim.robustness(runs).frame()
    >>> found.columns[:3].tolist(), bool((found.mean_regret >= 0).all())
    (['arm', 'mean', 'worst_tenth'], True)
    """
    from cisim.analysis.robustness import robustness as robustness_
    from cisim.api.sweeps import runs_of

    runs = runs_of(sweep)
    if arms is not None:
        runs = runs.among(arms)
    return robustness_(runs, runs.column(*_metric(metric)), at_least)


def _metric(given: str) -> tuple[str, int | None]:
    """A kept number such as on_track@5 as its metric and year."""
    metric, _, year = given.partition("@")
    return metric, int(year) if year.isdigit() else None
