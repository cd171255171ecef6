"""The targets file of a calibration: which numbers are to come out, how sure they are, and which settings may move for it.

A target is a kept number of a sweep in one arm (or a difference between two arms), with a published value. `claim` takes the
value from a row of the evidence ledger that is used for calibration; those that a sweep can measure are in ledger.toml.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, ValidationError

from cisim.calibration.history_matching import Goal
from cisim.calibration.space import Space
from cisim.errors import InputError
from cisim.evidence.claims import claims
from cisim.scenario import Scenario
from cisim.scenario.as_toml import in_toml
from cisim.scenario.changes import flat
from cisim.scenario.mistakes import explain
from cisim.scenario.plausible_ranges import Range
from cisim.scenario.settings import Section, setting
from cisim.scenario.toml_file import is_there, tables_of, text_of
from cisim.scenario.variants import AS_IT_IS, Variant, variants_named
from cisim.sweeps.experiment import POINTS, Experiment
from cisim.sweeps.experiment.factors import field_of
from cisim.sweeps.experiment.file import MOST_YEARS, repeated
from cisim.sweeps.experiment.keep import check_metric
from cisim.text.english import nearest, shown

LEDGER = "ledger"
MOST_TARGETS, MOST_VARIED = 60, 60


def _key(default: Any, unit: str, meaning: str, low: float | None = None, high: float | None = None) -> Any:
    return setting(default, low, high, unit, meaning, "the calibration's own")


class TargetTable(Section):
    """One number that is to come out."""

    name: str = _key("", "text", "what it is called; its metric, year and arm if not given")
    metric: str = _key(..., "a metric's name", "the metric that is compared")
    year: int = _key(..., "years", "at the end of which year after the common start", 0, MOST_YEARS)
    until: int | None = _key(None, "years", "the mean of the ends of all years from `year` to this one", 0, MOST_YEARS)
    since: int | None = _key(None, "years", "the change since the end of this year", 0, MOST_YEARS)
    arm: str = _key("isolated_impact", "an arm's name", "the arm in which it is measured")
    against: str = _key("", "an arm's name", "the arm that is subtracted, on the same seeds")
    active: bool = _key(False, "on/off", "only seeds on which the arm's initiative has members at that time")
    times: float = _key(1.0, "number", "what the simulated number is multiplied by before it is compared", -1e9, 1e9)
    claim: str = _key("", "ID.PART", "a row of the evidence ledger, instead of value, error and source")
    value: float | None = _key(None, "metric's unit", "the published value", -1e12, 1e12)
    error: float | None = _key(None, "metric's unit", "the standard deviation of that value", 0.0, 1e12)
    discrepancy: float = _key(
        0.0, "metric's unit", "the standard deviation by which the model may miss it at its best", 0.0, 1e12
    )
    source: str = _key("", "text", "where the value comes from")


class TargetsFile(Section):
    """All keys of a targets file."""

    title: str = _key("", "text", "what the calibration is called")
    scenario: str = _key("default", "a shipped name, or the path of a TOML file", "the scenario whose settings are calibrated")
    vary: list[str] = _key(..., "a list of settings", "the settings that may move, within their plausible ranges")
    variants: list[str] = _key([], "a list of variants", "readings of the theory: each point is under one of them, or none")
    points: int = _key(100, "points", "how many points of settings a wave runs", 4, 5_000)
    waves: int = _key(3, "waves", "how many waves rule settings out", 1, 12)
    ensemble: int = _key(200, "points", "how many settings are drawn and run for the ensemble", 2, 20_000)
    seeds: int = _key(16, "seeds", "on which each point runs", 2, 10_000)
    sample: int = _key(0, "seed", "the seed of the samples of points (not of the runs)", 0, 2**31)
    settings: dict[str, Any] = _key({}, "settings by path", "fixed changes to the scenario")
    metrics: dict[str, str] = _key({}, "expressions by name", "own metrics, made of recorded ones, as in an experiment")
    targets: list[dict[str, Any]] = Field(description="the numbers that are to come out")


@dataclass(frozen=True)
class Target:
    """One number that is to come out: `value` with its standard deviation `error`, and that of the model's `discrepancy`."""

    name: str
    table: TargetTable
    value: float
    error: float
    discrepancy: float
    source: str

    @property
    def years(self) -> range:
        """The years at whose ends it is measured."""
        return range(self.table.year, (self.table.until if self.table.until is not None else self.table.year) + 1)

    @property
    def variance(self) -> float:
        return self.error**2 + self.discrepancy**2


