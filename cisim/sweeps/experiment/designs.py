"""How points are spread over the factors. Samples are drawn as shares of each factor's range, from a seed, and rounded to a
few digits: the same on every machine. Equal points are all kept, as an analysis needs every row."""

import csv
import itertools
import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic.fields import FieldInfo

from cisim.errors import InputError, require
from cisim.numerics.sampling import Floats, hypercube
from cisim.scenario.mistakes import describe
from cisim.scenario.spreadsheet import PLAIN, parse
from cisim.sweeps.experiment.factors import Factor, Value, check_value, field_of, paths
from cisim.sweeps.experiment.file import MOST_POINTS, DesignTable
from cisim.text.english import shown

NEEDS = {"grid": "", "morris": "trajectories", "list": "file"}  # the key that a kind of design needs; all others: points
MAY = {"grid": set(), "list": {"file"}, "morris": {"trajectories", "levels", "seed"}}  # that it may have; others: points, seed


def check_design(design: DesignTable, factors: Sequence[Factor], where: str) -> None:
    """Raises InputError for a design that lacks a key its kind needs, or has one that it does not use."""
    kind = design.kind
    key = NEEDS.get(kind, "points")
    if key and not getattr(design, key):
        meaning = DesignTable.model_fields[key].description
        raise InputError(where, f'design.{key} is missing: design.kind = "{kind}" needs it ({meaning}).')
    for key in DesignTable.model_fields:
        if key in design.model_fields_set - {"kind"} - MAY.get(kind, {"points", "seed"}):
            sentence = f'design.{key} is not used by design.kind = "{kind}": delete it'
            raise InputError(where, f"{sentence}{' and give each factor its steps' if kind == 'grid' else ''}.")
    if kind == "list":
        if factors:
            raise InputError(where, 'with design.kind = "list" the columns of its file are the factors: delete [[factors]].')
        return
    if not factors:
        raise InputError(where, "there are no [[factors]]: give one or more, each with path, low and high (or values).")
    points, levels = design.points or 0, design.levels
    if kind in ("sobol_sequence", "saltelli") and points & (points - 1):
        below = 1 << (points.bit_length() - 1)
        sentence = f"design.points = {points}: a Sobol' sequence is balanced only at powers of 2"
        raise InputError(where, f"{sentence}: give {below} or {2 * below}.")
    if kind == "morris" and levels % 2:
        sentence = f"design.levels = {levels}: the Morris method needs an even number of levels: give {levels + 1}."
        raise InputError(where, sentence)
    if (count := size(design, factors)) > MOST_POINTS:
        raise InputError(where, f"the design has {count:,} points, more than {MOST_POINTS:,}: give fewer.")


def size(design: DesignTable, factors: Sequence[Factor]) -> int:
    """How many points the design has, if it is not a list."""
    if design.kind == "grid":
        return math.prod(len(factor.levels()) for factor in factors)
    if design.kind == "morris":
        return (design.trajectories or 0) * (len(factors) + 1)
    return (design.points or 0) * (len(factors) + 2 if design.kind == "saltelli" else 1)


def problem(factors: Sequence[Factor]) -> dict[str, Any]:
    return {"num_vars": len(factors), "names": [factor.path for factor in factors], "bounds": [[0.0, 1.0]] * len(factors)}


def shares(design: DesignTable, factors: Sequence[Factor]) -> Floats:
    """The sample as shares of each factor's range, shape (points, factors). Raises MissingError without SALib or scipy."""
    points = design.points or 0
    rng = np.random.Generator(np.random.PCG64(design.seed))
    drawn: Floats
    if design.kind == "random":
        drawn = rng.random((points, len(factors)))
    elif design.kind == "lhs":  # the shares of a factor depend on its path, so that another factor changes none of them
        drawn = hypercube((factor.path for factor in factors), points, design.seed)
    elif design.kind == "sobol_sequence":
        require("analysis", f'design.kind = "{design.kind}"')
        from scipy.stats import qmc

        drawn = qmc.Sobol(len(factors), seed=rng).random(points)
    else:
        require("analysis", f'design.kind = "{design.kind}"')
        from SALib.sample import morris, sobol

        if design.kind == "morris":
            drawn = morris.sample(problem(factors), design.trajectories, num_levels=design.levels, seed=rng)
        else:  # no second order: half the runs, and interactions are still visible as total minus first order
            drawn = sobol.sample(problem(factors), points, calc_second_order=False, seed=rng)
    return drawn


def rows(design: DesignTable, factors: Sequence[Factor]) -> list[tuple[Value, ...]]:
    """The points of a design other than a list, one tuple of values each, in the order of the factors."""
    if design.kind == "grid":
        return list(itertools.product(*(factor.levels() for factor in factors)))
    drawn = shares(design, factors)
    for column, factor in enumerate(factors):
        if design.kind == "morris" and factor.discrete:
            # each level has an equal part of a range of few values: take its middle, not the ends of the range
            drawn[:, column] = (np.round(drawn[:, column] * (design.levels - 1)) + 0.5) / design.levels
    return [tuple(factor.at(share) for factor, share in zip(factors, row, strict=True)) for row in drawn.tolist()]


def listed(text: str, file: str, arms: Sequence[str]) -> tuple[tuple[Factor, ...], list[tuple[Value, ...]]]:
    """The factors and points of a CSV text whose columns are setting paths. Raises InputError, naming file and row."""
    columns = _columns(text, file)
    fields = {path: field_of(path, arms, f"{file}, column") for path in columns}
    required = {path: describe(field) for path, field in fields.items()}
    table = parse(text, file, list(paths(tuple(arms))), required, MOST_POINTS, "points")
    points = [tuple(check_value(_plain(row.cells[path]), path, fields[path], row.where) for path in columns) for row in table]
    return tuple(_column(path, fields[path], [point[k] for point in points]) for k, path in enumerate(columns)), points


def _columns(text: str, file: str) -> list[str]:
    """The names in the first row; none if the row cannot be split, which is an error when the file is read."""
    lines = [line for line in text.splitlines() if line.strip() and line.lstrip(' "')[:1] != "#"]
    if not lines:
        raise InputError(file, "it is empty: give a row of setting paths, then a row of values for each point.")
    try:
        record = next(csv.reader(lines[:1], skipinitialspace=True))
    except csv.Error:
        return []
    cells = [" ".join(cell.split()) for cell in record]
    unsplit = len(cells) == 1 and re.search("[;\t|]", lines[0])
    return [] if unsplit else [cell for cell in dict.fromkeys(cells) if cell]


def _column(path: str, field: FieldInfo, values: Sequence[Value]) -> Factor:
    """A column as a factor: from its lowest to its highest number, or its words."""
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if not numbers:
        return Factor(path, values=tuple(dict.fromkeys(values)))
    counts = field.annotation is int
    return Factor(path, float(min(numbers)), float(max(numbers)), whole=counts, counts=counts)


def _plain(cell: str) -> Value:
    """A cell as TOML would read it: a number, true, false or text."""
    if cell.lower() in ("true", "false"):
        return cell.lower() == "true"
    if not PLAIN.fullmatch(cell):
        return shown(cell)
    return int(cell) if cell.lstrip("+-").isdigit() and len(cell) < 20 else float(cell)
