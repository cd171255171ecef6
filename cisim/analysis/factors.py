"""The factors of a sweep as analyses take them: as numbers, in the order of the design, and by a name for sentences."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cisim.analysis.runs import Runs
from cisim.errors import InputError
from cisim.statistics import Floats
from cisim.sweeps.experiment import Factor
from cisim.text.numbers import plain


def coded(runs: Runs, labels: Sequence[str]) -> Floats:
    """The factors' values at the points with these labels, shape (points, factors). A word is its place among the factor's."""
    points = runs.points.loc[list(labels)]
    columns = [
        [factor.values.index(value) for value in points[factor.path]] if chosen(factor) else points[factor.path]
        for factor in runs.experiment.factors
    ]
    return np.array([np.asarray(column, dtype=np.float64) for column in columns]).T


def encoded(runs: Runs, labels: Sequence[str]) -> tuple[list[tuple[str, str]], Floats]:
    """The same with a column of 0 and 1 for each word a factor may take, shape (points, columns), after the path of each column
    and its word ("" for a factor of numbers)."""
    meanings: list[tuple[str, str]] = []
    columns: list[Floats] = []
    for factor, column in zip(runs.experiment.factors, coded(runs, labels).T, strict=True):
        if chosen(factor):
            meanings += [(factor.path, plain(value)) for value in factor.values]
            columns += [(column == place).astype(np.float64) for place in range(len(factor.values))]
        else:
            meanings.append((factor.path, ""))
            columns.append(column)
    return meanings, np.stack(columns, axis=1)


def in_order(runs: Runs, labels: tuple[str, ...], kind: str, method: str) -> npt.NDArray[np.int64]:
    """The place of each point of the design among the labels. Raises InputError for another kind of design, or where the
    sweep is not finished."""
    experiment = runs.experiment
    if experiment.design.kind != kind:
        raise InputError(experiment.where, f'{method} need design.kind = "{kind}", but it is "{experiment.design.kind}".')
    known = {label: place for place, label in enumerate(labels)}
    wanted = [point.label for point in experiment.points()]
    if missing := sum(label not in known for label in wanted):
        sentence = f"{method} need every point of the design, but {missing} of {len(wanted)} have no seed on which all arms ran"
        remedy = "finish the sweep first (`cisim sweep` continues where it stopped)"
        failed = f"; {runs.failed} runs failed, and `cisim status` says why" if runs.failed else ""
        raise InputError(experiment.where, f"{sentence}: {remedy}{failed}.")
    return np.array([known[label] for label in wanted])


def chosen(factor: Factor) -> bool:
    """Whether a factor's values are words or on and off, which have no order."""
    return any(isinstance(value, str | bool) for value in factor.values)


def names(factors: Sequence[Factor]) -> dict[str, str]:
    """The name of each factor in a sentence, by path: the last part of its path where no other has the same."""
    last = {factor.path: factor.path.rpartition(".")[2] for factor in factors}
    often = Counter(last.values())
    words = {path: "number of NPOs" if name == "npos" else name.replace("_", " ") for path, name in last.items()}
    return {path: words[path] if often[name] == 1 else path for path, name in last.items()}
