"""Puts a folder in order when it is opened for writing: half-written files are removed, parts that are not what was written are
set aside, and rows of whole parts that the list does not name (their writer died between two steps) are added."""

import os
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from cisim.errors import StoreError
from cisim.sweeps.store.disk import TEMPORARY, SealError, is_folder
from cisim.sweeps.store.ids import Ids, numbers, repeated
from cisim.sweeps.store.manifest import NAME, Manifest
from cisim.sweeps.store.parts import FOLDER, LIST, DamageError, Part, adopt, load_list, read_ids, save_list, schema_of, write_part

DAMAGED = "damaged"


def set_aside(folder: Path, path: Path) -> None:
    """Moves a file into damaged/, under a new name if its name is taken there."""
    target = folder / DAMAGED
    if not is_folder(target):
        target.mkdir()
    place, count = target / path.name, 1
    while os.path.lexists(place):
        count += 1
        place = target / f"{path.name}-{count}"
    os.replace(path, place)


def restore(folder: Path, asked: Manifest | None, messages: list[str]) -> Manifest:
    """The manifest; a lost or damaged one is written anew from what is asked, if all rows are of that model and experiment."""
    try:
        return Manifest.load(folder)
    except FileNotFoundError:
        state = "missing"
    except SealError:
        state = "damaged or was edited"
    if asked is None:
        remedy = f"Give the command that made this folder again (`cisim sweep EXPERIMENT.toml -o {folder}`): it rewrites the file"
        raise StoreError(f"{folder}: {NAME} is {state}. {remedy}.")
    for path in _parquet(folder):
        try:
            schema = schema_of(folder, path.name)
        except DamageError:  # `mend` sets it aside
            continue
        if not asked.origin.items() <= (schema.metadata or {}).items():
            sentence = f"{NAME} is {state}, and the rows are of another model or experiment ({path.name})"
            raise StoreError(f"{folder}: {sentence}. Give another folder.")
        asked = asked.as_in(schema)
    if os.path.lexists(folder / NAME):
        set_aside(folder, folder / NAME)
    messages.append(f"{NAME} was {state}: it is written again.")
    return replace(asked, sessions=(), finished=None)


def mend(folder: Path, manifest: Manifest, verify: bool, messages: list[str]) -> tuple[list[Part], Ids]:
    """The parts that count and the ids of their rows, once the folder is in order again."""
    if not is_folder(folder / FOLDER):
        (folder / FOLDER).mkdir()
    is_folder(folder / DAMAGED)  # raises if a link has that name
    for place in (folder, folder / FOLDER):
        for path in sorted(place.glob(f"{TEMPORARY}*")):
            path.unlink()
            messages.append(f"{path.name.removeprefix(TEMPORARY)} was left half-written: removed.")
    listed, lost = _listed(folder, messages)
    parts: list[Part] = []
    ids = Ids()
    for part in listed:
        path = folder / FOLDER / part.file
        try:
            names = read_ids(folder, part, manifest.schema, verify)
            if repeated(names) or ids.holds(names).any():
                raise DamageError("holds a row twice, or one that another part has")
        except DamageError as damage:
            aside = f"set aside in {DAMAGED}/, " if os.path.lexists(path) else ""
            if aside:
                set_aside(folder, path)
            messages.append(f"The part {part.file} {damage}: {aside}its {part.rows} rows will be run again.")
            continue
        parts.append(part.model_copy(update={"mtime_ns": path.lstat().st_mtime_ns}))
        ids.add(names)
    leftovers = _add_unlisted(folder, manifest, parts, ids, messages)
    if lost or parts != listed:
        save_list(folder, parts)
    for path in leftovers:
        path.unlink()
    return parts, ids


def _listed(folder: Path, messages: list[str]) -> tuple[list[Part], bool]:
    """The parts that the list names, and whether the list itself was lost."""
    try:
        return load_list(folder)[1], False
    except FileNotFoundError:
        state = "missing"
    except SealError:
        set_aside(folder, folder / LIST)
        state = "damaged or edited"
    messages.append(f"{LIST} was {state}: it is rebuilt from the existing parts.")
    return [], True


def _add_unlisted(folder: Path, manifest: Manifest, parts: list[Part], ids: Ids, messages: list[str]) -> list[Path]:
    """Adds whole parts that the list does not name, the largest first (it may replace smaller ones). Returns files to remove."""
    known = {part.file for part in parts}
    leftovers = []
    for path in sorted(_parquet(folder), key=lambda path: (-path.lstat().st_size, path.name)):
        if path.name in known:
            continue
        try:
            part, table = adopt(folder, path.name, manifest.schema)
            names = numbers(table["id"])
            if repeated(names):
                raise DamageError("holds a row twice")
        except DamageError as damage:
            set_aside(folder, path)
            messages.append(f"The part {path.name} {damage}: set aside in {DAMAGED}/.")
            continue
        new = ~ids.holds(names)
        rest = table.filter(pa.array(new))
        if len(rest) == len(table):
            parts.append(part)
        else:
            leftovers.append(path)
            if len(rest):
                parts.append(write_part(folder, rest))
        if len(rest):
            messages.append(f"The part {path.name} was written but not yet counted: {len(rest)} rows of it are new and kept.")
        ids.add(names[new])
    return leftovers


def _parquet(folder: Path) -> list[Path]:
    return sorted((folder / FOLDER).glob("*.parquet")) if is_folder(folder / FOLDER) else []
