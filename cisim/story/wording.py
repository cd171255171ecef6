"""How a story is worded: names of organisations, money, shares, lists and dates."""

from collections.abc import Sequence
from dataclasses import dataclass

from cisim.scenario import Scenario


@dataclass(frozen=True)
class Names:
    """Names of needs and stages by their place, and of organisations by their slot (from 0): those of the community's own files,
    or invented ones."""

    needs: tuple[str, ...]
    stages: tuple[str, ...]
    npos: tuple[str, ...] = ()
    schools: tuple[str, ...] = ()
    funders: tuple[str, ...] = ()

    @classmethod
    def of(cls, scenario: Scenario) -> "Names":
        own, community = scenario.community, scenario.settings.community
        needs, stages = ([name.replace("_", " ") for name in given] for given in (community.needs, community.stages))
        return cls(tuple(needs), tuple(stages), own.npo_names, own.school_names, own.funder_names)

    def npo(self, slot: int, generations: Sequence[int] = ()) -> str:
        """An NPO; one that took over the slot later (generation 1 and above) is not in the community's own files."""
        later = generations[slot] if generations else 0
        if later and self.npos:
            return f"NPO {slot}"
        return _named("NPO", slot, self.npos, NPOS, later)

    def school(self, slot: int) -> str:
        return _named("school", slot, self.schools, SCHOOLS)

    def funder(self, slot: int) -> str:
        return _named("funder", slot, self.funders, FUNDERS)


FIRST = (
    *("Maple", "Harbor", "Northside", "Bright", "River", "Cedar", "Hill", "Lantern", "Bridge", "Meadow", "Stone", "Willow"),
    *("Lake", "Garden", "Sunrise", "Mill", "Oak", "Market", "Valley", "Orchard", "Station", "Heron", "Chapel"),
)
NPOS = ("House", "Circle", "Path", "Club", "Corner", "Partners", "Workshop", "Roots", "Bench", "Table", "Steps", "Youth")
SCHOOLS, FUNDERS = ("School", "Street School", "Park School", "Road School"), ("Fund", "Foundation", "Trust")
"""Parts of invented names. Of the organisations of one kind, no two within reach of each other have the same."""


def _named(kind: str, slot: int, names: Sequence[str], last: Sequence[str], generation: int = 0) -> str:
    if names:
        return f"{names[slot]} ({kind} {slot})"
    number = slot + 7 * generation
    return f"{FIRST[number % len(FIRST)]} {last[number % len(last)]} ({kind} {slot})"


def dollars(thousands: float) -> str:
    """Money, from thousands of dollars: $38k, $4.2k, $1,234k, $500."""
    if thousands < 0.9995:
        return f"${1000 * thousands:.0f}"
    return f"${thousands:,.0f}k" if thousands >= 9.95 else f"${thousands:.1f}k"


def yearly(quarterly: float, years: int) -> str:
    """A grant, from thousands of dollars a quarter: "$38k a year", and its length if it is more than one."""
    return f"{dollars(4 * quarterly)} a year" + (f" for {years} years" if years > 1 else "")


def percent(share: float) -> str:
    """A share: 12 %, 3.4 %."""
    return f"{100 * share:.0f} %" if abs(share) >= 0.0995 else f"{100 * share:.1f} %"


def when(tick: int, warmup: int) -> str:
    """The quarter in words: years count from the common start, isolated years from the beginning."""
    quarter = f"quarter {tick % 4 + 1}"
    return f"Isolated year {tick // 4 + 1}, {quarter}" if tick < warmup else f"Year {(tick - warmup) // 4 + 1}, {quarter}"
