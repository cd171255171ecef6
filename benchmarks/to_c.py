"""Translates the compiled engine's rules to C: the dialect of the rules is small enough for that.

The C reads and writes records (one struct an agent, 8 bytes a number), as a programmer would write it by hand first. Its
results are equal to the last bit if it is compiled without fused multiply-add. Used by `limit.py`; not part of cisim.
"""

from __future__ import annotations

import ast
import inspect
import math
import textwrap
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from cisim.engines import kernel, world
from cisim.model import SCHEDULE

INT, REAL, TRUTH, NOTHING, WORD = "i64", "double", "int", "void", "u64"
IN_C = {"start": WORD, "number": REAL, "draw": REAL, "two_to": REAL, "hash_of_quarter": INT, "draws_of": WORD, "chance": REAL}
"""Functions that HEAD and DRAWS have, and their results."""


@dataclass(frozen=True)
class Record:
    """A pointer to one struct."""

    name: str


@dataclass(frozen=True)
class Agents:
    """A pointer to all structs of a kind; their number is in the community."""

    name: str


@dataclass(frozen=True)
class Numbers:
    """A pointer to the numbers of a field, of one or two dimensions."""

    kind: str
    shape: tuple[int, ...]


class UnknownError(Exception):
    """The type of a name is not known yet."""