@dataclass(frozen=True)
class Calibration:
    """A calibration that was checked. `text` is its file, `experiment` its first wave, a Latin hypercube over all ranges."""

    name: str
    title: str
    text: str
    asked: TargetsFile
    targets: tuple[Target, ...]
    experiment: Experiment
    variants: tuple[Variant, ...] = ()

    @classmethod
    def read(cls, source: str | Path) -> "Calibration":
        """The calibration of a targets file; "ledger" for the rows of the evidence ledger. Raises InputError."""
        path = Path(source)
        if str(source) == LEDGER and not is_there(path):
            path = Path(__file__).with_name("ledger.toml")
        elif not is_there(path):
            sentence = f'there is no such targets file. Give its path, or "{LEDGER}" for the rows of the evidence ledger.'
            raise InputError(shown(str(source)), sentence)
        return cls.of(text_of(path, str(source)), path.stem, path.parent.absolute())

    @classmethod
    def of(cls, text: str, name: str, folder: Path = Path()) -> "Calibration":
        """The calibration of a text; its scenario's file is looked for in `folder`. Raises InputError."""
        where = f"{name}.toml"
        try:
            asked = TargetsFile.model_validate(tables_of(text, where))
        except ValidationError as error:
            raise explain(error, TargetsFile, where) from None
        if not 1 <= len(asked.targets) <= MOST_TARGETS:
            raise InputError(where, f"there are {len(asked.targets):,} [[targets]]: give 1 to {MOST_TARGETS}.")
        if not 1 <= len(asked.vary) <= MOST_VARIED:
            raise InputError(where, f"vary names {len(asked.vary):,} settings: give 1 to {MOST_VARIED}.")
        if twice := repeated(asked.vary):
            raise InputError(where, f'vary names "{shown(twice[0])}" twice: keep one.')
        targets = tuple(
            _target(table, asked.metrics, f"{where}: targets[{number}]") for number, table in enumerate(asked.targets, 1)
        )
        if twice := repeated([target.name for target in targets]):
            raise InputError(where, f'two targets are called "{shown(twice[0])}": give one of them another name.')
        title = asked.title or name
        experiment = Experiment.of(_experiment(asked, targets, title, where), name, folder)
        return cls(name, title, text, asked, targets, experiment, _variants(asked.variants, experiment.base, where))

    @property
    def goal(self) -> Goal:
        return Goal(*np.array([(target.value, target.variance) for target in self.targets]).T)

    @property
    def space(self) -> Space:
        return Space(self.experiment.factors, self.variants, self.experiment.base.settings)

    def at(self, points: str) -> Experiment:
        """The same runs at other points, given as a CSV text of setting paths and values."""
        text = _experiment(self.asked, self.targets, self.title, self.experiment.where, listed=True)
        return Experiment.of(text, self.name, files={**self.experiment.files, POINTS: points})


def _variants(names: Sequence[str], base: Scenario, where: str) -> tuple[Variant, ...]:
    """The variants a point may be under, "none" first; none at all if the file names none. Raises InputError."""
    if not names:
        return ()
    if twice := repeated(names):
        raise InputError(where, f'variants names "{shown(twice[0])}" twice: keep one.')
    found = variants_named(names)
    for one in found:
        if all(attrgetter(path)(base.settings) == value for path, value in one.settings.items()):
            raise InputError(where, f'the variant "{one.name}" changes nothing in this scenario: leave it out.')
    return (AS_IT_IS, *found)


