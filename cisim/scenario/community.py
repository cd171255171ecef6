"""Your own community: schools, NPOs and funders from CSV files, one row each, instead of generated ones.

Numbers of a file are kept to the last digit. Values of empty cells and missing columns are drawn as for a generated community.
"""

import functools
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from cisim.errors import InputError
from cisim.model.capacities import CAPACITY
from cisim.scenario.mistakes import describe
from cisim.scenario.settings import SECTIONS, Settings, setting, span_of
from cisim.scenario.spreadsheet import Row, number, parse
from cisim.scenario.toml_file import is_there, text_of
from cisim.text.english import nearest, shown

NEED = "<need>"  # in a column's name: each of the community's needs, as in provision_health
WITHIN = "files"  # the table of a scenario file that holds the texts of its CSV files
NOT_GIVEN = -1.0  # the value in a record if the file has none; all numbers of a file are 0 or more
REQUIRED = "required"
MARGIN = 0.05  # own provision stays this far below the ceiling, as when it is drawn, so every need leaves something to do
EXAMPLE = Path(__file__).with_name("example")
MOST_ROWS = {"schools": 2_000, "npos": 100_000, "funders": 1_000}
"""The longest file of each kind that is read; a community that is drawn may be larger."""


def extra_of(info: FieldInfo) -> dict[str, Any]:
    """Range, unit and source of a setting or column."""
    return info.json_schema_extra  # type: ignore[return-value]


def _bounds(section: str, key: str) -> tuple[float, float]:
    """The range of a setting, which also holds for a column that is drawn around it."""
    extra = extra_of(SECTIONS[section].model_fields[key])
    return extra["low"], extra["high"]


def _column(unit: str, meaning: str, empty: str = REQUIRED, range: str = "") -> FieldInfo:
    """One block of columns.toml: text, or a number in a range, which may be that of a setting."""
    low, high = span_of(range) or (None, None) if " to " in range or not range else _bounds(*range.split("."))
    meaning = meaning.replace("<margin>", str(MARGIN))
    return setting(NOT_GIVEN if range else "", low, high, unit, meaning, empty)  # type: ignore[no-any-return]


COLUMNS: dict[str, dict[str, FieldInfo]] = {
    kind: {name: _column(**block) for name, block in columns.items()}
    for kind, columns in tomllib.loads(Path(__file__).with_name("columns.toml").read_text(encoding="utf-8")).items()
}
"""The columns of each file. A column's `source` says what happens if its cell is empty."""

Fields = tuple[tuple[str, tuple[Any, ...]], ...]


@dataclass(frozen=True)
class OwnCommunity:
    """The content of the files, row by row; empty for what the model generates.

    `schools`, `npos` and `funders` hold (field of the record, one value a row), -1 for an empty cell; lists have an entry for
    each need (sites: each place in a record). `files` keeps the texts, by path, so that the scenario can be changed, sent to
    other processes and compared without the files.
    """

    school_names: tuple[str, ...] = ()
    npo_names: tuple[str, ...] = ()
    funder_names: tuple[str, ...] = ()
    district_names: tuple[str, ...] = ()
    schools: Fields = field(default=(), repr=False)
    npos: Fields = field(default=(), repr=False)
    funders: Fields = field(default=(), repr=False)
    files: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def stages(self) -> set[int]:
        """The stages that have a school, by index; empty if schools are generated."""
        return set(dict(self.schools).get("stage", ()))

    @property
    def annual_budget(self) -> float | None:
        """The sum of the funders' budgets ($k/year); None without their file."""
        return _total(self.funders) if self.funders else None


def file_names(tables: Mapping[str, Any]) -> dict[str, str]:
    """Which of schools, npos and funders a scenario's tables take from a file, and its path as written there."""
    section = tables.get("community")
    return {kind: section[kind] for kind in COLUMNS if isinstance(section, Mapping) and isinstance(section.get(kind), str)}


