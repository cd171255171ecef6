"""A verdict as a value: what it concludes, in one sentence, with its numbers and with what it does not cover."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Outcome(enum.StrEnum):
    """What a comparison comes to."""

    BETTER = "better"
    WORSE = "worse"
    NO_CLEAR_DIFFERENCE = "no clear difference"
    TOO_FEW_RUNS = "too few runs to tell"


@dataclass(frozen=True)
class Verdict:
    """A headline of one sentence, sentences with the numbers behind it, and a caveat: what the numbers do not cover."""

    outcome: Outcome
    headline: str
    detail: tuple[str, ...] = ()
    caveat: str = ""

    @property
    def sentences(self) -> list[str]:
        """All of it, a sentence an entry."""
        return [self.headline, *self.detail, *([self.caveat] if self.caveat else [])]

    def __str__(self) -> str:
        return " ".join(self.sentences)
