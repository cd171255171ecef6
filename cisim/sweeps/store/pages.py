"""What a Parquet file would take in memory, by the headers of its own pages: read before anything is unpacked.

A part describes itself twice, at its end and before each page. The end alone proves nothing: a page of a few bytes may say
that it unpacks to gigabytes. So every header is walked, and a file that would grow beyond its rows is refused.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pyarrow as pa

MOST_UNPACKED = 2**31
"""Bytes of all pages of a part, unpacked."""

MOST_NUMBERS = 1_000
"""Numbers in a list: no trajectory has as many quarters."""

MOST_EXPANDED = 2**28
"""Bytes of a column of texts each of which is stored once and named by number."""

SIZE, PACKED, DATA, WORDS, DATA_2 = 2, 3, 5, 7, 8
"""Fields of a page header: bytes unpacked, bytes packed, and what its three kinds have beside them."""

MOST_HEADER = 2**16


class PageError(ValueError):
    """Pages that do not fit each other, the file or memory."""


def check(data: bytes, metadata: Any, schema: pa.Schema, columns: Collection[str]) -> list[str]:
    """Looks at the columns that will be read. Returns the names of text columns that may expand so far that they must be read
    with each text once. Raises PageError."""
    unpacked, wide = 0, list[str]()
    wanted = [(place, field) for place, field in enumerate(schema) if field.name in columns]
    for group in (metadata.row_group(k) for k in range(metadata.num_row_groups)):
        if group.num_columns != len(schema):
            raise PageError("its columns are not those it names")
        for place, field in wanted:
            size, values, words = _chunk(data, group.column(place))
            unpacked += size
            if unpacked > MOST_UNPACKED or values > group.num_rows * (MOST_NUMBERS if pa.types.is_list(field.type) else 1):
                raise PageError("it would unpack to more than its rows can be")
            if words and words * group.num_rows > MOST_EXPANDED and pa.types.is_string(field.type):
                wide.append(field.name)
    return wide


def _chunk(data: bytes, column: Any) -> tuple[int, int, int]:
    """Of one column of a group of rows: bytes unpacked, values, and bytes of texts that are stored once."""
    words_at, at = column.dictionary_page_offset, column.data_page_offset
    if words_at is not None and 0 < words_at < at:
        at = words_at
    end = at + column.total_compressed_size
    if not 0 <= at <= end <= len(data):
        raise PageError("its pages lie outside the file")
    unpacked = values = words = 0
    while at < end:
        try:
            header, at = _fields(data, at, min(end, at + MOST_HEADER), 3)
        except IndexError:
            raise PageError("a page's header is cut off") from None
        size, packed = header.get(SIZE, -1), header.get(PACKED, -1)
        count = 0
        for kind in (DATA, DATA_2, WORDS):
            if type(header.get(kind)) is dict:
                count = header[kind].get(1, 0)
                break
        if not (type(size) is type(packed) is type(count) is int and min(size, packed, count) >= 0):
            raise PageError("a page's sizes are none")
        at += packed
        unpacked += size
        if WORDS in header:
            words += size
        else:
            values += count
    if at != end:
        raise PageError("its pages lie outside the file")
    return unpacked, values, words


def _fields(data: bytes, at: int, end: int, depth: int) -> tuple[dict[int, Any], int]:
    """A header in Thrift's compact form, as numbers by field, and where it ends. Texts are passed over."""
    found: dict[int, Any] = {}
    field = 0
    while at < end:
        head = data[at]
        at += 1
        if not head:
            return found, at
        kind, step = head & 15, head >> 4
        if step:
            field += step
        else:
            value, at = _varint(data, at)
            field = (value >> 1) ^ -(value & 1)
        if kind in (4, 5, 6):
            value = data[at]
            at += 1
            if value > 127:
                value, at = _varint(data, at - 1)
            found[field] = (value >> 1) ^ -(value & 1)  # small numbers of either sign first
        elif kind in (1, 2):
            found[field] = 2 - kind
        elif kind == 3:
            at += 1
        elif kind == 7:
            at += 8
        elif kind == 8:
            length, at = _varint(data, at)
            at += length
        elif kind == 12 and depth:
            found[field], at = _fields(data, at, end, depth - 1)
        else:
            raise PageError("a page's header is none")
    raise PageError("a page's header is cut off")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
        if shift > 63:
            raise PageError("a page's header is none")
