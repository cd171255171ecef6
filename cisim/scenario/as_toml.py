"""A scenario as a TOML file again: only the settings of its own file and the changes to it.

files = as_toml(scenario, "mine.toml")          # the text of each file, by name
write_toml(scenario, Path("mine.toml"))         # the same, written; `cisim compare mine.toml` takes it
"""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit

from cisim.errors import InputError
from cisim.scenario import Scenario
from cisim.scenario.community import WITHIN


def as_toml(scenario: Scenario, name: str, comment: str = "") -> dict[str, str]:
    """The texts of the files that make the scenario again, by name: `name` itself, and the community's own CSV files, if there
    are any, as NAME_schools.csv and so on. `comment` opens the file (default: the scenario's own comment)."""
    tables, texts = copy.deepcopy(scenario.raw), dict(scenario.community.files)
    tables.pop(WITHIN, None)
    others = {}
    for kind, path in scenario.community_files.items():
        tables["community"][kind] = f"{Path(name).stem}_{kind}.csv"
        others[tables["community"][kind]] = texts[path]
    return {name: text_of_tables(tables, comment or scenario.comment), **others}


def write_toml(scenario: Scenario, path: Path, comment: str = "") -> list[Path]:
    """Writes these files and returns their paths. Raises InputError rather than overwriting another CSV file."""
    files = {path.with_name(name): text for name, text in as_toml(scenario, path.name, comment).items()}
    for file, text in files.items():
        if file != path and file.exists() and file.read_bytes() != text.encode():
            sentence = f"{file.name} in the same folder is another file, which would be lost: give another name."
            raise InputError(str(path), sentence)
    for file, text in files.items():
        file.write_bytes(text.encode())  # as it was read: the line ends of a spreadsheet program stay
    return list(files)


def text_of_tables(tables: Mapping[str, Any], comment: str = "") -> str:
    """Tables as a TOML text below an opening comment; it reads as the same tables again."""
    lines = [f"# {line}".rstrip() for line in comment.splitlines()]
    held = tables.get(WITHIN)
    laid = _laid_out(tables)
    if isinstance(held, Mapping):  # the texts of files keep their lines
        laid[WITHIN] = {name: tomlkit.string(text, multiline=True) for name, text in held.items()}
    return "\n".join([*lines, *([""] if lines else []), tomlkit.dumps(laid)])


def in_toml(value: Any) -> str:
    """A value as TOML writes it."""
    text: str = tomlkit.item(_laid_out(value)).as_string()
    return text


def _laid_out(value: Any) -> Any:
    """The same value, with a list of tables as one list of a line each rather than as a heading for every table."""
    if isinstance(value, Mapping):
        return {key: _laid_out(one) for key, one in value.items()}
    if not (isinstance(value, list) and any(isinstance(one, Mapping) for one in value)):
        return value
    lines = tomlkit.array().multiline(True)
    lines.extend(value)
    return lines
