"""The text of the rules: it keeps to the dialect both engines understand, and both engines call it in the same order."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from cisim.model import SCHEDULE
from cisim.scenario import ARMS
from tests.conftest import ROOT
from tests.dialect import OF_COMMUNITY, complaints

PACKAGE = ROOT / "cisim"
VOCABULARY = {"__init__.py", "capacities.py", "codes.py", "metrics.py", "metric_table.py"}  # no rules of agents
RULES = [path for path in sorted((PACKAGE / "model").glob("*.py")) if path.name not in VOCABULARY]
RULE_MODULES = {path.stem for path in RULES} | {"metrics"}
METRICS, ARITHMETIC = PACKAGE / "model" / "metrics.py", PACKAGE / "numerics" / "arithmetic.py"
KERNEL, AGENTS = PACKAGE / "engines" / "kernel.py", PACKAGE / "engines" / "mesa.py"


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


# The dialect -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*RULES, ARITHMETIC], ids=lambda path: path.stem)
def test_rules_keep_to_the_dialect(path: Path) -> None:
    assert complaints(text(path)) == []


def test_metrics_keep_to_the_dialect() -> None:
    assert complaints(text(METRICS), private_may_lack_docstring=True, m_is_metrics=True) == []


def as_rule(body: str) -> str:
    lines = "\n    ".join(body.split("\n"))
    return f'from cisim.numerics.jit import rule\n\n\n@rule\ndef some_rule(npo, c):\n    """What it says."""\n    {lines}\n'


def test_an_ordinary_rule_is_in_the_dialect() -> None:
    body = """p, town = c.p, c.town
total = 0.0
for k in range(p.partners):
    if npo.partners[k] >= 0:
        other = c.npos[npo.partners[k]]
        total += npo.trust[k] * other.size
        npo.trust[k] = npo.trust[k] + 0.5 * (1.0 - npo.trust[k])
