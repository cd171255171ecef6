"""Writes the generated parts of docs/model.md from the code itself, so that the description of the model cannot drift.

    python -m docs.odd

Prose is written by hand, in the page. What stands between `<!-- begin NAME ... -->` and `<!-- end NAME -->` comes from
here: settings from their schema, records from their types and from docs/fields.toml, rules from their docstrings and
from the tree of their text. Whatever is new there (a section, a file of rules, a field, a kind of luck) appears by itself.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from pathlib import Path
from typing import Any, get_args

import numpy as np

import cisim
from cisim.engines import world
from cisim.model import SCHEDULE, codes
from cisim.model.capacities import CAPACITY
from cisim.model.metrics import METRICS
from cisim.numerics.chance import For
from cisim.scenario import CONDITIONS, MORE_ARMS, PRESETS, SHARED_BY_ALL_ARMS
from cisim.scenario.settings import SECTIONS, Indicator, Intervention, Section, Settings
from cisim.scenario.variants import VARIANTS
from docs.reading import Rule, read_rules, steps_of

PACKAGE = Path(cisim.__file__).resolve().parent
PAGE = Path(__file__).resolve().parent / "model.md"
FIELDS = Path(__file__).resolve().parent / "fields.toml"
MODULE = "python -m docs.odd"
PER = {
    "D": "need",
    "G": "stage",
    "GD": "stage x need",
    "GS": "stage x district",
    "K": "acquaintance",
    "M": "site",
    "A": "prospect",
    "I": "indicator",
    "H": "function",
    "U": "use of money",
    "N": "intervention",
    "S": "district",
    "DW": "need x combination of choices",
    "C": "purpose of a draw",
    "DP": "need x programme of its menu",
}
"""What the letters of `cisim.engines.world` count. A letter that is not here is shown as it stands."""


def filled(page: str, parts: Mapping[str, Callable[[], str]], command: str, others: bool = False) -> str:
    """The page with its generated parts written anew. Raises ValueError for a part it does not know (unless there may be
    `others`, which then stay as they are), or one left out."""
    seen = []

    def written(match: re.Match[str]) -> str:
        name = match["name"]
        if others and name not in parts:
            return match[0]
        if name not in parts:
            raise ValueError(f'there is no part "{name}": known are {", ".join(parts)}')
        seen.append(name)
        return f"<!-- begin {name} (written by {command}) -->\n\n{parts[name]().strip()}\n\n<!-- end {name} -->"

    whole = re.sub(r"<!-- begin (?P<name>\w+)[^>]*-->.*?<!-- end (?P=name) -->", written, page, flags=re.DOTALL)
    if sorted(seen) != sorted(parts):
        raise ValueError(f"the page must have each of these parts once: {', '.join(parts)}; it has {', '.join(seen)}")
    return whole


# Markdown ----------------------------------------------------------------------------------------------------------------


SPECIAL = re.compile(r"[*<~\\]|\b_|_\b|\](?=\()")
"""What Markdown would not show as written."""


def prose(text: str) -> str:
    """A docstring as Markdown: one paragraph, its formulas shown as written (what stands in backticks stays)."""
    parts = re.split(r"(`[^`]*`)", re.sub(r"\s+", " ", text).strip())
    return "".join(part if part.startswith("`") else SPECIAL.sub(r"\\\g<0>", part) for part in parts)


def code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def table(head: str, rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table: head as "a | b", rows of cells."""
    titles = [title.strip() for title in head.split("|")]
    lines = [titles, ["---"] * len(titles), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: Any) -> str:
    """A value as one would type it into a scenario."""
    if isinstance(value, list):
        return f"[{', '.join(number(v) for v in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.10g}" if isinstance(value, int | float) else str(value)


# Settings ----------------------------------------------------------------------------------------------------------------


def sections() -> dict[str, type[Section]]:
    """All sections by name, then what a file may hold several of."""
    return SECTIONS | {"indicator": Indicator, "intervention": Intervention}


