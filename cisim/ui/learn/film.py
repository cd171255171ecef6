"""A short film for a step: one school, one dollar or the five stages, year by year, in simulated histories of the same model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cisim.engines.compiled import CompiledRun, run_arms
from cisim.engines.world import Records, World
from cisim.model.metric_table import USES
from cisim.present.shares import USES_IN_WORDS
from cisim.scenario import load
from cisim.scenario.settings import Intervention
from cisim.statistics import Floats
from cisim.studies.frictions import check, with_one
from cisim.studies.study import Study, by_seed, key_of, single
from cisim.text.numbers import percent
from cisim.ui.learn.lesson import ALL, CASE, FIRST, LAST, PROGRAMME, with_all_conditions
from cisim.ui.learn.yardstick import YEARS

SEED, FILMED = 0, 16
"""The simulated history that is filmed, the first; and how many are averaged where one says too little."""
_COMMUNITY = load(CASE).settings.community
Bar = tuple[str, float, float | None]
"""A label, a number, and the number without the programme or in the other arm, if there is one to compare with."""


@dataclass(frozen=True)
class Frame:
    """The end of a year: a sentence, and a bar each."""

    year: int
    text: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Film:
    """Frames year by year. `unit` follows each number, which has so many `digits`; `other` names the thin marks."""

    title: str
    unit: str
    digits: int
    other: str
    frames: tuple[Frame, ...]

    def data(self) -> dict[str, Any]:
        """What film.vue shows. The axis is the same in all frames."""
        values = [value for frame in self.frames for _, *numbers in frame.bars for value in numbers if value is not None]
        frames = [{"year": one.year, "text": one.text, "bars": one.bars} for one in self.frames]
        return {**vars(self), "frames": frames, "low": min(0.0, *values), "high": max(*values, 0.0) or 1.0}


def school(through_initiative: bool = False) -> Study[Film]:
    """Of the schools that gain in the first histories, the one whose course is most like that of all schools together: its needs,
    and its pupils on track."""
    scenario, one = load(CASE), check(load(CASE), PROGRAMME)
    arm = "collective_impact" if through_initiative else "isolated_impact"
    one = one.model_copy(update={"through_initiative": through_initiative})
    need, stage = _COMMUNITY.needs.index(one.need), _COMMUNITY.stages.index(one.stage)
    worlds = [World.of(with_one(scenario, given), arm, 0, YEARS) for given in (None, one)]

    def gains(pair: Sequence[Sequence[Mapping[str, Any]]]) -> Floats:
        """How much more of the need is met, shape (years, schools)."""
        return np.array(
            [given["condition"][:, need] - without["condition"][:, need] for without, given in zip(*pair, strict=True)]
        )

    def assemble(pairs: list[Any]) -> Film:
        served = [pair[0][0]["stage"] == stage for pair in pairs]
        courses = [gains(pair)[:, there] for pair, there in zip(pairs, served, strict=True)]
        k, place = _most_like_all(courses)
        there = int(np.flatnonzero(served[k])[place])
        names = [*(f"{name} met" for name in _named(_COMMUNITY.needs)), "pupils on track"]
        frames = []
        for year in range(1, YEARS + 1):
            both = [run[year] for run in pairs[k]]
            without, given = (100 * np.append(one["condition"][there], one["on_track"][there]) for one in both)
            places = [*range(len(_COMMUNITY.needs)), -1]
            bars = tuple((name, float(given[k]), float(without[k])) for name, k in zip(names, places, strict=True))
            frames.append(Frame(year, _of_school(year, given[need] / 100, without[need] / 100), bars))
        return Film(f"One school: school {there + 1}", " %", 0, "without the money", tuple(frames))

    key = ("film of a school", key_of(scenario), through_initiative)
    return by_seed(key, lambda seed: [_years(world.with_seed(seed)) for world in worlds], FILMED, assemble)


def _most_like_all(courses: Sequence[Floats]) -> tuple[int, int]:
    """The history and the school of the course most like that of all together, among those that gain clearly while there is
    money. Each of `courses` is a history, of shape (years, schools)."""
    every = np.concatenate(courses, axis=1)
    whole = every.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):  # a school that gains nothing has no course
        shapes = every / every[LAST] - (whole / whole[LAST])[:, np.newaxis]
    far = np.where(every[LAST] > 0.25 * every[LAST].max(), (shapes**2).sum(axis=0), np.inf)
    k, place = divmod(int(np.argmin(far)), courses[0].shape[1])
    return k, place


def _of_school(year: int, given: float, without: float) -> str:
    when = "Before the money" if year < FIRST else "While the money comes" if year <= LAST else "After the money"
    return f"{when}: {percent(given)} of the need is met, and {percent(without)} where it never came."


def _years(world: World) -> list[dict[str, Any]]:
    """The schools at the end of each year, from the common start (0) on."""
    run, found = CompiledRun(world), []
    for year in range(YEARS + 1):
        schools = run.advance_to(world.warmup + 4 * year).schools
        found.append({name: schools[name].copy() for name in ("condition", "on_track", "stage")})
    return found


def _named(names: Sequence[str]) -> list[str]:
    return [name.replace("_", " ") for name in names]


def stages() -> Study[Film]:
    """How many more young people are on track at each stage."""

    def more(without: Records, given: Records) -> Floats:
        found: Floats = (given["on_track_by_stage"] - without["on_track_by_stage"])[:, : len(_COMMUNITY.stages)]
        return found

    def text(found: Floats) -> str:
        most = int(np.argmax(found))
        return (
            f"The gain is largest here: {_named(_COMMUNITY.stages)[most]}."
            if found[most] > 0.5
            else "Nobody more is on track yet."
        )

    return _averaged("Young people more on track, by stage", _named(_COMMUNITY.stages), 1, more, text)


def needs() -> Study[Film]:
    """Which needs are met more, and which less, where the money comes out of the same pot."""

    def more(without: Records, given: Records) -> Floats:
        change = (given["needs_met_by"] - without["needs_met_by"])[:, : len(_COMMUNITY.stages), : len(_COMMUNITY.needs)]
        return np.asarray(change).swapaxes(1, 2)

    def text(found: Floats) -> str:
        return f"Needs of young people: {found[found > 0].sum():.0f} more are met, {-found[found < 0].sum():.0f} fewer."

    return _averaged("Young people whose need is met, more or fewer", _named(_COMMUNITY.needs), 0, more, text, pot=True)


def _averaged(
    title: str,
    labels: Sequence[str],
    digits: int,
    more: Callable[[Records, Records], Floats],
    text: Callable[[Floats], str],
    pot: bool = False,
) -> Study[Film]:
    """A film of means over the first seeds, as in one history knock-on effects hide so small a programme. `more` gives shares by
    year, of which the last axis, or the only one of those after the first, is by stage."""
    scenario = load(CASE)
    one = check(scenario, PROGRAMME)
    worlds = [World.of(with_one(scenario, given), "isolated_impact", 0, YEARS) for given in (None, one)]
    ends = [worlds[0].warmup + 4 * year - 1 for year in range(1, YEARS + 1)]

    def unit(seed: int) -> Floats:
        start = CompiledRun(worlds[0].with_seed(seed)).advance_to(worlds[0].warmup)
        stage, pupils = start.schools["stage"], start.schools["pupils"]
        without, given = (
            _same_pot(start, worlds, one) if pot else [start.fork(world).advance_to(world.quarters) for world in worlds]
        )
        shares = more(without.history[ends], given.history[ends])
        heads = np.bincount(stage, pupils, len(_COMMUNITY.stages))
        return shares @ heads if shares.ndim == 3 else shares * heads

    def assemble(found: list[Floats]) -> Film:
        mean = np.mean(found, axis=0)
        frames = [
            Frame(
                year, text(mean[year - 1]), tuple((name, float(v), None) for name, v in zip(labels, mean[year - 1], strict=True))
            )
            for year in range(1, YEARS + 1)
        ]
        return Film(f"{title} (mean of {len(found)} histories)", "", digits, "", tuple(frames))

    return by_seed(("film", title, key_of(scenario)), unit, FILMED, assemble)


def _same_pot(start: CompiledRun, worlds: Sequence[World], one: Intervention) -> list[CompiledRun]:
    """Without the programme, and with it, while all funders give as much less."""
    warmup, budget = worlds[0].warmup, load(CASE).settings.money.annual_budget
    without, given = (start.advance_to(warmup + 4 * (FIRST - 1)).fork(world) for world in worlds)
    budgets = given.funders["budget"].copy()
    given.funders["budget"] *= 1.0 - one.amount / budget
    given.advance_to(warmup + 4 * LAST)
    given.funders["budget"] = budgets
    return [run.advance_to(worlds[0].quarters) for run in (without, given)]


def dollar(arm: str = ALL) -> Study[Film]:
    """Where a dollar goes that is spent in a year, in cents, next to isolated impact."""
    scenario = with_all_conditions()

    def shoot() -> Film:
        worlds = [World.of(scenario, name, 0, YEARS) for name in ("isolated_impact", arm)]
        histories, warmup = run_arms(worlds, SEED), worlds[0].warmup
        label, frames = scenario.arm(arm).label, []
        for year in range(1, YEARS + 1):
            last = warmup + 4 * year - 1
            spent = [history["spent"][last] - history["spent"][last - 4] for history in histories]
            alone, cents = (100 * one / one.sum() for one in spent)
            bars = tuple((USES_IN_WORDS[use], float(cents[k]), float(alone[k])) for use, k in USES.items() if use != "closed")
            frames.append(Frame(year, f"{bars[0][1]:.1f} cents reach programmes, {bars[0][2]:.1f} in isolated impact.", bars))
        return Film(f"One dollar: {label}", " cents", 1, "isolated impact", tuple(frames))

    return single(("film of a dollar", key_of(scenario), arm), shoot)
