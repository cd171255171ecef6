"""An experiment: one question put to the model, read from a TOML file that says which runs it asks for.

    experiment = Experiment.read("experiments/when_does_it_pay.toml")
    for point in experiment.points():
        scenario = experiment.scenario(point)          # settings of that point
        seeds = experiment.next_seeds()                # all arms run on each of them
        values = experiment.extract(history)           # the numbers kept of each run, named by experiment.columns

A point is one value of every factor. All arms of a point run on the same seeds; so do all points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from cisim.errors import InputError
from cisim.scenario import MORE_ARMS, Scenario
from cisim.scenario import read as read_scenario
from cisim.scenario import shipped as shipped_scenarios
from cisim.scenario.changes import flat
from cisim.scenario.mistakes import explain
from cisim.scenario.toml_file import is_there, tables_of, text_of
from cisim.sweeps.experiment import designs
from cisim.sweeps.experiment.factors import Factor, Value, factor
from cisim.sweeps.experiment.file import MOST_FACTORS, DesignTable, ExperimentFile, ReplicatesTable
from cisim.sweeps.experiment.keep import Keep, check_metric, keep
from cisim.sweeps.experiment.replicates import Replicates, Watched, differences, more_seeds_needed
from cisim.text.english import nearest

if TYPE_CHECKING:
    from cisim.sweeps.store import Manifest

__all__ = ["Experiment", "Factor", "Point", "Replicates", "Value", "Watched", "differences", "more_seeds_needed", "shipped"]

Floats = npt.NDArray[np.float64]

SCENARIO, POINTS, COMMUNITY = "scenario", "points", "community/"
"""Names of the files an experiment rests on, in `Experiment.files`; a community's own come under their path."""

KEPT_READY = 8
"""How many points' scenarios are kept ready: a point runs on many seeds."""


@dataclass(frozen=True, slots=True)
class Point:
    """One value of every factor, by setting path. Two points may hold the same values: the index tells them apart."""

    index: int
    values: Mapping[str, Value]

    @property
    def label(self) -> str:
        """16 hex digits of the values: what a point is called in a results folder, to which others may be added.

        (Among 10^6 points, two alike by chance once in 40 million folders.)"""
        from cisim.sweeps.store.identity import key_of

        return key_of(dict(self.values))[:16]


