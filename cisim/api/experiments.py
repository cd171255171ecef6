"""Experiments made in Python or read from files, and the problem dictionary of SALib for any choice of settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cisim.api.scenarios import load
from cisim.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from cisim.api.scenarios import Source
    from cisim.scenario import Scenario
    from cisim.sweeps.experiment import Experiment

Span = tuple[float, float]
NAME = "scenario.toml"


def experiment(
    source: str | Path | None = None,
    *,
    scenario: Source = "default",
    vary: Sequence[str] | Mapping[str, Span | list[Any]] = (),
    points: Any = 64,
    design: str = "lhs",
    seeds: int = 16,
    first_seed: int = 0,
    arms: Sequence[str] | None = None,
    years: int | None = None,
    settings: Mapping[str, Any] | None = None,
    metrics: Mapping[str, str | Callable[..., float]] | None = None,
    keep: Sequence[str] = (),
    keep_years: Sequence[int] = (),
    trajectories: bool = False,
    sample: int = 0,
    title: str = "",
    question: str = "",
) -> Experiment:
    """An experiment: which runs answer a question. Read from a file, or made here.

    Parameters
    ----------
    source : str or Path, optional
        An experiment's file, or a shipped name; nothing else is then given.
    scenario : Scenario, str or Path
        What is varied.
    vary : sequence of str, or mapping
        Settings by path. A sequence varies each over its plausible range; a mapping gives ``(low, high)`` or a list of values.
    points : int, or array of shape (points, settings), or DataFrame
        How many points a sample has (of "morris": trajectories; of "saltelli": the base sample), or the points themselves, in the
        units of the settings and in the order of `vary`; of a frame, the columns are the settings.
    design : {"lhs", "random", "sobol_sequence", "saltelli", "morris"}
        How points are sampled.
    seeds, first_seed : int
        On how many seeds each point runs, and the first of them.
    arms : sequence of str, optional
        Which arms (default: all).
    years : int, optional
        Years after the common start (default: the scenario's).
    settings : mapping, optional
        Fixed changes to the scenario, by path.
    metrics : mapping, optional
        Numbers of your own by name: an expression of recorded metrics ("at_end(members) / at_start(npos)"), or a function. The
        function is given the recorded metrics of one run, by name, as arrays of shape (quarters,) from the common start to the
        end of the year that is kept, and returns one number.
    keep : sequence of str
        Which metrics are kept (default: the headline metrics, and your own).
    keep_years : sequence of int
        At the ends of which years (default: the last).
    trajectories : bool
        Also keep every quarter.
    sample : int
        The seed of the sample of points.
    title, question : str
        Shown in analyses and reports.

    Returns
    -------
    Experiment
        For `cisim.sweep`; ``points()`` lists the points, ``text`` is the file that gives the same experiment.

    Raises
    ------
    InputError
        For what cannot be used.

    Examples
    --------
    >>> import cisim
    >>> asked = cisim.experiment(vary=["initiative.voice", "membership.recruit"], points=8, seeds=4, years=2)
    >>> len(asked), asked.most_seeds, asked.columns[0]
    (8, 4, 'on_track')
    """
    from cisim.scenario.as_toml import as_toml, in_toml
    from cisim.sweeps.experiment import COMMUNITY, POINTS, SCENARIO, Experiment
    from cisim.sweeps.own_function import reference

    if source is not None:
        return Experiment.read(source)
    base = load(scenario, settings or {})
    own = {name: one if isinstance(one, str) else reference(one) for name, one in (metrics or {}).items()}
    files = as_toml(base, NAME)
    texts = {SCENARIO if name == NAME else f"{COMMUNITY}{name}": text for name, text in files.items()}
    table, listed = _as_points(points, list(vary), base)
    pairs: dict[str, Any] = {"title": title or "An experiment made in Python", "question": question, "scenario": NAME}
    pairs |= {"arms": list(arms)} if arms is not None else {}
    pairs |= {"years": years} if years is not None else {}
    lines = [f"{key} = {in_toml(value)}" for key, value in pairs.items()]
    lines += ["[metrics]", *(f"{in_toml(name)} = {in_toml(text)}" for name, text in own.items())]
    if table is not None:
        texts[POINTS] = table
        chosen = ['kind = "list"', 'file = "points.csv"']
    else:
        lines += [line for path in vary for line in _factor(path, vary, base)]
        number = "trajectories" if design == "morris" else "points"
        chosen = [f"kind = {in_toml(design)}", f"{number} = {in_toml(listed)}", f"seed = {in_toml(sample)}"]
    lines += ["[design]", *chosen, "[replicates]", f"seeds = {in_toml(seeds)}", f"first = {in_toml(first_seed)}"]
    lines += ["[keep]", f"metrics = {in_toml(list(keep))}", f"years = {in_toml(list(keep_years))}"]
    lines += [f"trajectories = {in_toml(trajectories)}"]
    return Experiment.of("\n".join(lines) + "\n", "experiment", files=texts)


def _as_points(points: Any, vary: list[str], base: Scenario) -> tuple[str | None, int]:
    """The points as a CSV text of setting paths, where they are listed; else how many there are to be."""
    import numpy as np

    if isinstance(points, int | np.integer):
        return None, int(points)
    names = vary or [str(name) for name in getattr(points, "columns", ())]
    rows = np.asarray(points, dtype=object)
    if rows.ndim != 2 or rows.shape[1] != len(names):
        shape = " x ".join(map(str, rows.shape))
        raise InputError("points", f"{shape} numbers for {len(names)} settings: give one column for each setting of vary.")
    whole = {path for path in names if _is_whole(path, base)}
    cells = [[round(value) if path in whole else value for path, value in zip(names, row, strict=True)] for row in rows.tolist()]
    return "\n".join(",".join(map(str, row)) for row in [names, *cells]) + "\n", len(rows)


def _is_whole(path: str, base: Scenario) -> bool:
    from cisim.sweeps.experiment.factors import field_of

    return field_of(path, base.arms, "vary").annotation is int


def _factor(path: str, vary: Sequence[str] | Mapping[str, Any], base: Scenario) -> list[str]:
    """The lines of an experiment file that vary a setting."""
    from cisim.scenario.as_toml import in_toml

    given = vary[path] if isinstance(vary, Mapping) else None
    lines = ["[[factors]]", f"path = {in_toml(path)}"]
    if isinstance(given, list):
        return [*lines, f"values = {in_toml(given)}"]
    low, high = given or _span(path, base)
    scale = [] if _is_whole(path, base) or given or not (low > 0 and high >= 4 * low) else ['scale = "log"']
    return [*lines, f"low = {in_toml(float(low))}", f"high = {in_toml(float(high))}", *scale]


def _span(path: str, base: Scenario) -> Span:
    """The plausible range of a setting. Raises InputError where it has none, or does not exist."""
    from cisim.sweeps.experiment.factors import field_of

    extra = field_of(path, base.arms, "vary").json_schema_extra
    span = extra.get("plausible") if isinstance(extra, dict) else None
    if not isinstance(span, tuple | list):
        raise InputError("vary", f'"{path}" has no plausible range: give low and high, as in vary={{"{path}": (low, high)}}.')
    return float(span[0]), float(span[1])  # type: ignore[arg-type]


def problem(vary: Sequence[str] | Mapping[str, Span] = (), scenario: Source = "default") -> dict[str, Any]:
    """The problem dictionary of SALib for any choice of settings, in their own units.

    Parameters
    ----------
    vary : sequence of str, or mapping
        Settings by path, or sections such as "initiative" for all settings in them that vary; a mapping gives ``(low, high)``.
        None at all: every setting with a plausible range that the scenario does not give itself.
    scenario : Scenario, str or Path
        Whose settings these are.

    Returns
    -------
    dict
        ``num_vars``, ``names`` (setting paths), ``bounds`` (plausible ranges, or yours) and ``groups`` (the sections).

    Raises
    ------
    InputError
        For a setting that does not exist or has no range.

    See Also
    --------
    experiment : takes a sample of SALib as ``points``.

    Examples
    --------
    >>> import cisim
    >>> cisim.problem(["initiative.voice"])
    {'num_vars': 1, 'names': ['initiative.voice'], 'bounds': [[0.0, 1.0]], 'groups': ['initiative']}
    >>> cisim.problem()["num_vars"] > 100
    True
    """
    from cisim.scenario import Settings
    from cisim.scenario.plausible_ranges import ranges

    base = load(scenario)
    varied = {one.path: (one.low, one.high) for one in ranges(base) if not one.entries}
    spans: dict[str, Span] = {}
    for name in vary or varied:
        if isinstance(vary, Mapping):
            _is_whole(name, base)  # that it exists
            low, high = vary[name]
            if not low < high:
                raise InputError("vary", f"{name}: {low:g} is not below {high:g}: give low and high.")
            spans[name] = float(low), float(high)
        elif name in Settings.model_fields:
            spans |= {path: span for path, span in varied.items() if path.startswith(f"{name}.")}
        else:
            spans[name] = _span(name, base)
    groups = [path.rpartition(".")[0] for path in spans]
    bounds = [[float(low), float(high)] for low, high in spans.values()]
    return {"num_vars": len(spans), "names": list(spans), "bounds": bounds, "groups": groups}


def experiments() -> pd.DataFrame:
    """The experiments that come with cisim, as `cisim experiments` lists them.

    Returns
    -------
    DataFrame
        One row an experiment: name, title, question, points, arms.

    Examples
    --------
    >>> import cisim
    >>> "quick_look" in set(cisim.experiments().name)
    True
    """
    import pandas as pd

    from cisim.sweeps.experiment import Experiment, shipped

    asked = {name: Experiment.read(name) for name in shipped()}
    rows = [(name, one.title, one.question, len(one), len(one.arms)) for name, one in asked.items()]
    return pd.DataFrame(rows, columns=["name", "title", "question", "points", "arms"])


def experiment_template() -> str:
    """An experiment file that shows every table and key, as `cisim experiments template` writes it.

    Returns
    -------
    str
        A TOML text, which runs unchanged.

    Examples
    --------
    >>> import cisim
    >>> "[[factors]]" in cisim.experiment_template()
    True
    """
    from cisim.sweeps.experiment.file import template

    return template()