def setting_row(path: str, info: Any) -> list[str]:
    extra = info.json_schema_extra or {}
    low, high = extra.get("low"), extra.get("high")
    span = f"{number(low)} to {number(high)}" if low is not None else ""
    if not span and (choices := [c for c in get_args(info.annotation) if isinstance(c, str)]):
        span = ", ".join(choices)
    plausible = ""
    if near := extra.get("plausible"):
        factors = "default x " if isinstance(info.get_default(call_default_factory=True), list) else ""
        plausible = f"{factors}{number(near[0])} to {number(near[1])}"
    acts = f"choice of {by}" if (by := extra.get("decided_by")) else "place"
    default = "(must be given)" if info.is_required() else number(info.get_default(call_default_factory=True))
    cells = (default, span, plausible, extra.get("unit", ""), acts, info.description or "", extra.get("source", ""))
    return [f"`{path}`", *(prose(str(cell)) for cell in cells)]


def all_settings() -> str:
    """Every setting, a table a section."""
    blocks, sources = [], []
    for name, kind in sections().items():
        rows = [setting_row(f"{name}.{key}", info) for key, info in kind.model_fields.items()]
        sources += [row[-1] for row in rows if name in Settings.model_fields and name != "switches"]
        shared = " The same in every arm." if name in SHARED_BY_ALL_ARMS and "in every arm" not in (kind.__doc__ or "") else ""
        blocks.append(f"### {name}\n\n{prose(kind.__doc__ or '')}{shared}\n\n")
        blocks[-1] += table("setting | default | range | plausible | unit | acts | meaning | source", rows)
    assumed = sum("assumed" in source for source in sources)
    count = f"Of these {len(sources)} settings (switches apart), {assumed} say in their source that the value is assumed."
    return "\n\n".join([*blocks, count])


def arms() -> str:
    """The arms, what each switches on, and what none may change."""
    rows = []
    for name, (label, preset) in PRESETS.items():
        on = [f"{section}.{key}" for section, keys in preset.items() for key in keys]
        rows.append([f"`{name}`", label, code(on) or "nothing"])
    described = SECTIONS["switches"].model_fields
    conditions = [[f"`{name}`", prose(described[name].description or "")] for name in CONDITIONS]
    named = f"{code(MORE_ARMS)}: these run only where they are named (`--arms`)."
    shared = f"All arms share these sections: {code(SHARED_BY_ALL_ARMS)}."
    blocks = [table("arm | called | switches on, or sets", rows), named, table("condition | what it is", conditions), shared]
    return "\n\n".join(blocks)


def capacities() -> str:
    return "A record holds at most " + ", ".join(f"{n} {what}" for what, n in CAPACITY.items()) + "."


# Records -----------------------------------------------------------------------------------------------------------------


def records() -> dict[str, np.dtype[Any]]:
    """The record types of agents and town, by the name rules use."""
    types = {name: kind for name, kind in vars(world).items() if name.isupper() and isinstance(kind, np.dtype)}
    return {name.lower(): kind for name, kind in types.items() if name not in ("METRIC", "SETTINGS")}


def meanings() -> dict[str, dict[str, str]]:
    """What each field of each record means, as docs/fields.toml tells."""
    return tomllib.loads(FIELDS.read_text(encoding="utf-8"))


def lengths(source: str) -> dict[tuple[str, str], str]:
    """For (record, field): the letter of its length, from the text of world.py."""
    found = {}
    for record, body in re.findall(r'^([A-Z]+) = _dtype\("""(.*?)"""\)', source, re.DOTALL | re.MULTILINE):
        for field, letter in re.findall(r"(\w+)\[(\w+)\]", body):
            found[record.lower(), field] = letter
    return found


def state_variables() -> str:
    """The fields of every record type: what each means, how many numbers of which kind, and the rules that set them."""
    rules = read_rules(PACKAGE, {name: kind.names or () for name, kind in records().items()})
    told = meanings()
    long = lengths(Path(world.__file__).read_text(encoding="utf-8"))
    blocks = []
    for record, kind in records().items():
        rows = []
        for field in kind.names or ():
            subtype, shape = kind[field].base, kind[field].shape
            whole = "whole number" if subtype.kind == "i" else "real number"
            letter = long.get((record, field), "")
            per = f" per {PER.get(letter, letter)}" if letter else f", {shape}" if shape else ""
            setters = [rule.path for rule in rules if (record, field) in rule.sets]
            meaning = prose(told.get(record, {}).get(field, ""))
            rows.append([f"`{field}`", meaning, whole + per, code(setters)])
        blocks.append(f"### {record}\n\n{table('field | meaning | kind | set by', rows)}")
    return "\n\n".join([*blocks, capacities()])


