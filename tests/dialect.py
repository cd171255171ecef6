"""The dialect of rules, as a reader of their text: what it may say so that agents and compiled records do the same.

`complaints(source)` lists what a text says that the dialect does not allow. It knows the records of `cisim.engines.world` and
follows which name stands for which record and which number, as far as a reader would.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import IntEnum

import numpy as np

from cisim.engines import world
from cisim.engines.kernel import Community
from cisim.model import codes
from cisim.numerics.chance import For
from cisim.scenario import ARMS

RECORDS = {
    "npo": world.NPO,
    "school": world.SCHOOL,
    "funder": world.FUNDER,
    "backbone": world.BACKBONE,
    "town": world.TOWN,
    "p": world.SETTINGS,
    "metrics": world.METRIC,
}
OF_COMMUNITY = {"npos": "npo[]", "schools": "school[]", "funders": "funder[]", "backbone": "backbone", "town": "town", "p": "p"}
PARAMETERS = {**{name: name for name in RECORDS}, "c": "community", "other": "npo", "npos": "npo[]"}
ENUMS = {"For": For} | {name: kind for name, kind in vars(codes).items() if isinstance(kind, type) and issubclass(kind, IntEnum)}
FROM_MATH = {"sqrt": "float", "floor": "int"}
BUILTINS = {"range": "?", "len": "int", "int": "int", "float": "float", "abs": "?"}
FLOATS = {"exp", "log", "power", "logistic", "normal_quantile", "chance", "chance_ever", "normal", "normal_ever"}
FLOATS |= {"number", "normal_number"}
ARMS = {"arm", "name", *ARMS}

NO_STATEMENT = {
    ast.Try: "try",
    ast.With: "with",
    ast.Lambda: "lambda",
    ast.ClassDef: "a class",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
    ast.Global: "global",
    ast.Nonlocal: "nonlocal",
    ast.Raise: "raise",
    ast.Assert: "assert",
    ast.Delete: "del",
    ast.Import: "an import",
    ast.ImportFrom: "an import",
    ast.List: "a list",
    ast.Dict: "a dict",
    ast.Set: "a set",
    ast.ListComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.GeneratorExp: "a generator",
    ast.JoinedStr: "text",
    ast.Starred: "a star",
    ast.Slice: "a slice",
    ast.Match: "match",
    ast.NamedExpr: ":=",
    ast.Pow: "**",
    ast.In: "in",
    ast.NotIn: "in",
    ast.Is: "is",
    ast.IsNot: "is",
}


def complaints(source: str, *, private_may_lack_docstring: bool = False, m_is_metrics: bool = False) -> list[str]:
    """What the dialect does not allow in a file of rules: a sentence each, with its line. Nothing where all is well."""
    tree = ast.parse(source)
    known = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    found = list(_module(tree, known))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            if not any(isinstance(d, ast.Name) and d.id == "rule" for d in node.decorator_list):
                found.append((node.lineno, f"{node.name} is not marked @rule"))
            if not ast.get_docstring(node) and not (private_may_lack_docstring and node.name.startswith("_")):
                found.append((node.lineno, f"{node.name} has no docstring"))
            found += _Rule(node, known, m_is_metrics).complaints()
    return [f"line {line}: {sentence}" for line, sentence in sorted(set(found))]


def _module(tree: ast.Module, known: set[str]) -> Iterator[tuple[int, str]]:
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            if not (node.module or "").startswith("cisim."):
                yield node.lineno, f"imports from {node.module}"
            known.update(alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name != "math" or alias.asname:
                    yield node.lineno, f"imports {alias.name}"
        else:
            docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            constant = isinstance(node, ast.Assign) and all(ast.unparse(target).isupper() for target in node.targets)
            if not (docstring or constant or isinstance(node, ast.FunctionDef)):
                yield node.lineno, f"{type(node).__name__} outside a rule"


class _Rule:
    """One rule: which name stands for what (`kinds`), and what it says wrong.

    A kind is a record ("npo"), a list of them ("npo[]"), an array field ("array"), a number ("int", "float"), "bool",
    "enum", "community", or "?" where a reader could not tell.
    """

    def __init__(self, function: ast.FunctionDef, known: set[str], m_is_metrics: bool) -> None:
        self.function, self.known = function, known
        self.kinds = {a.arg: PARAMETERS[a.arg] for a in function.args.args if a.arg in PARAMETERS}
        if m_is_metrics and any(a.arg == "m" for a in function.args.args):
            self.kinds["m"] = "metrics"
        self.mixed: set[str] = set()
        body = function.body[1:] if ast.get_docstring(function) else function.body
        self.nodes = [node for statement in body for node in ast.walk(statement)]
        for _ in range(3):  # a name may be read above the line that tells what it is
            for node in self.nodes:
                self._learn(node)

    # which name stands for what

    def _learn(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                values = node.value.elts if isinstance(node.value, ast.Tuple) else None
                if isinstance(target, ast.Tuple):
                    for k, name in enumerate(target.elts):
                        self._bind(name, self.kind(values[k]) if values else "?")
                else:
                    self._bind(target, self.kind(node.value))
        elif isinstance(node, ast.AugAssign):
            self._bind(node.target, self._arithmetic(node.op, self.kind(node.target), self.kind(node.value)))
        elif isinstance(node, ast.For):
            self._bind(node.target, "int")

    def _bind(self, target: ast.expr, kind: str) -> None:
        if isinstance(target, ast.Name) and kind != "?":
            if {self.kinds.get(target.id, kind), kind} == {"int", "float"}:
                self.mixed.add(target.id)
            self.kinds.setdefault(target.id, kind)
            if target.id not in self.mixed:
                self.kinds[target.id] = kind

    def kind(self, node: ast.expr) -> str:
        match node:
            case ast.Constant(value=value):
                return {bool: "bool", int: "int", float: "float"}.get(type(value), "?")
            case ast.Name(id=name):
                return self.kinds.get(name, "?")
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id=enum)), attr="value") if enum in ENUMS:
                return "int"
            case ast.Attribute(value=ast.Name(id=enum)) if enum in ENUMS:
                return "enum"
            case ast.Attribute(value=owner, attr=field):
                return self._field(self.kind(owner), field)
            case ast.Subscript(value=owner):
                return self._item(self.kind(owner))
            case ast.UnaryOp(op=ast.Not()) | ast.Compare() | ast.BoolOp():
                return "bool"
            case ast.UnaryOp(operand=operand):
                return self.kind(operand)
            case ast.BinOp(left=left, op=op, right=right):
                return self._arithmetic(op, self.kind(left), self.kind(right))
            case ast.IfExp(body=body, orelse=other):
                kinds = {self.kind(body), self.kind(other)}
                return kinds.pop() if len(kinds) == 1 else "?"
            case ast.Call(func=ast.Name(id=name), args=args):
                if name in ("abs", "clamp") and args:
                    return self.kind(args[0])
                return "float" if name in FLOATS else "int" if name == "pick" else BUILTINS.get(name, "?")
            case ast.Call(func=ast.Attribute(value=ast.Name(id="math"), attr=name)):
                return FROM_MATH.get(name, "?")
        return "?"

    @staticmethod
    def _field(owner: str, field: str) -> str:
        if owner == "community":
            return OF_COMMUNITY.get(field, "?")
        fields = RECORDS[owner].fields if owner in RECORDS else None
        if not fields or field not in fields:
            return "?"
        return _number(fields[field][0])

    @staticmethod
    def _item(owner: str) -> str:
        if owner.startswith("array "):
            _, kind, depth = owner.split()
            return kind if depth == "1" else f"array {kind} {int(depth) - 1}"
        return owner.removesuffix("[]") if owner.endswith("[]") else "?"

    @staticmethod
    def _arithmetic(op: ast.operator, left: str, right: str) -> str:
        if isinstance(op, ast.Div) or "float" in (left, right):
            return "float"
        return "int" if {left, right} <= {"int", "bool", "enum"} else "?"

    # what is wrong

    def complaints(self) -> Iterator[tuple[int, str]]:
        arguments = self.function.args
        if arguments.defaults or arguments.kwonlyargs or arguments.vararg or arguments.kwarg:
            yield self.function.lineno, "takes optional arguments"
        for name in self.mixed:
            yield self.function.lineno, f"{name} is a whole number in one place and a real one in another"
        tuples = {id(part) for node in self.nodes if isinstance(node, ast.Assign) for part in [node.value, *node.targets]}
        allowed_calls = {id(node.func) for node in self.nodes if isinstance(node, ast.Call)}
        for node in self.nodes:
            line = getattr(node, "lineno", self.function.lineno)
            if type(node) in NO_STATEMENT:
                yield line, f"{NO_STATEMENT[type(node)]} has no place in a rule"
            elif isinstance(node, ast.FunctionDef):
                yield line, "a function inside a rule"
            elif isinstance(node, ast.Tuple) and id(node) not in tuples:
                yield line, "a tuple, as in m[g, d]: write m[g][d]"
            elif isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)):
                yield line, f"the text {node.value!r}"
            elif isinstance(node, ast.For) and not (isinstance(node.iter, ast.Call) and _called(node.iter) == "range"):
                yield line, "a loop over something else than range()"
            elif isinstance(node, ast.Call):
                yield from ((line, what) for what in self._call(node))
            elif isinstance(node, ast.Attribute) and id(node) not in allowed_calls:
                yield from ((line, what) for what in self._attribute(node))
            elif isinstance(node, (ast.Assign, ast.AugAssign)):
                yield from ((line, what) for what in self._assignment(node))

    def _call(self, node: ast.Call) -> Iterator[str]:
        name = _called(node)
        if isinstance(node.func, ast.Name):
            if name not in self.known and name not in BUILTINS:
                yield f"calls {name}(), which is neither a rule nor of arithmetic"
        elif not (isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "math" and name in FROM_MATH):
            yield f"calls {ast.unparse(node.func)}()"

    def _attribute(self, node: ast.Attribute) -> Iterator[str]:
        owner = self.kind(node.value)
        if owner == "community":
            if node.attr not in Community._fields:
                yield f"the community has no {node.attr}"
        elif owner in RECORDS:
            if node.attr not in (RECORDS[owner].names or ()):
                yield f"{owner} has no field {node.attr}"
        elif isinstance(node.value, ast.Name) and node.value.id in ENUMS:
            if node.attr not in ENUMS[node.value.id].__members__:
                yield f"{node.value.id} has no member {node.attr}"
        elif not (owner == "enum" and node.attr == "value"):
            yield f"reads {ast.unparse(node)}, which no record holds"
        if node.attr in ARMS and owner != "p":
            yield f"reads {node.attr}: no rule reads the arm"

    def _assignment(self, node: ast.Assign | ast.AugAssign) -> Iterator[str]:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if isinstance(target, ast.Name):
                continue
            if isinstance(target, ast.Tuple):
                if not all(isinstance(part, ast.Name) for part in target.elts):
                    yield "assigns several fields at once"
                continue
            there, here = self.kind(target), self.kind(node.value)
            if isinstance(node, ast.AugAssign):
                here = self._arithmetic(node.op, there, here)
            if there.startswith("array") or here.startswith("array"):
                yield "assigns a whole array: agents would share it, records copy it"
            elif {there, here} & ({"community", *RECORDS} | {f"{name}[]" for name in RECORDS}):
                yield "stores a record: agents would share it, records copy it"
            elif there in ("int", "float") and here != "?" and here != there:
                yield f"puts {'an' if here[0] in 'ie' else 'a'} {here} into the {there} {ast.unparse(target)}"
            elif isinstance(target, ast.Attribute) and there == "?":
                yield f"sets {ast.unparse(target)}, which no record holds"


def _number(dtype: np.dtype) -> str:  # type: ignore[type-arg]
    kind = "int" if dtype.base.kind == "i" else "float"
    return f"array {kind} {len(dtype.shape)}" if dtype.shape else kind


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""
