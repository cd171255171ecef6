"""Fingerprints of rows, exact to the bit, and the digest of a whole store."""

import hashlib
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cisim.sweeps.store.identity import LENGTH, canonical
from cisim.sweeps.store.manifest import as_numbers

Bytes = npt.NDArray[np.uint8]

SIZE = 16  # bytes of a row's fingerprint


class RepeatedError(ValueError):
    """Two rows with one id."""


def fingerprints(table: pa.Table, kinds: Mapping[str, str]) -> list[bytes]:
    """A fingerprint of each row: id, seed, arm, error and the exact bits of all kept values, in the order of their names.

    `point` is left out, as the id depends on it. Whole numbers count as numbers.
    """
    kinds = as_numbers(kinds)
    table = table.combine_chunks()
    names = sorted(kinds)
    fixed = [_ids(table), _bits(table["seed"], as_number=False)]
    fixed += [block for name in names if kinds[name] == "number" for block in (_there(table[name]), _bits(table[name]))]
    texts = [_texts(table[name]) for name in ("arm", "error", *(name for name in names if kinds[name] == "text"))]
    texts += [_lists(table[name]) for name in names if kinds[name] == "list"]
    matrix = np.hstack(fixed)
    width, flat = matrix.shape[1], memoryview(matrix.tobytes())
    found = []
    for k, tail in enumerate(zip(*texts, strict=True)):
        row = hashlib.blake2b(flat[k * width : (k + 1) * width], digest_size=SIZE)
        row.update(b"".join(tail))
        found.append(row.digest())
    return found


def digest(tables: Iterable[pa.Table], kinds: Mapping[str, str]) -> str:
    """64 hex digits that depend on the rows alone: not on their order, nor on how they are split into tables. Needs 48 bytes
    of memory for each row. Raises RepeatedError if a row is there twice."""
    ids: list[Bytes] = []
    rows: list[Bytes] = []
    for table in tables:
        if len(table):
            ids.append(_ids(table.combine_chunks()))
            rows.append(np.frombuffer(b"".join(fingerprints(table, kinds)), np.uint8).reshape(-1, SIZE))
    whole = hashlib.sha256(canonical(as_numbers(kinds)).encode())
    if rows:
        keys = np.concatenate(ids).view(">u8")
        order = np.lexsort(keys.T[::-1])
        if (keys[order[1:]] == keys[order[:-1]]).all(axis=1).any():
            raise RepeatedError
        whole.update(np.concatenate(rows)[order].tobytes())
    return whole.hexdigest()


def _ids(table: pa.Table) -> Bytes:
    """The characters of the ids, shape (rows, 32)."""
    return np.array(table["id"].to_pylist(), dtype=f"S{LENGTH}").view(np.uint8).reshape(-1, LENGTH)


def _bits(column: pa.ChunkedArray, as_number: bool = True) -> Bytes:
    """The 8 bytes of each number, zeros if it is missing, shape (rows, 8)."""
    numbers = pc.fill_null(column, 0).to_numpy()
    if as_number:
        numbers = numbers.astype(np.float64)
    bits: Bytes = np.ascontiguousarray(numbers, dtype=numbers.dtype.newbyteorder("<")).view(np.uint8).reshape(-1, 8)
    return bits


def _there(column: pa.ChunkedArray) -> Bytes:
    """1 for a value, 0 if it is missing, shape (rows, 1): a missing number is neither zero nor not-a-number."""
    there: Bytes = pc.is_valid(column).to_numpy().astype(np.uint8).reshape(-1, 1)
    return there


def _texts(column: pa.ChunkedArray) -> list[bytes]:
    """Each text with its length before it, so that two neighbours cannot be confused."""
    coded = column.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    words = [b"%d:%s" % (len(word), word) for word in (text.encode() for text in coded.dictionary.to_pylist())]
    return [words[code] if code is not None else b"-" for code in coded.indices.to_pylist()]


def _lists(column: pa.ChunkedArray) -> list[bytes]:
    """The length of each list, then the bits of its numbers; a missing number in a list has its own mark."""
    found = []
    for numbers in column:
        if not numbers.is_valid:
            found.append(b"-")
            continue
        values = numbers.values
        flat = _bits(pa.chunked_array([values])).tobytes()
        gaps = b"?" + _there(pa.chunked_array([values])).tobytes() if values.null_count else b":"
        found.append(b"%d" % len(values) + gaps + flat)
    return found