def files_within(tables: Mapping[str, Any], where: str) -> dict[str, str]:
    """The texts of CSV files that a scenario file holds itself, in [files], by the path that it uses for them."""
    held = tables.get(WITHIN, {})
    if not isinstance(held, Mapping) or not all(isinstance(text, str) for text in held.values()):
        raise InputError(where, f'[{WITHIN}] holds the texts of CSV files, each by its name: write "schools.csv" = """...""".')
    return dict(held)


def read_files(
    names: Mapping[str, str], known: Mapping[str, str], folder: Path | None, settings: Any, where: str
) -> tuple[OwnCommunity, Any]:
    """The content of the files, and the scenario's settings with the counts, districts and annual budget that follow from it.

    `names` are paths by kind, relative to `folder`; `known` holds texts read before, by path; without a folder no others are
    read. Raises InputError.
    """
    texts = {name: known[name] if name in known else _text_of(kind, name, folder, where) for kind, name in names.items()}
    needs, stages = tuple(settings.community.needs), tuple(settings.community.stages)
    found: dict[str, Any] = {}
    if name := names.get("schools"):
        found |= _schools(name, texts[name], needs, stages, settings.skills.ceiling)
    if name := names.get("npos"):
        sites = tuple(zip(found["school_names"], dict(found["schools"])["stage"], strict=True)) if "schools" in names else None
        found |= _npos(name, texts[name], needs, sites)
    if name := names.get("funders"):
        found |= _funders(name, texts[name], needs)
    own = OwnCommunity(**found, files=tuple(sorted(texts.items())))
    counts = {kind: len(getattr(own, f"{kind[:-1]}_names")) for kind in names}
    if own.district_names:
        counts["districts"] = len(own.district_names)
    changed = {"community": settings.community.model_copy(update=counts)}
    if own.annual_budget is not None:
        changed["money"] = settings.money.model_copy(update={"annual_budget": own.annual_budget})
    return own, settings.model_copy(update=changed)


def check_agreement(own: OwnCommunity, names: Mapping[str, str], tables: Mapping[str, Any], where: str) -> None:
    """Raises InputError if the scenario sets districts or a budget that differ from those of its files."""
    districts = tables.get("community", {}).get("districts")
    if own.district_names and districts not in (None, len(own.district_names)):
        sentence = f"community.districts = {districts}, but {names['schools']} names {len(own.district_names)}"
        raise InputError(where, f"{sentence}: leave the setting out, it follows from the file.")
    total, budget = own.annual_budget, tables.get("money", {}).get("annual_budget")
    if total is not None and budget is not None and abs(budget - total) > 1e-9 * total:
        sentence = f"money.annual_budget = {budget:g}, but the budgets in {names['funders']} sum to {total:.10g}"
        raise InputError(where, f"{sentence} $k: leave the setting out, it follows from the file.")


def _text_of(kind: str, name: str, folder: Path | None, where: str) -> str:
    """The text of a file. If it is missing, that is an error in the scenario that names it."""
    if folder is None:
        sentence = f'community.{kind} = "{shown(name)}": that file is not among those kept with the results'
        raise InputError(where, f"{sentence}, and no other is read. Run the experiment again, into another folder.")
    number = describe(SECTIONS["community"].model_fields[kind])
    instead = f"give {number}, or a CSV file with one row each"
    path = folder / name
    if not name.strip() or not is_there(path):
        sentence = f'community.{kind} = "{shown(name)}": there is no such file'
        raise InputError(where, f"{sentence}; {instead}, its path relative to the scenario file.")
    return text_of(path, name, as_written=True)


