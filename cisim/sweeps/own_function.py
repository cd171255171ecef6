"""Own metrics that a Python function makes: in an experiment's text they are named by the function and a hash of its source.

A text cannot carry a function, and no code of a file is ever run: only a notebook or script that has the function itself can run
such an experiment. What was kept can be read, analysed and reported everywhere.
"""

import hashlib
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from cisim.errors import InputError
from cisim.model.metric_table import NUMBERS
from cisim.numerics.sampling import Floats
from cisim.text.english import nearest

Function = Callable[[Mapping[str, Floats]], float]

REFERENCE = re.compile(r"python:([A-Za-z_][A-Za-z0-9_]{0,59}):([0-9a-f]{16})", re.ASCII)
_known: dict[str, Function] = {}  # the functions of this process, by reference


def reference(function: Function) -> str:
    """Makes a function known, and returns its name in an experiment: python:NAME:HASH. The hash is of the function's own source,
    not of what it calls. Raises InputError for something else than a function with a name."""
    name = getattr(function, "__name__", "")
    if not callable(function) or not (name.isidentifier() and name.isascii() and len(name) <= 60):
        raise InputError("metrics", "give an expression in quotes, or a function that was defined with a name (def ...).")
    try:
        source = inspect.getsource(function)
    except (OSError, TypeError):  # typed at a prompt: what it was compiled to
        code = getattr(function, "__code__", None)
        source = repr((code.co_code, code.co_consts, code.co_names)) if code else repr(function)
    found = f"python:{name}:{hashlib.sha256(source.encode()).hexdigest()[:16]}"
    _known[found] = function
    return found


def is_reference(text: object) -> bool:
    """Whether an own metric is a function's."""
    return isinstance(text, str) and REFERENCE.fullmatch(text) is not None


def check_known(own: Mapping[str, str], where: str) -> None:
    """Raises InputError for a metric whose function is not here."""
    for metric, text in own.items():
        if (found := REFERENCE.fullmatch(text)) and text not in _known:
            function = f"the Python function {found[1]} (source {found[2]})"
            remedy = "continue with cisim.sweep in the notebook or script that has it"
            raise InputError(where, f"{metric} is made by {function}, which is not in this process: {remedy}.")


class Recorded(Mapping[str, Floats]):
    """What a function is given: the recorded metrics of one run by name, each of shape (quarters,), from the common start on."""

    def __init__(self, recorded: Callable[[str], Floats]) -> None:
        self._recorded = recorded

    def __getitem__(self, name: str) -> Floats:
        if name not in NUMBERS:
            raise KeyError(f'"{name}" is not a metric. {nearest(name, NUMBERS, "`cisim metrics` lists them.")}')
        return self._recorded(name)

    def __iter__(self) -> Iterator[str]:
        return iter(NUMBERS)

    def __len__(self) -> int:
        return len(NUMBERS)


def at_quarters(text: str, recorded: Callable[[str], Floats], quarters: range | list[int]) -> Floats:
    """A function's value at the end of some quarters, shape (..., quarters): for each run and quarter it is given all quarters
    up to that one. `recorded` gives a metric of all runs, shape (..., all quarters)."""
    name = text.split(":")[1]
    check_known({name: text}, "metrics")
    function = _known[text]
    runs = recorded("pupils").shape[:-1]
    values = np.empty((*runs, len(quarters)))
    for run in np.ndindex(*runs):
        for place, quarter in enumerate(quarters):
            values[(*run, place)] = _called(function, recorded, run, quarter + 1)
    return values


def _called(function: Function, recorded: Callable[[str], Floats], run: tuple[int, ...], length: int) -> float:
    place: Any = (*run, slice(length))
    found = np.asarray(function(Recorded(lambda name: recorded(name)[place].copy())), dtype=np.float64)
    if found.shape != ():
        raise ValueError(f"{function.__name__} returned {found.size} numbers instead of one")
    return float(found)
