"""Arms side by side on the same community, money and random numbers: paired differences, who leads since when, money by use.

All arms run on the same seeds. A difference is taken seed by seed, so chance that affects both arms alike cancels; the
variance-reduction factor says how many times more independent runs the same precision would take.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.lib.recfunctions import repack_fields

from cisim.engines.compiled import MODEL_DIGEST, CompiledRun, run_arms, worlds_of
from cisim.engines.world import Records, World
from cisim.errors import InputError
from cisim.model.metric_table import HEADLINES, HOLDERS, LESS_IS_BETTER, SCORES, USES, as_columns
from cisim.model.metrics import METRICS
from cisim.scenario import Scenario
from cisim.scenario.mistakes import whole
from cisim.statistics import Flags, Floats
from cisim.statistics.paired import Effect, chooses, paired
from cisim.statistics.verdict import Outcome, Verdict
from cisim.studies.margins import DEFAULT, margin_of
from cisim.studies.study import Seeds, Stages, Study, by_seed, horizon, key_of, once
from cisim.text.english import capital, count
from cisim.text.numbers import heads, points, span
from cisim.text.shown import Shown

CAVEAT = "The intervals cover chance between seeds only, not what is unknown about the settings, most of which are assumed."
FOCUS = "collective_impact"  # the arm verdicts are about, where it was run
LEADS = {
    Outcome.BETTER: "does better than",
    Outcome.WORSE: "does worse than",
    Outcome.EQUIVALENT: "is equivalent to",
    Outcome.UNDECIDED: "is not clearly better or worse than",
}
LONG_GRANTS = "isolated_3_year_grants"
LONG_GRANTS_ARM = {"like": "isolated_impact", "label": "isolated, 3-year grants", "grants": {"grant_years": 3}}
"""An alternative shown wherever collective impact does better: longer grants also save much of what collaboration saves."""

MORE_GRANTS = 0.1
"""The yardstick: isolated impact in which all funders give so much more from the common start on."""
YARDSTICK = ["on_track", "skill", "pupils", "spent", "money_in"]  # what is kept of its history


@dataclass(eq=False, repr=False)
class Comparison(Shown):
    """Histories of several arms on common random numbers, shape (arms, seeds, quarters), which part after `warmup` quarters.
    `others` are compared with `reference` (isolated impact, else the first); the conclusion is about `focus` (collective impact,
    else the last)."""

    scenario: Scenario
    arms: tuple[str, ...]
    seeds: tuple[int, ...]
    years: int
    history: Records
    long_grants: Floats | None = None
    """Pupils on track at the horizon under isolated impact with 3-year grants, shape (seeds,), if collective impact leads."""
    yardstick: Records | None = None
    """History of isolated impact with MORE_GRANTS, shape (seeds, quarters), if it was asked for."""
    margin: float = DEFAULT
    """The smallest worthwhile difference in pupils on track, a share."""
    looks: int = 1
    """How often growing numbers of seeds are judged at most."""

    def __post_init__(self) -> None:
        run: Any = self.scenario.settings.run
        self.warmup: int = 4 * run.warmup_years
        self.reference = "isolated_impact" if "isolated_impact" in self.arms else self.arms[0]
        self.others = [arm for arm in self.arms if arm != self.reference]
        self.focus = FOCUS if FOCUS in self.arms else self.arms[-1]
        self._effects: dict[Any, Effect] = {}  # each is worked out once: all visitors to a view share its comparison

    def label(self, arm: str) -> str:
        return self.scenario.arm(arm).label

    def at(self, metric: str, arm: str, year: float) -> Floats:
        """A metric at the end of a year after the common start (0: the start itself), shape (seeds, ...)."""
        values: Floats = self.history[metric][self.arms.index(arm), :, self.warmup + round(4 * year) - 1]
        return values

    def effect(
        self, metric: str, arm: str, year: float | None = None, against: str | None = None, seeds: Flags | None = None
    ) -> Effect:
        """An arm's metric after `year` years (default: the horizon), against the reference or another arm, on all seeds or on
        those of a mask."""
        year, against = self.years if year is None else year, against or self.reference
        key = metric, arm, year, against, None if seeds is None else seeds.tobytes()
        if key not in self._effects:
            which = slice(None) if seeds is None else seeds
            a, b = (self.at(metric, one, year)[which] for one in (arm, against))
            margin = self.margin if metric == "on_track" else margin_of(metric)
            found = paired(a, b, margin, self.looks if seeds is not None else 1)
            self._effects[key] = replace(found, outcome=found.outcome.turned) if metric in LESS_IS_BETTER else found
        return self._effects[key]

    def leads_since(self, arm: str, metric: str = "on_track") -> int | None:
        """The first year from whose end on the arm is always clearly ahead of the reference; None if it is not at the end."""
        unclear = [year for year in range(1, self.years + 1) if self.effect(metric, arm, year).low <= 0]
        since = max(unclear, default=0) + 1
        return since if since <= self.years else None

    def behind_until(self, arm: str, metric: str = "on_track") -> int | None:
        """The last year at whose end the arm is clearly behind the reference; None if it never is."""
        return max((year for year in range(1, self.years + 1) if self.effect(metric, arm, year).high < 0), default=None)

    @cached_property
    def choosing(self) -> Flags:
        """The seeds that choose the strongest alternative to the focus, which the others judge, shape (seeds,)."""
        return chooses(len(self.seeds), len(self.arms) - 1)

    def strongest(self, year: float | None = None) -> str:
        """The alternative to the focus with the highest mean of the seeds that choose. There must be one."""
        year, seeds = self.years if year is None else year, self.choosing if self.choosing.any() else slice(None)
        rivals = [arm for arm in self.arms if arm != self.focus]
        return max(rivals, key=lambda arm: float(self.at("on_track", arm, year)[seeds].mean()))

    @cached_property
    def money(self) -> dict[str, dict[str, float]]:
        """$k by arm and use over the horizon, mean over seeds: spent by use, changes in what is held, and the total in."""
        table: dict[str, dict[str, float]] = {}
        for arm in self.arms:
            grown = {m: self.at(m, arm, self.years) - self.at(m, arm, 0) for m in ("spent", *HOLDERS, "money_in")}
            table[arm] = {use: float(grown["spent"][:, place].mean()) for use, place in USES.items()}
            table[arm] |= {f"more_{holder}": float(grown[holder].mean()) for holder in HOLDERS}
            table[arm]["money_in"] = float(grown["money_in"].mean())
        return table

    def cost_per_young_person(self, arm: str) -> float:
        """$ spent on delivery in the reference arm but not in this one (where it went to the backbone, data, meetings, training
        ...), per additional young person on track at the horizon; nan where there is no clear gain."""
        gain = self.effect("on_track", arm)
        if gain.low <= 0:
            return float("nan")
        forgone = self.money[self.reference]["delivery"] - self.money[arm]["delivery"]
        return 1000.0 * forgone / (gain.difference * float(self.at("pupils", arm, self.years).mean()))

    @property
    def short(self) -> str:
        arms, seeds = count(len(self.arms), "arm"), count(len(self.seeds), "seed")
        return f"{self.scenario.name}, {arms}, {seeds}, {count(self.years, 'year')}"

    def shown(self) -> pd.DataFrame:
        """Pupils on track at the horizon: mean, difference and verdict of each arm."""
        found = self.effects()
        last = found[(found["metric"] == "on_track") & (found["year"] == self.years)]
        return last[["arm", "mean", "against", "difference", "low", "high", "margin", "verdict"]]

    def frame(self) -> pd.DataFrame:
        """Tidy: one row an arm, seed, year and metric (year 0 is the common start). Metrics that are lists have one row an
        entry, named by use or number: spent[delivery], on_track_by_stage[0], needs_met_by[0,3]."""
        years = range(self.years + 1)
        rows = [self.warmup + 4 * year - 1 for year in years]
        index = pd.MultiIndex.from_product([self.arms, self.seeds, years], names=["arm", "seed", "year"])
        values = {name: column[:, :, rows].ravel() for name, column in as_columns(self.history).items()}
        wide = pd.DataFrame(values, index=index).reset_index()
        return wide.melt(id_vars=["arm", "seed", "year"], var_name="metric", value_name="value")

    def effects(self) -> pd.DataFrame:
        """Tidy: one row an arm, year and scalar metric with mean, paired difference, 95 % interval, margin and verdict.
        `attrs["warnings"]` holds what to know first."""
        rows = [
            {"arm": arm, "metric": metric, "year": year, "unit": unit, **vars(self.effect(metric, arm, year))}
            for arm in self.arms
            for metric, (shape, unit, _) in METRICS.items()
            if shape == ()
            for year in range(1, self.years + 1)
        ]
        frame = pd.DataFrame(rows).rename(columns={"outcome": "verdict"})
        frame.insert(3, "against", self.reference)
        frame.attrs["warnings"] = self.scenario.warnings(self.arms)
        return frame

    def summary(self) -> dict[str, Any]:
        years = range(self.years + 1)
        return {
            "scenario": self.scenario.name,
            "arms": list(self.arms),
            "seeds": list(self.seeds),
            "years": self.years,
            "reference": self.reference,
            "model_digest": MODEL_DIGEST,
            "settings": {arm: self.scenario.arm(arm).settings.model_dump() for arm in self.arms},
            "warnings": self.scenario.warnings(self.arms),
            "verdict": str(self.verdict.outcome),
            "margin": self.margin,
            "conclusion": str(self.verdict),
            "effects": {m: {arm: _plain(vars(self.effect(m, arm))) for arm in self.arms} for m in (*HEADLINES, *SCORES)},
            "leads_since_year": {arm: self.leads_since(arm) for arm in self.others},
            "behind_until_year": {arm: self.behind_until(arm) for arm in self.others},
            "cost_per_additional_young_person_on_track": _plain({r: self.cost_per_young_person(r) for r in self.others}),
            "money_k": self.money,
            "on_track_by_year": {arm: [float(self.at("on_track", arm, y).mean()) for y in years] for arm in self.arms},
        }

    def against_best(self, year: float | None = None) -> tuple[str, Effect]:
        """The strongest alternative, and the lead of the focus over it (default: at the horizon), on the seeds that did not
        choose it. There must be two arms or more."""
        rival = self.strongest(year)
        return rival, self.effect("on_track", self.focus, year, rival, ~self.choosing)

    @property
    def leads(self) -> bool:
        return self.against_best()[1].outcome is Outcome.BETTER

    @cached_property
    def verdict(self) -> Verdict:
        """Whether the focus does better or worse here than the strongest alternative, with the numbers behind it."""
        if len(self.arms) == 1:
            return Verdict(Outcome.UNDECIDED, "Only one arm was run, so there is nothing to compare.", (), CAVEAT)
        rival, effect = self.against_best()
        if not np.isfinite(effect.low):
            one = "one seed is one simulated history and gives no interval"
            more = f"{one}. Ask for more seeds." if len(self.seeds) < 2 else "one seed chooses, one judges. Ask for more seeds."
            return Verdict(Outcome.UNDECIDED, f"Too few runs to tell: {more}")
        focus, other = self.label(self.focus), f"{self.label(rival)}, the strongest alternative"
        unclear = f"Undecided here between {focus} and {other}: too few runs to tell."
        if effect.low > 0.0 or effect.high < 0.0:
            side = "ahead of" if effect.low > 0.0 else "behind"
            unclear = f"Here {focus} is {side} {other}, but it is undecided whether the difference is worthwhile."
        headline = {
            Outcome.EQUIVALENT: f"{capital(focus)} and {other}, are equivalent here: no worthwhile difference.",
            Outcome.UNDECIDED: unclear,
        }.get(effect.outcome, f"{capital(focus)} does {effect.outcome} here than {other}.")
        detail = [self._numbers(effect)]
        if effect.outcome is Outcome.BETTER:
            since = self.leads_since(self.focus) if self.focus != self.reference else None
            detail += [f"It has led {self.label(self.reference)} since year {since}."] if since else []
        if effect.outcome is Outcome.BETTER and self.long_grants is not None:
            over = paired(self.at("on_track", self.focus, self.years), self.long_grants, self.margin)
            numbers = f"({points(over.difference)} points, {span(over.low, over.high, points)})"
            detail.append(f"For comparison, it {LEADS[over.outcome]} isolated impact with 3-year grants {numbers}.")
        own: Any = self.scenario.settings.run
        if own.years < self.years:
            detail.append(self._earlier(own.years))
        return Verdict(effect.outcome, headline, tuple(detail), CAVEAT)

    def _numbers(self, effect: Effect) -> str:
        """The sentence with the size of the lead, its interval, and how it compares with the margin."""
        judges, chosen = int((~self.choosing).sum()), int(self.choosing.sum())
        histories = f"{judges} simulated histories" + (f"; {chosen} others chose the alternative" if chosen else "")
        looks = f", which holds at all {self.looks} looks" if self.looks > 1 else ""
        interval = f"95 % interval {span(effect.low, effect.high, points)}{looks}, {histories}"
        size, after = points(abs(effect.difference)), f"After {count(self.years, 'year')}"
        worthwhile = f"the {points(effect.margin)} that are worthwhile"
        against = {
            Outcome.EQUIVALENT: f": clearly less than {worthwhile}",
            Outcome.UNDECIDED: f": it may be more or less than {worthwhile}, and more seeds would tell",
        }.get(effect.outcome, f": clearly more than {worthwhile}")
        against = against if effect.margin else ""
        if effect.outcome in (Outcome.BETTER, Outcome.WORSE):
            more, people = "more" if effect.difference > 0 else "fewer", heads(effect.difference)
            return f"{after}, {size} percentage points {more} pupils are on track ({people}; {interval}){against}."
        size = points(effect.difference)
        return f"{after}, the difference in pupils on track is {size} percentage points ({interval}){against}."

    def _earlier(self, year: int) -> str:
        """The sentence with the verdict at an earlier year."""
        rival, effect = self.against_best(year)
        lead = f"{points(effect.difference)} points, {span(effect.low, effect.high, points)}"
        return f"After {count(year, 'year')} the verdict is: {effect.outcome} ({lead}, against {self.label(rival)})."

    def sentences(self) -> list[str]:
        return self.verdict.sentences


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {k: (None if isinstance(v, float) and not np.isfinite(v) else v) for k, v in values.items()}


def comparison_study(
    scenario: Scenario,
    arms: Sequence[str] | None = None,
    seeds: Seeds = 64,
    years: int | None = None,
    stages: Stages = (),
    columns: Sequence[str] | None = None,
    margin: float = DEFAULT,
    sizes: bool = False,
    looks: int = 1,
) -> Study[Comparison]:
    """All arms on the same seeds, a seed a unit. `seeds` is how many (0, 1, ...) or which; `arms` defaults to all the scenario's;
    of the histories only `columns` are kept (default: all). Isolated impact with 3-year grants also runs, and is shown where
    collective impact leads; with `sizes` also isolated impact with more grants, the yardstick of `cisim.studies.sizes`. `margin`
    is the smallest worthwhile difference in pupils on track, `looks` how often growing numbers of seeds are judged. Raises
    InputError for an unknown arm, and for seeds and years that cannot be used."""
    names = tuple(dict.fromkeys([arms] if isinstance(arms, str) else arms or scenario.arms))
    for name in names:
        scenario.arm(name)
    given = [whole(seed, "seeds") for seed in seeds] if isinstance(seeds, Iterable) else range(whole(seeds, "seeds"))
    which = tuple(dict.fromkeys(given))
    last_year = horizon(scenario, years)
    if not which:
        raise InputError("seeds", "there are none: give 1 or more.")
    more = [LONG_GRANTS] if FOCUS in names and len(names) > 1 and LONG_GRANTS not in scenario.arms else []
    sizes = sizes and "isolated_impact" in names and len(names) > 1

    @once
    def worlds() -> list[World]:
        prepared = scenario.change({f"arms.{LONG_GRANTS}": LONG_GRANTS_ARM}) if more else scenario
        return worlds_of(prepared, [*names, *more], last_year)

    def unit(seed: int) -> tuple[Records, Records | None]:
        history = run_arms(worlds(), seed)
        yardstick = more_grants(worlds()[names.index("isolated_impact")], seed) if sizes else None
        return history if columns is None else repack_fields(history[list(columns)]), yardstick

    def assemble(found: list[tuple[Records, Records | None]]) -> Comparison:
        history = np.stack([histories for histories, _ in found], axis=1)
        yardstick = np.stack([one for _, one in found if one is not None]) if sizes else None
        own = history[: len(names)]
        result = Comparison(scenario, names, which[: len(found)], last_year, own, None, yardstick, margin, looks)
        if more and result.leads:
            return replace(result, long_grants=np.asarray(history["on_track"][-1, :, -1], dtype=np.float64))
        return result

    key = ("comparison", key_of(scenario), names, which, last_year, columns and tuple(columns), margin, sizes, looks)
    return by_seed(key, unit, which, assemble, stages)


def more_grants(world: World, seed: int) -> Records:
    """The history of a world in which all funders give MORE_GRANTS more from the common start on, shape (quarters,)."""
    run = CompiledRun(world.with_seed(seed)).advance_to(world.warmup)
    run.funders["budget"] *= 1.0 + MORE_GRANTS  # no rule changes budgets after the founding
    return repack_fields(run.advance_to(world.quarters).history[YARDSTICK])


def compare(
    scenario: Scenario,
    arms: Sequence[str] | None = None,
    seeds: Seeds = 64,
    years: int | None = None,
    margin: float = DEFAULT,
    sizes: bool = False,
) -> Comparison:
    """Runs all arms on the same seeds: see `comparison_study`."""
    return comparison_study(scenario, arms, seeds, years, margin=margin, sizes=sizes).run()
