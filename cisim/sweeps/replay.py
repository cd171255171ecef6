"""Runs a row of a results folder again, in either engine, and shows whether every digit is as stored."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from cisim.engines.compiled import MODEL_DIGEST
from cisim.engines.one_run import history as history_of
from cisim.errors import InputError
from cisim.scenario import Scenario
from cisim.sweeps.experiment import Experiment, Point
from cisim.sweeps.experiment.factors import Value, field_of
from cisim.sweeps.store import Results, StoreError, point_key, row_id
from cisim.sweeps.store.identity import LENGTH, key_at
from cisim.text.english import nearest

if TYPE_CHECKING:
    import pandas as pd

NAMES = ("point", "id")  # the names of a row: both must follow from its settings, arm and seed, or one of these was changed

Row = Mapping[str, Any]  # a stored row by column: id, point, seed, arm, factors, kept numbers and lists, error
SHOWN = 12  # digits of an id that are shown: enough to be unique


@dataclass(frozen=True)
class Kept:
    """One kept number, or one list of them by quarter, as stored and as run again."""

    name: str
    stored: Any
    again: Any

    def difference(self) -> str | None:
        """The first difference in words; None if both are equal to the last bit."""
        if not isinstance(self.stored, list) or not isinstance(self.again, list):
            pairs = [(f"{self.name} is", self.stored, self.again)]
        elif len(self.stored) != len(self.again):
            return f"{self.name} has {len(self.stored)} numbers stored, and {len(self.again)} run again"
        else:
            both = enumerate(zip(self.stored, self.again, strict=True))
            pairs = [(f"{self.name}, {k} quarters after the common start, is", a, b) for k, (a, b) in both]
        return next((f"{name} {a!r} stored, and {b!r} run again" for name, a, b in pairs if _bits(a) != _bits(b)), None)


def _bits(value: Any) -> str:
    """A text that is the same for two values only if all their bits are (0.0 differs from -0.0; not a number equals itself)."""
    return value.hex() if isinstance(value, float) else repr(value)


@dataclass(frozen=True)
class Replay:
    """A row next to its run: the kept numbers, and the message if the run failed."""

    row: Row
    engine: str
    kept: tuple[Kept, ...]
    error: str | None = None

    @property
    def difference(self) -> str | None:
        """The first difference in words; None if row and run are the same."""
        stored = self.row["error"]
        if (stored, self.error) != (None, None):
            if stored == self.error:
                return None
            stories = [f'fails with "{error}"' if error else "finishes" for error in (stored, self.error)]
            return f"the run that is stored {stories[0]}, and run again it {stories[1]}"
        return next((found for kept in self.kept if (found := kept.difference())), None)

    @property
    def sentence(self) -> str:
        if difference := self.difference:
            return f"The run is not reproduced ({self.engine} engine): {difference}."
        if self.error:
            return f'The run is reproduced ({self.engine} engine): it fails again with the same message, "{self.error}".'
        lists = sum(isinstance(kept.stored, list) for kept in self.kept)
        numbers = len(self.kept) - lists - len(NAMES)
        paths = f" and {lists} {'trajectory' if lists == 1 else 'trajectories'}" if lists else ""
        what = f"{numbers} kept number{'' if numbers == 1 else 's'}{paths}"
        return f"The run is reproduced ({self.engine} engine): every digit of {what} is as stored, to the last bit."


@dataclass(frozen=True)
class Striking:
    """A row to begin with, and the difference of its kept number to the reference arm's with the same seed (nan without one)."""

    why: str
    id: str
    point: str
    seed: int
    arm: str
    value: float
    difference: float


