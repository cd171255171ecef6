"""Own metrics: expressions of recorded metrics, such as "at_end(members) / at_start(npos)", by a small grammar that runs no code.

Numbers, names of metrics, + - * /, brackets and the functions of FUNCTIONS; nothing else. An expression is worked out for every
quarter from the common start on. A division by zero has no value (nan).
"""

import ast
import functools
import warnings
from collections.abc import Callable, Iterator

import numpy as np

from cisim.errors import InputError
from cisim.model.metric_table import NUMBERS
from cisim.model.metrics import METRICS
from cisim.numerics.sampling import Floats
from cisim.sweeps.own_function import is_reference
from cisim.text.english import nearest, shown

COLUMNS = ("id", "point", "seed", "arm", "error")  # of every results folder
MOST_CHARACTERS, MOST_DEPTH, MOST_METRICS, LARGEST = 500, 30, 50, 1e15

Series = Callable[[str], Floats]
"""A recorded metric by name, from the common start on: shape (..., quarters)."""


def _divided(a: Floats, b: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(b == 0.0, np.nan, a / np.where(b == 0.0, 1.0, b))


def _mean(x: Floats) -> Floats:
    return np.cumsum(x, axis=-1) / np.arange(1, x.shape[-1] + 1)


OPERATORS: dict[type[ast.operator], Callable[[Floats, Floats], Floats]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: _divided,
}
FUNCTIONS: dict[str, tuple[Callable[..., Floats], int]] = {
    "at_end": (lambda x: x, 1),
    "at_start": (lambda x: np.broadcast_to(x[..., :1], x.shape), 1),
    "mean": (_mean, 1),
    "highest": (functools.partial(np.maximum.accumulate, axis=-1), 1),
    "lowest": (functools.partial(np.minimum.accumulate, axis=-1), 1),
    "abs": (np.abs, 1),
    "min": (np.minimum, 2),
    "max": (np.maximum, 2),
}
"""Each function with how many values it takes. at_end is the value at that time; at_start, mean, highest and lowest look back to
the common start."""


def check(name: str, text: str, where: str) -> None:
    """Raises InputError for a name or an expression that cannot be used."""
    taken = name in NUMBERS or name in METRICS or name in FUNCTIONS or name in COLUMNS
    if taken or not (name.isidentifier() and name.isascii() and len(name) <= 60):
        remedy = "give letters, digits and _, and a name that means nothing else"
        raise InputError(where, f'"{shown(name)}" cannot name a metric of your own: {remedy}.')
    if is_reference(text):
        return
    if not isinstance(text, str) or len(text) > MOST_CHARACTERS:
        raise InputError(where, f"{name} is not an expression: give a text of at most {MOST_CHARACTERS} characters.")
    try:
        _checked(_tree(text), 0)
    except InputError as error:
        raise InputError(where, f'{name} = "{shown(text)}": {error.sentence}') from None


def series(text: str, recorded: Series) -> Floats:
    """The values of a checked expression in every quarter: shape (..., quarters)."""
    return _value(_tree(text), recorded)


@functools.lru_cache(maxsize=256)
def _tree(text: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise InputError("", "it is not an expression such as at_end(members) / at_start(npos).") from None


def _label(node: ast.expr) -> str | None:
    """The name of a recorded metric, or of one entry of a list: spent[delivery], needs_met_by[0,3]."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Subscript(value=ast.Name(id=name), slice=entry):
            return f"{name}[{','.join(_entries(entry))}]"
    return None


def _entries(node: ast.expr) -> Iterator[str]:
    for one in node.elts if isinstance(node, ast.Tuple) else [node]:
        yield one.id if isinstance(one, ast.Name) else str(one.value) if isinstance(one, ast.Constant) else "?"


def _checked(node: ast.expr, depth: int) -> None:
    if depth > MOST_DEPTH:
        raise InputError("", f"it is nested more than {MOST_DEPTH} deep.")
    match node:
        case ast.Constant(value=value):
            if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
                raise InputError("", f"{shown(str(value))} is not a number of at most {LARGEST:g}.")
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            _checked(left, depth + 1)
            _checked(right, depth + 1)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            _checked(operand, depth + 1)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            if name not in FUNCTIONS:
                raise InputError("", f'"{shown(name)}" is not a function. {nearest(name, FUNCTIONS)}')
            if len(args) != FUNCTIONS[name][1]:
                raise InputError("", f"{name} takes {FUNCTIONS[name][1]} value(s), not {len(args)}.")
            for one in args:
                _checked(one, depth + 1)
        case ast.Name() | ast.Subscript():
            if (label := _label(node)) not in NUMBERS:
                remedy = nearest(str(label), NUMBERS, "`cisim metrics` lists them.")
                raise InputError("", f'"{shown(str(label))}" is not a metric. {remedy}')
        case _:
            raise InputError("", f"only numbers, metrics, + - * / and {', '.join(FUNCTIONS)} are allowed.")


def _value(node: ast.expr, recorded: Series) -> Floats:
    match node:
        case ast.Constant(value=int() | float() as value):
            return np.full_like(recorded("pupils"), float(value))
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATORS[type(op)](_value(left, recorded), _value(right, recorded))
        case ast.UnaryOp(operand=operand):
            return -_value(operand, recorded)
        case ast.Call(func=ast.Name(id=name), args=args):
            return FUNCTIONS[name][0](*(_value(one, recorded) for one in args))
    return recorded(str(_label(node)))
