"""An experiment: one question to the model, read from a TOML file that lists the runs which answer it.

    experiment = Experiment.read("experiments/when_does_it_pay.toml")
    for point in experiment.points():
        scenario = experiment.scenario(point)          # settings of that point
        seeds = experiment.replicates.next()           # all arms run on each of them
        values = experiment.keep.extract(history)      # the numbers kept of each run, named by experiment.columns

A point is one value of every factor. All points, and all arms of each point, run on the same seeds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import ValidationError

from cisim.errors import InputError
from cisim.numerics.sampling import Floats
from cisim.scenario import MORE_ARMS, Scenario
from cisim.scenario import read as read_scenario
from cisim.scenario import shipped as shipped_files
from cisim.scenario.acting import from_now, waits_for_the_start
from cisim.scenario.changes import flat
from cisim.scenario.mistakes import explain
from cisim.scenario.toml_file import is_there, tables_of, text_of
from cisim.sweeps.experiment import designs
from cisim.sweeps.experiment.factors import Factor, Value, factor
from cisim.sweeps.experiment.file import MOST_FACTORS, DesignTable, ExperimentFile
from cisim.sweeps.experiment.keep import Keep, Replicates, Watched, keep, more_seeds_needed, seeds_of
from cisim.text.english import listing, nearest

if TYPE_CHECKING:
    from cisim.sweeps.store import Manifest

__all__ = ["Experiment", "Factor", "Point", "Replicates", "Value", "Watched", "more_seeds_needed", "shipped"]

# names in `Experiment.files` of the files an experiment needs; a community's own files have their path after the prefix
SCENARIO, POINTS, COMMUNITY = "scenario", "points", "community/"


@dataclass(frozen=True, slots=True)
class Point:
    """One value of every factor, by setting path. Two points may hold the same values: the index tells them apart."""

    index: int
    values: Mapping[str, Value]

    @property
    def label(self) -> str:
        """The point's name in a results folder: 16 hex digits of its values, which two of 10^6 points hardly share."""
        from cisim.sweeps.store.identity import key_of

        return key_of(dict(self.values))[:16]


