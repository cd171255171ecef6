"""The life of one organisation, quarter by quarter, in sentences that follow from its fields and from what its decisions saw.

life = life(load("default"), "collective_impact", seed=3, years=10, who="NPO:17")
print(life.text())
life.chapters[4].sentences
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from cisim.engines.world import Records
from cisim.errors import InputError
from cisim.scenario import Scenario
from cisim.story import backbone, funder, npo, school
from cisim.story.watching import Moment, watch
from cisim.story.wording import Names, when
from cisim.text.english import capital

__all__ = ["Chapter", "Life", "Moment", "Names", "life", "lives"]
WRITERS = {"NPO": npo, "SCHOOL": school, "FUNDER": funder, "BACKBONE": backbone}
"""The organisations that can have a story. Each module writes, from moments alone: its `opening`, its state at the beginning;
a `quarter`, its events in the order of the schedule; and `quiet`, the sentence for quarters without events."""


@dataclass(frozen=True)
class Chapter:
    """The events of one quarter, or several quarters without events. `tick` is the (first) quarter from the beginning of the
    isolated years; `year` counts from the common start (1 is the first, 0 and below are isolated); `quarter` is 1 to 4."""

    tick: int
    year: int
    quarter: int
    heading: str
    sentences: tuple[str, ...]
    quarters: int = 1


@dataclass(frozen=True)
class Life:
    """A life in chapters, with the history (one record of METRICS a quarter) of the same run."""

    title: str
    opening: tuple[str, ...]
    chapters: tuple[Chapter, ...]
    history: Records = field(repr=False)

    def text(self) -> str:
        lines = [f"{chapter.heading}: {' '.join(chapter.sentences)}" for chapter in self.chapters]
        return "\n".join([self.title, "", " ".join(self.opening), "", *lines])


def life(scenario: Scenario, arm: str, seed: int, years: int | None, who: str) -> Life:
    """The life of "NPO:17", "FUNDER:3", "SCHOOL:5" (slots from 0) or "BACKBONE" in one run, which takes about a second in the
    readable engine. An NPO's slot is followed to the end, also under later organisations. Raises InputError."""
    return lives(scenario, arm, seed, years, [who])[0]


def lives(scenario: Scenario, arm: str, seed: int, years: int | None, who: Sequence[str]) -> list[Life]:
    """The lives of several organisations in the same run. Raises InputError."""
    label = scenario.arm(arm).label
    places = [_place(scenario, one) for one in who]
    watched, history, warmup = watch(scenario, arm, seed, years, places)
    names = Names.of(scenario)
    called = {"NPO": names.npo, "SCHOOL": names.school, "FUNDER": names.funder}
    found = []
    for (kind, slot), moments in zip(places, watched, strict=True):
        writer = WRITERS[kind]
        chapters: list[Chapter] = []
        for before, now in pairwise(moments):
            sentences = tuple(writer.quarter(before, now, names))
            if now.tick == warmup:
                sentences = (f"The common start ends: from here on the arm is {label}.", *sentences)
            _add(chapters, now, sentences, writer.quiet(now), warmup)
        name = capital(called[kind](slot)) if kind in called else "The backbone"
        title = f"{name} in {scenario.title}: {label}, seed {seed}"
        found.append(Life(title, tuple(writer.opening(moments[0], names)), tuple(chapters), history))
    return found


def _add(chapters: list[Chapter], now: Moment, sentences: tuple[str, ...], quiet: str, warmup: int) -> None:
    """Adds a quarter: as a chapter of its own, or to a span of quiet ones."""
    span, tick = 1, now.tick
    if not sentences:
        sentences = (quiet,)
        if chapters and chapters[-1].sentences == sentences and (chapters[-1].tick < warmup) == (tick < warmup):
            last = chapters.pop()
            tick, span = last.tick, last.quarters + 1
    heading = when(tick, warmup)
    if span > 1:
        end = when(now.tick, warmup)
        same = tick // 4 == now.tick // 4
        heading += f" to {end.split(', ')[1] if same else end[0].lower() + end[1:]}"
    chapters.append(Chapter(tick, (tick - warmup) // 4 + 1, tick % 4 + 1, heading, sentences, span))


def _place(scenario: Scenario, who: str) -> tuple[str, int]:
    community = scenario.settings.community
    kind, _, number = who.strip().upper().partition(":")
    counts = {"NPO": community.npos, "SCHOOL": community.schools, "FUNDER": community.funders}
    if kind == "BACKBONE" and not number:
        return kind, 0
    if kind not in counts:
        known = ", ".join(f"{name}:0 to {name}:{n - 1}" for name, n in counts.items())
        raise InputError("story", f'there is no "{who}": give {known}, or BACKBONE.')
    if not re.fullmatch(r"\d{1,9}", number, re.ASCII) or int(number) >= counts[kind]:
        raise InputError("story", f'there is no "{who}" here: give {kind}:0 to {kind}:{counts[kind] - 1}.')
    return kind, int(number)
