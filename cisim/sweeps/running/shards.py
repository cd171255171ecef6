"""A shard: one of several processes, on one machine or many, that share a sweep's points without talking to each other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from cisim.errors import InputError

Dealt = TypeVar("Dealt")


@dataclass(frozen=True)
class Shard:
    """Share `number` (from 1) of `count`.

    Whole points are dealt in turn, like cards: point 1 to shard 1, point 2 to shard 2 ... Shares differ by one point at most,
    and adaptive seeds are decided as without shards, from a point's own rows.
    """

    number: int
    count: int

    @classmethod
    def read(cls, text: str) -> Shard:
        """The shard of a text such as 3/40. Raises InputError."""
        found = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text.strip(), re.ASCII)
        number, count = (int(part) for part in found.groups()) if found else (0, 0)
        if not 1 <= number <= count:
            sentence = "a shard is its number, a slash and how many there are: give --shard 1/40 to --shard 40/40, for example."
            raise InputError(f"--shard {text}", sentence)
        return cls(number, count)

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def deal(self, things: Sequence[Dealt]) -> Sequence[Dealt]:
        """This shard's share."""
        return things[self.number - 1 :: self.count]


WHOLE = Shard(1, 1)
