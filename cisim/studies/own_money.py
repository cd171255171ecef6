"""What should I do with my money? Ways to give it side by side on the same simulated histories, from this year on.

One funder is me; all others give as they do today. Each portfolio is compared with giving as today, and its price with not giving
at all. What is left if I stop, or if all others leave, is compared with giving as today and then stopping, or being left, alike.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cisim.engines.compiled import CompiledRun, worlds_of
from cisim.engines.world import World
from cisim.errors import InputError
from cisim.scenario import Scenario
from cisim.scenario.mistakes import whole
from cisim.statistics import Floats
from cisim.statistics.paired import Effect, chooses, paired, ratio
from cisim.statistics.verdict import Outcome, Verdict
from cisim.studies.comparison import CAVEAT
from cisim.studies.margins import DEFAULT
from cisim.studies.portfolios import PAYS, PORTFOLIOS, TODAY, Giving, Me, Portfolio, without_bills
from cisim.studies.sizes import DISCOUNT, NO_GAIN, Ranged
from cisim.studies.study import Stages, Study, by_seed, horizon, key_of, once
from cisim.text.english import capital, count, nearest
from cisim.text.numbers import UNKNOWN, fixed, heads, money, percent, points, ranged, short, signed, span

KEPT = ("on_track", "pupils", "money_in")
PATHS = ("goes_on", "i_stop", "others_leave")
"""What happens to a portfolio: it goes on; I stop after a year, and give nothing from then on; or all others do."""
AFTER = 4


@dataclass(eq=False)
class Decision:
    """Portfolios by name, `today` first, on the same seeds. `values` has KEPT at the end of each year from 0 on, shape
    (portfolios and, last, not giving at all, PATHS, seeds, KEPT, years + 1); nan for a path that was not asked for. `left_out`
    says why some portfolios did not run."""

    scenario: Scenario
    me: Me
    portfolios: Mapping[str, Portfolio]
    years: int
    stop_after: int
    leave_after: int
    margin: float
    values: Floats
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.seeds = self.values.shape[2]
        self.names = tuple(name for name in self.portfolios if name != "today")
        self.yearly = self.me.yearly(self.scenario)
        self._weights = (1.0 + DISCOUNT) ** -np.arange(1, self.years + 1)

    def title(self, name: str) -> str:
        return _title(name, self.portfolios[name])

    def at(self, name: str, metric: str, year: int, path: str = "goes_on") -> Floats:
        """A metric of KEPT at the end of a year under a portfolio ("none": not giving at all), shape (seeds,)."""
        found: Floats = self._of(name, path)[:, KEPT.index(metric), year]
        return found

    def effect(self, name: str, path: str = "goes_on", year: int | None = None, against: str = "today") -> Effect:
        """Pupils on track at the end of a year (default: the horizon) against giving as today, on the same path."""
        at = self.years if year is None else year
        return paired(self.at(name, "on_track", at, path), self.at(against, "on_track", at, path), self.margin)

    def person_years(self, name: str, against: str = "today", path: str = "goes_on") -> Ranged:
        """Young person-years on track that a portfolio adds, discounted, with its 95 % interval."""
        found = paired(self._heads(name, path) - self._heads(against, path))
        return found.difference, found.low, found.high

    def price(self, name: str) -> Ranged:
        """$ of my money for a young person-year on track, discounted: all that I give, against not giving at all. Not known
        where that is no clear gain."""
        gained = self._heads(name) - self._heads("none")
        if paired(gained).low <= 0.0:
            return np.nan, -np.inf, np.inf
        given = np.diff(self._of(name)[:, 2] - self._of("none")[:, 2], axis=1) @ self._weights
        return ratio(1000.0 * given, gained)

    def _of(self, name: str, path: str = "goes_on") -> Floats:
        place = len(self.portfolios) if name == "none" else list(self.portfolios).index(name)
        found: Floats = self.values[place, PATHS.index(path)]
        return found

    def _heads(self, name: str, path: str = "goes_on") -> Floats:
        """Young person-years on track over all years, discounted to the start, shape (seeds,)."""
        of = self._of(name, path)
        found: Floats = (of[:, 0, 1:] * of[:, 1, 1:]) @ self._weights
        return found

    def has(self, path: str) -> bool:
        return bool(np.isfinite(self._of("today", path)).all())

    @cached_property
    def best(self) -> str:
        """The portfolio with the highest mean of the seeds that choose; the others judge it."""
        choosing = chooses(self.seeds, len(self.names))
        seeds = choosing if choosing.any() else slice(None)
        return max(self.names, key=lambda name: float(self.at(name, "on_track", self.years)[seeds].mean()))

    def of_best(self) -> Effect:
        """The best portfolio against giving as today, on the seeds that did not choose it."""
        judges = ~chooses(self.seeds, len(self.names))
        a, b = (self.at(name, "on_track", self.years)[judges] for name in (self.best, "today"))
        return paired(a, b, self.margin)

    @property
    def verdict(self) -> Verdict:
        """Whether the best portfolio does better than giving as today, with the numbers behind it."""
        if not self.names:
            return Verdict(Outcome.UNDECIDED, "No portfolio was tried.", self.left_out, CAVEAT)
        best, effect, ways = self.title(self.best), self.of_best(), count(len(self.names), "other way")
        if not np.isfinite(effect.low):
            return Verdict(Outcome.UNDECIDED, "Too few runs to tell: ask for more seeds.", self.left_out, CAVEAT)
        of = f"Of {ways} to give your {money(self.yearly)} a year"
        headline = {
            Outcome.BETTER: f"{of}, {best} does best, and better than giving as today.",
            Outcome.WORSE: f"{of}, even the best ({best}) does worse than giving as today.",
            Outcome.EQUIVALENT: f"{of}, even the best ({best}) makes no worthwhile difference against giving as today.",
        }.get(effect.outcome, f"{of}, {best} does best, but whether it does better than giving as today is undecided.")
        return Verdict(effect.outcome, headline, tuple(self._detail(effect)), CAVEAT)

    def _detail(self, effect: Effect) -> list[str]:
        year, interval = count(self.years, "year"), f"95 % interval {span(effect.low, effect.high, _points)}"
        more = "more" if effect.difference >= 0.0 else "fewer"
        found = [
            f"After {year}, {points(abs(effect.difference))} percentage points {more} pupils are on track"
            f" ({heads(effect.difference)}; {interval}); a difference of {short(100 * self.margin, 2)} is worthwhile."
        ]
        for name, words in ((self.best, f"With {self.title(self.best)}"), ("today", "Given as today")):
            if np.isfinite((cost := self.price(name))[1]):
                found.append(f"{words}, your money costs {ranged(*cost, _dollars)} for each young person-year on track.")
        for path, words in self.what_ifs.items():
            left = self.effect(self.best, path)
            found.append(f"{words}, the difference at the end is {ranged(left.difference, left.low, left.high, _points)} points.")
        return [*found, *self.left_out]

    @property
    def what_ifs(self) -> dict[str, str]:
        """What was asked beside: each path in words."""
        words = {"i_stop": f"If you stop after year {self.stop_after}"}
        words["others_leave"] = f"If all others leave after year {self.leave_after}"
        return {path: text for path, text in words.items() if self.has(path)}

    def sentences(self) -> list[str]:
        return self.verdict.sentences

    def rows(self) -> list[dict[str, Any]]:
        """A row a portfolio: what it does against giving as today, what it costs, and what is left."""
        found = []
        for name in self.portfolios:
            effect, numbers = self.effect(name), {"person_years": self.person_years(name), "price": self.price(name)}
            numbers["points"] = (100 * effect.difference, 100 * effect.low, 100 * effect.high)
            for path in self.what_ifs:
                left = self.effect(name, path)
                numbers[path] = (100 * left.difference, 100 * left.low, 100 * left.high)
            verdict = "" if name == "today" else str(effect.outcome)
            row: dict[str, Any] = {"portfolio": name, "title": self.title(name), "verdict": verdict}
            for key, ends in numbers.items():
                cells = [float(end) if np.isfinite(end) else None for end in ends]
                row |= dict(zip((key, f"{key}_low", f"{key}_high"), cells, strict=True))
            found.append(row)
        return found

    def frame(self) -> pd.DataFrame:
        """`rows` as a table."""
        return pd.DataFrame(self.rows())

    def summary(self) -> dict[str, Any]:
        terms = {name: one.model_dump() for name, one in self.portfolios.items()}
        return {
            "scenario": self.scenario.name,
            "budget_k": self.yearly,
            "share": self.me.share(self.scenario),
            "funder": self.me.funder,
            "years": self.years,
            "seeds": self.seeds,
            "stop_after": self.stop_after if self.has("i_stop") else None,
            "others_leave_after": self.leave_after if self.has("others_leave") else None,
            "margin": self.margin,
            "verdict": str(self.verdict.outcome),
            "conclusion": str(self.verdict),
            "best": self.best if self.names else None,
            "portfolios": terms,
            "rows": self.rows(),
            "left_out": list(self.left_out),
        }

    def table(self) -> tuple[str, list[str], list[list[str]]]:
        """Title, heads and rows as printed."""
        heads_ = ["", "against giving as today (points)", "verdict", "young person-years more", "$ of yours a young person-year"]
        heads_ += [text[0].lower() + text[1:] for text in self.what_ifs.values()]
        cells = []
        for row in self.rows():
            same = row["portfolio"] == "today"
            own = ["" if same else _cell(row, key, show) for key, show in (("points", signed), ("person_years", _whole))]
            left = ["" if same else _cell(row, path, signed) for path in self.what_ifs]
            cells.append([capital(row["title"]), own[0], row["verdict"], own[1], _cell(row, "price", _dollars), *left])
        share = percent(self.me.share(self.scenario))
        title = f"Ways to give {money(self.yearly)} a year ({share} of all grants) for {count(self.years, 'year')}"
        return f"{title}, with 95 % intervals", heads_, cells


def _cell(row: Mapping[str, Any], key: str, show: Callable[[float], str]) -> str:
    low, high = row[f"{key}_low"], row[f"{key}_high"]
    if low is None or high is None:
        return NO_GAIN if key == "price" else UNKNOWN
    return ranged(row[key], low, high, show)


def _points(share: float) -> str:
    return signed(100 * share)


def _whole(number: float) -> str:
    return signed(number, 0)


def _dollars(number: float) -> str:
    return f"${fixed(number, 0)}"


def decision_study(
    scenario: Scenario,
    me: Me,
    portfolios: Mapping[str, Portfolio] | Sequence[str] = tuple(PORTFOLIOS),
    seeds: int = 32,
    years: int | None = None,
    stop_after: int = AFTER,
    leave_after: int = AFTER,
    margin: float | None = None,
    stages: Stages = (),
) -> Study[Decision]:
    """Portfolios (by name in PORTFOLIOS, or your own) side by side, a seed a unit. `stop_after` and `leave_after` are the years
    after which I stop, or all others leave (0: not asked; a year from the horizon on likewise). `margin` is the smallest
    worthwhile difference, a share of pupils; by default about what a tenth more of my own money would bring. Raises
    InputError."""
    me.check(scenario)
    last_year = horizon(scenario, years)
    for name, year in (("stop after", stop_after), ("others leave after", leave_after)):
        whole(year, name, 0, 60)
    tried = dict(portfolios) if isinstance(portfolios, Mapping) else {name: _named(name) for name in portfolios}
    for name, one in tried.items():
        for thing in one.pays:
            if thing not in PAYS:
                raise InputError(f"portfolios.{name}.pays", f'"{thing}" is nothing that one can pay for. {nearest(thing, PAYS)}')
    tried.pop("today", None)
    givings = {name: Giving(scenario, me, one, _title(name, one)) for name, one in {"today": TODAY, **tried}.items()}
    sentences = {name: giving.mistake() for name, giving in givings.items()}
    asked = {name: giving for name, giving in givings.items() if not sentences[name]}
    left_out = tuple(sentence for sentence in sentences.values() if sentence)
    share = DEFAULT * me.share(scenario) if margin is None else margin
    ends = {"goes_on": 0, "i_stop": stop_after, "others_leave": leave_after}

    @once
    def worlds() -> list[World]:
        arms = {f"giving_{name}": giving.table for name, giving in asked.items()}
        return worlds_of(scenario.change({f"arms.{name}": table for name, table in arms.items()}), list(arms), last_year)

    def unit(seed: int) -> Floats:
        values = np.full((len(asked) + 1, len(PATHS), len(KEPT), last_year + 1), np.nan)
        first = worlds()[0].with_seed(seed)
        common = CompiledRun(first).advance_to(first.warmup)
        for k, (giving, world) in enumerate(zip(asked.values(), worlds(), strict=True)):
            values[k] = _paths(giving, common.fork(world), world, ends)
        none = common.fork(first)
        none.funders["budget"][asked["today"].begin(none)] = 0.0
        values[-1, 0] = _read(none, first)
        return values

    def assemble(found: list[Floats]) -> Decision:
        own = {name: giving.portfolio for name, giving in asked.items()}
        values = np.stack(found, axis=2)
        return Decision(scenario, me, own, last_year, stop_after, leave_after, share, values, left_out)

    terms = tuple((name, giving.portfolio.model_dump_json()) for name, giving in givings.items())
    key = ("decision", key_of(scenario), me, terms, last_year, stop_after, leave_after, share)
    return by_seed(key, unit, seeds, assemble, stages)


def _title(name: str, portfolio: Portfolio) -> str:
    return portfolio.title.strip() or name.replace("_", " ")


def _named(name: str) -> Portfolio:
    if name not in PORTFOLIOS:
        raise InputError("portfolios", f'there is no portfolio "{name}". {nearest(name, PORTFOLIOS)}')
    return PORTFOLIOS[name]


def _paths(giving: Giving, run: CompiledRun, world: World, ends: Mapping[str, int]) -> Floats:
    """KEPT on each path, shape (PATHS, KEPT, years + 1)."""
    mine = giving.begin(run)
    found = np.full((len(PATHS), len(KEPT), (world.quarters - world.warmup) // 4 + 1), np.nan)
    for path in sorted(PATHS, key=ends.__getitem__)[1:]:
        quarter = world.warmup + 4 * ends[path]
        if world.warmup < quarter < world.quarters:
            run.advance_to(quarter)
            other = run.fork(without_bills(world) if path == "i_stop" else world)
            other.funders["budget"][mine if path == "i_stop" else ~mine] = 0.0
            found[PATHS.index(path)] = _read(other, world)
    found[0] = _read(run, world)
    return found


def _read(run: CompiledRun, world: World) -> Floats:
    """KEPT at the end of each year of a run that goes on to its end, shape (KEPT, years + 1)."""
    history = run.advance_to(world.quarters).history[world.warmup - 1 :: 4]
    found: Floats = np.stack([np.asarray(history[metric], dtype=np.float64) for metric in KEPT])
    return found