@dataclass(frozen=True)
class Experiment:
    """An experiment that was checked. From `text` and `files` (texts of all other files) `Experiment.of` makes it again."""

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
    margin: float | None = None
    from_first_day: bool = False
    _latest: dict[tuple[Value, ...], Scenario] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def read(cls, source: str | Path) -> Self:
        """The experiment of a TOML file, or the shipped one of that name. Raises InputError."""
        path = Path(source)
        known = shipped()
        if not is_there(path) and path.stem in known and path.parent.name in ("", "experiments") and path.suffix in ("", ".toml"):
            path = known[path.stem]
        elif not is_there(path):
            raise InputError(str(source), f"there is no such experiment file. {nearest(path.stem, known)}")
        return cls.of(text_of(path, str(source)), path.stem, path.parent.absolute())

    @classmethod
    def of(cls, text: str, name: str, folder: Path = Path(), files: Mapping[str, str] | None = None) -> Self:
        """The experiment of a text; other files are read in `folder`, or their texts are in `files`. Raises InputError."""
        where = f"{name}.toml"
        tables = _with_current_names(tables_of(text, where))
        try:
            asked = ExperimentFile.model_validate(tables)
        except ValidationError as error:
            raise explain(error, ExperimentFile, where) from None
        base, texts = _base(asked, folder, files, where)
        arms = _arms(asked, base, where)
        if len(asked.factors) > MOST_FACTORS:
            raise InputError(where, f"there are {len(asked.factors):,} factors: give at most {MOST_FACTORS}.")
        kind, numbered = asked.design.kind, enumerate(asked.factors, 1)
        factors: tuple[Factor, ...] = tuple(factor(table, number, arms, kind, where) for number, table in numbered)
        designs.check_design(asked.design, factors, where)
        if kind == "list":
            there = asked.design.file
            texts[POINTS] = text_of(folder / there, there) if files is None else _kept(files, POINTS, where)
            factors, _ = designs.listed(texts[POINTS], asked.design.file, arms)
        _check_factors(factors, asked, base, where)
        kept = keep(asked.keep, base.settings.run.years, where, asked.metrics)
        replicates, kept = seeds_of(asked.replicates, arms, kept, where)
        title = asked.title or name
        lists = (base, arms, factors, asked.design, replicates, kept)
        return cls(name, title, asked.question, where, text, texts, *lists, asked.margin, asked.from_first_day)

    @classmethod
    def stored(cls, manifest: "Manifest") -> Self:
        """The experiment of a results folder, made again from its manifest alone."""
        from cisim.sweeps.store.manifest import as_numbers

        found = cls.of(manifest.experiment, manifest.name, files=manifest.files)
        stored = as_numbers(manifest.columns)
        for name, kind in as_numbers(found.kinds).items():
            if stored.get(name) != kind:
                sentence = f"the results were to keep {name}, and manifest.json has no such column"
                raise InputError(found.where, f"{sentence}. Run the experiment again, into another folder.")
        return found

    def points(self) -> tuple[Point, ...]:
        """All points in the order of the design, computed anew. Saltelli and Morris designs need SALib."""
        return tuple(self.point(row, index) for index, row in enumerate(self.rows()))

    def point(self, values: Sequence[Value], index: int = 0) -> Point:
        """The point of some values in the order of the factors."""
        return Point(index, dict(zip((factor.path for factor in self.factors), values, strict=True)))

    def rows(self) -> list[tuple[Value, ...]]:
        """The values of all points, in the order of the factors: a fifth of the memory of `points`."""
        if self.design.kind == "list":
            return designs.listed(self.files[POINTS], self.design.file, self.arms)[1]
        return designs.rows(self.design, self.factors)

    def __len__(self) -> int:
        return len(self.rows()) if self.design.kind == "list" else designs.size(self.design, self.factors)

    def scenario(self, point: Point) -> Scenario:
        """The scenario of a point. Raises InputError if its values contradict each other; other points may still be valid."""
        values = tuple(point.values.values())
        if (found := self._latest.get(values)) is None:
            self._latest.clear()  # a point runs on many seeds, one after the other: only the latest scenario is kept
            found = self._latest[values] = self.apply(point.values)
        return found

    def apply(self, values: Mapping[str, Value]) -> Scenario:
        """The base scenario with these values, by path. Raises InputError."""
        return _changed(self.base, values, self.from_first_day)

    def waits(self, path: str) -> bool:
        """Whether points that differ only in this setting share their common starts."""
        return waits_for_the_start(path) or (from_now(path) and not self.from_first_day)

    @property
    def years(self) -> int:
        return self.keep.horizon

    @property
    def most_seeds(self) -> int:
        """How many seeds a point runs on; if seeds are adaptive, at most."""
        return self.replicates.watched.cap if self.replicates.watched else self.replicates.seeds

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the kept numbers, such as on_track (at the horizon), on_track@5 (at the end of year 5), spent[delivery]."""
        return self.keep.columns

    @property
    def kinds(self) -> dict[str, str]:
        """What a results folder keeps of each run: columns with their kinds, "number", "whole", "text" or "list"."""
        factors = {factor.path: factor.kind for factor in self.factors}
        return factors | dict.fromkeys(self.columns, "number") | dict.fromkeys(self.keep.lists, "list")

    @property
    def problem(self) -> dict[str, Any]:
        """The problem dictionary of SALib: names of the factors, with bounds 0 and 1 because points are shares of the ranges."""
        return designs.problem(self.factors)

    def shares(self) -> Floats:
        """A sampled design as shares of each factor's range, shape (points, factors). Raises InputError for a grid or a list."""
        if self.design.kind in ("grid", "list"):
            raise InputError(self.where, f'design.kind = "{self.design.kind}" is no sample, so there are no shares.')
        return designs.shares(self.design, self.factors)


def shipped() -> dict[str, Path]:
    return shipped_files("experiments")


