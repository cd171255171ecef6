"""Filming one run, year by year, as a study in the shared queue."""

import functools
import json
import threading
import weakref
from dataclasses import asdict, dataclass
from typing import Any

from cisim.engines.mesa import CommunityModel
from cisim.scenario import Scenario
from cisim.story import Life, Names, life
from cisim.story.suggested import suggested
from cisim.studies.study import Study, key_of, once, single
from cisim.ui.links import people
from cisim.ui.watch.frames import Payee, frame_of
from cisim.ui.watch.packing import letters, packed, trends
from cisim.ui.watch.places import places

FIRST_YEARS = 2  # years after the common start with which a film begins to play, while the rest is filmed


@dataclass(frozen=True)
class Film:
    """A film so far: `text` for the browser (JSON), the number of its quarters, and its numbers by quarter (TRENDS)."""

    text: str
    quarters: int
    trends: dict[str, list[float]]


class Filming:
    """A run that is filmed year by year; several threads may use it at once."""

    def __init__(self, scenario: Scenario, arm: str, seed: int) -> None:
        self._model = CommunityModel(scenario, arm, seed, npo=Payee)
        # Mesa keeps every model in a table of its own until it is closed: the model must go with its film
        weakref.finalize(self, self._model.close)
        self._lock = threading.Lock()
        self._last = frame_of(self._model)
        self._quarters: list[str] = []
        self._names = names = Names.of(scenario)
        c, world = self._model.community, self._model.world
        stage = [school.stage for school in c.schools]
        self._head = {
            "needs": list(names.needs),
            "letters": letters(names.needs),
            "stages": list(names.stages),
            "npos": [names.npo(i) for i in range(len(c.npos))],
            "schools": [names.school(j) for j in range(len(c.schools))],
            "funders": [names.funder(f) for f in range(len(c.funders))],
            "stage": stage,
            "places": places(self._last.need, [npo.size for npo in c.npos], c.p.n_needs, stage, len(c.funders)),
            "pupils": [round(school.pupils) for school in c.schools],
            "label": scenario.arm(arm).label,
            "arm": arm,
            "warmup": world.warmup,
            "quarters": world.quarters,
        }

    def shoot(self, year: int) -> None:
        """Films to the end of a year, counted from the beginning; does nothing where that is filmed already."""
        with self._lock:
            while self._model.tick < min(4 * (year + 1), self._model.world.quarters):
                self._model.step()
                now = frame_of(self._model)
                self._quarters.append(_text(packed(self._last, now, self._names, first=not self._quarters)))
                self._last = now

    def film(self) -> Film:
        """The film so far."""
        with self._lock:
            quarters = len(self._quarters)
            drawn = trends(self._model.history, quarters)
            head = _text({**self._head, "on_track": drawn["on_track"]})
            return Film(f'{head[:-1]},"frames":[{",".join(self._quarters)}]}}', quarters, drawn)


def film(scenario: Scenario, arm: str, seed: int) -> Study[Film]:
    """The film of one run. The first answer comes two years after the common start."""
    run = scenario.settings.run
    years = run.warmup_years + run.years
    filming = once(lambda: Filming(scenario, arm, seed))
    units = [functools.partial(lambda year: filming().shoot(year), year) for year in range(years)]
    stages = tuple(sorted({min(run.warmup_years + FIRST_YEARS, years), years}))
    return Study(("film", key_of(scenario), arm, seed), units, stages, lambda done: filming().film())


def tale(scenario: Scenario, arm: str, seed: int, who: str) -> Study[Life]:
    """The life of one organisation in one run, as `cisim story` prints it."""
    return single(("tale", key_of(scenario), arm, seed, who), lambda: life(scenario, arm, seed, None, who))


def worth_following(scenario: Scenario, arm: str, seed: int) -> Study[list[dict[str, str]]]:
    """Suggested stories of one run: who, what it is called, and what happens."""
    called = people(scenario)

    def find() -> list[dict[str, str]]:
        return [{"who": who, "label": called[who], "text": text} for who, text in suggested(scenario, arm, seed)]

    return single(("suggested", key_of(scenario), arm, seed), find)


def chapters(life: Life) -> dict[str, Any]:
    """A life as it is sent to the browser."""
    told = [{**asdict(one), "text": " ".join(one.sentences)} for one in life.chapters]
    return {"title": life.title, "opening": " ".join(life.opening), "chapters": told}


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
