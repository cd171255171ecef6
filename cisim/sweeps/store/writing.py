"""Writes and merges results folders: rows are added completely or not at all, each once, even if a process dies at any moment."""

import contextlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc

from cisim.errors import StoreError
from cisim.sweeps.store.crate import CRATE, crate
from cisim.sweeps.store.disk import LOCK, Lock, is_folder, plainly, write
from cisim.sweeps.store.ids import Ids, numbers, of_texts
from cisim.sweeps.store.manifest import NAME, Manifest, now, session
from cisim.sweeps.store.mending import DAMAGED, mend, restore, set_aside
from cisim.sweeps.store.parts import FOLDER, LIST, PART_ROWS, DamageError, Part, full, read_ids, read_part, save_list, write_part
from cisim.sweeps.store.reading import PROGRESS, Results
from cisim.sweeps.store.rows import clean, pick, settle

SMALL_PARTS = 16  # small parts are put together once there are so many of them, or once they hold enough rows for a full part


class Store(Results, contextlib.AbstractContextManager["Store"]):
    """A folder open for writing, by one thread of this process alone until `close` (or until it dies): `create`, `open` or
    `resume`. `messages` collects sentences about damaged and half-written files and what was done about them."""

    def __init__(self, folder: Path, manifest: Manifest, parts: Sequence[Part], lock: Lock) -> None:
        super().__init__(folder, manifest, parts)
        self.messages: list[str] = []
        self._lock = lock
        self._ids = Ids()

    @classmethod
    def create(cls, folder: str | Path, manifest: Manifest) -> Self:
        """A new store in a folder that is empty or missing. Raises StoreError for any other folder."""
        folder = Path(folder)
        with plainly(folder):
            folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder) as lock:
            if os.path.lexists(folder / NAME):
                raise StoreError(f"{folder}: there are results here already. Continue them, or give another folder.")
            ours = {LOCK, LIST, FOLDER}  # what a folder may hold if its creation was interrupted
            if strange := sorted(p.name for p in folder.iterdir() if p.name not in ours and not p.name.startswith(".")):
                raise StoreError(f"{folder}: it holds other files ({strange[0]}). Give an empty folder, or a new name.")
            if not is_folder(folder / FOLDER):
                (folder / FOLDER).mkdir()
            if any(p.suffix == ".parquet" for p in (folder / FOLDER).iterdir()):
                sentence = f"it holds rows, but {NAME} is missing"
                raise StoreError(f"{folder}: {sentence}. Continue the experiment that made them, or give another folder.")
            save_list(folder, [])
            manifest = replace(manifest, sessions=(session(),), finished=None)
            manifest.save(folder)  # last: from this moment the folder is a store
            return cls(folder, manifest, [], lock)

    @classmethod
    def open(cls, folder: str | Path, manifest: Manifest | None = None, verify: bool = True) -> Self:
        """Continues a folder with what is asked for now: the same experiment and model, maybe more points and seeds. Damaged
        parts are set aside, their rows missing again; without `verify`, parts with the listed size and time are trusted.
        Raises StoreError."""
        folder = Path(folder)
        if not folder.is_dir() or not any((folder / name).exists() for name in (NAME, LIST, FOLDER)):
            raise StoreError(f"{folder}: there are no results here ({NAME} is missing).")
        with _locked(folder) as lock:
            messages: list[str] = []
            found = restore(folder, manifest, messages)
            if manifest is not None:
                found.check(manifest, folder)
                found = found.extended(manifest)
            parts, ids = mend(folder, found, verify, messages)
            store = cls(folder, replace(found, sessions=(*found.sessions, session()), finished=None), parts, lock)
            store.messages, store._ids = messages, ids
            store.manifest.save(folder)
            return store

    @classmethod
    def resume(cls, folder: str | Path, manifest: Manifest, verify: bool = True) -> Self:
        """Continues the folder if it is a store, else creates it."""
        folder = Path(folder)
        begun = (folder / NAME).exists() or ((folder / FOLDER).is_dir() and any((folder / FOLDER).glob("*.parquet")))
        return cls.open(folder, manifest, verify) if begun else cls.create(folder, manifest)

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets others write. Everything appended is on disk already."""
        self._lock.release()

    def ids(self) -> Ids:
        return self._ids

    def append(self, table: pa.Table) -> int:
        """Adds rows, all on disk when this returns, and returns how many were new. A row that came out differently than before
        raises StoreError and nothing is added; only a failed run is replaced by a good one."""
        table = clean(table, self.manifest, self.folder)
        known = set(table["id"].filter(pa.array(self._ids.holds(numbers(table["id"])))).to_pylist())
        if known:
            table = pick(table, known - self._replaced_by(pick(table, known)), but=True)
        if len(table) == 0:
            return 0
        with self._unchanged_by_faults():
            slices = [table.slice(start, PART_ROWS) for start in range(0, len(table), PART_ROWS)]
            self._commit([*self._parts, *(write_part(self.folder, rows) for rows in slices)])
        self._ids.add(numbers(table["id"]))
        small = [part for part in self._parts if not part.full]
        if len(small) >= SMALL_PARTS or full(small):
            try:
                self.compact()
            except StoreError as fault:  # the rows are safe: putting parts together can wait
                if fault.__cause__ is not None:  # an error of the disk; a damaged part has been reported
                    self.messages.append(str(fault))
        return len(table)

    def forget_failures(self) -> int:
        """Removes all failure rows, so that they are missing and run again. Returns how many there were."""
        return self._forget({str(id_) for id_ in self.failures()["id"]})

    def compact(self) -> None:
        """Puts small parts together, about 10^5 rows at a time."""
        groups: list[list[Part]] = [[]]
        for part in [part for part in self._parts if not part.full]:
            if full(groups[-1]):
                groups.append([])
            groups[-1].append(part)
        for group in [group for group in groups if len(group) > 1]:
            with self._unchanged_by_faults():
                one = write_part(self.folder, pa.concat_tables([self._read(part) for part in group]))
                self._commit([*(part for part in self._parts if part not in group), one])

    def finish(self) -> None:
        """Puts small parts together and marks the folder as finished."""
        self.compact()
        with self._unchanged_by_faults():
            self.manifest = replace(self.manifest, finished=now())
            self.manifest.save(self.folder)
            write(self.folder / CRATE, crate(self.manifest, self._parts), durable=False)

    def tell(self, **progress: Any) -> None:
        """Writes plain data for `status`; an error of the disk does not stop the work."""
        with contextlib.suppress(OSError):
            write(self.folder / PROGRESS, json.dumps(progress).encode(), durable=False)

    def _read(self, part: Part, columns: Sequence[str] | None = None) -> pa.Table:
        try:
            return read_part(self.folder, part, self.manifest.schema, columns)
        except (DamageError, FileNotFoundError) as damage:
            self._set_aside(part, str(damage) if isinstance(damage, DamageError) else "is missing")
            sentence = f"the part {part.file} is damaged; it was set aside in {DAMAGED}/, and its rows are missing"
            raise StoreError(f"{self.folder}: {sentence}. Run them again.") from None

    def _replaced_by(self, again: pa.Table) -> set[str]:
        """Removes the stored failures that rows run again replace, after comparing all of these with what is stored."""
        wanted = set(again["id"].to_pylist())
        stored = pa.concat_tables([pick(table, wanted) for table in self.tables()])
        better = settle(stored, again, self.manifest, self.folder)
        self._forget(better)
        return better

    def _forget(self, ids: set[str]) -> int:
        if not ids:
            return 0
        kept, changed = [], 0
        with self._unchanged_by_faults():
            for part in list(self._parts):
                table = self._read(part)
                rest = pick(table, ids, but=True)
                changed += len(table) - len(rest)
                if len(rest) == len(table):
                    kept.append(part)
                elif len(rest):
                    kept.append(write_part(self.folder, rest))
            self._commit(kept)
        self._ids.remove(of_texts(ids))
        return changed

    def _commit(self, parts: Sequence[Part]) -> None:
        """From the moment the list is renamed into place, these parts are the store; then the parts they replace are removed."""
        if not self._lock.held:
            raise StoreError(f"{self.folder}: it was closed; open it again to write.")
        save_list(self.folder, parts)
        gone = {part.file for part in self._parts} - {part.file for part in parts}
        self._parts = list(parts)
        self._remove(gone)

    def _remove(self, files: Iterable[str]) -> None:
        for file in files:
            with contextlib.suppress(OSError):  # it is found and removed when the folder is next opened
                (self.folder / FOLDER / file).unlink()

    def _set_aside(self, part: Part, why: str) -> None:
        """Takes a part found damaged out of the store; its rows are missing again."""
        with plainly(self.folder):
            if os.path.lexists(self.folder / FOLDER / part.file):
                set_aside(self.folder, self.folder / FOLDER / part.file)
            self._commit([other for other in self._parts if other != part])
        self.messages.append(f"The part {part.file} {why}: set aside, its {part.rows} rows will be run again.")
        ids = Ids()
        for other in self._parts:
            try:
                ids.add(read_ids(self.folder, other, self.manifest.schema))
            except DamageError as another:
                return self._set_aside(other, str(another))
        self._ids = ids

    @contextlib.contextmanager
    def _unchanged_by_faults(self) -> Iterator[None]:
        """On an error of the disk, files written since that do not count are removed, and StoreError is raised."""
        before = self._files()
        try:
            with plainly(self.folder, f"The {len(self)} rows stored so far are safe. "):
                yield
        except BaseException:
            self._remove(self._files() - before - {part.file for part in self._parts})
            raise

    def _files(self) -> set[str]:
        with contextlib.suppress(OSError):
            return set(os.listdir(self.folder / FOLDER))
        return set()


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[Lock]:
    """The lock of a folder, released if the work inside fails; errors of the disk become one sentence."""
    with plainly(folder):
        lock = Lock(folder)
        try:
            yield lock
        except BaseException:
            lock.release()
            raise


def merge(folders: Sequence[str | Path], into: str | Path) -> Store:
    """Adds all rows of some folders (shards of one sweep) to `into`, each once, and returns it, open and not finished. Raises
    StoreError for a folder of another model or experiment, for a damaged one, and for rows that contradict each other; then
    nothing is lost, and the same call continues later."""
    if not folders:
        raise StoreError("There is nothing to merge: give one folder or more.")
    if Path(into).resolve() in {Path(folder).resolve() for folder in folders}:
        raise StoreError(f"{into}: it is one of the folders to merge. Give another folder for the whole.")
    shards = [Results.of(folder, verify=True) for folder in folders]
    whole = shards[0].manifest
    for shard in shards[1:]:
        whole.check(shard.manifest, shard.folder)
        whole = whole.extended(shard.manifest)
    store = Store.resume(into, whole)
    try:
        for good in (True, False):  # good runs first: the failure of a run that succeeded in another shard is then not added
            for table in (table for shard in shards for table in shard.tables()):
                store.append(table.filter(pc.is_null(table["error"]) if good else pc.is_valid(table["error"])))
    except BaseException:
        store.close()
        raise
    return store
