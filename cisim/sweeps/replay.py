"""A row of a results folder as a run again: its scenario, the run in either engine, and whether every digit is as stored.

    folder = Replays.of("results/when-it-pays")
    row = folder.find("3f2a")                       # by the beginning of its id
    folder.again(row, "agents").sentence            # "The row is the run: ..."
    folder.scenario(row)                            # to explore further

The row alone names its run: its factor columns and the experiment in the manifest give the settings, and its id must be
what these settings, its arm and its seed make.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cisim.engines.compiled import MODEL_DIGEST
from cisim.engines.compiled import run as run_compiled
from cisim.errors import InputError
from cisim.scenario import Scenario
from cisim.sweeps.experiment import Experiment, Point
from cisim.sweeps.experiment.factors import Value, field_of
from cisim.sweeps.store import Results, StoreError, point_key, row_id
from cisim.sweeps.store.identity import LENGTH
from cisim.text.english import nearest

if TYPE_CHECKING:
    import pandas as pd

NAMES = ("point", "id")
"""What a row is called: both must be what its settings, arm and seed make, or one of these was changed."""

Row = Mapping[str, Any]
"""A stored row by column: id, point, seed, arm, factors, kept numbers and lists, error."""

SHOWN = 12
"""Digits of an id where one is told apart from others: as short as they may be, and long enough to be alone."""


@dataclass(frozen=True)
class Kept:
    """One kept number, or one list of them by quarter, as stored and as run again."""

    name: str
    stored: Any
    again: Any

    def difference(self) -> str | None:
        """The first digit's worth of difference in words, None where there is none, to the last bit."""
        if not isinstance(self.stored, list) or not isinstance(self.again, list):
            return None if _bits(self.stored) == _bits(self.again) else f"{self.name} is {_told(self.stored, self.again)}"
        if len(self.stored) != len(self.again):
            return f"{self.name} has {len(self.stored)} numbers stored, and {len(self.again)} run again"
        for quarter, (a, b) in enumerate(zip(self.stored, self.again, strict=True)):
            if _bits(a) != _bits(b):
                return f"{self.name}, {quarter} quarters after the common start, is {_told(a, b)}"
        return None


def _bits(value: Any) -> str:
    """What two values share only if they are the same to the last bit (0.0 is not -0.0; not a number is itself)."""
    return value.hex() if isinstance(value, float) else repr(value)


def _told(stored: Any, again: Any) -> str:
    return f"{stored!r} stored, and {again!r} run again"


@dataclass(frozen=True)
class Replay:
    """A row beside its run: what was kept, and what was said where the run failed."""

    row: Row
    engine: str
    kept: tuple[Kept, ...]
    error: str | None = None

    @property
    def difference(self) -> str | None:
        """What comes out otherwise, the first of it in words; None where row and run are the same."""
        stored = self.row["error"]
        if (stored, self.error) != (None, None):
            if stored == self.error:
                return None
            stories = [f'fails with "{error}"' if error else "comes to its end" for error in (stored, self.error)]
            return f"the run that is stored {stories[0]}, and run again it {stories[1]}"
        return next((found for kept in self.kept if (found := kept.difference())), None)

    @property
    def sentence(self) -> str:
        """The verdict."""
        if difference := self.difference:
            return f"The row is not the run ({self.engine} engine): {difference}."
        if self.error:
            return f'The row is the run ({self.engine} engine): it fails again with the same message, "{self.error}".'
        lists = sum(isinstance(kept.stored, list) for kept in self.kept)
        numbers = len(self.kept) - lists - len(NAMES)
        paths = f" and {lists} {'trajectory' if lists == 1 else 'trajectories'}" if lists else ""
        what = f"{numbers} kept number{'' if numbers == 1 else 's'}{paths}"
        return f"The row is the run ({self.engine} engine): every digit of {what} is as stored, to the last bit."


@dataclass(frozen=True)
class Striking:
    """A row that stands out by a kept number: why, its value, and the difference to the reference arm on the same luck (nan
    where there is no other arm)."""

    why: str
    id: str
    point: str
    seed: int
    arm: str
    value: float
    difference: float