def _with_current_names(tables: Mapping[str, Any]) -> dict[str, Any]:
    """The tables with regimes renamed to arms, and [arms.NAME] split into a list of names and the user's own arms."""
    found = dict(tables)
    if isinstance(found.get("arms"), Mapping):
        found |= {"arms": list(found["arms"]), "own_arms": {name: own for name, own in found["arms"].items() if own}}
    if isinstance(found.get("regimes"), Mapping):
        found["own_arms"] = {**found.get("own_arms", {}), **found.pop("regimes")}
    if isinstance(found.get("factors"), list):
        found["factors"] = factors = list(found["factors"])
        for k, one in enumerate(factors):
            if isinstance(one, Mapping) and str(one.get("path", "")).startswith("regimes."):
                factors[k] = {**one, "path": f"arms.{one['path'].removeprefix('regimes.')}"}
    if isinstance(replicates := found.get("replicates"), Mapping):
        found["replicates"] = {"arm" if key == "regime" else key: value for key, value in replicates.items()}
    return found


def _kept(files: Mapping[str, str], name: str, where: str) -> str:
    if name not in files:
        verb = "are" if name == POINTS else "is"
        raise InputError(where, f"its {name} {verb} not kept with the results. Run the experiment again, into another folder.")
    return files[name]


def _base(asked: ExperimentFile, folder: Path, files: Mapping[str, str] | None, where: str) -> tuple[Scenario, dict[str, str]]:
    """The scenario with the fixed changes, and the texts it was read from."""
    source, names = asked.scenario, shipped_files()
    path = folder / source
    if files is None and not is_there(path):
        if source not in names:
            sentence = f'scenario = "{source}": there is no such file next to the experiment, and no shipped scenario'
            raise InputError(where, f"{sentence} of that name. {nearest(Path(source).stem, names)}")
        path = names[source]
    text = text_of(path, source) if files is None else _kept(files, SCENARIO, where)
    own_files = {name.removeprefix(COMMUNITY): text for name, text in (files or {}).items() if name.startswith(COMMUNITY)}
    its_folder = path.parent.absolute() if files is None else None
    tables = tables_of(text, path.name)
    scenario = read_scenario(tables, name=Path(source).stem, where=path.name, folder=its_folder, known=own_files)
    changes = dict(flat(asked.settings)) | {f"arms.{path}": value for path, value in flat(asked.own_arms)}
    if asked.years is not None:
        changes["run.years"] = asked.years
    # the scenario itself is valid, so any mistake found from here on is the experiment's
    base = _changed(replace(scenario, where=where), changes, asked.from_first_day)
    acting = [path for path in (*changes, *(str(one.path) for one in asked.factors)) if from_now(path)]
    if acting and not asked.from_first_day:
        note = f"{where}: {listing(acting)} {'acts' if len(acting) == 1 else 'act'} from now on, where the arms part."
        base = replace(base, notes=(*base.notes, f"{note} For values in force from the first day write from_first_day = true."))
    return base, {SCENARIO: text, **{f"{COMMUNITY}{name}": text for name, text in base.community.files}}


def _arms(asked: ExperimentFile, base: Scenario, where: str) -> tuple[str, ...]:
    arms = asked.arms or base.arms
    for arm in arms:
        if arm not in (*base.arms, *MORE_ARMS):
            raise InputError(where, f'arms: there is no arm "{arm}". {nearest(arm, [*base.arms, *MORE_ARMS])}')
        if arms.count(arm) > 1:
            raise InputError(where, f'arms names "{arm}" twice: keep one.')
    return tuple(arms)


def _check_factors(factors: Sequence[Factor], asked: ExperimentFile, base: Scenario, where: str) -> None:
    """Raises InputError for a setting that varies twice, that the file also sets, or that this scenario does not let change."""
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
        base.change({one.path: getattr(getattr(settings, section), key)})  # raises if the scenario forbids it


def _changed(scenario: Scenario, values: Mapping[str, Any], from_first_day: bool) -> Scenario:
    return scenario.change(values) if from_first_day else scenario.choose(values)
