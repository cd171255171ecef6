"""Results of many runs in a folder: a manifest and a few Parquet parts, which survive crashes and can be extended and merged.

manifest.json    experiment, model, columns, seeds, machines, times
rows/            parts of about 10^5 rows, named by their content: pandas.read_parquet(folder / "rows") reads them
parts.json       which parts count, with their checksums: replaced in one step, so that each row is there once or not at all
progress.json    the writer's last progress report
ro-crate-metadata.json   what the folder is about, for archives and catalogues (RO-Crate 1.1), once it is finished
damaged/         files that were found damaged and set aside
lock             held while a process writes
"""

from cisim.errors import StoreError, require

require("sweep", "a results folder")

from cisim.sweeps.store.identity import point_key, row_id, row_ids
from cisim.sweeps.store.manifest import Manifest
from cisim.sweeps.store.reading import Results, Status, status
from cisim.sweeps.store.writing import Store, merge

__all__ = ["Manifest", "Results", "Status", "Store", "StoreError", "merge", "point_key", "row_id", "row_ids", "status"]