COMMUNITY = Record("community")
KINDS = {"schools": "school", "npos": "npo", "funders": "funder"}
OPERATORS: dict[type, str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "/", ast.Mod: "%",
    ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip

HEAD = """
#include <stdint.h>
#include <string.h>
#include <math.h>
typedef int64_t i64;
typedef uint64_t u64;
static inline u64 mixed(u64 h, u64 part) {
  h += 0x9E3779B97F4A7C15ull * (1 + part);
  h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9ull;
  h = (h ^ (h >> 27)) * 0x94D049BB133111EBull;
  return h ^ (h >> 31);
}
static inline u64 start(u64 seed, u64 purpose, u64 tick, u64 who) { return mixed(mixed(seed, purpose << 32 | tick), who); }
static inline i64 hash_of_quarter(u64 seed, u64 purpose, u64 tick) { return mixed(seed, purpose << 32 | tick); }
static inline double number(u64 draws, u64 b) { return (double)(mixed(draws, b) >> 11) * 1.1102230246251565e-16; }
static inline double draw(u64 seed, u64 purpose, u64 tick, u64 who, u64 b) { return number(start(seed, purpose, tick, who), b); }
static inline double two_to(i64 k) { u64 bits = (u64)(k + 1023) << 52; double x; memcpy(&x, &bits, 8); return x; }
static inline i64 whole(i64 x) { return x < 0 ? -x : x; }
static inline double split(double x, i64 *e) {
  u64 bits;
  memcpy(&bits, &x, 8);
  const i64 k = (i64)bits >> 52;
  if (k <= 0 || k == 2047) { int rare; x = frexp(x, &rare); *e = rare; return x; }
  bits = (bits & ((1ull << 52) - 1)) | 1022ull << 52;
  memcpy(&x, &bits, 8);
  *e = k - 1022;
  return x;
}
"""


DRAWS = """
static inline u64 draws_of(const community *c, i64 purpose, u64 who) { return mixed(c->town->hashes[purpose], who); }
static inline double chance(const community *c, i64 purpose, u64 who, u64 b) { return number(draws_of(c, purpose, who), b); }
"""


def wide(kind: np.dtype[np.void]) -> np.dtype[np.void]:
    """The same record with 8 bytes a number."""
    fields = []
    for name in kind.names or ():
        base = kind[name].base
        fields.append((name, "f8" if base.kind == "f" else "i8", kind[name].shape))
    return np.dtype(fields, align=True)


RECORDS = {
    "school": wide(world.SCHOOL), "npo": wide(world.NPO), "funder": wide(world.FUNDER), "backbone": wide(world.BACKBONE),
    "town": wide(world.TOWN), "settings": wide(world.SETTINGS), "metrics": wide(world.METRIC),
}  # fmt: skip


def field(name: str) -> str:
    return name + "_" if name in ("short", "default", "register", "long") else name


def c_type(kind: Any) -> str:
    match kind:
        case Record("community"):
            return "const community *"
        case Record(name) | Agents(name):
            return f"{'const ' if name == 'settings' else ''}{name}_t *"
        case Numbers(number, (_,)):
            return f"{number} *"
        case Numbers(number, (_, second)):
            return f"{number}_by_{second} *"
        case _:
            return str(kind)


def structs() -> str:
    lines = []
    number = {"i": INT, "f": REAL}
    inner = {
        (record[n].base.kind, record[n].shape[1])
        for record in RECORDS.values()
        for n in record.names or ()
        if len(record[n].shape) == 2
    }
    lines += [f"typedef {number[kind]} {number[kind]}_by_{second}[{second}];" for kind, second in sorted(inner)]
    for name, record in RECORDS.items():
        lines.append("typedef struct {")
        for one in record.names or ():
            lines.append(f"  {number[record[one].base.kind]} {field(one)}{''.join(f'[{k}]' for k in record[one].shape)};")
        lines.append(f'}} {name}_t;\n_Static_assert(sizeof({name}_t) == {record.itemsize}, "{name}");')
    members = "school_t *schools; npo_t *npos; funder_t *funders; backbone_t *backbone; town_t *town; const settings_t *p;"
    lines.append(f"typedef struct {{ {members} i64 n_schools, n_npos, n_funders; }} community;")
    return "\n".join(lines)


class Program:
    """All functions that the schedule calls, each once for each combination of argument types."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.known: dict[Any, tuple[str, Any]] = {}

    def function(self, rule: Any, kinds: list[Any]) -> tuple[str, Any]:
        """The C name and the result type of a rule for these argument types."""
        key = (rule, tuple(kinds))
        if key not in self.known:
            one = Function(self, rule, kinds, f"{rule.__module__.rpartition('.')[2]}_{rule.__name__}_{len(self.known)}")
            self.text.append(one.text())
            self.known[key] = one.name, one.result
        return self.known[key]

    def whole_text(self) -> str:
        found = self.function(kernel.found, [COMMUNITY])[0]
        calls = []
        for phase in SCHEDULE:
            observes = phase == "observe"
            name = self.function(getattr(kernel, phase), [COMMUNITY, Record("metrics")] if observes else [COMMUNITY])[0]
            calls.append(f"    {name}(c{', &history[tick]' if observes else ''});")
        entry = [
            "void advance(school_t *schools, i64 n_schools, npo_t *npos, i64 n_npos, funder_t *funders, i64 n_funders,",
            "    backbone_t *backbone, town_t *town, const settings_t *p, metrics_t *history, i64 first, i64 last) {",
            "  const community all = {schools, npos, funders, backbone, town, p, n_schools, n_npos, n_funders}, *c = &all;",
            f"  if (first == 0) {found}(c);",
            "  for (i64 tick = first; tick < last; tick++) {",
            "    town->tick = tick;",
            *calls,
            "  }\n}",
        ]
        return "\n".join([HEAD, structs(), DRAWS, *self.text, *entry]) + "\n"


class Function:
    """One rule as one C function."""

    def __init__(self, program: Program, rule: Any, kinds: list[Any], name: str) -> None:
        source = ast.parse(textwrap.dedent(inspect.getsource(rule))).body[0]
        assert isinstance(source, ast.FunctionDef)
        self.program, self.name, self.globals = program, name, rule.__globals__
        self.body = source.body[1:] if ast.get_docstring(source) else source.body
        self.arguments = [one.arg for one in source.args.args]
        self.kinds: dict[str, Any] = dict(zip(self.arguments, kinds, strict=True))
        self.result: Any = None
        self.loops = 0
        self._find_kinds()
        self.result = self.result or NOTHING

    def text(self) -> str:
        given = ", ".join(f"{c_type(self.kinds[one])} {self.local(one)}" for one in self.arguments)
        own = [f"  {c_type(kind)} {self.local(one)};\n" for one, kind in self.kinds.items() if one not in self.arguments]
        return f"static {c_type(self.result)} {self.name}({given}) {{\n{''.join(own)}{self.block(self.body, 1)}}}"

    @staticmethod
    def local(name: str) -> str:
        return name if name == "c" else f"{name}_"

    # Types: repeated until nothing changes, as a name may be used before the line that makes it a real number.

    def _find_kinds(self) -> None:
        nodes = [node for statement in self.body for node in ast.walk(statement)]
        while True:
            before, waiting = (dict(self.kinds), self.result), 0
            for node in nodes:
                try:
                    self._learn_from(node)
                except UnknownError:
                    waiting += 1
            if (self.kinds, self.result) == before:
                assert not waiting, self.name
                return

    def _learn_from(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                for target, value in zip(targets, values, strict=True):
                    self._bind(target, self.kind(value))
            case ast.Assign(targets=[ast.Tuple(elts=[part, exponent])]):  # the only other one: parts()
                self._bind(part, REAL)
                self._bind(exponent, INT)
            case ast.Assign(targets=[target], value=value) | ast.AugAssign(target=target, value=value):
                if isinstance(target, ast.Name):
                    self._bind(target, REAL if isinstance(getattr(node, "op", None), ast.Div) else self.kind(value))
            case ast.For(target=target):
                self._bind(target, INT)
            case ast.Return(value=value) if value is not None:
                self.result = self._wider(self.result, self.kind(value))

    def _bind(self, target: ast.expr, kind: Any) -> None:
        assert isinstance(target, ast.Name)
        self.kinds[target.id] = self._wider(self.kinds.get(target.id), kind)

    @staticmethod
    def _wider(a: Any, b: Any) -> Any:
        if a is None or a == b:
            return b
        return REAL if REAL in (a, b) else INT

    def kind(self, node: ast.expr) -> Any:
        """The type of an expression."""
        if self.constant(node) is not None:
            return INT
        match node:
            case ast.Constant(value=value):
                return TRUTH if isinstance(value, bool) else INT if isinstance(value, int) else REAL
            case ast.Name(id=name) if name in self.kinds:
                return self.kinds[name]
            case ast.Name(id=name):
                if not isinstance(self.globals.get(name), (int, float)):
                    raise UnknownError(name)
                return INT if isinstance(self.globals[name], int) else REAL
            case ast.Attribute(value=of, attr=name):
                return self._kind_of_field(self.kind(of), name)
            case ast.Subscript(value=of):
                match self.kind(of):
                    case Agents(name):
                        return Record(name)
                    case Numbers(number, (_,)):
                        return number
                    case Numbers(number, (_, second)):
                        return Numbers(number, (second,))
            case ast.UnaryOp(op=ast.Not()) | ast.Compare() | ast.BoolOp():
                return TRUTH
            case ast.UnaryOp(operand=of):
                return self._wider(INT, self.kind(of))
            case ast.BinOp(left=left, op=op, right=right):
                kinds = self.kind(left), self.kind(right)
                return REAL if isinstance(op, ast.Div) or REAL in kinds else INT
            case ast.IfExp(body=a, orelse=b):
                return self._wider(self.kind(a), self.kind(b))
            case ast.Call(func=ast.Name(id="len" | "int")) | ast.Call(func=ast.Attribute(attr="floor")):
                return INT
            case ast.Call(func=ast.Name(id="float")) | ast.Call(func=ast.Attribute(attr="sqrt")):
                return REAL
            case ast.Call(func=ast.Name(id=name)) if name in IN_C:
                return IN_C[name]
            case ast.Call(func=ast.Name(id="abs"), args=[of]):
                return self.kind(of)
            case ast.Call():
                return self.called(node)[1]
        raise TypeError(ast.dump(node))

    @staticmethod
    def _kind_of_field(of: Any, name: str) -> Any:
        if of == COMMUNITY:
            return Agents(KINDS[name]) if name in KINDS else Record("settings" if name == "p" else name)
        if name == "value":
            return of
        kind = RECORDS[of.name][name]
        number = REAL if kind.base.kind == "f" else INT
        return Numbers(number, kind.shape) if kind.shape else number

    def constant(self, node: ast.expr) -> int | None:
        """The number of a code such as Status.NONE or Status.NONE.value."""
        match node:
            case ast.Attribute(value=ast.Attribute() as code, attr="value"):
                return self.constant(code)
            case ast.Attribute(value=ast.Name(id=name), attr=code) if name not in self.kinds:
                kind = self.globals.get(name)
                return int(kind[code]) if isinstance(kind, type) and issubclass(kind, IntEnum) else None
        return None

    def called(self, node: ast.Call) -> tuple[str, Any]:
        match node.func:
            case ast.Name(id=name):
                rule = self.globals[name]
            case ast.Attribute(value=ast.Name(id=module), attr=name):
                rule = getattr(self.globals[module], name)
        return self.program.function(rule, [self.kind(one) for one in node.args])

    # Text

    def value(self, node: ast.expr) -> str:
        """An expression in C."""
        code = self.constant(node)
        if code is not None:
            return f"({code})"
        match node:
            case ast.Constant(value=value):
                return repr(int(value) if isinstance(value, bool) else value)
            case ast.Name(id=name):
                return self.local(name) if name in self.kinds else repr(self.globals[name])
            case ast.Attribute(value=of, attr=name):
                return self.value(of) if name == "value" and self.kind(of) == INT else f"{self.value(of)}->{field(name)}"
            case ast.Subscript(value=of, slice=index):
                return f"{'(&' if isinstance(self.kind(of), Agents) else '('}{self.value(of)}[{self.value(index)}])"
            case ast.UnaryOp(op=op, operand=of):
                return f"({'!' if isinstance(op, ast.Not) else '-'}{self.value(of)})"
            case ast.BoolOp(op=op, values=values):
                return "(" + (" && " if isinstance(op, ast.And) else " || ").join(map(self.value, values)) + ")"
            case ast.Compare(left=left, ops=ops, comparators=others):
                pairs = zip([left, *others], ops, others, strict=False)
                return "(" + " && ".join(f"{self.value(a)} {OPERATORS[type(op)]} {self.value(b)}" for a, op, b in pairs) + ")"
            case ast.BinOp(left=left, op=op, right=right):
                real = "(double)" if isinstance(op, ast.Div) else ""
                return f"({real}{self.value(left)} {OPERATORS[type(op)]} {real}{self.value(right)})"
            case ast.IfExp(test=test, body=a, orelse=b):
                kind = c_type(self.kind(node))
                return f"({self.value(test)} ? ({kind}){self.value(a)} : ({kind}){self.value(b)})"
            case ast.Call():
                return self.call(node)
        raise TypeError(ast.dump(node))

    def call(self, node: ast.Call) -> str:
        given = ", ".join(map(self.value, node.args)) if ast.unparse(node.func) != "len" else ""
        match node.func:
            case ast.Name(id="len"):
                of = self.kind(node.args[0])
                return f"c->n_{of.name}s" if isinstance(of, Agents) else str(of.shape[0])
            case ast.Name(id="int"):
                return f"((i64)({given}))"
            case ast.Name(id="float"):
                return f"((double)({given}))"
            case ast.Name(id="abs"):
                return f"{'fabs' if self.kind(node.args[0]) == REAL else 'whole'}({given})"
            case ast.Name(id=name) if name in IN_C:
                return f"{name}({given})"
            case ast.Attribute(value=ast.Name(id=module), attr=name) if self.globals.get(module) is math:
                return f"((i64)floor({given}))" if name == "floor" else f"{name}({given})"
        return f"{self.called(node)[0]}({given})"

    def block(self, statements: list[ast.stmt], depth: int) -> str:
        return "".join(f"{'  ' * depth}{self.statement(one, depth)}\n" for one in statements)

    def statement(self, node: ast.stmt, depth: int) -> str:
        inside = "  " * depth + "}"
        match node:
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                return ";"
            case ast.Expr(value=value):
                return f"{self.value(value)};"
            case ast.Break() | ast.Continue():
                return f"{type(node).__name__.lower()};"
            case ast.Return(value=value):
                return f"return {self.value(value)};" if value else "return;"
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                return " ".join(f"{self.value(a)} = {self.value(b)};" for a, b in zip(targets, values, strict=True))
            case ast.Assign(targets=[ast.Tuple(elts=[part, exponent])], value=ast.Call(args=[of])):
                return f"{self.value(part)} = split({self.value(of)}, &{self.value(exponent)});"
            case ast.Assign(targets=[target], value=value):
                return f"{self.value(target)} = {self.value(value)};"
            case ast.AugAssign(target=target, op=op, value=value):
                return f"{self.value(target)} {OPERATORS[type(op)]}= {self.value(value)};"
            case ast.If(test=test, body=body, orelse=otherwise):
                other = f" else {{\n{self.block(otherwise, depth + 1)}{inside}" if otherwise else ""
                return f"if ({self.value(test)}) {{\n{self.block(body, depth + 1)}{inside}{other}"
            case ast.While(test=test, body=body):
                return f"while ({self.value(test)}) {{\n{self.block(body, depth + 1)}{inside}"
            case ast.For(target=target, iter=ast.Call(args=bounds), body=body):
                self.loops += 1
                k, first = f"k{self.loops}", "0" if len(bounds) == 1 else self.value(bounds[0])
                last, step = self.value(bounds[min(1, len(bounds) - 1)]), ast.literal_eval(bounds[2]) if len(bounds) == 3 else 1
                head = f"for (i64 {k} = {first}, end{k} = {last}; {k} {'<' if step > 0 else '>'} end{k}; {k} += {step})"
                return f"{head} {{ {self.value(target)} = {k};\n{self.block(body, depth + 1)}{inside}"
        raise TypeError(ast.dump(node))
