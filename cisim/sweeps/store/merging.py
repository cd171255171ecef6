"""Shards of one sweep, run in folders of their own, become one store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow.compute as pc

from cisim.errors import StoreError
from cisim.sweeps.store.reading import Results
from cisim.sweeps.store.writing import Store


def merge(folders: Sequence[str | Path], into: str | Path) -> Store:
    """Adds all rows of some folders to `into` (made if it is not there) and returns it, open and not yet finished.

    Rows that several hold are kept once. The digest is that of one undisturbed store, whatever the order and however the rows
    were cut. Raises StoreError for a folder of another model or experiment, for a damaged one, and for rows that contradict
    each other; nothing is then lost anywhere, and the same call goes on later. A part at a time is in memory.
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
        # good runs first: a failure that was mended in another shard then finds its row taken
        for failed in (False, True):
            for shard in shards:
                for table in shard.tables():
                    store.append(table.filter(pc.is_valid(table["error"]) if failed else pc.is_null(table["error"])))
    except BaseException:
        store.close()
        raise
    return store
