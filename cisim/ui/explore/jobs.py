"""What is computed of a results folder: what it is about, its map, and the other analyses. The numbers are those of
`cisim analyse`."""

import contextlib
import functools
import importlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cisim.analysis import Runs
from cisim.analysis.analysis import CATALOGUE, Unfit, attempt
from cisim.analysis.arm_map import arm_map as mapped
from cisim.analysis.effects import effects
from cisim.analysis.measures import Measure
from cisim.studies.study import Study, single
from cisim.sweeps.experiment import Experiment
from cisim.sweeps.replay import Replays
from cisim.sweeps.store import StoreError
from cisim.ui.decide.jobs import BACKGROUND, CSV
from cisim.ui.explore import folders

NAMES = ("effects", "rows", "sensitivity", "information", "discovery")  # the analyses shown, the slow one last
HEAVY = ("cisim.analysis.where_it_loses", "sklearn.tree", "SALib.analyze.sobol")
_IMPORTS = threading.Lock()


@dataclass(frozen=True)
class Opened:
    """What a folder is about: `columns` are the headings of the kept metrics by name, `factors` the names of varied settings by
    path, `focus` is the arm that verdicts are about. `other_model` is a sentence if this model cannot run the rows again."""

    experiment: Experiment
    notes: tuple[str, ...]
    columns: Mapping[str, str]
    column: str
    factors: Mapping[str, str]
    labels: Mapping[str, str]
    focus: str
    points: int
    runs: int
    digest: str
    other_model: str = ""


def _attempt(name: str, at: str, work: Callable[[Runs], Any]) -> Any:
    """A value, or the reason why there is none, in a sentence that names the folder and not its path."""
    try:
        with _IMPORTS:  # one thread at a time: two at once might find a package half imported
            for module in HEAVY:
                with contextlib.suppress(ImportError):
                    importlib.import_module(module)
        found = attempt(lambda: work(folders.runs_of(name, at)))
    except StoreError as error:
        found = Unfit(str(error))
    except Exception as error:
        why = f"{type(error).__name__}: {error}".rstrip(": ")
        found = Unfit(f"This could not be computed from these rows ({why}): `cisim analyse {folders.typed(name)}` shows more.")
    return Unfit(folders.public(found.sentence, name)) if isinstance(found, Unfit) else found


def _job(what: str, name: str, at: str, work: Callable[[Runs], Any], *asked: str, rank: int = 0) -> Study[Any]:
    """A job whose answer is a value, or Unfit. Its key is what it gives, the folder's name and stamp, and what was asked."""
    return single((what, name, at, *asked), lambda: _attempt(name, at, work), rank)


def opened(name: str, at: str) -> Study[Any]:
    """What a folder is about, in its state at a stamp: an Opened, or Unfit."""

    def about(runs: Runs) -> Opened:
        asked, other = runs.experiment, ""
        try:
            Replays.of(folders.folder_of(name))
        except StoreError as error:
            other = folders.public(str(error), name)
        return Opened(
            experiment=asked,
            notes=tuple(runs.notes()),
            columns={column: Measure.of(runs, column).heading for column in asked.columns},
            column="on_track" if "on_track" in asked.columns else asked.columns[0],
            factors=runs.called,
            labels=runs.labels,
            focus=runs.focus,
            points=int(runs.frame["point"].nunique()),
            runs=len(runs.frame),
            digest=runs.digest,
            other_model=other,
        )

    return _job("opened", name, at, about)


def arm_map(name: str, at: str, column: str, x: str = "", y: str = "", each: str = "") -> Study[Any]:
    """The map of two settings, or one map for each value of a third; by default of those that change the lead most: an ArmMap,
    or Unfit."""
    return _job("map", name, at, lambda runs: mapped(runs, column, x or None, y or None, each or None), column, x, y, each)


def further(name: str, at: str, column: str) -> Study[Any]:
    """The other analyses by name, each as soon as it is computed."""

    def unit(which: str) -> Any:
        return _attempt(name, at, lambda runs: CATALOGUE[which].of(runs, column))

    units = [functools.partial(unit, which) for which in NAMES]
    key, stages = ("findings", name, at, column), tuple(range(1, len(NAMES) + 1))
    return Study(key, units, stages, lambda found: dict(zip(NAMES, found, strict=False)), BACKGROUND)


def effects_table(name: str, at: str, column: str) -> Study[Any]:
    """The effects at every point as CSV text: what `cisim analyse --csv` writes as effects.csv."""
    return _job("effects table", name, at, lambda runs: effects(runs, column).frame().to_csv(**CSV), column, rank=BACKGROUND)


def whole_report(name: str, at: str, column: str, x: str = "", y: str = "") -> Study[Any]:
    """The report as `cisim report` writes it: one HTML text."""

    def written(runs: Runs) -> str:
        from cisim.report import html

        return html(folders.folder_of(name), column, (x, y) if x and y else None)

    return _job("report", name, at, written, column, x, y, rank=BACKGROUND)
