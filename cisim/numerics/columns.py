"""Columns: many agents of one kind as one array a field, so that a phase reads only the fields it needs.

A rule that reads `npo.trust[k]` runs on columns as it does on an agent or a record: `columns_in_rules` compiles it.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


Field = tuple[str, str, tuple[int, ...]]  # its name, kind and shape for one agent


class Places:
    """Where fields lie in a block of memory, wide numbers first, so that each lies at a multiple of its width."""

    def __init__(self, fields: tuple[Field, ...], count: int) -> None:
        self.fields, self.count, self.size, self.first = fields, count, 0, dict[str, int]()
        for name, kind, shape in sorted(fields, key=lambda field: -np.dtype(field[1]).itemsize):
            self.first[name] = self.size
            self.size += count * math.prod(shape) * np.dtype(kind).itemsize
        lengths = [shape[0] if shape else count for _, _, shape in fields]
        self.header = np.array([self.first[name] for name, _, _ in fields] + lengths, np.int64)
        self.layout = tuple((name, kind[1:], bool(shape)) for name, kind, shape in fields)


class Columns:
    """One C-contiguous array a field, of shape (agents,) or (agents, length); all have the same number of agents.

    Reads like an array of records: `columns["trust"]` is a field, `columns[3]` one agent as a mapping, `columns[mask]` some
    agents. All arrays lie in one `block` of memory, so that a copy is a copy of bytes. `header` is what compiled rules read:
    the address of each array, then the length of each list.
    """

    def __init__(self, fields: Mapping[str, Array]) -> None:
        kinds = tuple((name, array.dtype.str, array.shape[1:]) for name, array in fields.items())
        places = Places(kinds, len(next(iter(fields.values()))))
        self._lie_in(places, np.zeros(places.size, np.uint8))
        for name, array in fields.items():
            self[name] = array

    def _lie_in(self, places: Places, block: Array) -> Columns:
        self.places, self.block, self.count, self.layout = places, block, places.count, places.layout
        self.header = places.header.copy()
        self.header[: len(places.fields)] += block.ctypes.data
        self.address = int(self.header.ctypes.data)
        return self

    @functools.cached_property
    def fields(self) -> dict[str, Array]:
        """The array of each field."""
        found = {}
        for name, kind, shape in self.places.fields:
            first, size = self.places.first[name], self.count * math.prod(shape) * np.dtype(kind).itemsize
            found[name] = self.block[first : first + size].view(kind).reshape(self.count, *shape)
        return found

    @classmethod
    def zeros(cls, count: int, fields: np.dtype[np.void], lengths: Mapping[str, int]) -> Columns:
        """Zeros for `count` agents with the fields of a record type; `lengths` shortens lists below their capacity."""
        kinds = []
        for name in fields.names or ():
            kind = fields[name]
            kinds.append((name, kind.base.str, tuple(lengths.get(name, capacity) for capacity in kind.shape)))
        places = Places(tuple(kinds), count)
        return cls.__new__(cls)._lie_in(places, np.zeros(places.size, np.uint8))

    @property
    def dtype(self) -> np.dtype[np.void]:
        """The record type with the same fields: name, kind and length."""
        return np.dtype([(name, array.dtype, array.shape[1:]) for name, array in self.fields.items()])

    @property
    def nbytes(self) -> int:
        """The size of all arrays in bytes."""
        return self.block.nbytes

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, which: Any) -> Any:
        if isinstance(which, str):
            return self.fields[which]
        if isinstance(which, (int, np.integer)):
            return {name: array[which] for name, array in self.fields.items()}
        return Columns({name: array[which] for name, array in self.fields.items()})

    def __setitem__(self, name: str, values: Any) -> None:
        self.fields[name][...] = values

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self[k] for k in range(self.count))

    def copy(self) -> Columns:
        """The same values in arrays of their own."""
        return Columns.__new__(Columns)._lie_in(self.places, self.block.copy())

    def tobytes(self) -> bytes:
        """The bytes of all fields, one after the other."""
        return b"".join(array.tobytes() for array in self.fields.values())
