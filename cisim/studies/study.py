"""A study: a question to the model as independent units of work, and the answer made from their results.

The command line runs a study with a progress bar, the page in stages through its queue, a notebook in one call: all of them
get the same answer, to the last bit.
"""

import functools
import hashlib
import json
import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from cisim.engines.compiled import MODEL_DIGEST, side_by_side
from cisim.scenario import Scenario
from cisim.scenario.mistakes import whole, whole_years

Answer = TypeVar("Answer")
Made = TypeVar("Made")
Seeds = int | Sequence[int]  # how many (0, 1, ...), or which
Stages = tuple[int, ...]


@dataclass(frozen=True)
class Study(Generic[Answer]):
    """A computation to be done. Studies with equal `key` have equal answers. `units` may run in any order and on any thread.
    `stages` are the numbers of units after which there is an answer to show, the last being all; `assemble` makes the answer from
    the results of the first units. In a queue, studies of a lower `rank` go first. An answer may have `sentences()`, the
    conclusion first, `frame()`, its numbers as a tidy table, and `summary()`, all of it as plain data for a JSON file."""

    key: Hashable
    units: Sequence[Callable[[], Any]]
    stages: Stages
    assemble: Callable[[list[Any]], Answer]
    rank: int = 0

    def run(self, tell: Callable[[int], Any] = lambda done: None, workers: int | None = None) -> Answer:
        """The whole answer; `tell(n)` is called with the number of units done."""
        return self.assemble(side_by_side(lambda unit: unit(), self.units, tell, workers))

    def then(self, name: str, make: Callable[[Answer], Made]) -> "Study[Made]":
        """The same units, with each answer turned into another one; `name` distinguishes it."""
        assemble = self.assemble
        return Study((name, self.key), self.units, self.stages, lambda found: make(assemble(found)), self.rank)


def by_seed(
    key: Hashable,
    unit: Callable[[int], Any],
    seeds: int | tuple[int, ...],
    assemble: Callable[[list[Any]], Answer],
    stages: Stages = (),
) -> Study[Answer]:
    """A study whose units are seeds: so many (0, 1, ...), or these. Raises InputError for fewer than 1."""
    which = seeds if isinstance(seeds, tuple) else range(whole(seeds, "seeds", 1))
    return Study(key, [functools.partial(unit, seed) for seed in which], stages or (len(which),), assemble)


def single(key: Hashable, work: Callable[[], Answer], rank: int = 0) -> Study[Answer]:
    """A study of one unit, whose result is the answer."""
    return Study(key, [work], (1,), lambda found: found[0], rank)


def once(make: Callable[[], Answer]) -> Callable[[], Answer]:
    """A function that calls `make` when it is first called, and never again, from any number of threads."""
    lock, made = threading.Lock(), functools.cache(make)

    def held() -> Answer:
        with lock:
            return made()

    return held


def key_of(scenario: Scenario) -> str:
    """A digest of all that decides a scenario's results: its settings in all arms, its lists, and the model."""
    if key_of not in scenario.remembered:
        scenario.remembered[key_of] = _key_of(scenario)
    return str(scenario.remembered[key_of])


def _key_of(scenario: Scenario) -> str:
    arms = {name: scenario.arm(name) for name in scenario.arms}
    parts = {
        "before": scenario.settings.model_dump(),
        "arms": {name: [arm.label, arm.settings.model_dump()] for name, arm in arms.items()},
        "lists": [one.model_dump() for one in (*scenario.indicators, *scenario.interventions)],
        "community": repr(scenario.community.files),
        "own_arms": scenario.own_arms,
        "title": scenario.title,
        "model": MODEL_DIGEST,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def horizon(scenario: Scenario, years: int | None) -> int:
    """Years from the common start to the end: as given (1 to 60), or the scenario's. Raises InputError for any other number."""
    return whole_years(years) or int(scenario.settings.run.years)
