"""A community of one's own: schools, NPOs and funders read from CSV files, one row each, instead of generated.

What a file tells is kept to the last digit; an empty cell, or a column left out, is drawn as for a generated community.
"""

import functools
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from cisim.errors import InputError
from cisim.model.capacities import CAPACITY
from cisim.scenario.fields import setting
from cisim.scenario.mistakes import describe
from cisim.scenario.settings import SECTIONS, span_of
from cisim.scenario.spreadsheet import Row, number, parse
from cisim.scenario.toml_file import is_there, text_of
from cisim.text.english import nearest, shown

NEED = "<need>"
"""Stands in a column's name for each of the community's needs, as in provision_health."""

NOT_TOLD = -1.0
"""What a record holds where the file tells nothing (all that a file can tell is 0 or more)."""

REQUIRED = "required"

MARGIN = 0.05
"""Own provision stays this far below the ceiling, as where it is drawn: every need leaves something to do."""


def _bounds(section: str, key: str) -> tuple[float, float]:
    """The range of the setting a column is drawn around: what is told keeps to it too."""
    extra = SECTIONS[section].model_fields[key].json_schema_extra
    assert isinstance(extra, dict)
    return extra["low"], extra["high"]  # type: ignore[return-value]


def _column(unit: str, meaning: str, empty: str = REQUIRED, range: str = "") -> FieldInfo:
    """One block of columns.toml: text, or a number in a range, which may be that of a setting."""
    low, high = span_of(range) or (None, None) if " to " in range or not range else _bounds(*range.split("."))
    meaning = meaning.replace("<margin>", str(MARGIN))
    return setting(NOT_TOLD if range else "", low, high, unit, meaning, empty)  # type: ignore[no-any-return]


COLUMNS: dict[str, dict[str, FieldInfo]] = {
    kind: {name: _column(**block) for name, block in columns.items()}
    for kind, columns in tomllib.loads(Path(__file__).with_name("columns.toml").read_text(encoding="utf-8")).items()
}
"""What each file may tell, column by column. A column's `source` says what happens where its cell is empty."""

Fields = tuple[tuple[str, tuple[Any, ...]], ...]


@dataclass(frozen=True)
class OwnCommunity:
    """What the files tell, row by row: empty where the scenario has the model generate.

    `schools`, `npos` and `funders` hold (field of the record, one value a row), -1 where a cell is empty; lists are as
    long as there are needs (sites: as a record holds). `files` keeps what was read, so that the scenario can be changed,
    sent to other processes and compared without the files.
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
        """Which stages have a school, by index; empty where schools are generated."""
        return set(dict(self.schools).get("stage", ()))

    @property
    def annual_budget(self) -> float | None:
        """The sum of the funders' budgets ($k/year); None without their file."""
        return _total(self.funders) if self.funders else None


def file_names(tables: Mapping[str, Any]) -> dict[str, str]:
    """Which of schools, npos and funders a scenario's tables take from a file, and its path as written there."""
    section = tables.get("community")
    if not isinstance(section, Mapping):
        return {}
    return {kind: section[kind] for kind in COLUMNS if isinstance(section.get(kind), str)}


def read_files(
    names: Mapping[str, str], known: Mapping[str, str], folder: Path | None, settings: Any, where: str
) -> tuple[OwnCommunity, Any]:
    """What the files tell, and the scenario's settings with what follows from it: counts, districts, the annual budget.

    `names` are paths by kind, relative to `folder`; `known` holds texts read before, by path; without a
    folder there are no others. Raises InputError.
    """
    texts = {name: known[name] if name in known else _text_of(kind, name, folder, where) for kind, name in names.items()}
    needs, stages = tuple(settings.community.needs), tuple(settings.community.stages)
    told: dict[str, Any] = {}
    if "schools" in names:
        name = names["schools"]
        told |= _schools(name, texts[name], needs, stages, settings.skills.ceiling)
    if "npos" in names:
        name = names["npos"]
        sites = tuple(zip(told["school_names"], dict(told["schools"])["stage"], strict=True)) if "schools" in names else None
        told |= _npos(name, texts[name], needs, sites)
    if "funders" in names:
        name = names["funders"]
        told |= _funders(name, texts[name], needs)
    own = OwnCommunity(**told, files=tuple(sorted(texts.items())))
    counts = {kind: len(getattr(own, f"{kind[:-1]}_names")) for kind in names}
    if own.district_names:
        counts["districts"] = len(own.district_names)
    community = settings.community.model_copy(update=counts)
    money = settings.money
    if own.annual_budget is not None:
        money = money.model_copy(update={"annual_budget": own.annual_budget})
    return own, settings.model_copy(update={"community": community, "money": money})


