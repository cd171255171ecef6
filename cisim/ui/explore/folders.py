"""Which results folders a visitor may open: those the page was started with, by name. A path is never taken from a visitor."""

import functools
import hashlib
import shlex
import threading
from pathlib import Path

from cisim.analysis import Runs
from cisim.scenario import InputError
from cisim.sweeps.store import StoreError
from cisim.sweeps.store.disk import MOST_BYTES, content, is_folder
from cisim.sweeps.store.manifest import NAME
from cisim.sweeps.store.parts import FOLDER, LIST
from cisim.text.english import nearest

GIVEN: list[Path] = []
"""The arguments of `cisim ui --results`: results folders, and folders of them. Filled before the first visitor comes."""
MOST_LISTED = 200
_READING = threading.Lock()


def listed() -> dict[str, Path]:
    """The present results folders by the name that a visitor picks: a folder's own, after that of its parent where two folders
    have the same."""
    found: dict[Path, Path] = {}
    for given in GIVEN:  # it holds results itself, or the folders right inside it do
        inside = [given] if (given / NAME).is_file() else sorted(given.iterdir()) if given.is_dir() else []
        found |= {folder.resolve(): folder for folder in inside if (folder / NAME).is_file()}
    short = [path.name for path in found]
    names: dict[str, Path] = {}
    for path, folder in list(found.items())[:MOST_LISTED]:
        wanted = path.name if short.count(path.name) == 1 else f"{path.parent.name}/{path.name}"
        number = 1
        while wanted in names:
            number += 1
            wanted = f"{path.name} ({number})"
        names[wanted] = folder
    return names


def folder_of(name: str) -> Path:
    """The folder of a name. Raises InputError for a name that is not listed, also where it looks like a path."""
    found = listed()
    if name not in found:
        others = nearest(name, list(found)) if found else "The page was started without any."
        raise InputError("explore", f'no results folder "{name[:80]}" is open here. {others}')
    return found[name]


def stamp(folder: Path) -> str:
    """Changes whenever the folder's content does, cheaply: the list of parts has their checksums; files that were damaged or
    lost since differ in size, time or name."""
    digest = hashlib.sha256()
    try:
        for name in (NAME, LIST):
            try:
                digest.update(content(folder / name, MOST_BYTES))
            except FileNotFoundError:
                digest.update(b"missing")
        rows = folder / FOLDER
        for part in sorted(rows.iterdir()) if is_folder(rows) else []:
            at = part.lstat()
            digest.update(f"{part.name!r} {at.st_size} {at.st_mtime_ns}".encode())
    except (StoreError, OSError) as error:  # opening the folder shows why it cannot be read
        digest.update(repr(str(error)).encode())
    return digest.hexdigest()


def runs_of(name: str, at: str) -> Runs:
    """The runs of a folder in its state at a stamp, read once for all. Raises StoreError, and InputError without a run."""
    folder = folder_of(name)
    with _READING:
        return _read(folder, at)


@functools.lru_cache(maxsize=3)  # folders whose runs are kept in memory, for all visitors
def _read(folder: Path, at: str) -> Runs:
    return Runs.of(folder)


def typed(name: str) -> str:
    """The folder as an argument of a command: as it was given, or its name alone where the path would show where this machine
    keeps its files."""
    folder = folder_of(name)
    return shlex.quote(folder.resolve().name if folder.is_absolute() else str(folder))


def public(sentence: str, name: str) -> str:
    """A sentence about a folder with its name in place of its path."""
    folder = folder_of(name)
    return sentence.replace(str(folder.resolve()), name).replace(str(folder), name)
