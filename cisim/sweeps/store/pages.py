"""How much memory a Parquet file takes, by the headers of its pages: read before anything is unpacked, as the description at
its end is no proof (a page of a few bytes may unpack to gigabytes)."""

from collections.abc import Collection
from typing import Any

import pyarrow as pa

MOST_UNPACKED = 2**31  # bytes of all pages of a part, unpacked
MOST_EXPANDED = 2**28  # bytes of a column of texts that are each stored once and referred to by number
MOST_NUMBERS = 1_000  # in a list: no trajectory has as many quarters
MOST_HEADER = 2**16
KIND, SIZE, PACKED = 1, 2, 3  # fields of a page header: kind of page, bytes unpacked, bytes packed
GROUP, WORDS = 100, 2
LENGTHS = {1: 0, 2: 0, 3: 1, 7: 8}  # bytes of values of fixed length, by Thrift's kind: true, false, a byte, a fraction
# by kind of page (values, texts that are stored once, values in the newer form): the group and field of the count
COUNTS = {0: 5 * GROUP + 1, WORDS: 7 * GROUP + 1, 3: 8 * GROUP + 1}


class PageError(ValueError):
    """Pages that do not fit each other, the file or memory."""


def check(data: bytes, metadata: Any, schema: pa.Schema, columns: Collection[str]) -> list[str]:
    """Names of text columns that may expand so much that each text must be read once. Raises PageError for more than fits."""
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
    """Of one column in a group of rows: bytes unpacked, values, and bytes of texts that are stored once."""
    words_at, at = column.dictionary_page_offset, column.data_page_offset
    if words_at is not None and 0 < words_at < at:
        at = words_at
    end = at + column.total_compressed_size
    if not 0 <= at <= end <= len(data):
        raise PageError("its pages lie outside the file")
    unpacked = values = words = 0
    while at < end:
        try:
            header, at = _numbers(data, at, min(end, at + MOST_HEADER))
        except IndexError:
            raise PageError("a page's header is cut off") from None
        kind, size, packed = header.get(KIND, -1), header.get(SIZE, -1), header.get(PACKED, -1)
        count = header.get(COUNTS.get(kind, -1), 0)
        if size < 0 or packed < 0 or count < 0:
            raise PageError("a page's sizes are invalid")
        at += packed
        unpacked += size
        if kind == WORDS:
            words += size
        else:
            values += count
    if at != end:
        raise PageError("its pages lie outside the file")
    return unpacked, values, words


def _numbers(data: bytes, at: int, end: int) -> tuple[dict[int, int], int]:
    """The 32-bit numbers of a header by field (in a group: GROUP x the group's field + field), and where the header ends."""
    found: dict[int, int] = {}
    groups: list[int] = []  # the fields of the groups around this one
    field = 0
    while at < end:
        head = data[at]
        at += 1
        if head > 15:
            field += head >> 4
        elif head:
            value, at = _varint(data, at)
            field = (value >> 1) ^ -(value & 1)
        elif groups:  # the end of a group
            field = groups.pop()
            continue
        else:
            return found, at
        if not 0 < field < GROUP:
            raise PageError("a page's header is invalid")
        kind = head & 15
        if kind in (4, 5, 6):
            value = data[at]
            at += 1
            if value > 127:
                value, at = _varint(data, at - 1)
            if kind == 5 and len(groups) < 2:
                found[GROUP * groups[0] + field if groups else field] = (value >> 1) ^ -(value & 1)  # the sign is the last bit
        elif kind in LENGTHS:
            at += LENGTHS[kind]
        elif kind == 8:
            length, at = _varint(data, at)
            at += length
        elif kind == 12 and len(groups) < 3:
            groups.append(field)
            field = 0
        else:
            raise PageError("a page's header is invalid")
    raise PageError("a page's header is cut off")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 64:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    raise PageError("a page's header is invalid")
