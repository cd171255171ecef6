"""What a results folder is about: the experiment, the model that ran it, what is kept, and when and where it ran."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any, Literal

import pyarrow as pa
from pydantic import Field, JsonValue, StringConstraints

from cisim.errors import StoreError
from cisim.sweeps.store.disk import write
from cisim.sweeps.store.identity import canonical, key_of
from cisim.sweeps.store.sealed import Sealed, checked, seal, unseal

FORMAT = 1
NAME = "manifest.json"
KINDS = {"number": pa.float64(), "whole": pa.int64(), "list": pa.list_(pa.float64()), "text": pa.string()}
"""What a kept column can hold: a number a row, a whole number, a list of numbers (a trajectory), a word."""


def as_numbers(columns: Mapping[str, str]) -> dict[str, str]:
    """The columns with whole numbers counted as numbers. Folders and rows are named by these kinds, so that both are the same."""
    return {name: "number" if kind == "whole" else kind for name, kind in columns.items()}


OWN = {"id": pa.string(), "point": pa.string(), "seed": pa.int64(), "arm": pa.string(), "error": pa.string()}
"""Columns every store has. `error` is what a run that failed said, null where it did not fail."""


MOST_COLUMNS = 5_000
Word = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f-\x9f/]+$")]


class ManifestFile(Sealed):
    """What manifest.json holds. The readers of experiments and scenarios have bounds of their own for the texts."""

    format: Literal[1]
    experiment: str
    fixed: dict[str, JsonValue]
    model_digest: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
    columns: Annotated[dict[Word, Literal["number", "whole", "list", "text"]], Field(max_length=MOST_COLUMNS)]
    points: Annotated[int, Field(ge=0, lt=2**53)]
    seeds: Annotated[list[Annotated[int, Field(ge=0, lt=2**63)]], Field(max_length=4_000_000)]
    name: Name
    files: Annotated[dict[Word, str], Field(max_length=100)]
    created: Word
    finished: Word | None
    sessions: Annotated[list[Annotated[dict[Word, Word], Field(max_length=50)]], Field(max_length=200_000)]


def now() -> str:
    """The time, to the second, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def session() -> dict[str, str]:
    """When and on what a session of work began: for the record, nothing is decided by it."""
    found = {"started": now(), "machine": platform.node(), "processor": platform.machine(), "python": platform.python_version()}
    for package in ("cisim", "numpy", "numba", "pyarrow"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # loaded from a folder, not installed
            found[package] = "unknown"
    return found


@dataclass(frozen=True)
class Manifest:
    """What a results folder is about.

    `experiment` is the text of the experiment's file, `name` the file's name and `files` the texts of all it rests on: with them
    the experiment is made again years later, anywhere. `fixed` is what makes it this experiment (base scenario,
    arms, factors, years ...) as plain data: a folder goes on only with an equal one. `points` (how many) and `seeds` may
    grow. `columns` maps each kept column to "number", "whole" (a number, too), "list" (of numbers) or "text".
    """

    experiment: str
    fixed: Mapping[str, Any]
    model_digest: str
    columns: Mapping[str, str]
    points: int = 0
    seeds: tuple[int, ...] = ()
    name: str = "experiment"
    files: Mapping[str, str] = field(default_factory=dict)
    created: str = field(default_factory=now)
    finished: str | None = None
    sessions: tuple[Mapping[str, str], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "seeds", tuple(self.seeds))
        for name, kind in self.columns.items():
            if kind not in KINDS or name in OWN:
                raise ValueError(f"{name}: {kind} is not a column a store can keep")

    @cached_property
    def schema(self) -> pa.Schema:
        """The columns of a part, with a note of where it belongs."""
        kept = [(name, KINDS[kind]) for name, kind in self.columns.items()]
        own = list(OWN.items())
        return pa.schema([*own[:4], *kept, own[4]], metadata=self.origin)

    @cached_property
    def origin(self) -> dict[bytes, bytes]:
        """What each part carries, to be told from parts of other folders."""
        experiment = key_of({"fixed": self.fixed, "columns": as_numbers(self.columns)})
        return {b"cisim.model": self.model_digest.encode(), b"cisim.sweeps.experiment": experiment.encode()}

    def as_in(self, part: pa.Schema) -> Manifest:
        """The same with the columns of a part that is there: earlier versions stored whole numbers as numbers."""
        plain = {name for name in self.columns if name in part.names and part.field(name).type == KINDS["number"]}
        return replace(self, columns={name: "number" if name in plain else kind for name, kind in self.columns.items()})

    def check(self, asked: Manifest, folder: Path) -> None:
        """Raises StoreError, with what helps, unless work on this folder can go on with what is asked."""
        if asked.model_digest != self.model_digest:
            made = {str(one.get("cisim", "unknown")) for one in self.sessions} - {"unknown"}
            whose = f" (of cisim {', '.join(sorted(made))})" if made else ""
            sentence = f"it was made by model {self.model_digest}{whose}, this is model {asked.model_digest}: results do not mix"
            remedy = "Give another folder, or go back to that version of cisim (`pip install cisim==...`, `git checkout ...`)"
            raise StoreError(f"{folder}: {sentence}. {remedy}.")
        for there, here in ((self.fixed, asked.fixed), (as_numbers(self.columns), as_numbers(asked.columns))):
            if difference := _first_difference(there, here):
                place, old, new = difference
                sentence = f"it holds another experiment ({place} is {old} there, {new} here)"
                raise StoreError(f"{folder}: {sentence}. Only points and seeds can be added; give another folder.")

    def extended(self, asked: Manifest) -> Manifest:
        """This folder with what is asked: the newer text, and the points and seeds of both."""
        seeds = tuple(sorted({*self.seeds, *asked.seeds}))
        points = max(self.points, asked.points)
        return replace(self, experiment=asked.experiment, name=asked.name, files=asked.files, points=points, seeds=seeds)

    def save(self, folder: Path) -> None:
        """Writes manifest.json, whole or not at all."""
        write(folder / NAME, seal({"format": FORMAT, **asdict(self)}))

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """Reads manifest.json. Raises OSError where there is none, SealError where it is damaged, StoreError where it is not
        what cisim writes."""
        value = unseal(folder / NAME)
        made = value.get("format")
        if type(made) is int and made > FORMAT:
            sentence = f"it has the layout of a newer cisim (format {made}, this one writes {FORMAT})"
            raise StoreError(f"{folder}: {sentence}. Use that cisim, or another folder.")
        checked(ManifestFile, value, folder / NAME)
        if own := [name for name in value["columns"] if name in OWN]:
            raise StoreError(f"{folder / NAME}: it keeps a column {own[0]}, which each folder has already. Use another folder.")
        del value["format"]
        return cls(**{**value, "seeds": tuple(value["seeds"]), "sessions": tuple(value["sessions"])})


def _first_difference(there: Any, here: Any, place: str = "") -> tuple[str, str, str] | None:
    if isinstance(there, Mapping) and isinstance(here, Mapping):
        for key in [*there, *(key for key in here if key not in there)]:
            if key not in there or key not in here:
                old, new = ("missing" if key not in side else _short(side[key]) for side in (there, here))
                return f"{place}{key}", old, new
            if found := _first_difference(there[key], here[key], f"{place}{key}."):
                return found
        return None
    return None if canonical(there) == canonical(here) else (place.rstrip(".") or "it", _short(there), _short(here))


def _short(value: Any) -> str:
    text = canonical(value)
    return text if len(text) <= 60 else f"{text[:56]} ..."