def _target(given: Mapping[str, Any], own: Mapping[str, str], where: str) -> Target:
    try:
        table = TargetTable.model_validate(given)
    except ValidationError as error:
        raise explain(error, TargetTable, where) from None
    check_metric(table.metric, f"{where}.metric", own)
    if table.until is not None and table.until < table.year:
        raise InputError(where, f"until = {table.until} is before year = {table.year}: give a later year, or leave it out.")
    if table.against == table.arm:
        raise InputError(where, f'it compares "{shown(table.arm)}" with itself: give another arm to compare with.')
    if table.times == 0.0:
        raise InputError(where, "times = 0 makes every number 0: give another one.")
    name = table.name or f"{table.metric}, year {table.year}, {table.arm}{f' - {table.against}' if table.against else ''}"
    if table.claim:
        if also := [key for key in ("value", "error", "discrepancy", "source") if key in table.model_fields_set]:
            raise InputError(where, f"it has both claim and {also[0]}: delete one of them.")
        return Target(name, table, *_published(table.claim, where))
    for key in ("value", "error", "source"):
        if key not in table.model_fields_set:
            raise InputError(
                where, f"{key} is missing: give {TargetTable.model_fields[key].description}, or a claim of the ledger."
            )
    assert table.value is not None
    assert table.error is not None
    if table.error == 0.0 and table.discrepancy == 0.0:
        raise InputError(where, "error and discrepancy are both 0, and no model comes out exactly: give one of them.")
    return Target(name, table, table.value, table.error, table.discrepancy, table.source)


def _published(name: str, where: str) -> tuple[float, float, float, str]:
    """Value, error, discrepancy and source of a row of the ledger: its range is read as a 95 % interval, and so is how near to it
    still counts as partly."""
    known = {f"{claim.id}.{part}": (claim, found) for claim in claims().values() for part, found in claim.parts.items()}
    usable = [one for one, (claim, part) in known.items() if claim.use == "calibrate" and part.criterion.kind == "between"]
    if name not in known:
        raise InputError(where, f'there is no row "{shown(name)}" in the ledger. {nearest(name, usable)}')
    if name not in usable:
        claim = known[name][0]
        reason = (
            "has no range" if claim.use == "calibrate" else f"is {claim.use}: settings that were fitted to it would not be tested"
        )
        raise InputError(where, f'the row "{name}" {reason}. Available: {", ".join(usable)}.')
    claim, part = known[name]
    low, high = part.criterion.low, part.criterion.high
    return (low + high) / 2.0, (high - low) / 4.0, part.criterion.near / 2.0, "; ".join(claim.source)


def _experiment(asked: TargetsFile, targets: Sequence[Target], title: str, where: str, listed: bool = False) -> str:
    """The experiment that measures all targets: at a Latin hypercube over the plausible ranges, or at listed points."""
    tables = [target.table for target in targets]
    arms = list(dict.fromkeys(arm for table in tables for arm in (table.arm, table.against) if arm))
    metrics = dict.fromkeys(table.metric for table in tables)
    metrics |= dict.fromkeys(["members"]) if any(table.active for table in tables) else {}
    years = {year for target in targets for year in (*target.years, target.table.since) if year is not None}
    lines = [f"{key} = {in_toml(value)}" for key, value in (("title", title), ("scenario", asked.scenario), ("arms", arms))]
    lines += [f"years = {max(*years, 1)}", "from_first_day = true", "[settings]"]
    lines += [f"{in_toml(path)} = {in_toml(value)}" for path, value in flat(asked.settings)]
    lines += ["[metrics]", *(f"{in_toml(name)} = {in_toml(text)}" for name, text in asked.metrics.items())]
    if not listed:
        lines += [line for number, path in enumerate(asked.vary, 1) for line in _factor(path, arms, f"{where}: vary[{number}]")]
    design = (
        ['kind = "list"', 'file = "points.csv"']
        if listed
        else ['kind = "lhs"', f"points = {asked.points}", f"seed = {asked.sample}"]
    )
    lines += ["[design]", *design, "[replicates]", f"seeds = {asked.seeds}"]
    lines += ["[keep]", f"metrics = {in_toml(list(metrics))}", f"years = {in_toml(sorted(years))}"]
    return "\n".join(lines) + "\n"


def _factor(path: str, arms: Sequence[str], where: str) -> list[str]:
    field = field_of(path, arms, where)
    extra = field.json_schema_extra
    span = extra.get("plausible") if isinstance(extra, dict) else None
    if not isinstance(span, tuple):
        sentence = f'"{path}" has no plausible range, as it defines the community and not how it works: leave it out, or set it'
        raise InputError(where, f"{sentence} under [settings].")
    one = Range(path, float(span[0]), float(span[1]), field.annotation is int)  # type: ignore[arg-type]
    scale = "integer" if one.whole else "log" if one.logarithmic else "linear"
    ends = [f"low = {in_toml(one.low)}", f"high = {in_toml(one.high)}", f"scale = {in_toml(scale)}"]
    return ["[[factors]]", f"path = {in_toml(path)}", *ends]