@dataclass(frozen=True)
class Experiment:
    """A validated experiment: immutable, and it can be sent to other processes.

    `text` is its file, `files` the texts of all other files it rests on: with both, `Experiment.of` makes it again without
    any of them. `base` is the scenario with the fixed changes, `arms` the arms that run side by side.
    """

    name: str
    title: str
    question: str
    where: str
    text: str = field(repr=False)
    files: Mapping[str, str] = field(repr=False)
    base: Scenario = field(repr=False)
    arms: tuple[str, ...]
    factors: tuple[Factor, ...]
    design: DesignTable
    replicates: Replicates
    keep: Keep
    _ready: dict[tuple[Value, ...], Scenario] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def read(cls, source: str | Path) -> Experiment:
        """The experiment of a TOML file, or the shipped one of that name. Raises InputError."""
        path = Path(source)
        known = shipped()
        if not is_there(path) and path.stem in known and path.parent.name in ("", "experiments") and path.suffix in ("", ".toml"):
            path = known[path.stem]
        elif not is_there(path):
            raise InputError(str(source), f"there is no such experiment file. {nearest(path.stem, known)}")
        return cls.of(text_of(path, str(source)), path.stem, path.parent.absolute())

    @classmethod
    def of(cls, text: str, name: str, folder: Path = Path(), files: Mapping[str, str] | None = None) -> Experiment:
        """The experiment a text describes. Files it names are read, their paths beginning in `folder`; with `files` (see
        `Experiment.files`) they are taken from there, and none is read. Raises InputError about the first thing wrong."""
        where = f"{name}.toml"
        tables = tables_of(text, where)
        tables = _in_words_of_today(tables)
        try:
            asked = ExperimentFile.model_validate(tables)
        except ValidationError as error:
            raise explain(error, ExperimentFile, where) from None
        base, texts = _base(asked, folder, files, where)
        arms = _arms(asked, base, where)
        if len(asked.factors) > MOST_FACTORS:
            raise InputError(where, f"there are {len(asked.factors):,} factors: give at most {MOST_FACTORS}.")
        factors: tuple[Factor, ...] = tuple(
            factor(table, number, arms, asked.design.kind, where) for number, table in enumerate(asked.factors, 1)
        )
        designs.check_design(asked.design, factors, where)
        if asked.design.kind == "list":
            there = asked.design.file
            texts[POINTS] = text_of(folder / there, there) if files is None else _kept(files, POINTS, where)
            factors, _ = designs.listed(texts[POINTS], asked.design.file, arms)
        _check_factors(factors, asked, base, where)
        horizon = base.settings.run.years
        replicates, kept = _replicates(asked.replicates, arms, keep(asked.keep, horizon, where), where)
        title = asked.title or name
        return cls(name, title, asked.question, where, text, texts, base, arms, factors, asked.design, replicates, kept)

    @classmethod
    def stored(cls, manifest: Manifest) -> Experiment:
        """The experiment a results folder holds, made again from its manifest alone: no other file is needed."""
        from cisim.sweeps.store.manifest import as_numbers

        found = cls.of(manifest.experiment, manifest.name, files=manifest.files)
        kinds = {factor.path: "text" if isinstance(factor.at(0.0), str) else "number" for factor in found.factors}
        kinds |= dict.fromkeys(found.columns, "number")
        kinds |= {f"{name} by quarter": "list" for name in found.keep.trajectories}
        there = as_numbers(manifest.columns)
        for name, kind in kinds.items():
            if there.get(name) != kind:
                sentence = f"the results were to keep {name}, and manifest.json has no such column"
                raise InputError(found.where, f"{sentence}. Run the experiment anew, into another folder.")
        return found

    def points(self) -> tuple[Point, ...]:
        """All points in the order of the design, computed anew (for saltelli and morris SALib must be installed)."""
        paths = [factor.path for factor in self.factors]
        return tuple(Point(index, dict(zip(paths, row, strict=True))) for index, row in enumerate(self.rows()))

    def rows(self) -> list[tuple[Value, ...]]:
        """The values of all points, in the order of the factors: `points` in a fifth of its memory."""
        if self.design.kind == "list":
            return designs.listed(self.files[POINTS], self.design.file, self.arms)[1]
        return designs.rows(self.design, self.factors)

    def __len__(self) -> int:
        """The number of points."""
        return len(self.rows()) if self.design.kind == "list" else designs.size(self.design, self.factors)

    def scenario(self, point: Point) -> Scenario:
        """The scenario of a point. Raises InputError where its values do not go together; other points still may."""
        key = tuple(point.values.values())
        if key not in self._ready:
            found = self.base.change(point.values)
            while len(self._ready) >= KEPT_READY:
                self._ready.pop(next(iter(self._ready)), None)
            self._ready[key] = found
        return self._ready[key]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_ready": {}}

    @property
    def years(self) -> int:
        """The horizon of every run."""
        return self.keep.horizon

    @property
    def most_seeds(self) -> int:
        """The seeds of a point: if adaptive, the most it may come to."""
        return self.replicates.watched.cap if self.replicates.watched else self.replicates.seeds

    def next_seeds(self, values: Floats | None = None) -> range:
        """The seeds a point runs next, given the kept values of its runs so far in the order of seeds, shape
        (arms, seeds, columns), nan where a run failed. Empty when the point is done; fixed seeds come all at once."""
        if values is None:
            return self.replicates.next()
        watched = self.replicates.watched
        if watched is None:
            return self.replicates.next(np.zeros(values.shape[1]))
        return self.replicates.next(differences(values, self.columns, self.arms, watched))

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the kept numbers: on_track at the horizon, on_track@5 at the end of year 5, spent[delivery]."""
        return self.keep.columns

    def extract(self, history: npt.NDArray[np.void]) -> Floats:
        """The kept numbers of histories, shape (..., quarters) to shape (..., columns)."""
        return self.keep.extract(history)

    def trajectory(self, history: npt.NDArray[np.void]) -> Floats:
        """Every quarter of the metrics in `keep.trajectories` since the common start: shape (..., metrics, 4 x years + 1)."""
        return self.keep.trajectory(history)

    @property
    def problem(self) -> dict[str, Any]:
        """What SALib's analyses ask for: names and bounds of the factors, over shares of their ranges."""
        return designs.problem(self.factors)

    def shares(self) -> Floats:
        """The points of a sampled design as shares of each factor's range, shape (points, factors): what SALib's Morris
        analysis asks for (Sobol' needs only the order of the points, without second order). Not for grid and list."""
        if self.design.kind in ("grid", "list"):
            raise InputError(self.where, f'design.kind = "{self.design.kind}" is no sample, so there are no shares.')
        return designs.shares(self.design, self.factors)


def shipped() -> dict[str, Path]:
    """The experiments that come with cisim, by name, wherever it is installed."""
    folder = Path(str(resources.files("cisim"))) / "shipped" / "experiments"
    if not folder.is_dir():
        folder = folder.parents[2] / "experiments"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def _in_words_of_today(tables: Mapping[str, Any]) -> dict[str, Any]:
    """The tables with old words replaced (regimes: arms), and [arms.NAME] as a list of names and the arms of one's own."""
    found = dict(tables)
    if isinstance(found.get("arms"), Mapping):
        found |= {"arms": list(found["arms"]), "own_arms": {name: own for name, own in found["arms"].items() if own}}
    if isinstance(found.get("regimes"), Mapping):
        found["own_arms"] = {**found.get("own_arms", {}), **found.pop("regimes")}
    if isinstance(found.get("factors"), list):
        found["factors"] = [
            {**one, "path": f"arms.{one['path'].removeprefix('regimes.')}"}
            if isinstance(one, Mapping) and str(one.get("path", "")).startswith("regimes.")
            else one
            for one in found["factors"]
        ]
    replicates = found.get("replicates")
    if isinstance(replicates, Mapping) and "regime" in replicates:
        found["replicates"] = {"arm" if key == "regime" else key: value for key, value in replicates.items()}
    return found