def check_agreement(own: OwnCommunity, names: Mapping[str, str], tables: Mapping[str, Any], where: str) -> None:
    """A scenario that also sets what follows from its files must set the same. Raises InputError."""
    districts = tables.get("community", {}).get("districts")
    if own.district_names and districts not in (None, len(own.district_names)):
        sentence = f"community.districts = {districts}, but {names['schools']} names {len(own.district_names)}"
        raise InputError(where, f"{sentence}: leave the setting out, it follows from the file.")
    total, budget = own.annual_budget, tables.get("money", {}).get("annual_budget")
    if total is not None and budget is not None and abs(budget - total) > 1e-9 * total:
        sentence = f"money.annual_budget = {budget:g}, but the budgets in {names['funders']} sum to {total:.10g}"
        raise InputError(where, f"{sentence} $k: leave the setting out, it follows from the file.")


def _text_of(kind: str, name: str, folder: Path | None, where: str) -> str:
    """The text of a file. One that is not there is an error of the scenario that names it."""
    if folder is None:
        sentence = f'community.{kind} = "{shown(name)}": that file is not among those kept with the results'
        raise InputError(where, f"{sentence}, and no other is read. Run the experiment anew, into another folder.")
    number = describe(SECTIONS["community"].model_fields[kind])
    instead = f"give {number}, or a CSV file with one row each"
    path = folder / name
    if not name.strip() or not is_there(path):
        sentence = f'community.{kind} = "{shown(name)}": there is no such file'
        raise InputError(where, f"{sentence}; {instead}, its path relative to the scenario file.")
    return text_of(path, name, as_written=True)


def columns_for(kind: str, needs: Sequence[str]) -> dict[str, FieldInfo]:
    """The columns a file may have, <need> replaced by each need."""
    found: dict[str, FieldInfo] = {}
    for column, info in COLUMNS[kind].items():
        found |= {column.replace(NEED, need): info for need in needs} if NEED in column else {column: info}
    return found


def _rows(kind: str, name: str, text: str, needs: Sequence[str]) -> tuple[Row, ...]:
    columns = columns_for(kind, needs)
    required = {column: describe(info) for column, info in COLUMNS[kind].items() if _extra(info)["source"] == REQUIRED}
    most = int(_bounds("community", kind)[1])
    rows = parse(text, name, list(columns), required, most, kind)
    names: dict[str, int] = {}
    for row in rows:
        called = row.cells["name"]
        if called in names:
            sentence = f'name = "{shown(called)}" stands in row {names[called]} already: no two may be alike.'
            raise InputError(row.where, sentence)
        names[called] = row.number
    return rows


def _extra(info: FieldInfo) -> dict[str, Any]:
    assert isinstance(info.json_schema_extra, dict)
    return info.json_schema_extra


def _told(row: Row, column: str, info: FieldInfo, most: float | None = None, why: str = "") -> float:
    """The number in a cell, -1 where it is empty; `most` is a lower upper bound than the column's, `why` where from."""
    cell = row.cells.get(column, "")
    if not cell:
        return NOT_TOLD
    extra = _extra(info)
    low, high = extra["low"], extra["high"]
    value = number(row, column, info, optional=extra["source"] != REQUIRED)
    if not low <= value <= high:
        percent = f"; {cell} % is written {value / 100:g}" if high == 1 and 1 < value <= 100 else ""
        raise InputError(row.where, f"{column} = {shown(cell)} is outside its range: give {describe(info)}{percent}.")
    if most is not None and value > most + 1e-9:
        raise InputError(row.where, f"{column} = {shown(cell)} is outside its range: give {low:g} to {most:g} here ({why}).")
    return value


def _one_of(row: Row, column: str, known: Sequence[str], setting_: str) -> int:
    """Which of the known words a cell names, as an index."""
    cell = row.cells[column]
    if cell not in known:
        sentence = f'{column} = "{shown(cell)}" is not one of {setting_}. {nearest(cell.lower(), known)}'
        raise InputError(row.where, sentence)
    return known.index(cell)


def _numbers(rows: Sequence[Row], kind: str, fields: Mapping[str, str]) -> list[tuple[str, tuple[float, ...]]]:
    """(field of the record, one number a row) for the plain columns of a file."""
    return [(record, tuple(_told(row, column, COLUMNS[kind][column]) for row in rows)) for column, record in fields.items()]


