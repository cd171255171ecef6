"""Columns: many agents of one kind as one array a field, so that a phase reads only the fields it needs.

A rule that reads `npo.trust[k]` runs on columns as it does on an agent or a record: `columns_in_rules` compiles it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


class Columns:
    """One C-contiguous array a field, of shape (agents,) or (agents, length); all have the same number of agents.

    Reads like an array of records: `columns["trust"]` is a field, `columns[3]` one agent as a mapping, `columns[mask]` some
    agents. `header` is what compiled rules read: the address of each array, then the length of each list.
    """

    def __init__(self, fields: Mapping[str, Array]) -> None:
        self.fields = {name: np.ascontiguousarray(array) for name, array in fields.items()}
        arrays = list(self.fields.values())
        self.header = np.array([array.ctypes.data for array in arrays] + [array.shape[-1] for array in arrays], np.int64)
        self.address = int(self.header.ctypes.data)
        self.count = len(arrays[0])
        self.layout = tuple((name, array.dtype.str[1:], array.ndim == 2) for name, array in self.fields.items())

    @classmethod
    def zeros(cls, count: int, fields: np.dtype[np.void], lengths: Mapping[str, int]) -> Columns:
        """Zeros for `count` agents with the fields of a record type; `lengths` shortens lists below their capacity."""
        made = {}
        for name in fields.names or ():
            kind = fields[name]
            length = tuple(lengths.get(name, capacity) for capacity in kind.shape)
            made[name] = np.zeros((count, *length), kind.base)
        return cls(made)

    @property
    def dtype(self) -> np.dtype[np.void]:
        """The record type with the same fields: name, kind and length."""
        return np.dtype([(name, array.dtype, array.shape[1:]) for name, array in self.fields.items()])

    @property
    def nbytes(self) -> int:
        """The size of all arrays in bytes."""
        return sum(array.nbytes for array in self.fields.values())

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
        return Columns({name: array.copy() for name, array in self.fields.items()})

    def tobytes(self) -> bytes:
        """The bytes of all fields, one after the other."""
        return b"".join(array.tobytes() for array in self.fields.values())
