"""Reads the text of the rules as a reader would: what each sets, which settings it reads, which luck it draws, and in
which order the kernel calls them.

A name is followed through simple assignments (`s = c.schools[j]`, `p, town = c.p, c.town`); where that fails, a field
that only one record has is taken to be that record's.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ACTORS = {"schools": "school", "npos": "npo", "funders": "funder"}
COMMUNITY = {name: f"{kind}[]" for name, kind in ACTORS.items()} | {"backbone": "backbone", "town": "town", "p": "p"}
PARAMETERS = {name: name for name in ("c", "school", "npo", "funder", "backbone", "town", "p")}
PARAMETERS |= {"other": "npo", "m": "metrics"}
NO_RULES = {"__init__", "codes", "metrics", "metric_table"}

Place = str | tuple[str, str] | None
"""What an expression stands for: a record, "record[]" for a list of them, or one field (record, field) of a record."""


@dataclass
class Rule:
    """One rule: where it stands, its docstring, the (record, field) it sets, settings read, kinds of luck drawn."""

    module: str
    name: str
    words: str
    sets: set[tuple[str, str]] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    luck: set[str] = field(default_factory=set)

    @property
    def path(self) -> str:
        return f"{self.module}.{self.name}"


def read_rules(package: Path, records: Mapping[str, Iterable[str]]) -> list[Rule]:
    """All rules of a package's `rules` folder and its metrics, in the order they stand. `records` are fields by record."""
    files = [path for path in sorted((package / "model").glob("*.py")) if path.stem not in NO_RULES]
    owners: dict[str, list[str]] = {}
    for record, fields in records.items():
        for name in fields:
            owners.setdefault(name, []).append(record)
    only = {name: kinds[0] for name, kinds in owners.items() if len(kinds) == 1}
    found = []
    for path in [*files, package / "model" / "metrics.py"]:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                found.append(_read(node, path.stem, only))
    return found


def _read(node: ast.FunctionDef, module: str, only: Mapping[str, str]) -> Rule:
    rule = Rule(module, node.name, ast.get_docstring(node) or "")
    stands: dict[str, Place] = {arg.arg: PARAMETERS[arg.arg] for arg in node.args.args if arg.arg in PARAMETERS}

    def place(expression: ast.expr) -> Place:
        match expression:
            case ast.Name(id=name):
                return stands.get(name)
            case ast.Attribute(value=base, attr=name):
                owner = place(base)
                if owner == "c":
                    return COMMUNITY.get(name)
                if isinstance(owner, str):
                    return owner, name
                return (only[name], name) if name in only else None
            case ast.Subscript(value=base):
                whole = place(base)
                return whole[:-2] if isinstance(whole, str) and whole.endswith("[]") else whole
        return None

    for part in _in_order(node):
        if isinstance(part, ast.Assign | ast.AugAssign):
            for target in part.targets if isinstance(part, ast.Assign) else [part.target]:
                pairs = [(target, part.value)]
                if isinstance(target, ast.Tuple) and isinstance(part.value, ast.Tuple):
                    pairs = list(zip(target.elts, part.value.elts, strict=False))
                for left, right in pairs:
                    if isinstance(left, ast.Name):
                        stands[left.id] = place(right) if isinstance(part, ast.Assign) else None
                    elif isinstance(where := place(left), tuple):
                        rule.sets.add(where)
        elif isinstance(part, ast.Attribute):
            where = place(part)
            if isinstance(where, tuple) and where[0] == "p":
                rule.reads.add(where[1])
            if isinstance(part.value, ast.Name) and part.value.id == "For":
                rule.luck.add(part.attr)
    return rule


def _in_order(node: ast.AST) -> Iterable[ast.AST]:
    """All parts of a rule, an assignment before what stands below it in the text."""
    for child in ast.iter_child_nodes(node):
        yield child
        yield from _in_order(child)


def steps_of(kernel: str) -> dict[str, str]:
    """For each phase of the kernel's text, what it calls, in order, as Markdown: "`a.x`; each npo: `b.y`, `b.z`"."""
    tree = ast.parse(kernel)
    return {node.name: "; ".join(_steps(node.body)) for node in tree.body if isinstance(node, ast.FunctionDef)}


def _steps(body: list[ast.stmt]) -> list[str]:
    steps: list[str] = []
    for statement in body:
        match statement:
            case ast.For(iter=over, body=inner):
                steps.append(f"each {_whom(over)}: {', '.join(_steps(inner))}")
            case ast.If(test=test, body=inner, orelse=other):
                steps.append(f"if `{ast.unparse(test)}`: ({'; '.join(_steps(inner))})")
                if other:
                    steps.append(f"else: ({'; '.join(_steps(other))})")
            case ast.Assign(targets=[ast.Attribute() as target], value=ast.Constant(value=value)):
                steps.append(f"`{ast.unparse(target)} = {value}`")
            case _:
                calls = [node.func for node in ast.walk(statement) if isinstance(node, ast.Call)]
                named = [func for func in calls if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name)]
                steps += [f"`{ast.unparse(func)}`" for func in named]
    return steps


def _whom(over: ast.expr) -> str:
    for part in ast.walk(over):
        if isinstance(part, ast.Attribute) and part.attr in ACTORS:
            return ACTORS[part.attr]
    return f"of `{ast.unparse(over)}`"