@dataclass(frozen=True)
class Replays:
    """A results folder of this very model, whose rows can be run again."""

    results: Results
    experiment: Experiment

    @classmethod
    def of(cls, folder: str | Path) -> Replays:
        """Opens a results folder, finished or not. Raises StoreError for one of another model, with the way to its own."""
        results = Results.of(folder)
        manifest = results.manifest
        if manifest.model_digest != MODEL_DIGEST:
            made = sorted({str(one.get("cisim", "unknown")) for one in manifest.sessions} - {"unknown"})
            whose = f" (of cisim {', '.join(made)})" if made else ""
            sentence = f"its rows were made by model {manifest.model_digest}{whose}, and this is model {MODEL_DIGEST}"
            version = f"`pip install cisim=={made[-1]}`, or " if made else ""
            remedy = f"Replay them with the cisim that made them ({version}`git checkout` of {manifest.created[:10]})"
            raise StoreError(f"{folder}: {sentence}: runs come out otherwise. {remedy}.")
        return cls(results, Experiment.stored(manifest))

    @property
    def folder(self) -> Path:
        """The folder as it was given."""
        return self.results.folder

    def find(self, beginning: str) -> Row:
        """The row whose id begins so. Raises StoreError where none does, or several do."""
        ids = sorted(self.results.done_ids())
        place = bisect_left(ids, beginning)
        found = [id_ for id_ in ids[place : place + 5] if id_.startswith(beginning)]
        if not ids:
            raise StoreError(f"{self.folder}: it holds no row yet.")
        if not found:
            close = max(ids[max(place - 1, 0) : place + 1], key=lambda id_: _shared(id_, beginning))
            sentence = f'no row\'s id begins with "{beginning[:LENGTH]}" (the nearest is {close[:SHOWN]})'
            raise StoreError(f"{self.folder}: {sentence}. `cisim replay {self.folder}` lists rows to begin with.")
        if len(found) > 1:
            more = " and others" if len(found) == 5 else ""
            candidates = ", ".join(id_[: max(SHOWN, len(beginning) + 2)] for id_ in found[:4])
            raise StoreError(f'{self.folder}: several ids begin with "{beginning}": {candidates}{more}. Give more of it.')
        (row,) = self.results.rows(found)
        return row

    def named(self, point: str, arm: str, seed: int) -> Row:
        """The row of a point (the beginning of its label), an arm and a seed. Raises StoreError."""
        names = self.results.frame(["id", "point", "seed", "arm"])
        labels = sorted(names["point"].unique())
        close = [label for label in labels if label.startswith(point)]
        if len(close) != 1:
            some = ", ".join((close or labels)[:4]) + (" and others" if len(close or labels) > 4 else "")
            how_many = "several points begin" if close else "no point begins"
            raise StoreError(f'{self.folder}: {how_many} with "{point}"; there are {some}.')
        if arm not in self.experiment.arms:
            raise StoreError(f'{self.folder}: no arm is called "{arm}". {nearest(arm, self.experiment.arms)}')
        mine = names[(names["point"] == close[0]) & (names["arm"] == arm)]
        found = mine[mine["seed"] == seed]["id"].tolist()
        if not found:
            seeds = "that arm has not run there yet"
            if len(mine):
                seeds = f"its seeds are {mine['seed'].min()} to {mine['seed'].max()}"
            raise StoreError(f"{self.folder}: point {close[0]} has no row of seed {seed} in {arm}; {seeds}.")
        (row,) = self.results.rows(found)
        return row

    def values(self, row: Row) -> dict[str, Value]:
        """The settings that vary, as the row has them: switches are stored as numbers."""
        values: dict[str, Value] = {}
        for factor in self.experiment.factors:
            kind = field_of(factor.path, self.experiment.arms, self.experiment.where).annotation
            stored = row[factor.path]
            values[factor.path] = kind(stored) if kind in (bool, int, float) else stored
        return values

    def scenario(self, row: Row) -> Scenario:
        """The scenario that the row ran in: one of its arms is the row's. Raises InputError where the values do not go
        together, as those of a row that failed may not."""
        return self.experiment.base.change(self.values(row))

    def again(self, row: Row, engine: str = "compiled") -> Replay:
        """Runs the row again, in the engine "compiled" or "agents". A run that fails says so in the result; of a row that
        failed all arms are run again, as one that fails takes the others along."""
        if engine not in ("compiled", "agents"):
            raise InputError("engine", f'"{engine}" is not an engine: give "compiled" or "agents".')
        arms = [row["arm"]]
        if row["error"] is not None:
            arms += [arm for arm in self.experiment.arms if arm not in arms]
        try:
            scenario = self.scenario(row)
            history, *_ = [_history(scenario, arm, row["seed"], self.experiment.years, engine) for arm in arms]
        except Exception as error:  # whatever it is: it is what the sweep would have stored
            return Replay(row, engine, (), f"{type(error).__name__}: {error}")
        return self.beside(row, history, engine)

    def beside(self, row: Row, history: npt.NDArray[np.void], engine: str) -> Replay:
        """The row beside a history of its run, shape (quarters,)."""
        return Replay(row, engine, tuple(self._kept(row, history)))

    def _kept(self, row: Row, history: npt.NDArray[np.void]) -> Iterator[Kept]:
        experiment = self.experiment
        point = Point(0, self.values(row))
        key = point_key(self.scenario(row), row["arm"], self.experiment.years)
        names = (point.label, row_id(key, row["seed"], row["arm"], MODEL_DIGEST))
        for name, made in zip(NAMES, names, strict=True):
            yield Kept(name, row[name], made)
        for name, value in zip(experiment.columns, experiment.extract(history).tolist(), strict=True):
            yield Kept(name, row[name], value)
        for metric, path in zip(experiment.keep.trajectories, experiment.trajectory(history).tolist(), strict=True):
            yield Kept(f"{metric} by quarter", row[f"{metric} by quarter"], path)

    def striking(self, column: str | None = None) -> list[Striking]:
        """Rows to begin with: where a kept number (on_track, if kept) differs most, least and as the median does from the
        reference arm on the same luck, each beside its reference; and the first that failed. Raises InputError."""
        columns = self.experiment.columns
        column = column or ("on_track" if "on_track" in columns else columns[0])
        if column not in columns:
            raise InputError(self.experiment.where, f'"{column}" was not kept. {nearest(column, columns)}')
        frame = self.results.frame(["id", "point", "seed", "arm", column, "error"])
        failed = frame[frame["error"].notna()]
        found = [
            Striking(f"failed ({len(failed)} in all)", r["id"], r["point"], int(r["seed"]), r["arm"], np.nan, np.nan)
            for r in failed.head(1).to_dict("records")
        ]
        return [*self._striking(frame[frame["error"].isna()], column), *found]

    def _striking(self, good: pd.DataFrame, column: str) -> Iterator[Striking]:
        arms = self.experiment.arms
        reference = "isolated_impact" if "isolated_impact" in arms else arms[0]
        others = [arm for arm in arms if arm != reference]
        focus = "collective_impact" if "collective_impact" in others else (others or [reference])[-1]
        rows = good[good["arm"] == focus].set_index(["point", "seed"]).sort_index()
        beside = good[good["arm"] == reference].set_index(["point", "seed"]).reindex(rows.index)
        measured = (rows[column] - beside[column] if others else rows[column]).dropna()
        what = "difference" if others else "value"
        if measured.empty:
            return
        middle = (measured - measured.median()).abs().idxmin()
        for why, place in (("greatest", measured.idxmax()), ("median", middle), ("least", measured.idxmin())):
            for frame, arm in ((rows, focus), (beside, reference))[: 1 + bool(others)]:
                row, difference = frame.loc[place], measured[place] if others and arm == focus else np.nan
                yield Striking(f"{why} {what}", row["id"], place[0], int(place[1]), arm, float(row[column]), float(difference))


def _shared(a: str, b: str) -> int:
    """How many digits two ids begin with alike."""
    return next((k for k, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _history(scenario: Scenario, arm: str, seed: int, years: int, engine: str) -> npt.NDArray[np.void]:
    if engine == "compiled":
        return run_compiled(scenario, arm, seed, years)
    from cisim.engines.mesa import CommunityModel

    with CommunityModel(scenario, arm, seed, years) as model:
        return model.run().history
