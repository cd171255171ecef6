"""What became of the rows of a file: taken, left out and why, and mistakes by row."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cisim.scenario.importing.formats import Format
from cisim.text.english import count, shown

MOST_PROBLEMS = 20  # mistakes that are listed, of each file; all are counted
MOST_PREVIEW = 5


@dataclass
class Account:
    """One file's rows. `left_out` counts rows by the reason, with the first one as an example in `examples`."""

    file: str
    format: Format
    encoding: str = ""
    rows: int = 0
    taken: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    mistakes: int = 0
    preview: list[dict[str, Any]] = field(default_factory=list)

    def leave_out(self, reason: str, example: str = "") -> None:
        self.left_out[reason] += 1
        if example:
            self.examples.setdefault(reason, shown(example, 40))

    def mistake(self, row: int, sentence: str) -> None:
        """A cell that cannot be used; the row is taken without it, or left out."""
        self.mistakes += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(f"{self.file}, row {row}: {sentence}")

    def take(self, **understood: Any) -> None:
        self.taken += 1
        if len(self.preview) < MOST_PREVIEW:
            self.preview.append(understood)

    def sentences(self) -> list[str]:
        """What was taken and left out, and why."""
        thing = {"school": "schools", "organisation": "organisations", "funder": "funders", "grant": "grants"}[self.format.kind]
        found = [f"{self.file}: {self.format.title}. Of {count(self.rows, 'row')}, {self.taken:,} taken as {thing}."]
        for reason, number in self.left_out.most_common():
            example = f' (such as "{self.examples[reason]}")' if reason in self.examples else ""
            found.append(f"{number:,} left out: {reason}{example}.")
        return found

    def all_problems(self) -> list[str]:
        """The first mistakes by row, and how many more there are."""
        more = self.mistakes - len(self.problems)
        return [*self.problems, *([f"{self.file}: {more:,} more mistakes of this kind are not listed."] if more else [])]


def chosen(cells: Sequence[str], only: Sequence[tuple[int, str]]) -> bool:
    """Whether a row has all values asked for; one that ends in * is the beginning of a value."""
    for place, wanted in only:
        cell = cells[place].casefold() if place < len(cells) else ""
        if not (cell.startswith(wanted[:-1]) if wanted.endswith("*") else cell == wanted):
            return False
    return True
