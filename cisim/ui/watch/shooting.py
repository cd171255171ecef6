"""Filming one run, year by year, as a job in the shared queue."""

from __future__ import annotations

import functools
import json
import threading
import weakref
from dataclasses import dataclass
from typing import Any

from cisim.engines.mesa import CommunityModel
from cisim.scenario import Scenario
from cisim.story import Life, Names, life
from cisim.studies.study import Study, key_of, single
from cisim.ui.watch.frames import Frame, Payee, frame_of
from cisim.ui.watch.packing import cast, packed, trends
from cisim.ui.watch.places import places

FIRST_YEARS = 2
"""Years after the common start with which a film begins to play, while the rest is filmed."""


@dataclass(frozen=True)
class Film:
    """A film as far as it is: `text` for the browser (JSON), how many quarters it has, and its numbers by quarter (TRENDS)."""

    text: str
    quarters: int
    trends: dict[str, list[float]]


class Filming:
    """A run that is filmed as far as asked for, and can be asked by several threads. What is sent is text."""

    def __init__(self, scenario: Scenario, arm: str, seed: int) -> None:
        self.scenario, self.arm = scenario, arm
        self._names = Names.of(scenario)
        self._model = CommunityModel(scenario, arm, seed, npo=Payee)
        # Mesa keeps every model in a table of its own until it is closed: a film that nobody waits for any more must go, too
        weakref.finalize(self, self._model.close)
        self._lock = threading.Lock()
        self._last: Frame = frame_of(self._model)
        self._quarters: list[str] = []
        c = self._model.community
        stage = [school.stage for school in c.schools]
        own = places([npo.need for npo in c.npos], [npo.size for npo in c.npos], c.p.n_needs, stage, len(c.funders))
        self._head = {
            **cast(scenario, stage),
            "places": own,
            "pupils": [round(school.pupils) for school in c.schools],
            "label": scenario.arm(arm).label,
            "arm": arm,
            "warmup": self._model.world.warmup,
            "quarters": self._model.world.quarters,
        }

    def shoot(self, year: int) -> None:
        """Films to the end of a year from the beginning, unless it is there already."""
        with self._lock:
            while self._model.tick < min(4 * (year + 1), self._model.world.quarters):
                self._model.step()
                now = frame_of(self._model)
                quarter = packed(self._last, now, self._names, first=not self._quarters)
                self._quarters.append(_text(quarter))
                self._last = now

    def film(self) -> Film:
        """The film as far as it is."""
        with self._lock:
            quarters = len(self._quarters)
            drawn = trends(self._model.history, quarters)
            head = _text({**self._head, "on_track": drawn["on_track"]})
            return Film(f'{head[:-1]},"frames":[{",".join(self._quarters)}]}}', quarters, drawn)


def film(scenario: Scenario, arm: str, seed: int) -> Study[Any]:
    """The film of one run; there is something to see once two years have passed since the common start."""
    run = scenario.settings.run
    years = run.warmup_years + run.years

    @functools.cache
    def filming() -> Filming:
        return Filming(scenario, arm, seed)

    lock = threading.Lock()  # a cache alone would let two threads make two

    def begun() -> Filming:
        with lock:
            return filming()

    first = min(run.warmup_years + FIRST_YEARS, years)
    units = [functools.partial(lambda year: begun().shoot(year), year) for year in range(years)]
    stages = tuple(sorted({first, years}))
    return Study(("film", key_of(scenario), arm, seed), units, stages, lambda done: begun().film())


def tale(scenario: Scenario, arm: str, seed: int, who: str) -> Study[Any]:
    """The life of one organisation in one run, told by `cisim.story`."""

    def told() -> Life:
        return life(scenario, arm, seed, None, who)

    return single(("tale", key_of(scenario), arm, seed, who), told)


def chapters(life: Life) -> dict[str, Any]:
    """A life as the browser gets it."""
    return {
        "title": life.title,
        "opening": " ".join(life.opening),
        "chapters": [
            {"tick": one.tick, "quarters": one.quarters, "heading": one.heading, "text": " ".join(one.sentences)}
            for one in life.chapters
        ],
    }


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