@functools.lru_cache(maxsize=16)
def _schools(name: str, text: str, needs: tuple[str, ...], stages: tuple[str, ...], ceiling: float) -> dict[str, Any]:
    rows = _rows("schools", name, text, needs)
    districts: list[str] = []
    for row in rows:
        cell = row.cells.get("district", "")
        if cell and cell not in districts:
            if len(districts) == CAPACITY["districts"]:
                sentence = f'district = "{shown(cell)}" is one too many: give at most {len(districts)}, or none (an empty cell).'
                raise InputError(row.where, sentence)
            districts.append(cell)
    info = COLUMNS["schools"][f"provision_{NEED}"]

    def provision(row: Row, need: str) -> float:
        return _told(row, f"provision_{need}", info, ceiling - MARGIN, f"{MARGIN} below skills.ceiling")

    fields: list[tuple[str, tuple[Any, ...]]] = [
        ("stage", tuple(_one_of(row, "stage", stages, "community.stages") for row in rows)),
        ("district", tuple(_district(row, districts) for row in rows)),
        ("provision", _by_need(rows, needs, provision)),
    ]
    plain = {"pupils": "pupils", "deprivation": "deprivation", "openness": "base_openness", "attention": "attention"}
    fields += _numbers(rows, "schools", {**plain, "endowment": "endowment"})
    return {"school_names": _names(rows), "district_names": tuple(districts), "schools": tuple(fields)}


def _district(row: Row, districts: Sequence[str]) -> int:
    cell = row.cells.get("district", "")
    return districts.index(cell) if cell else int(NOT_TOLD)


def _by_need(rows: Sequence[Row], needs: Sequence[str], told: Callable[[Row, str], float]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(told(row, need) for need in needs) for row in rows)


def _names(rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(row.cells["name"] for row in rows)


@functools.lru_cache(maxsize=16)
def _npos(name: str, text: str, needs: tuple[str, ...], schools: tuple[tuple[str, int], ...] | None) -> dict[str, Any]:
    rows = _rows("npos", name, text, needs)
    slots = {school: (slot, stage) for slot, (school, stage) in enumerate(schools or ())}
    sites = [_sites(row, slots if schools is not None else None) for row in rows]
    fields: list[tuple[str, tuple[Any, ...]]] = [
        ("need", tuple(_one_of(row, "need", needs, "community.needs") for row in rows)),
        ("n_sites", tuple(len(places) for places in sites)),
        ("sites", tuple(places + (int(NOT_TOLD),) * (CAPACITY["sites"] - len(places)) for places in sites)),
    ]
    fields += _numbers(rows, "npos", {"size": "size", "quality": "quality"})
    return {"npo_names": _names(rows), "npos": tuple(fields)}


def _sites(row: Row, slots: Mapping[str, tuple[int, int]] | None) -> tuple[int, ...]:
    """The slots of the schools a cell lists."""
    listed = [" ".join(part.split()) for part in row.cells.get("sites", "").split(";")]
    listed = [part for part in listed if part]
    if listed and slots is None:
        sentence = f'sites = "{shown(listed[0])}", but schools are generated and have no names'
        raise InputError(row.where, f'{sentence}: give community.schools = "schools.csv" too, or leave the cell empty.')
    for k, school in enumerate(listed):
        assert slots is not None
        if school not in slots:
            close = nearest(school, slots)
            remedy = "Write its name exactly as in that file." if close.startswith("Known") else close
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
    info = COLUMNS["funders"][f"priority_{NEED}"]
    weights = _by_need(rows, needs, lambda row, need: _told(row, f"priority_{need}", info))
    for row, weight in zip(rows, weights, strict=True):
        if not any(weight):
            raise InputError(row.where, "every priority is 0: give at least one need a weight above 0, or leave cells empty.")
    fields: Fields = (*_numbers(rows, "funders", {"budget": "budget"}), ("priorities", weights))
    total = _total(fields)
    low, high = _bounds("money", "annual_budget")
    if not low <= total <= high:
        span = describe(SECTIONS["money"].model_fields["annual_budget"])
        raise InputError(name, f"its budgets sum to {total:.10g} $k, outside the range: make it {span}.")
    return {"funder_names": _names(rows), "funders": fields}


def _total(funders: Fields) -> float:
    """The budgets added in their order, as the model does (not by sum(), which newer Pythons round otherwise)."""
    total = 0.0
    for budget in dict(funders)["budget"]:
        total += budget
    return total
