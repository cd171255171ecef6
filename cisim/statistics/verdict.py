"""A verdict as a value: its conclusion in one sentence, the numbers behind it, and what it does not cover."""

import enum
from dataclasses import dataclass


class Outcome(enum.StrEnum):
    """The result of a comparison."""

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
        """Headline, detail and caveat, a sentence an entry."""
        return [text for text in (self.headline, *self.detail, self.caveat) if text]

    def __str__(self) -> str:
        return " ".join(self.sentences)