# Rules -------------------------------------------------------------------------------------------------------------------


def kernel_text() -> str:
    return (PACKAGE / "engines" / "kernel.py").read_text(encoding="utf-8")


def schedule() -> str:
    """One quarter: each phase, what happens in it, and the rules the kernel calls, in order."""
    from cisim import model

    said = dict(re.findall(r"^ *\d+ +(\w+) +(.+)$", model.__doc__ or "", re.MULTILINE))
    steps = steps_of(kernel_text())
    rows = [[str(k), f"`{phase}`", prose(said[phase]), steps[phase]] for k, phase in enumerate(SCHEDULE, 1)]
    return table("| phase | what happens | rules, in order", rows)


def founding() -> str:
    return steps_of(kernel_text())["found"] + "."


def in_order(names: Iterable[str]) -> list[str]:
    """Files of rules in the order the kernel first calls them, then those that only other rules call."""
    called = re.findall(r"\b(\w+)\.\w+\(", kernel_text().split("def found", 1)[-1])
    return sorted(names, key=lambda name: (called.index(name) if name in called else len(called), name))


def submodels(package: Path = PACKAGE) -> str:
    """Every file of rules: its opening words, its rules in words, and the settings and kinds of luck they use."""
    rules = read_rules(package, {name: kind.names or () for name, kind in records().items()})
    paths = dict(world.SETTING_PATHS)
    blocks = []
    for name in in_order({rule.module for rule in rules if rule.module != "metrics"}):
        own = [rule for rule in rules if rule.module == name]
        opening = ast.get_docstring(ast.parse((package / "model" / f"{name}.py").read_text(encoding="utf-8"))) or ""
        lines = [f"### {name.replace('_', ' ')}", "", *(prose(part) + "\n" for part in opening.split("\n\n"))]
        lines += [f"- `{rule.path}`: {prose(rule.words)}" for rule in own if rule.words]
        drawn = sorted({f"For.{x}" for r in own for x in r.luck})
        for title, used in (("Settings", _settings_of(own, paths)), ("Random draws", drawn)):
            if used:
                lines += ["", f"{title}: {code(used)}."]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _settings_of(rules: Iterable[Rule], paths: Mapping[str, str]) -> list[str]:
    return sorted({paths[name] for rule in rules for name in rule.reads if name in paths})


def luck() -> str:
    """Every kind of luck, its number in a draw's address, and the rules that draw it."""
    rules = read_rules(PACKAGE, {name: kind.names or () for name, kind in records().items()})
    rows = [[f"`For.{kind.name}`", str(kind.value), code(r.path for r in rules if kind.name in r.luck)] for kind in For]
    return table("kind | number | drawn by", rows)


# Measures and words ------------------------------------------------------------------------------------------------------


def metrics() -> str:
    """Every metric: unit, how many numbers, definition."""
    rows = [
        [f"`{name}`", prose(unit), " x ".join(map(str, shape)) or "1", prose(meaning)]
        for name, (shape, unit, meaning) in METRICS.items()
    ]
    return table("metric | unit | numbers | definition", rows)


def vocabularies() -> str:
    """Every closed vocabulary, its words and their codes."""
    kinds = [k for k in vars(codes).values() if isinstance(k, type) and issubclass(k, IntEnum) and k is not IntEnum]
    rows = [[kind.__name__, prose(kind.__doc__ or ""), ", ".join(f"{m.value} {m.name.lower()}" for m in kind)] for kind in kinds]
    return table("vocabulary | what it says | words", [[cell.replace("_", " ") for cell in row] for row in rows])


def variants() -> str:
    """Readings of the theory: what each changes, and what one then holds to be true."""
    rows = []
    for one in VARIANTS.values():
        settings = code(f"{path} = {number(value)}" for path, value in one.settings.items())
        rows.append([f"`{one.name}`", prose(one.reading), settings, prose(one.source)])
    return table("variant | reading | settings | source", rows)


PARTS: dict[str, Callable[[], str]] = {
    "state_variables": state_variables,
    "arms": arms,
    "schedule": schedule,
    "luck": luck,
    "metrics": metrics,
    "vocabularies": vocabularies,
    "founding": founding,
    "submodels": submodels,
    "settings": all_settings,
    "variants": variants,
}


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), PARTS, MODULE), encoding="utf-8")
