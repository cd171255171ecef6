"""Shards run apart and merged are the store that one machine would have made."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from cisim.sweeps.store import Store, StoreError, merge
from tests.store_rows import manifest, rows


@pytest.fixture
def undisturbed(tmp_path: Path) -> str:
    """The digest of all rows, appended at once."""
    with Store.create(tmp_path / "undisturbed", manifest()) as store:
        store.append(rows(range(120)))
        return store.digest()


@pytest.fixture
def shards(tmp_path: Path) -> list[Path]:
    """Three folders with 120 rows among them; ten rows are in two."""
    folders = []
    for k, seeds in enumerate((range(0, 50), range(40, 80), range(80, 120))):
        folders.append(tmp_path / f"shard-{k}")
        with Store.create(folders[-1], manifest(seeds=tuple(seeds))) as store:
            store.append(rows(list(seeds)[::-1]))
    return folders


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)], ids=str)
def test_a_merge_has_the_digest_of_one_undisturbed_store(
    tmp_path: Path, shards: list[Path], undisturbed: str, order: tuple[int, ...]
) -> None:
    with merge([shards[k] for k in order], tmp_path / "whole") as whole:
        assert whole.digest() == undisturbed
        assert whole.manifest.seeds == tuple(range(120))
        whole.finish()
    with merge(shards, tmp_path / "whole") as again:
        assert (len(again), again.digest()) == (120, undisturbed)


def test_what_failed_in_one_shard_and_worked_in_another_has_worked(tmp_path: Path) -> None:
    lost = rows([2]).set_column(4, "on_track", pa.array([None], pa.float64())).set_column(7, "error", pa.array(["out of memory"]))
    for name, table in (("a", lost), ("b", rows([2]))):
        with Store.create(tmp_path / name, manifest()) as store:
            store.append(table)
    with merge([tmp_path / "a", tmp_path / "b"], tmp_path / "whole") as whole:
        assert (len(whole), whole.failed) == (1, 0)


@pytest.mark.parametrize(
    ("change", "sentence"), [({"model_digest": "fedc"}, "made by model"), ({"fixed": {}}, "another experiment")]
)
def test_shards_of_another_model_or_experiment_are_not_merged(
    tmp_path: Path, shards: list[Path], change: dict[str, object], sentence: str
) -> None:
    Store.create(tmp_path / "other", manifest(**change)).close()
    with pytest.raises(StoreError, match=sentence):
        merge([*shards, tmp_path / "other"], tmp_path / "whole")
    assert not (tmp_path / "whole").exists()


def test_a_merge_into_one_of_its_shards_is_refused(shards: list[Path]) -> None:
    with pytest.raises(StoreError, match="it is one of the folders to merge"):
        merge(shards, shards[0])


def test_a_damaged_shard_is_not_merged(tmp_path: Path, shards: list[Path]) -> None:
    (part,) = (shards[1] / "rows").iterdir()
    part.write_bytes(part.read_bytes()[:-9])
    with pytest.raises(StoreError, match=r"shard-1: the part .* bytes instead of .*Give the command that made this folder again"):
        merge(shards, tmp_path / "whole")
