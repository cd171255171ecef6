"""Merges shards of one sweep, each run in its own folder, into one store."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow.compute as pc

from cisim.errors import StoreError
from cisim.sweeps.store.reading import Results
from cisim.sweeps.store.writing import Store


def merge(folders: Sequence[str | Path], into: str | Path) -> Store:
    """Adds all rows of some folders to `into` (created if missing) and returns it, open and not yet finished.

    Rows that several folders hold are kept once. The digest is that of one undisturbed store, whatever the order and the split
    of the rows. One part at a time is in memory. Raises StoreError for a folder of another model or experiment, for a damaged
    one, and for rows that contradict each other; then nothing is lost, and the same call continues later.
    """
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
        # good runs first: the failure of a run that succeeded in another shard is then not added
        for failed in (False, True):
            for shard in shards:
                for table in shard.tables():
                    store.append(table.filter(pc.is_valid(table["error"]) if failed else pc.is_null(table["error"])))
    except BaseException:
        store.close()
        raise
    return store
