"""Reads a results folder, also while another process writes it: rows, failures, what is missing, the content digest."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeVar

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cisim.errors import InputError, StoreError, require
from cisim.sweeps.store.disk import SealError, content, is_folder, is_written, parsed, plainly
from cisim.sweeps.store.ids import Ids, numbers, of_texts
from cisim.sweeps.store.manifest import NAME, OWN, Manifest
from cisim.sweeps.store.parts import FOLDER, LIST, DamageError, Part, load_list, read_part
from cisim.sweeps.store.rows import RepeatedError, digest, pick
from cisim.text.english import plain

if TYPE_CHECKING:
    import pandas as pd

Found = TypeVar("Found")
Count = Annotated[int, Field(ge=0, lt=2**63)]

PROGRESS = "progress.json"
MOST_PROGRESS = 2**16
ORDER = ("point", "arm", "seed")


class Results:
    """The rows of a folder: id, point, seed, arm, the kept columns, error (null unless the run failed). Needs no right to
    write, and does not disturb a writer. Each part is checked by its checksum as it is read; StoreError names a damaged one
    and the remedy."""

    def __init__(self, folder: str | Path, manifest: Manifest, parts: Sequence[Part]) -> None:
        self.folder = Path(folder)
        self.manifest = manifest
        self._parts = list(parts)

    @classmethod
    def of(cls, folder: str | Path, verify: bool = False) -> Self:
        """Opens a folder for reading; `verify` reads all of it once to check every part. Raises StoreError."""
        results = cls(folder, *_look(Path(folder))[1:])
        if verify:
            results.steadily(lambda: sum(map(len, results.tables(["id"]))))
        return results

    def __len__(self) -> int:
        return sum(part.rows for part in self._parts)

    @property
    def failed(self) -> int:
        return sum(part.failures for part in self._parts)

    def tables(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """All rows, one table for each part. Raises StoreError; FileNotFoundError if a part was replaced (see `steadily`)."""
        for part in list(self._parts):
            yield self._read(part, columns)

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """All rows by point, arm and seed, in whatever order they were run; some columns or all."""
        wanted = None if columns is None else list(dict.fromkeys([*columns, *ORDER]))
        empty = self.manifest.schema.remove_metadata().empty_table()
        tables = self.steadily(lambda: [part.replace_schema_metadata() for part in self.tables(wanted)])
        whole = pa.concat_tables([empty if wanted is None else empty.select(wanted), *tables])
        whole = whole.sort_by([(name, "ascending") for name in ORDER])
        if len(whole.group_by(list(ORDER)).aggregate([])) < len(whole):
            raise self._repeated()
        return whole if columns is None else whole.select(list(columns))

    def frame(self, columns: Sequence[str] | None = None) -> "pd.DataFrame":
        frame: pd.DataFrame = self.table(columns).to_pandas()
        return frame

    def rows(self, ids: Iterable[str]) -> list[dict[str, Any]]:
        """The rows with some ids, as plain values by column, exactly as stored. Raises StoreError for a run in two parts."""
        wanted = set(ids)
        tables = self.steadily(lambda: [pick(table, wanted) for table in self.tables()])
        found = [row for table in tables for row in table.to_pylist()]
        if len({row["id"] for row in found}) < len(found):
            raise self._repeated()
        return found

    def query(self, sql: str) -> "pd.DataFrame":
        """The answer to a question in SQL about the table `results`, which has a row for each run. Names with other signs than
        letters need quotes, as "on_track@5". The SQL can read nothing else. Raises MissingError without DuckDB, and InputError.

            results.query("SELECT arm, avg(on_track) AS mean FROM results GROUP BY arm ORDER BY mean DESC")
        """
        require("query", "results.query")
        import duckdb

        with duckdb.connect(":memory:") as connection:
            connection.register("results", self.table())
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            try:
                answer = connection.sql(sql)
                frame: pd.DataFrame | None = answer and answer.df()
            except duckdb.Error as error:
                why = plain(str(error).splitlines()[0], 500).rstrip(".!")
                raise InputError("SQL", f"{why}. The columns: {self._columns()}.") from None
        if frame is None:
            raise InputError("SQL", "it asks for nothing: give a question, as in SELECT count(*) FROM results.")
        return frame

    def _columns(self) -> str:
        names = self.manifest.schema.names
        return ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")

    def failures(self) -> "pd.DataFrame":
        """The runs that failed: id, point, seed, arm, error."""
        frame = self.frame(list(OWN))
        return frame[frame["error"].notna()].reset_index(drop=True)

    def done_ids(self) -> set[str]:
        return self.steadily(lambda: {id_ for table in self.tables(["id"]) for id_ in table["id"].to_pylist()})

    def ids(self) -> Ids:
        """The ids of all rows, also of failed runs, in little memory; not to be changed."""

        def read() -> Ids:
            found = Ids()
            for table in self.tables(["id"]):
                found.add(numbers(table["id"]))
            return found

        return self.steadily(read)

    def missing(self, ids: Iterable[str]) -> list[str]:
        """Those of some ids that have no row yet, in order, each once."""
        once = list(dict.fromkeys(ids))
        there = self.ids().holds(of_texts(once)).tolist()
        return [id_ for id_, known in zip(once, there, strict=True) if not known]

    def digest(self) -> str:
        """64 hex digits of the rows alone, to the bit, however they were split and ordered."""
        try:
            return self.steadily(lambda: digest(self.tables, self.manifest.columns, len(self), self.manifest.functions))
        except RepeatedError:
            raise self._repeated() from None

    def steadily(self, work: Callable[[], Found]) -> Found:
        """Reads; begins again if a writer has replaced a part meanwhile."""
        for _ in range(20):
            before = self._parts
            try:
                return work()
            except FileNotFoundError as gone:
                self._parts = _look(self.folder)[2]
                if self._parts == before:
                    raise self._damaged(Path(gone.filename).name, DamageError("is missing")) from None
        raise StoreError(f"{self.folder}: it changes faster than it can be read; try again.")

    def _read(self, part: Part, columns: Sequence[str] | None = None) -> pa.Table:
        try:
            return read_part(self.folder, part, self.manifest.schema, columns)
        except DamageError as damage:
            raise self._damaged(part.file, damage) from None

    def _damaged(self, file: str, damage: DamageError) -> StoreError:
        remedy = "Give the command that made this folder again: it sets the part aside and runs its rows again"
        return StoreError(f"{self.folder}: the part {file} {damage}. {remedy}.")

    def _repeated(self) -> StoreError:
        remedy = "Give the command that made this folder again: it keeps each row once"
        return StoreError(f"{self.folder}: a run is in two of its parts. {remedy}.")


def _look(folder: Path) -> tuple[str, Manifest, list[Part]]:
    """When rows were last added, the manifest and the parts that count, for a reader."""
    remedy = "Give the command that made this folder again: it mends it"
    with plainly(folder):
        is_folder(folder / FOLDER)
        try:
            manifest = Manifest.load(folder)
        except (FileNotFoundError, NotADirectoryError):
            raise StoreError(f"{folder}: there are no results here ({NAME} is missing).") from None
        except SealError:
            raise StoreError(f"{folder}: {NAME} is damaged or was edited. {remedy}.") from None
        try:
            updated, parts = load_list(folder)
        except (FileNotFoundError, SealError):
            raise StoreError(f"{folder}: {LIST} is missing, damaged or was edited. {remedy}.") from None
    return updated, manifest, parts


class ProgressFile(BaseModel):
    """The part of progress.json that is shown; a writer may leave more there."""

    model_config = ConfigDict(strict=True, extra="allow", allow_inf_nan=False)
    runs: Count = 0
    total: Count = 0
    failed: Count = 0
    rate: Annotated[float, Field(ge=0)] = 0.0
    seconds_left: Annotated[float, Field(ge=0)] | None = None
    round: Count = 1
    last_round: bool = True
    shard: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}/[0-9]{1,9}$")] = "1/1"


def _progress(folder: Path) -> dict[str, Any]:
    """The last progress report of the writer; empty if it is missing or invalid, as nothing depends on it."""
    with plainly(folder):
        try:
            found = parsed(content(folder / PROGRESS, MOST_PROGRESS))
            progress = ProgressFile.model_validate(found)
            return progress.model_dump(exclude_unset="rate" not in progress.model_fields_set)
        except StoreError:
            raise
        except (FileNotFoundError, ValueError):
            return {}


@dataclass(frozen=True)
class Status:
    """How far a folder is: "running" (it is written now), "finished" or "stopped"; `progress` is the writer's last report."""

    state: str
    rows: int
    failures: int
    parts: int
    bytes: int
    updated: str
    manifest: Manifest = field(repr=False)
    progress: dict[str, Any]


def status(folder: str | Path) -> Status:
    """How far a folder is, without disturbing a writer. Raises StoreError."""
    folder = Path(folder)
    writing = is_written(folder)
    updated, manifest, parts = _look(folder)
    state = "running" if writing else "finished" if manifest.finished else "stopped"
    rows, failures, size = (sum(getattr(part, name) for part in parts) for name in ("rows", "failures", "bytes"))
    return Status(state, rows, failures, len(parts), size, updated, manifest, _progress(folder))
