"""The factors of a sweep as analyses take them: as numbers, in the order of the design, and by a name for sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cisim.analysis.runs import Runs
from cisim.errors import InputError
from cisim.sweeps.experiment import Factor

Floats = npt.NDArray[np.float64]


def encoded(runs: Runs, labels: tuple[str, ...]) -> tuple[list[tuple[str, str]], Floats]:
    """The factors' values at the points so labelled as numbers, shape (points, columns), and for each column its path and, where
    it says whether a factor takes a certain word (1) or not (0), that word."""
    points = runs.points.loc[list(labels)]
    meant: list[tuple[str, str]] = []
    columns = []
    for factor in runs.experiment.factors:
        column = points[factor.path].to_numpy()
        if chosen(factor):
            for value in factor.values:
                meant.append((factor.path, word(value)))
                columns.append((column == value).astype(np.float64))
        else:
            meant.append((factor.path, ""))
            columns.append(column.astype(np.float64))
    return meant, np.stack(columns, axis=1)


def coded(runs: Runs, labels: tuple[str, ...]) -> Floats:
    """The factors' values at the points so labelled, shape (points, factors); of words, their place among the factor's."""
    points = runs.points.loc[list(labels)]
    columns = [
        [factor.values.index(value) for value in points[factor.path]] if chosen(factor) else points[factor.path]
        for factor in runs.experiment.factors
    ]
    return np.array([np.asarray(column, dtype=np.float64) for column in columns]).T


def word(value: object) -> str:
    """A value of a factor without order as a word."""
    return ("on" if value else "off") if isinstance(value, bool | np.bool_) else str(value).replace("_", " ")


def in_order(runs: Runs, labels: tuple[str, ...], kind: str, method: str) -> npt.NDArray[np.int64]:
    """Where each point of the design stands among the labels. Raises InputError for another kind of design, or where the
    sweep is not finished."""
    experiment = runs.experiment
    if experiment.design.kind != kind:
        raise InputError(experiment.where, f'{method} need design.kind = "{kind}", but it is "{experiment.design.kind}".')
    known = {label: place for place, label in enumerate(labels)}
    wanted = [point.label for point in experiment.points()]
    if missing := sum(label not in known for label in wanted):
        sentence = f"{method} need every point of the design, but {missing} of {len(wanted)} have no seed on which all arms ran"
        failed = f"; {runs.failed} runs failed, and `cisim status` says why" if runs.failed else ""
        raise InputError(
            experiment.where, f"{sentence}: finish the sweep first (`cisim sweep` goes on where it stopped){failed}."
        )
    return np.array([known[label] for label in wanted])


def chosen(factor: Factor) -> bool:
    """Whether a factor's values are words or on and off, which have no order."""
    return any(isinstance(value, str | bool) for value in factor.values)


def names(factors: Sequence[Factor]) -> dict[str, str]:
    """What each factor is called in a sentence, by path: the last part of its path where no other has the same."""
    short = {factor.path: factor.path.rpartition(".")[2] for factor in factors}
    often = Counter(short.values())
    return {path: _plain(last) if often[last] == 1 else path for path, last in short.items()}


def _plain(name: str) -> str:
    return "number of NPOs" if name == "npos" else name.replace("_", " ")
