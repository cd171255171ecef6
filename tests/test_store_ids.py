"""The ids of a folder's rows: a set in little memory, equal to Python's own in all it is asked."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest

from cisim.sweeps.store import ids
from cisim.sweeps.store.ids import Ids, in_order, numbers, of_texts, repeated


def drawn(count: int, seed: int, halves: int = 2**64) -> list[str]:
    """Ids; with few `halves`, many share their first half."""
    rng = random.Random(seed)
    return [f"{rng.randrange(halves):016x}{rng.randrange(2**64):016x}" for _ in range(count)]


@pytest.mark.parametrize("halves", [2**64, 5, 1])
@pytest.mark.parametrize("most", [2**20, 50])
def test_ids_are_added_found_and_removed_as_in_a_set(halves: int, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "MOST_MERGED", most)
    rng, known, plain = random.Random(1), Ids(), set[str]()
    everything = drawn(600, 2, halves)
    for step in range(40):
        some = rng.sample(everything, rng.randrange(30))
        assert known.holds(of_texts(some)).tolist() == [one in plain for one in some]
        if step % 5 == 4:
            known.remove(of_texts(some))
            plain -= set(some)
        else:
            new = [one for one in some if one not in plain]
            known.add(of_texts(new))
            plain |= set(new)
        assert len(known) == len(plain)
    assert known.holds(of_texts(everything)).tolist() == [one in plain for one in everything]


def test_ids_sort_as_their_texts_do_and_one_that_is_there_twice_is_noticed() -> None:
    texts = drawn(500, 3, 20)
    order = in_order(of_texts(texts))
    assert [texts[k] for k in order] == sorted(texts)
    assert not repeated(of_texts(texts))
    assert repeated(of_texts([*texts, texts[7]]))


def test_a_part_of_a_column_gives_its_own_ids() -> None:
    texts = drawn(10, 4)
    column = pa.chunked_array([texts[:4], texts[4:]])
    assert np.array_equal(numbers(column.slice(2, 5)), of_texts(texts[2:7]))
    assert numbers(column.slice(2, 0)).shape == (0, 2)


@pytest.mark.parametrize("other", ["", "12", "g" * 32, "A" * 32, "0" * 33, "é" * 16])
def test_what_is_no_id_is_refused(other: str) -> None:
    with pytest.raises(ValueError, match=r"32|binary"):
        of_texts([*drawn(3, 5), other])


def test_ten_million_rows_need_16_bytes_each() -> None:
    known = Ids()
    rng = np.random.default_rng(6)
    for _ in range(200):
        known.add(rng.integers(0, 2**63, (1000, 2)).astype(np.uint64))
    assert sum(group.nbytes for group in known._groups) == 16 * len(known) == 16 * 200_000
    assert len(known._groups) < 20