def _rows(kind: str, name: str, text: str, needs: Sequence[str]) -> tuple[Row, ...]:
    """The rows of a file, no two with the same name."""
    columns = [column.replace(NEED, need) for column in COLUMNS[kind] for need in (needs if NEED in column else [""])]
    required = {column: describe(info) for column, info in COLUMNS[kind].items() if extra_of(info)["source"] == REQUIRED}
    rows = parse(text, name, columns, required, MOST_ROWS[kind], kind)
    numbers: dict[str, int] = {}
    for row in rows:
        if (first := numbers.setdefault(row.cells["name"], row.number)) != row.number:
            sentence = f'name = "{shown(row.cells["name"])}" is already in row {first}: no two may be alike.'
            raise InputError(row.where, sentence)
    return rows


def _number(row: Row, column: str, info: FieldInfo, most: float | None = None, why: str = "") -> float:
    """The number in a cell, -1 if it is empty; `most` is a lower upper bound than the column's, for the reason `why`."""
    cell, extra = row.cells.get(column, ""), extra_of(info)
    if not cell:
        return NOT_GIVEN
    value = number(row, column, info, extra["low"], extra["high"], optional=extra["source"] != REQUIRED)
    if most is not None and value > most + 1e-9:
        span = f"{extra['low']:g} to {most:g} here ({why})"
        raise InputError(row.where, f"{column} = {shown(cell)} is outside its range: give {span}.")
    return value


def _one_of(row: Row, column: str, known: Sequence[str], setting_: str) -> int:
    """The index of the word in a cell among the known ones."""
    cell = row.cells[column]
    if cell not in known:
        sentence = f'{column} = "{shown(cell)}" is not one of {setting_}. {nearest(cell.lower(), known)}'
        raise InputError(row.where, sentence)
    return known.index(cell)


def _numbers(rows: Sequence[Row], kind: str, fields: Mapping[str, str]) -> list[tuple[str, tuple[Any, ...]]]:
    """(field of the record, one number a row) for the plain columns of a file."""
    return [(record, tuple(_number(row, column, COLUMNS[kind][column]) for row in rows)) for column, record in fields.items()]


def _by_need(rows: Sequence[Row], needs: Sequence[str], kind: str, column: str, *most: Any) -> tuple[tuple[float, ...], ...]:
    """One number a need in each row, from the columns `column`_NEED."""
    info = COLUMNS[kind][f"{column}_{NEED}"]
    return tuple(tuple(_number(row, f"{column}_{need}", info, *most) for need in needs) for row in rows)


@functools.lru_cache(maxsize=16)
def _schools(name: str, text: str, needs: tuple[str, ...], stages: tuple[str, ...], ceiling: float) -> dict[str, Any]:
    rows = _rows("schools", name, text, needs)
    cells = [row.cells.get("district", "") for row in rows]
    districts, most = list(dict.fromkeys(filter(None, cells))), CAPACITY["districts"]
    if len(districts) > most:
        sentence = f'district = "{shown(districts[most])}" is one too many: give at most {most}, or none (an empty cell).'
        raise InputError(rows[cells.index(districts[most])].where, sentence)
    plain = {name: name for name in ("pupils", "deprivation", "openness", "attention", "endowment")}
    fields: Fields = (
        ("stage", tuple(_one_of(row, "stage", stages, "community.stages") for row in rows)),
        ("district", tuple(districts.index(cell) if cell else int(NOT_GIVEN) for cell in cells)),
        ("provision", _by_need(rows, needs, "schools", "provision", ceiling - MARGIN, f"{MARGIN} below skills.ceiling")),
        *_numbers(rows, "schools", plain | {"openness": "base_openness"}),
    )
    return {"school_names": tuple(row.cells["name"] for row in rows), "district_names": tuple(districts), "schools": fields}


@functools.lru_cache(maxsize=16)
def _npos(name: str, text: str, needs: tuple[str, ...], schools: tuple[tuple[str, int], ...] | None) -> dict[str, Any]:
    rows = _rows("npos", name, text, needs)
    slots = {school: (slot, stage) for slot, (school, stage) in enumerate(schools or ())}
    sites = [_sites(row, slots if schools is not None else None) for row in rows]
    fields: Fields = (
        ("need", tuple(_one_of(row, "need", needs, "community.needs") for row in rows)),
        ("n_sites", tuple(len(places) for places in sites)),
        ("sites", tuple(places + (int(NOT_GIVEN),) * (CAPACITY["sites"] - len(places)) for places in sites)),
        *_numbers(rows, "npos", {"size": "size", "quality": "quality"}),
    )
    return {"npo_names": tuple(row.cells["name"] for row in rows), "npos": fields}