@dataclass(frozen=True)
class Replays:
    """A results folder of exactly this model, whose rows can be run again."""

    results: Results
    experiment: Experiment

    @classmethod
    def of(cls, folder: str | Path) -> Self:
        """Opens a results folder, finished or not. Raises StoreError for one of another model, with the remedy."""
        results = Results.of(folder)
        manifest = results.manifest
        if manifest.model_digest != MODEL_DIGEST:
            sentence = f"its rows were made by {manifest.model_in_words}, and this is model {MODEL_DIGEST}"
            version = "".join(f"`pip install cisim=={made}`, or " for made in manifest.made_by()[-1:])
            remedy = f"Replay them with the cisim that made them ({version}`git checkout` of {manifest.created[:10]})"
            raise StoreError(f"{folder}: {sentence}: its runs give different results here. {remedy}.")
        return cls(results, Experiment.stored(manifest))

    def find(self, beginning: str) -> Row:
        """The row with this prefix of its id. Raises StoreError if no id or several begin with it."""
        ids = sorted(self.results.done_ids())
        place = bisect_left(ids, beginning)
        found = [id_ for id_ in ids[place : place + 5] if id_.startswith(beginning)]
        if not ids:
            raise StoreError(f"{self.results.folder}: it holds no row yet.")
        if not found:
            neighbours = ids[max(place - 1, 0) : place + 1]
            close = max(neighbours, key=lambda id_: [a == b for a, b in zip(id_, beginning, strict=False)])
            sentence = f'no row\'s id begins with "{beginning[:LENGTH]}" (the nearest is {close[:SHOWN]})'
            raise StoreError(f"{self.results.folder}: {sentence}. `cisim replay {self.results.folder}` lists rows to begin with.")
        if len(found) > 1:
            more = " and others" if len(found) == 5 else ""
            candidates = ", ".join(id_[: max(SHOWN, len(beginning) + 2)] for id_ in found[:4])
            raise StoreError(f'{self.results.folder}: several ids begin with "{beginning}": {candidates}{more}. Give more of it.')
        (row,) = self.results.rows(found)
        return row

    def named(self, point: str, arm: str, seed: int) -> Row:
        """The row of a point (a unique prefix of its label), an arm and a seed. Raises StoreError."""
        names = self.results.frame(["id", "point", "seed", "arm"])
        labels = sorted(names["point"].unique())
        close = [label for label in labels if label.startswith(point)]
        if len(close) != 1:
            some = ", ".join((close or labels)[:4]) + (" and others" if len(close or labels) > 4 else "")
            how_many = "several points begin" if close else "no point begins"
            raise StoreError(f'{self.results.folder}: {how_many} with "{point}"; there are {some}.')
        if arm not in self.experiment.arms:
            raise StoreError(f'{self.results.folder}: no arm is called "{arm}". {nearest(arm, self.experiment.arms)}')
        mine = names[(names["point"] == close[0]) & (names["arm"] == arm)]
        found = mine[mine["seed"] == seed]["id"].tolist()
        if not found:
            has_run = f"its seeds are {mine['seed'].min()} to {mine['seed'].max()}"
            seeds = has_run if len(mine) else "that arm has not run there yet"
            raise StoreError(f"{self.results.folder}: point {close[0]} has no row of seed {seed} in {arm}; {seeds}.")
        (row,) = self.results.rows(found)
        return row

    def values(self, row: Row) -> dict[str, Value]:
        """The values of the factors in the row, in their own types: a store keeps switches as numbers."""
        paths = [factor.path for factor in self.experiment.factors]
        kinds = {path: field_of(path, self.experiment.arms, self.experiment.where).annotation for path in paths}
        return {path: kind(row[path]) if kind in (bool, int, float) else row[path] for path, kind in kinds.items()}

    def scenario(self, row: Row) -> Scenario:
        """The scenario of the row, with all arms. Raises InputError for contradictory values, possible in a row that failed."""
        return self.experiment.apply(self.values(row))

    def again(self, row: Row, engine: str = "compiled") -> Replay:
        """Runs the row again; if it failed, in all arms, as the failure of one arm is stored for all."""
        if engine not in ("compiled", "agents"):
            raise InputError("engine", f'"{engine}" is not an engine: give "compiled" or "agents".')
        arms = [row["arm"]] if row["error"] is None else list(dict.fromkeys([row["arm"], *self.experiment.arms]))
        try:
            scenario = self.scenario(row)
            history, *_ = [history_of(scenario, arm, row["seed"], self.experiment.years, engine) for arm in arms]
        except Exception as error:  # any error: a sweep would store it
            return Replay(row, engine, (), f"{type(error).__name__}: {error}")
        return self.beside(row, history, engine)

    def beside(self, row: Row, history: npt.NDArray[np.void], engine: str) -> Replay:
        """The row next to a history of its run, shape (quarters,)."""
        return Replay(row, engine, tuple(self._kept(row, history)))

    def _kept(self, row: Row, history: npt.NDArray[np.void]) -> Iterator[Kept]:
        experiment = self.experiment
        point = Point(0, self.values(row))
        key = key_at(point.values, point_key(self.scenario(row), row["arm"], experiment.years), row["arm"])
        made: list[Any] = [point.label, row_id(key, row["seed"], row["arm"], MODEL_DIGEST)]
        made += [*experiment.keep.extract(history).tolist(), *experiment.keep.trajectory(history).tolist()]
        for name, value in zip((*NAMES, *experiment.columns, *experiment.keep.lists), made, strict=True):
            yield Kept(name, row[name], value)

    def striking(self, column: str | None = None) -> list[Striking]:
        """Rows with the greatest, median and least difference of a kept number from the reference arm; and a failed row."""
        columns = self.experiment.columns
        column = column or ("on_track" if "on_track" in columns else columns[0])
        if column not in columns:
            raise InputError(self.experiment.where, f'"{column}" was not kept. {nearest(column, columns)}')
        frame = self.results.frame(["id", "point", "seed", "arm", column, "error"])
        failed = frame[frame["error"].notna()]
        found = list(self._striking(frame[frame["error"].isna()], column))
        for row in failed.head(1).itertuples():
            found.append(Striking(f"failed ({len(failed)} in all)", row.id, row.point, int(row.seed), row.arm, np.nan, np.nan))
        return found

    def _striking(self, good: "pd.DataFrame", column: str) -> Iterator[Striking]:
        arms = self.experiment.arms
        reference = "isolated_impact" if "isolated_impact" in arms else arms[0]
        others = [arm for arm in arms if arm != reference]
        focus = "collective_impact" if "collective_impact" in others else (others or [reference])[-1]
        rows = good[good["arm"] == focus].set_index(["point", "seed"]).sort_index()
        references = good[good["arm"] == reference].set_index(["point", "seed"]).reindex(rows.index)
        measured = (rows[column] - references[column] if others else rows[column]).dropna()
        what = "difference" if others else "value"
        if measured.empty:
            return
        middle = (measured - measured.median()).abs().idxmin()
        for why, place in (("greatest", measured.idxmax()), ("median", middle), ("least", measured.idxmin())):
            for frame, arm in ((rows, focus), (references, reference))[: 1 + bool(others)]:
                row, difference = frame.loc[place], measured[place] if others and arm == focus else np.nan
                yield Striking(f"{why} {what}", row["id"], place[0], int(place[1]), arm, float(row[column]), float(difference))
