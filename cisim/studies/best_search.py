"""The search of `cisim best`: Optuna proposes plans, each is run on the same histories, and a file keeps what was found.

What is proposed depends only on the plans before it and on its number, so a search that was interrupted goes on as if it had not
been. The file is a journal of Optuna's, which its own tools read too.
"""

import json
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cisim.errors import InputError, require
from cisim.studies.choices import Plan, Space, Value
from cisim.text.english import shown

Aims = tuple[float, float, float]
DIRECTIONS = ("maximize", "minimize", "minimize")  # on track, equity gap, regret in the worst tenth
AIMS = ("on track", "equity gap", "regret")
AT_RANDOM = 24  # plans before proposals follow what was found
OTHERWISE = 50  # how often another plan is drawn where one was tried already
MOST_BYTES, MOST_LINE = 20_000_000, 20_000
NAME = "cisim-best"


@dataclass(frozen=True)
class Trial:
    """A plan, and what it reached on the histories of the search."""

    plan: Plan
    aims: Aims


def search(
    space: Space,
    known: Sequence[Plan],
    evaluate: Callable[[Plan], Aims],
    trials: int,
    question: str,
    file: Path | None = None,
    tell: Callable[[int], Any] = lambda done: None,
) -> list[Trial]:
    """So many plans with their aims: first those known, then as proposed. `question` is a digest of all that decides the aims.
    Plans in `file` are not run again. Raises InputError for a file of another question, or one that is no such journal."""
    require("best", "a search for the best plan")
    with _quiet():
        journal = Journal(file, question, space) if file is not None else None
        found = list(journal.read()) if journal else []
        done = {_key(one.plan): one.aims for one in found}
        tell(min(len(found), trials))
        while len(found) < trials:
            number = len(found)
            plan = space.tidy(known[number]) if number < len(known) else propose(space, found)
            if _key(plan) not in done:
                done[_key(plan)] = evaluate(plan)
            found.append(Trial(plan, done[_key(plan)]))
            if journal:
                journal.add(found[-1], number)
            tell(len(found))
    return found[:trials]


def propose(space: Space, found: Sequence[Trial]) -> Plan:
    """The next plan to try: every other one as Optuna's sampler proposes, which has a seed of its own for each number; of the
    others, a plan that none beats with a choice or two drawn anew. Drawn at random where that plan was tried already."""
    import optuna

    number = len(found)
    draws = np.random.Generator(np.random.PCG64(number))
    tried = {_key(one.plan) for one in found}
    if number >= AT_RANDOM and number % 2:
        best = front(found)
        for _ in range(OTHERWISE):
            plan = _redrawn(space, found[best[int(draws.integers(len(best)))]].plan, draws)
            if _key(plan) not in tried:
                return plan
    sampler = optuna.samplers.TPESampler(seed=number, n_startup_trials=AT_RANDOM)
    study = optuna.create_study(directions=list(DIRECTIONS), sampler=sampler)
    study.add_trials([_frozen(one, space) for one in found])
    trial = study.ask()
    plan = space.tidy(_chosen(space, lambda path, values: trial.suggest_categorical(path, values)))
    for _ in range(OTHERWISE):
        if _key(plan) not in tried:
            break
        plan = space.tidy(_chosen(space, lambda path, values: values[int(draws.integers(len(values)))]))
    return plan


def _redrawn(space: Space, plan: Plan, draws: np.random.Generator) -> Plan:
    """A plan with one or two of its choices drawn anew, and what then does something as well."""
    paths = list(plan)
    anew = {paths[int(draws.integers(len(paths)))] for _ in range(1 + int(draws.integers(2)))}

    def choose(path: str, values: tuple[Value, ...]) -> Value:
        return plan[path] if path in plan and path not in anew else values[int(draws.integers(len(values)))]

    return space.tidy(_chosen(space, choose))


def _chosen(space: Space, choose: Callable[[str, tuple[Value, ...]], Any]) -> Plan:
    """A plan, one choice after the other; what does nothing is left out."""
    plan: dict[str, Value] = {}
    for path in space.order():
        if space.active(path, plan):
            plan[path] = choose(path, space.values[path])
    return plan


def simplified(space: Space, best: Trial, evaluate: Callable[[Plan], Aims], least: float, most: float) -> Trial:
    """A plan with every choice as usual that adds less than `least` (a share of pupils on track) to what the others reach, as
    long as all of that is less than `most`."""
    cut = best
    for path in space.changed(best.plan)[::-1]:
        if path in space.changed(cut.plan):
            plan = space.without(cut.plan, path)
            aims = evaluate(plan)
            if aims[0] > max(cut.aims[0] - least, best.aims[0] - most):
                cut = Trial(plan, aims)
    return cut


