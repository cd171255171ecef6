"""What is done when a folder is opened for writing after anything may have happened to it.

Half-written files go; parts that are not what was written are set aside; whole parts that the list does not name (their
writer died between two steps) are counted in, row by row, if their rows are not there yet. Each is told in a sentence.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow.compute as pc

from cisim.errors import StoreError
from cisim.sweeps.store.disk import TEMPORARY, is_folder
from cisim.sweeps.store.manifest import NAME, Manifest
from cisim.sweeps.store.parts import (
    FOLDER,
    LIST,
    DamageError,
    Part,
    check,
    find_part,
    load_list,
    pick,
    read_names,
    save_list,
    schema_of,
    write_part,
)
from cisim.sweeps.store.sealed import SealError

DAMAGED = "damaged"


def set_aside(folder: Path, path: Path) -> None:
    """Moves a file into damaged/, beside whatever lies there already."""
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
        remedy = f"Give the command that made this folder again (`cisim sweep EXPERIMENT.toml -o {folder}`): it writes it anew"
        raise StoreError(f"{folder}: {NAME} is {state}. {remedy}.")
    for path in _parquet(folder):
        try:
            schema = schema_of(folder, path.name)
        except DamageError:  # it is dealt with after this
            continue
        if not _belongs(schema.metadata or {}, asked):
            sentence = f"{NAME} is {state}, and the rows are of another model or experiment ({path.name})"
            raise StoreError(f"{folder}: {sentence}. Give another folder.")
        asked = asked.as_in(schema)
    if os.path.lexists(folder / NAME):
        set_aside(folder, folder / NAME)
    messages.append(f"{NAME} was {state}: it is written anew.")
    return replace(asked, sessions=(), finished=None)


def mend(folder: Path, manifest: Manifest, verify: bool, messages: list[str]) -> tuple[list[Part], set[str]]:
    """The parts that count and the ids of their rows, once the folder is in order again."""
    if not is_folder(folder / FOLDER):
        (folder / FOLDER).mkdir()
    is_folder(folder / DAMAGED)
    for place in (folder, folder / FOLDER):
        for path in sorted(place.glob(f"{TEMPORARY}*")):
            path.unlink()
            messages.append(f"{path.name.removeprefix(TEMPORARY)} was left half-written: removed.")
    listed, lost_list = _listed(folder, messages)
    parts: list[Part] = []
    ids: set[str] = set()
    for part in listed:
        try:
            check(folder, part, thorough=verify)
            names = read_names(folder, part, manifest.schema)["id"].to_pylist()
            if len(names) != part.rows:
                raise DamageError(f"has {len(names)} rows, and {LIST} names {part.rows}")
            if len(set(names)) < len(names) or not ids.isdisjoint(names):
                raise DamageError("holds a row twice, or one that another part has")
        except DamageError as damage:
            path, aside = folder / FOLDER / part.file, ""
            if os.path.lexists(path):
                set_aside(folder, path)
                aside = f"set aside in {DAMAGED}/, "
            messages.append(f"The part {part.file} {damage}: {aside}its {part.rows} rows are to be run again.")
            continue
        current = (folder / FOLDER / part.file).lstat().st_mtime_ns
        parts.append(replace(part, mtime_ns=current))
        ids.update(names)
    leftovers = _count_in(folder, manifest, parts, ids, messages)
    if lost_list or parts != listed:
        save_list(folder, parts)
    for path in leftovers:
        path.unlink()
    return parts, ids


def _listed(folder: Path, messages: list[str]) -> tuple[list[Part], bool]:
    """The parts the list names, and whether the list itself was lost."""
    try:
        return load_list(folder)[1], False
    except FileNotFoundError:
        messages.append(f"{LIST} was missing: it is put together from the parts there are.")
    except SealError:
        set_aside(folder, folder / LIST)
        messages.append(f"{LIST} was damaged or edited: it is put together from the parts there are.")
    return [], True


def _count_in(folder: Path, manifest: Manifest, parts: list[Part], ids: set[str], messages: list[str]) -> list[Path]:
    """Counts in whole parts that the list does not name; returns files to remove once the list is saved.

    The largest come first: what several small parts were put together to replaces them all.
    """
    known = {part.file for part in parts}
    leftovers = []
    for path in sorted(_parquet(folder), key=lambda path: (-path.lstat().st_size, path.name)):
        if path.name in known:
            continue
        try:
            part, table = find_part(folder, path.name, manifest.schema)
            if pc.count_distinct(table["id"]).as_py() < len(table):
                raise DamageError("holds a row twice")
        except DamageError as damage:
            set_aside(folder, path)
            messages.append(f"The part {path.name} {damage}: set aside in {DAMAGED}/.")
            continue
        rest = pick(table, ids, but=True)
        if len(rest) == len(table):
            parts.append(part)
        else:
            leftovers.append(path)
            if len(rest):
                parts.append(write_part(folder, rest))
        if len(rest):
            messages.append(f"The part {path.name} was written but not yet counted: {len(rest)} rows of it are new and kept.")
        ids.update(rest["id"].to_pylist())
    return leftovers


def _belongs(origin: Mapping[bytes, bytes], manifest: Manifest) -> bool:
    return all(origin.get(key) == value for key, value in manifest.origin.items())


def _parquet(folder: Path) -> list[Path]:
    return sorted((folder / FOLDER).glob("*.parquet")) if is_folder(folder / FOLDER) else []
