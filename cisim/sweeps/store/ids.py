"""The ids of a folder's rows in little memory, 16 bytes each: a sweep of ten million rows knows them all."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cisim.sweeps.store.identity import LENGTH

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]

MOST_MERGED = 2**20  # sorted groups of so many ids are not merged any more, as merging copies them

_DIGIT = np.full(256, 255, np.uint8)
_DIGIT[list(b"0123456789abcdef")] = range(16)


def characters(ids: pa.ChunkedArray) -> Bytes:
    """The characters of ids, shape (rows, 32). Raises ValueError for an id of another length."""
    column = pa.chunked_array(ids.chunks, pa.string()).cast(pa.binary()).cast(pa.binary(LENGTH)).combine_chunks()
    if not len(column):
        return np.zeros((0, LENGTH), np.uint8)
    one = column if isinstance(column, pa.Array) else column.chunk(0)
    every = np.frombuffer(one.buffers()[1], np.uint8).reshape(-1, LENGTH)
    return every[one.offset : one.offset + len(one)]


def numbers(ids: pa.ChunkedArray) -> Numbers:
    """Ids as two numbers each, shape (rows, 2), which sort as the ids do. Raises ValueError for anything but 32 hex digits."""
    digits = _DIGIT[characters(ids)]
    if (digits == 255).any():
        raise ValueError(f"an id is {LENGTH} hex digits")
    return (digits[:, 0::2] << 4 | digits[:, 1::2]).view(">u8").astype(np.uint64)


def of_texts(ids: Iterable[str]) -> Numbers:
    return numbers(pa.chunked_array([pa.array(list(ids), pa.string())]))


def in_order(ids: Numbers) -> npt.NDArray[np.intp]:
    """The places of ids, the smallest id first."""
    return np.lexsort((ids[:, 1], ids[:, 0]))


def repeated(ids: Numbers) -> bool:
    """Whether an id is there twice."""
    sorted_ = ids[in_order(ids)]
    return bool((sorted_[1:] == sorted_[:-1]).all(axis=1).any())


class Ids:
    """A set of ids, in sorted groups."""

    def __init__(self) -> None:
        self._groups: list[Numbers] = []

    def __len__(self) -> int:
        return sum(map(len, self._groups))

    def add(self, ids: Numbers) -> None:
        """Adds ids, none of which is in the set."""
        group = ids[in_order(ids)]
        while self._groups and len(self._groups[-1]) <= 2 * len(group) and len(self._groups[-1]) + len(group) <= MOST_MERGED:
            both = np.concatenate([self._groups.pop(), group])
            group = both[in_order(both)]
        self._groups.append(group)

    def holds(self, ids: Numbers) -> Flags:
        """For each of some ids, whether it is in the set."""
        found = np.zeros(len(ids), bool)
        for group in self._groups:
            first, wanted = group[:, 0], np.flatnonzero(~found)
            at = np.searchsorted(first, ids[wanted, 0])
            while len(wanted):  # hardly ever more than once: ids of which the first halves are equal follow each other
                near = at < len(group)
                wanted, at = wanted[near], at[near]
                near = first[at] == ids[wanted, 0]
                wanted, at = wanted[near], at[near]
                same = group[at, 1] == ids[wanted, 1]
                found[wanted[same]] = True
                wanted, at = wanted[~same], at[~same] + 1
        return found

    def remove(self, ids: Numbers) -> None:
        gone = Ids()
        gone.add(ids)
        self._groups = [rest for group in self._groups if len(rest := group[~gone.holds(group)])]
