"""How a story is worded: names of organisations, money, shares, lists and dates."""

from collections.abc import Sequence
from dataclasses import dataclass

from cisim.scenario import Scenario


@dataclass(frozen=True)
class Names:
    """Names of needs and stages by their place, and of organisations by their slot (from 0), from the community's own files."""

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
        """An NPO; one that took over the slot later (generation 1 and above) has no name of its own."""
        return _named("NPO", slot, () if generations and generations[slot] else self.npos)

    def school(self, slot: int) -> str:
        return _named("school", slot, self.schools)

    def funder(self, slot: int) -> str:
        return _named("funder", slot, self.funders)


def _named(kind: str, slot: int, names: Sequence[str]) -> str:
    return f"{names[slot]} ({kind} {slot})" if names else f"{kind} {slot}"


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