def _sites(row: Row, slots: Mapping[str, tuple[int, int]] | None) -> tuple[int, ...]:
    """The slots of the schools a cell lists."""
    listed = [name for part in row.cells.get("sites", "").split(";") if (name := " ".join(part.split()))]
    if listed and slots is None:
        sentence = f'sites = "{shown(listed[0])}", but schools are generated and have no names'
        raise InputError(row.where, f'{sentence}: give community.schools = "schools.csv" too, or leave the cell empty.')
    for k, school in enumerate(listed):
        assert slots is not None
        if school not in slots:
            remedy = nearest(school, slots, "Write its name exactly as in that file.")
            raise InputError(row.where, f'sites: there is no school "{shown(school)}" in the schools\' file. {remedy}')
        if school in listed[:k]:
            raise InputError(row.where, f'sites names "{shown(school)}" twice: name each school once.')
        if slots[school][1] != slots[listed[0]][1]:
            both = f'"{shown(listed[0])}" and "{shown(school)}"'
            raise InputError(row.where, f"sites: {both} are of different stages, but an NPO works in one: keep those of one.")
    if len(listed) > CAPACITY["sites"]:
        raise InputError(row.where, f"sites names {len(listed)} schools: give at most {CAPACITY['sites']}.")
    return tuple(slots[school][0] for school in listed) if slots else ()


@functools.lru_cache(maxsize=16)
def _funders(name: str, text: str, needs: tuple[str, ...]) -> dict[str, Any]:
    rows = _rows("funders", name, text, needs)
    weights = _by_need(rows, needs, "funders", "priority")
    for row, weight in zip(rows, weights, strict=True):
        if not any(weight):
            raise InputError(row.where, "every priority is 0: give at least one need a weight above 0, or leave cells empty.")
    fields: Fields = (*_numbers(rows, "funders", {"budget": "budget"}), ("priorities", weights))
    total = _total(fields)
    low, high = _bounds("money", "annual_budget")
    if not low <= total <= high:
        span = describe(SECTIONS["money"].model_fields["annual_budget"])
        raise InputError(name, f"its budgets sum to {total:.10g} $k, outside the range: make it {span}.")
    return {"funder_names": tuple(row.cells["name"] for row in rows), "funders": fields}


def _total(funders: Fields) -> float:
    """The budgets added in their order, as in the model (newer Pythons round sum() differently)."""
    total = 0.0
    for budget in dict(funders)["budget"]:
        total += budget
    return total


def template() -> dict[str, str]:
    """Example files for your own community, made up and ready to run, by name; CSV files open with their columns' meaning."""
    needs = ", ".join(Settings().community.needs)
    files = {}
    for kind, columns in COLUMNS.items():
        opening, _, rows = (EXAMPLE / f"{kind}.csv").read_text(encoding="utf-8").partition("\n")
        lines = [f"{opening} Lines at the top that begin with # are ignored."]
        lines.append("# The value of an empty cell or a missing column is drawn at random, as for a generated community.")
        for column, info in columns.items():
            empty = extra_of(info)["source"]
            lines.append(f"# {column}: {describe(info)}; {empty if empty == REQUIRED else f'where empty: {empty}'}.")
        if any(NEED in column for column in columns):
            lines.append(f"# {NEED} is one of community.needs: {needs}.")
        files[f"{kind}.csv"] = "\n".join([*lines, rows])
    return {**files, "community.toml": (EXAMPLE / "community.toml").read_text(encoding="utf-8")}