town.spent[0] = town.spent[0] + abs(total)
c.backbone.status = npo.member
npo.need = int(total * p.n_needs)"""
    assert complaints(as_rule(body)) == []


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("return sum(npo.trust)", "calls sum()"),
        ("return max(npo.size, 1.0)", "calls max()"),
        ("return min(npo.size, 1.0)", "calls min()"),
        ("return sorted(npo.trust)", "calls sorted()"),
        ("return np.exp(npo.size)", "calls np.exp()"),
        ("return math.exp(npo.size)", "calls math.exp()"),
        ("return math.pi", "reads math.pi"),
        ("npo.sites.append(3)", "calls npo.sites.append()"),
        ("return npo.size**2", "** has no place"),
        ("npo.size **= 2.0", "** has no place"),
        ("return c.town.importance[0, 1]", "a tuple, as in m[g, d]"),
        ("return npo.trust[1:3]", "a slice"),
        ("x = [0.0, 1.0]", "a list"),
        ("x = {1: 0.0}", "a dict"),
        ("x = {1, 2}", "a set"),
        ("x = [k for k in range(3)]", "a comprehension"),
        ("x = {k for k in range(3)}", "a comprehension"),
        ("x = {k: k for k in range(3)}", "a comprehension"),
        ("x = abs(k for k in range(3))", "a generator"),
        ("x = f(lambda: 1)", "lambda"),
        ("def inner():\n    pass", "a function inside a rule"),
        ("class Inner:\n    pass", "a class"),
        ("yield npo.size", "yield"),
        ("global total", "global"),
        ("try:\n    pass\nfinally:\n    pass", "try"),
        ("with c.town:\n    pass", "with"),
        ("raise ValueError", "raise"),
        ("assert npo.size > 0.0", "assert"),
        ("import math", "an import"),
        ("return 3 in npo.sites", "in has no place"),
        ("return npo is c.npos[0]", "is has no place"),
        ("for other in c.npos:\n    pass", "a loop over something else than range()"),
        ("npo.priorities = c.backbone.agenda", "assigns a whole array"),
        ("c.town.importance[0] = c.p.importance[0]", "assigns a whole array"),
        ("a = c.backbone.agenda\nnpo.priorities = a", "assigns a whole array"),
        ("npo.size, npo.quality = 1.0, 2.0", "assigns several fields at once"),
        ("c.npos[0] = npo", "stores a record"),
        ("npo.host = c.npos[0]", "stores a record"),
        ("c.town = c.town", "stores a record"),
        ("c.p = c.p", "stores a record"),
        ('return "collective_impact"', "the text 'collective_impact'"),
        ("return c.p.arm", "p has no field arm"),
        ("return c.arm", "no rule reads the arm"),
        ("return npo.arm", "no rule reads the arm"),
        ("return c.town.open_data", "no rule reads the arm"),
        ("return c.p.no_such_setting", "p has no field no_such_setting"),
        ("p = c.p\nreturn p.no_such_setting", "p has no field no_such_setting"),
        ("return npo.reputatoin", "npo has no field reputatoin"),
        ("npo.reputatoin = 1.0", "npo has no field reputatoin"),
        ("s = c.schools[0]\nreturn s.size", "school has no field size"),
        ("return c.funders[0].reserves", "funder has no field reserves"),
        ("return c.backbone.usual_income", "backbone has no field usual_income"),
        ("town = c.town\nreturn town.reserves", "town has no field reserves"),
        ("return c.history", "the community has no history"),
        ("npos = c.npos\nnpos[0].ranke = 1.0", "npo has no field ranke"),
        ("return whatever.size", "which no record holds"),
        ("return Status.SLEEPING.value", "Status has no member SLEEPING"),
        ("npo.age = npo.age / 4", "puts a float into the int npo.age"),
        ("npo.age = npo.age + 0.25", "puts a float into the int npo.age"),
        ("npo.age += npo.size", "puts a float into the int npo.age"),
        ("n = len(c.npos) / 2\nnpo.sites[0] = n", "puts a float into the int npo.sites[0]"),
        ("npo.alive = npo.size > 0.0", "puts a bool into the int npo.alive"),
        ("c.backbone.status = Status.ACTIVE", "puts an enum into the int c.backbone.status"),
        ("npo.size = 1", "puts an int into the float npo.size"),
        ("npo.size = float(npo.age) if npo.age else 0\nnpo.quality = npo.age", "puts an int into the float npo.quality"),
        ("total = 0\ntotal += npo.size\nreturn total", "total is a whole number in one place and a real one in another"),
    ],
)
def test_what_the_dialect_forbids_is_found(body: str, complaint: str) -> None:
    assert any(complaint in found for found in complaints(as_rule(body))), complaints(as_rule(body))


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ('def f(c):\n    """Words."""\n', "f is not marked @rule"),
        ("@rule\ndef f(c):\n    return 1.0\n", "f has no docstring"),
        ('@rule\ndef f(c, k=1):\n    """Words."""\n', "takes optional arguments"),
        ('@rule\ndef f(*c):\n    """Words."""\n', "takes optional arguments"),
        ("import numpy as np\n", "imports numpy"),
        ("from numpy import exp\n", "imports from numpy"),
        ("import random\n", "imports random"),
        ("class Rule:\n    pass\n", "ClassDef outside a rule"),
        ("cache = {}\n", "Assign outside a rule"),
    ],
)
def test_what_a_file_of_rules_may_not_hold_is_found(source: str, complaint: str) -> None:
    assert any(complaint in found for found in complaints(source))


def test_the_kernel_never_speaks_of_a_arm() -> None:
    tree = ast.parse(text(KERNEL))
    said = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not (said | named) & {"arm", *ARMS}


# The order of a quarter --------------------------------------------------------------------------------------------------

Step = tuple[object, ...]


def functions(tree: ast.Module | ast.ClassDef) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def phases_of_advance(source: str) -> list[str]:
    """The phases the kernel calls each quarter, in order."""
    (loop,) = [node for node in ast.walk(functions(ast.parse(source))["advance"]) if isinstance(node, ast.For)]
    calls = [statement.value for statement in loop.body if isinstance(statement, ast.Expr)]
    return [call.func.id for call in calls if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)]


def steps_of_kernel(source: str) -> dict[str, list[Step]]:
    """For each phase: the rules the kernel calls, on whom, in which loops and under which conditions."""
    return {name: _steps(node.body, {}) for name, node in functions(ast.parse(source)).items() if name != "advance"}


def steps_of_agents(source: str) -> dict[str, list[Step]]:
    """The same of the Mesa engine: a method of an agent stands for the rules it follows, or calls in its body."""
    classes = {node.name: node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}
    methods: dict[tuple[str, str], list[str]] = {}
    for actor, of_actor in {"schools": "School", "npos": "NPO", "funders": "Funder", "backbone": "Backbone"}.items():
        for name, node in functions(classes[of_actor]).items():
            rules = [step[0] for step in _steps(node.body, {})]
            if rules and all(isinstance(rule, str) for rule in rules):
                methods[actor, name] = [str(rule) for rule in rules]
        for node in classes[of_actor].body:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="follows"), args=rules)):
                    methods[actor, name] = [ast.unparse(rule) for rule in rules]
    return {name: _steps(node.body, methods) for name, node in functions(classes["CommunityModel"]).items()}


def _steps(body: list[ast.stmt], methods: dict[tuple[str, str], list[str]]) -> list[Step]:
    steps: list[Step] = []
    for statement in body:
        match statement:
            case ast.For(iter=over, body=inner):
                if found := _steps(inner, methods):
                    steps.append(("for each of", _whom(over, statement), found))
            case ast.If(test=test, body=inner, orelse=[]):
                if found := _steps(inner, methods):
                    steps.append(("if", ast.unparse(test), found))
            case ast.Assign(targets=[ast.Attribute() as target], value=ast.Constant(value=value)):
                steps.append(("set", ast.unparse(target), value))
            case ast.Expr(value=ast.Call() as call) | ast.Assign(value=ast.Call() as call):
                steps += _call(call, methods)
            case ast.Assign(value=ast.Subscript(slice=ast.Call() as call)):
                steps += _call(call, methods)
    return steps


def _call(call: ast.Call, methods: dict[tuple[str, str], list[str]]) -> list[Step]:
    match call.func:
        case ast.Attribute(value=ast.Name(id=module), attr=rule) if module in RULE_MODULES:
            return [(f"{module}.{rule}", _whom(call.args[0], call))]
        case ast.Attribute(value=owner, attr=method) if (_whom(owner, call), method) in methods:
            return [(rule, _whom(owner, call)) for rule in methods[_whom(owner, call), method]]
    return []


def _whom(node: ast.expr, at: ast.AST) -> str:
    """npos, schools, funders or backbone, from c.npos, c.npos[i], range(len(c.npos)), npo; the community otherwise."""
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and part.attr in OF_COMMUNITY:
            return part.attr
        if isinstance(part, ast.Name) and f"{part.id}s" in OF_COMMUNITY:
            return f"{part.id}s"
    return "community"


def test_the_kernel_runs_the_phases_of_the_schedule_in_order() -> None:
    assert tuple(phases_of_advance(text(KERNEL))) == SCHEDULE


def test_the_docstring_of_the_schedule_lists_the_phases_in_order() -> None:
    lines = (ast.get_docstring(ast.parse(text(PACKAGE / "model" / "__init__.py"))) or "").split("\n")
    assert tuple(line.split()[1] for line in lines if line[:2].strip().isdigit()) == SCHEDULE


@pytest.mark.parametrize("phase", SCHEDULE)
def test_both_engines_call_the_same_rules_in_the_same_order(phase: str) -> None:
    ref, comp = steps_of_agents(text(AGENTS))[phase], steps_of_kernel(text(KERNEL))[phase]
    assert comp == ref != []


def test_both_engines_found_the_community_in_the_same_order() -> None:
    assert steps_of_kernel(text(KERNEL))["found"] == steps_of_agents(text(AGENTS))["_found"] != []


LOOP = "    for i in range(len(c.npos)):\n"


@pytest.mark.parametrize(
    ("phase", "before", "after"),
    [
        ("convene", "    backbone.publish_open_data(c)\n", ""),
        ("convene", "backbone.deliberate(c.npos[i], c)", "backbone.align_priorities(c.npos[i], c)"),
        ("learn", f"{LOOP}        learning.adopt_practice", "        learning.adopt_practice"),
        ("join", "    if c.town.tick % 4 == 0:\n        for f", "    if c.town.tick % 4 == 1:\n        for f"),
        ("fund", "        c.backbone.credit = 0.0\n", ""),
        ("plan", "        i = sites.whose_turn(c, k)\n", "        i = k\n"),
        ("plan", "delivery.draft_doses(c.schools[j], c)", "delivery.draft_doses(c.npos[j], c)"),
    ],
)
def test_a_kernel_that_leaves_the_common_order_is_found(phase: str, before: str, after: str) -> None:
    changed = text(KERNEL).replace(before, after, 1)
    assert changed != text(KERNEL)
    assert steps_of_kernel(changed)[phase] != steps_of_agents(text(AGENTS))[phase]


def test_a_kernel_that_swaps_two_phases_is_found() -> None:
    changed = text(KERNEL).replace("        learn(c)\n        relate(c)\n", "        relate(c)\n        learn(c)\n")
    assert tuple(phases_of_advance(changed)) != SCHEDULE