def look_into(file: Path, question: str, space: Space) -> None:
    """Raises InputError unless a file is new or of this search, before any work is done."""
    require("best", "a search for the best plan")
    with _quiet():
        if file.exists():
            Journal(file, question, space).read()


def front(found: Sequence[Trial]) -> list[int]:
    """The plans than which none is at least as good in every aim and better in one, by number; of equal ones the first."""
    points = np.array([one.aims for one in found]) * [-1.0, 1.0, 1.0]
    kept = []
    for k, point in enumerate(points):
        as_good = (points <= point).all(axis=1)
        better = as_good & (points < point).any(axis=1)
        earlier = as_good[:k] & (points[:k] == point).all(axis=1)
        if not better.any() and not earlier.any():
            kept.append(k)
    return kept


def _key(plan: Plan) -> str:
    return json.dumps(dict(plan), sort_keys=True)


def _frozen(one: Trial, space: Space) -> Any:
    import optuna

    kinds = {path: optuna.distributions.CategoricalDistribution(space.values[path]) for path in one.plan}
    return optuna.trial.create_trial(params=dict(one.plan), distributions=kinds, values=list(one.aims))


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Optuna's own lines and warnings."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(before)


def _is_written(number: int, line: dict[str, Any]) -> bool:
    """Whether a line of a journal is what a search writes there: first the study, then its question, then plans."""
    if number == 0:
        return (line["op_code"], line["study_name"], line["directions"]) == (0, NAME, [2, 1, 1])
    if number == 1:
        return (line["op_code"], line["study_id"], list(line["user_attr"])) == (2, 0, ["question"])
    return (line["op_code"], line["study_id"], line["state"]) == (4, 0, 1)


class Journal:
    """A search in a file. Raises InputError, and leaves the file alone, unless it is new or of the same question."""

    def __init__(self, file: Path, question: str, space: Space) -> None:
        self.file, self.question, self.space = file, question, space
        new = not file.exists() or not file.stat().st_size
        if not new:
            self._check()
        import optuna
        from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

        try:
            backend = JournalFileBackend(str(file), lock_obj=JournalFileOpenLock(str(file)))
            storage = optuna.storages.JournalStorage(backend)
            named: dict[str, Any] = {"study_name": NAME, "storage": storage}
            self.study = optuna.create_study(**named, directions=list(DIRECTIONS)) if new else optuna.load_study(**named)
            if "question" not in self.study.user_attrs:
                self.study.set_user_attr("question", question)
        except OSError:
            raise
        except Exception:  # whatever Optuna makes of a file that somebody changed
            raise self._refused("it is damaged, or not of `cisim best`") from None

    def read(self) -> list[Trial]:
        """What the file holds, checked."""
        try:
            if self.study.user_attrs.get("question") != self.question:
                raise self._refused("it is of another question (other settings, choices, seeds or version of the model)")
            trials = [Trial(dict(one.params), tuple(one.values)) for one in self.study.get_trials(deepcopy=False)]
        except (TypeError, ValueError, KeyError) as error:
            raise error if isinstance(error, InputError) else self._refused("it is damaged") from None
        trials = [Trial(self._ordered(one.plan), one.aims) for one in trials]
        for one in trials:
            if len(one.aims) != len(AIMS) or not all(map(math.isfinite, one.aims)) or not self.space.holds(one.plan):
                raise self._refused("it holds a plan that cannot be of this search")
        return trials

    def _ordered(self, plan: Plan) -> Plan:
        return {path: plan[path] for path in sorted(plan, key=[*self.space.order(), *plan].index)}

    def add(self, one: Trial, number: int) -> None:
        """Stores a plan, which is then safe. Raises InputError if another search writes into the file."""
        self.study.add_trial(_frozen(one, self.space))
        if len(self.study.get_trials(deepcopy=False)) != number + 1:
            raise self._refused("another search writes into it")

    def _check(self) -> None:
        """Looks at every line before Optuna does. What a search that was killed did not write to the end is cut off."""
        if not self.file.is_file() or self.file.stat().st_size > MOST_BYTES:
            raise self._refused("it is not of `cisim best`")
        content = self.file.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        for number, line in enumerate(whole.splitlines() or [b""]):
            try:
                known = len(line) <= MOST_LINE and _is_written(number, json.loads(line))
            except (ValueError, TypeError, KeyError, RecursionError):
                known = False
            if not known:
                raise self._refused("it is damaged, or not of `cisim best`")
        if len(whole) < len(content):
            with self.file.open("r+b") as opened:
                opened.truncate(len(whole))

    def _refused(self, why: str) -> InputError:
        return InputError(shown(str(self.file)), f"this search cannot go on, as {why}: give the name of a new file.")