def _kept(files: Mapping[str, str], name: str, where: str) -> str:
    """One of the texts kept with results. Raises InputError."""
    if name not in files:
        sentence = f"its {name} are" if name == POINTS else f"its {name} is"
        raise InputError(where, f"{sentence} not kept with the results. Run the experiment anew, into another folder.")
    return files[name]


def _base(asked: ExperimentFile, folder: Path, files: Mapping[str, str] | None, where: str) -> tuple[Scenario, dict[str, str]]:
    """The scenario with the fixed changes, and the texts it was read from."""
    source, names = asked.scenario, shipped_scenarios()
    path = folder / source
    if files is not None:
        text = _kept(files, SCENARIO, where)
    else:
        if not is_there(path):
            if source not in names:
                sentence = f'scenario = "{source}": there is no such file beside the experiment, and no shipped scenario'
                raise InputError(where, f"{sentence} of that name. {nearest(Path(source).stem, names)}")
            path = names[source]
        text = text_of(path, source)
    known = {name.removeprefix(COMMUNITY): told for name, told in (files or {}).items() if name.startswith(COMMUNITY)}
    tables = tables_of(text, path.name)
    beside = path.parent.absolute() if files is None else None
    scenario = read_scenario(tables, name=Path(source).stem, where=path.name, folder=beside, known=known)
    changes = dict(flat(asked.settings)) | {f"arms.{path}": value for path, value in flat(asked.own_arms)}
    if asked.years is not None:
        changes["run.years"] = asked.years
    # from here on what is wrong is the experiment's: the scenario by itself was sound
    base = replace(scenario, where=where).change(changes)
    return base, {SCENARIO: text, **{f"{COMMUNITY}{name}": told for name, told in base.community.files}}


def _arms(asked: ExperimentFile, base: Scenario, where: str) -> tuple[str, ...]:
    arms = asked.arms or base.arms
    for arm in arms:
        if arm not in (*base.arms, *MORE_ARMS):
            raise InputError(where, f'arms: there is no arm "{arm}". {nearest(arm, [*base.arms, *MORE_ARMS])}')
        if arms.count(arm) > 1:
            raise InputError(where, f'arms names "{arm}" twice: keep one.')
    return tuple(arms)


def _check_factors(factors: Sequence[Factor], asked: ExperimentFile, base: Scenario, where: str) -> None:
    """No setting twice, none that the file also fixes, and each one may be changed in this scenario at all."""
    fixed = {path for path, _ in flat(asked.settings)} | {f"arms.{path}" for path, _ in flat(asked.own_arms)}
    seen: set[str] = set()
    for one in factors:
        if one.path in seen:
            raise InputError(where, f"two factors vary {one.path}: keep one.")
        if one.path in fixed:
            raise InputError(where, f"{one.path} is a factor, but the file also sets it: delete one of them.")
        seen.add(one.path)
        of_arm = one.path.startswith("arms.")
        settings = base.arm(one.path.split(".")[1]).settings if of_arm else base.settings
        section, key = one.path.split(".")[-2:]
        base.change({one.path: getattr(getattr(settings, section), key)})  # raises where the scenario forbids the path


def _replicates(table: ReplicatesTable, arms: Sequence[str], kept: Keep, where: str) -> tuple[Replicates, Keep]:
    """On which seeds points run, and what is kept: with the watched number, which must be told from the kept ones."""
    adaptive = ("metric", "arm", "against", "year", "width", "cap")
    if not table.model_fields_set & set(adaptive):
        return Replicates(table.seeds, table.first), kept
    if not table.metric or table.width is None:
        missing, meaning = ("metric", "a metric") if not table.metric else ("width", "a number")
        sentence = f"replicates.{missing} is missing: give {meaning} to have seeds added until the difference is known"
        raise InputError(where, f"{sentence}, or only seeds for a fixed number.")
    check_metric(table.metric, f"{where}: replicates.metric")
    pair = {"arm": table.arm or "collective_impact", "against": table.against or "isolated_impact"}
    for key, arm in pair.items():
        if arm not in arms:
            raise InputError(where, f'replicates.{key}: the arm "{arm}" does not run here. {nearest(arm, arms)}')
    if pair["arm"] == pair["against"]:
        raise InputError(where, f'replicates compares "{pair["arm"]}" with itself: give another arm to compare with.')
    year = kept.horizon if table.year is None else table.year
    if year > kept.horizon:
        raise InputError(where, f"replicates.year = {year} is after the end of the run: give 0 to {kept.horizon}.")
    if not 2 <= table.seeds <= table.cap:
        sentence = f"replicates.seeds = {table.seeds} at first, but an interval needs 2 or more and cap = {table.cap} is the most"
        raise InputError(where, f"{sentence}: give 2 to {table.cap}.")
    watched = Watched(kept.column(table.metric, year), **pair, width=table.width, cap=table.cap)
    return Replicates(table.seeds, table.first, watched), kept.also(table.metric, year)
