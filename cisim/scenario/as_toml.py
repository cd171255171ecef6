"""A scenario as a TOML file again: only what its own file and the changes to it set, whatever they were read from.

files = as_toml(scenario, "mine.toml")          # the text of each file, by name
write_toml(scenario, Path("mine.toml"))         # the same, written; `cisim compare mine.toml` takes it
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cisim.errors import InputError
from cisim.scenario import Scenario

BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def as_toml(scenario: Scenario, name: str, comment: str = "") -> dict[str, str]:
    """The texts of the files that make the scenario again, by name: `name` itself, and beside it the community's own CSV
    files, if there are any, as NAME_schools.csv and so on. `comment` opens the file; without one, the scenario's own does."""
    tables = copy.deepcopy(scenario.raw)
    read = dict(scenario.community.files)
    beside = {}
    for kind, path in scenario.community_files.items():
        tables["community"][kind] = f"{Path(name).stem}_{kind}.csv"
        beside[tables["community"][kind]] = read[path]
    lines = [f"# {line}".rstrip() for line in (comment or scenario.comment).splitlines()]
    return {name: "\n".join([*lines, *([""] if lines else []), *_table(tables)]) + "\n", **beside}


def write_toml(scenario: Scenario, path: Path, comment: str = "") -> list[Path]:
    """Writes these files and returns where they are. Raises InputError rather than writing over another CSV file."""
    files = {path.with_name(name): text for name, text in as_toml(scenario, path.name, comment).items()}
    for file, text in files.items():
        if file != path and file.exists() and file.read_bytes() != text.encode():
            raise InputError(str(path), f"{file.name} beside it is another file, which would be lost: give another name.")
    for file, text in files.items():
        file.write_bytes(text.encode())  # as it was read: a spreadsheet's own line ends stay
    return list(files)


def _table(table: Mapping[str, Any], path: str = "") -> list[str]:
    """The lines of a table: its own values, then the tables inside it."""
    inside = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    lines = [f"{_key(key)} = {in_toml(value)}" for key, value in table.items() if key not in inside]
    for key, value in inside.items():
        name = f"{path}{_key(key)}"
        heading = not value or any(not isinstance(one, Mapping) for one in value.values())
        lines += [*(["", f"[{name}]"] if heading else []), *_table(value, f"{name}.")]
    return lines


def _key(key: str) -> str:
    return key if BARE.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")  # the one sign JSON leaves bare and TOML does not


def in_toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(key)} = {in_toml(one)}' for key, one in value.items())} }}"
    if isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        return "[\n" + "".join(f"    {in_toml(one)},\n" for one in value) + "]"
    if isinstance(value, list):
        return f"[{', '.join(in_toml(one) for one in value)}]"
    return repr(value)
