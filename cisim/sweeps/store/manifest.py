"""What a results folder is about: the experiment, the model that ran it, what is kept, and when and where it ran."""

import platform
from collections.abc import Mapping
from dataclasses import asdict, field, fields, replace
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import pyarrow as pa
from pydantic import Field, JsonValue, StringConstraints
from pydantic.dataclasses import dataclass

from cisim.errors import StoreError
from cisim.scenario.changes import flat
from cisim.sweeps.own_function import is_reference
from cisim.sweeps.store.disk import STRICT, checked, not_ours, seal, unseal, write
from cisim.sweeps.store.identity import canonical, key_of
from cisim.text.english import plain

FORMAT = 1
NAME = "manifest.json"
# what a kept column can hold: a number in each row, a whole number, a list of numbers (a trajectory), a word
KINDS = {"number": pa.float64(), "whole": pa.int64(), "list": pa.list_(pa.float64()), "text": pa.string()}
# columns of every store; error is the message of a run that failed, else null
OWN = {"id": pa.string(), "point": pa.string(), "seed": pa.int64(), "arm": pa.string(), "error": pa.string()}
NAMING = ("id", "point", "seed", "arm")  # what names a row, and no row lacks

MOST_COLUMNS = 5_000
Word = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f-\x9f/]+$")]


def as_numbers(columns: Mapping[str, str]) -> dict[str, str]:
    """The columns with whole numbers counted as numbers: ids and digests do not depend on that difference."""
    return {name: "number" if kind == "whole" else kind for name, kind in columns.items()}


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def session() -> dict[str, str]:
    """When and on which machine a session of work began: a record only, on which nothing depends."""
    found = {"started": now(), "machine": platform.node(), "processor": platform.machine(), "python": platform.python_version()}
    for package in ("cisim", "numpy", "numba", "pyarrow"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # loaded from a folder, not installed
            found[package] = "unknown"
    return found


@dataclass(frozen=True, config=STRICT)
class Manifest:
    """What a results folder is about, as manifest.json holds it: the text and name of the experiment's file, the texts of all
    `files` it needs, and as plain data what identifies it (`fixed`). Points (how many) and seeds may grow. The bounds are
    those of a stranger's file; the readers of experiments and scenarios have their own for the texts."""

    experiment: str
    fixed: dict[str, JsonValue]
    model_digest: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
    columns: Annotated[dict[Word, Literal["number", "whole", "list", "text"]], Field(max_length=MOST_COLUMNS)]
    points: Annotated[int, Field(ge=0, lt=2**53)] = 0
    seeds: Annotated[tuple[Annotated[int, Field(ge=0, lt=2**63)], ...], Field(max_length=4_000_000)] = ()
    name: Name = "experiment"
    files: Annotated[dict[Word, str], Field(max_length=100)] = field(default_factory=dict)
    created: Word = field(default_factory=now)
    finished: Word | None = None
    sessions: Annotated[tuple[Annotated[dict[Word, Word], Field(max_length=50)], ...], Field(max_length=200_000)] = ()
    format: Literal[1] = 1

    def __post_init__(self) -> None:
        if own := [name for name in self.columns if name in OWN]:
            raise ValueError(f"it keeps a column {own[0]}, which each folder has already")

    @cached_property
    def schema(self) -> pa.Schema:
        """The columns of a part, with a note of its origin."""
        kept = {name: KINDS[kind] for name, kind in self.columns.items()}
        return pa.schema({**{name: OWN[name] for name in NAMING}, **kept, "error": OWN["error"]}, metadata=self.origin)

    @cached_property
    def origin(self) -> dict[bytes, bytes]:
        """What each part carries to distinguish it from parts of other folders."""
        experiment = key_of({"fixed": self.fixed, "columns": as_numbers(self.columns)})
        return {b"cisim.model": self.model_digest.encode(), b"cisim.sweeps.experiment": experiment.encode()}

    @property
    def functions(self) -> dict[str, str]:
        """The kept metrics that a Python function made: its name and the hash of its source."""
        own = self.fixed.get("metrics", {})
        return {name: str(text) for name, text in own.items() if is_reference(text)} if isinstance(own, dict) else {}

    def as_in(self, part: pa.Schema) -> Self:
        """The same with the columns of an existing part: earlier versions stored whole numbers as numbers."""
        numbers = {name for name in part.names if part.field(name).type == KINDS["number"]}
        return replace(self, columns={name: "number" if name in numbers else kind for name, kind in self.columns.items()})

    def made_by(self) -> list[str]:
        return sorted({one.get("cisim", "unknown") for one in self.sessions} - {"unknown"})

    @property
    def model_in_words(self) -> str:
        """The model that made the rows, with the versions of cisim that are known."""
        return f"model {self.model_digest}" + (f" (of cisim {', '.join(made)})" if (made := self.made_by()) else "")

    def check(self, asked: Self, folder: Path) -> None:
        """Raises StoreError, with the remedy, unless the folder can take in the runs that are asked for."""
        if asked.model_digest != self.model_digest:
            models = f"it was made by {self.model_in_words}, this is model {asked.model_digest}"
            sentence = f"{models}: results of two models must not be mixed"
            remedy = "Give another folder, or go back to that version of cisim (`pip install cisim==...`, `git checkout ...`)"
            raise StoreError(f"{folder}: {sentence}. {remedy}.")
        for stored, new in ((self.fixed, asked.fixed), (as_numbers(self.columns), as_numbers(asked.columns))):
            if difference := _first_difference(stored, new):
                place, old, other = difference
                sentence = f"it belongs to another experiment ({place} is {old} there, {other} here)"
                raise StoreError(f"{folder}: {sentence}. Only points and seeds can be added; give another folder.")

    def extended(self, asked: Self) -> Self:
        """This folder with what is asked for: the newer text, and the points and seeds of both."""
        seeds = tuple(sorted({*self.seeds, *asked.seeds}))
        points = max(self.points, asked.points)
        return replace(self, experiment=asked.experiment, name=asked.name, files=asked.files, points=points, seeds=seeds)

    def save(self, folder: Path) -> None:
        write(folder / NAME, seal(asdict(self)))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Reads manifest.json. Raises OSError (missing), SealError (damaged), StoreError (not what cisim writes)."""
        value = unseal(folder / NAME)
        made = value.get("format")
        if type(made) is int and made > FORMAT:
            sentence = f"it has the layout of a newer cisim (format {made}, this one writes {FORMAT})"
            raise StoreError(f"{folder}: {sentence}. Use that cisim, or another folder.")
        given = {one.name: value.pop(one.name, ...) for one in fields(cls)}  # in a file, no field may be missing
        if value:
            raise not_ours(folder / NAME, f"{min(value)[:60]}: Extra inputs are not permitted")
        lists = {name: tuple(one) for name, one in given.items() if isinstance(one, list)}
        return checked(cls, given | lists, folder / NAME)


def _first_difference(stored: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Where two tables of plain data differ first, and what each has there."""
    if canonical(stored) == canonical(new):
        return None
    old, other = ({path: canonical(value) for path, value in flat(side)} for side in (stored, new))
    place = next((path for path in {**old, **other} if old.get(path) != other.get(path)), "it")
    return place, plain(old.get(place, "missing"), 60), plain(other.get(place, "missing"), 60)
