"""Runs a calibration: waves that rule settings out, then an ensemble of the settings that are left, with weights.

Every wave is a sweep in a folder of its own (FOLDER/wave-1, wave-2, ..., ensemble), so it is continued after an interruption,
and `cisim status` and `analyse` read it. The points of a wave are kept in its folder, so a continued calibration runs the same.
"""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisim.calibration.history_matching import (
    CUTOFF,
    Conflicts,
    Emulator,
    Goal,
    Remaining,
    Worst,
    apart,
    conflicts,
    drawn,
    implausibility,
    log_likelihood,
    normalised,
    predicted,
    remaining,
    worst_of,
)
from cisim.calibration.result import Ensemble, Result, Wave
from cisim.calibration.space import VARIANT, Space
from cisim.calibration.targets import Calibration, Target
from cisim.errors import InputError, StoreError, require
from cisim.numerics.sampling import Floats, hypercube
from cisim.sweeps.experiment import POINTS, Experiment
from cisim.sweeps.running import Outcome, sweep
from cisim.sweeps.running.workers import Start, local_processes
from cisim.sweeps.store import Results, status
from cisim.sweeps.store.disk import content, plainly, write
from cisim.sweeps.store.identity import key_of

Tell = Callable[[Any], Any]
CLOUD = 2000  # points in which what is left of the space is looked for
LOOKED_AT = 4000  # emulated points spread over all ranges, on which conflicts are looked for
TARGETS, RESULT = "targets.toml", "calibration.json"
MOST_TEXT = 2_000_000


class StoppedError(Exception):
    """The calibration was asked to stop while it ran; `outcome` says what its current sweep has stored."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("stopped")
        self.outcome = outcome


@dataclass(frozen=True)
class Runs:
    """What a wave showed: shares of ranges (points, settings), means and their noise variances (points, targets), values by
    path of each point, and the digest of its rows. A mean is nan where no seed gave a value."""

    x: Floats
    means: Floats
    noise: Floats
    values: pd.DataFrame
    digest: str


def calibrate(
    asked: Calibration,
    folder: str | Path,
    workers: int | None = None,
    note: Callable[[str], Any] = lambda sentence: None,
    progress: Callable[[], AbstractContextManager[Tell]] = lambda: nullcontext(lambda now: None),
    start: Start = local_processes,
) -> Result:
    """Runs what the folder lacks of a calibration. `note` is called with a sentence at every step, `progress` gives for each
    sweep a function that is called with its `Progress`. Raises InputError, StoreError, and StoppedError after Ctrl-C."""
    require("calibrate", "calibration")
    folder = Path(folder)
    _claim(folder, asked)
    goal, space, sample = asked.goal, asked.space, asked.asked.sample
    points = hypercube(space.names, asked.asked.points, sample)
    cloud = hypercube(space.names, CLOUD, sample + 1)  # the same for all waves, so that their shares can be compared
    emulators: list[list[Emulator]] = []
    runs: list[Runs] = []
    waves: list[Wave] = []

    def run(name: str, x: Floats) -> Runs:
        experiment = asked.at(_kept(folder / name, asked) or space.csv(space.rows(x)))
        with progress() as tell:
            outcome = sweep(experiment, folder / name, workers, tell, start=start)
        if not outcome.complete:
            raise StoppedError(outcome)
        return measured(experiment, folder / name, asked)

    for number in range(1, asked.asked.waves + 1):
        note(f"Wave {number} of {asked.asked.waves}: {len(points)} points on {asked.asked.seeds} seeds.")
        runs.append(run(f"wave-{number}", points))
        note("Fitting emulators, and looking for what is left of the space.")
        emulators.append(_emulators(asked, _informative(asked, runs, emulators)))
        worst = _worst(space, emulators, goal)
        left = remaining(worst, cloud, _generator(sample, number))
        waves.append(Wave(number, len(runs[-1].x), left.share, left.nearest, runs[-1].digest))
        note(waves[-1].sentence)
        if left.share == 0.0:
            break
        points = apart(left.points, asked.asked.points)
    ensemble = None
    if left.share > 0.0:
        ensemble = _ensemble(asked, left, emulators[-1], goal, run, note, len(waves) + 1)
    found = _conflicts(space, left, emulators, goal, sample)
    digests = [one.digest for one in waves] + ([ensemble.digest] if ensemble else [])
    result = Result(asked, tuple(waves), found, runs[0].means, ensemble, left.points, key_of([asked.text, digests]))
    with plainly(folder):
        write(folder / RESULT, f"{json.dumps(result.summary(), indent=1, allow_nan=False)}\n".encode())
    return result


def _generator(sample: int, step: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64([sample, step]))


def _claim(folder: Path, asked: Calibration) -> None:
    """Makes the folder this calibration's. Raises StoreError if it is another's."""
    with plainly(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            if content(folder / TARGETS, MOST_TEXT) == asked.text.encode():
                return
        except FileNotFoundError:
            if not any(folder.iterdir()):
                write(folder / TARGETS, asked.text.encode())
                return
            raise StoreError(f"{folder}: it is not empty, and holds no calibration. Give another folder.") from None
    raise StoreError(f"{folder}: it holds a calibration to other targets (see its {TARGETS}). Give another folder.")


def _kept(folder: Path, asked: Calibration) -> str | None:
    """The points that a wave's folder was begun with; None where it was not. Raises StoreError for other runs."""
    if not (folder / "manifest.json").exists():
        return None
    try:
        manifest = status(folder).manifest
    except StoreError:  # damaged: the sweep mends it, or refuses with a remedy; the same points are drawn again
        return None
    points = manifest.files.get(POINTS)
    if points is None or asked.at(points).text != manifest.experiment:
        raise StoreError(f"{folder}: it holds other runs than those of this calibration. Give another folder.")
    return points


def measured(experiment: Experiment, folder: Path, asked: Calibration) -> Runs:
    """The targets at every point of a finished sweep. A point that failed on every seed is left out."""
    results = Results.of(folder)
    names = asked.space.columns
    frame = results.frame(["point", "seed", "arm", "error", *names, *experiment.columns])
    frame = frame[frame["error"].isna()]
    if frame.empty:
        raise InputError(str(folder), "every run failed: `cisim status` shows why.")
    values = frame.groupby("point")[names].first()
    means, noise = zip(*(_target(experiment, frame, target, values.index) for target in asked.targets), strict=True)
    return Runs(asked.space.coordinates(values), np.stack(means, axis=1), np.stack(noise, axis=1), values, results.digest())


def _target(experiment: Experiment, frame: pd.DataFrame, target: Target, points: pd.Index) -> tuple[Floats, Floats]:
    """Mean and noise variance of a target at each point. The spread over seeds is taken to be the same at all points."""
    table, keep = target.table, experiment.keep

    def wide(metric: str, year: int) -> pd.DataFrame:
        return frame.pivot_table(index="point", columns=["arm", "seed"], values=keep.column(metric, year), dropna=False)

    def in_arm(arm: str) -> pd.DataFrame:
        found = sum(wide(table.metric, year)[arm] for year in target.years) / len(target.years)
        return found - wide(table.metric, table.since)[arm] if table.since is not None else found

    found = in_arm(table.arm) - in_arm(table.against) if table.against else in_arm(table.arm)
    if table.active:
        found = found.where(wide("members", target.years[-1])[table.arm] > 0.0)
    seen: Floats = found.reindex(points).to_numpy(np.float64) * table.times
    counts = np.isfinite(seen).sum(axis=1)
    means = np.where(counts > 0, np.nansum(seen, axis=1) / np.maximum(counts, 1), np.nan)
    within = np.nansum((seen - means[:, None]) ** 2) / max(int((counts - 1).clip(0).sum()), 1)
    return means, np.where(counts > 0, within / np.maximum(counts, 1), np.nan)


def _worst(space: Space, emulators: list[list[Emulator]], goal: Goal) -> Worst:
    found = worst_of(emulators, goal)
    return lambda x: found(space.seen(x))


def _informative(asked: Calibration, runs: list[Runs], emulators: list[list[Emulator]]) -> tuple[Floats, Floats, Floats]:
    """The runs that emulators of the newest wave learn from: its own, and earlier ones that are not ruled out."""
    x, means, noise = (np.concatenate([getattr(one, name) for one in runs]) for name in ("x", "means", "noise"))
    if emulators:
        kept = _worst(asked.space, emulators, asked.goal)(x) <= CUTOFF
        kept[-len(runs[-1].x) :] = True
        x, means, noise = x[kept], means[kept], noise[kept]
    return x, means, noise


def _emulators(asked: Calibration, learnt: tuple[Floats, Floats, Floats]) -> list[Emulator]:
    x, means, noise = learnt
    x, found = asked.space.seen(x), []
    for k, target in enumerate(asked.targets):
        known = np.isfinite(means[:, k])
        if known.sum() < 4:
            sentence = f'target "{target.name}": only {known.sum()} of {len(x)} points have a value, and an emulator takes 4'
            raise InputError(asked.experiment.where, f"{sentence}. Give more points or seeds, or leave the target out.")
        found.append(Emulator(x[known], means[known, k], noise[known, k]))
    return found


def _conflicts(space: Space, left: Remaining, emulators: list[list[Emulator]], goal: Goal, sample: int) -> Conflicts:
    x = space.seen(np.concatenate([hypercube(space.names, LOOKED_AT, sample), left.points]))
    return conflicts(np.max([implausibility(*predicted(wave, x), goal) for wave in emulators], axis=0))


def _ensemble(
    asked: Calibration,
    left: Remaining,
    emulators: list[Emulator],
    goal: Goal,
    run: Callable[[str, Floats], Runs],
    note: Callable[[str], Any],
    step: int,
) -> Ensemble:
    """Settings drawn from what is left in proportion to their emulated likelihood, run, and weighted by the simulated one over
    the emulated one (importance sampling)."""
    space = asked.space
    rows = [tuple(row) for row in space.rows(left.points)]
    places = space.coordinates(pd.DataFrame(rows, columns=space.columns))  # as they are run, rounded
    rough = log_likelihood(*predicted(emulators, space.seen(places)), goal)
    chosen, times = drawn(normalised(rough), asked.asked.ensemble, _generator(asked.asked.sample, 1000 + step))
    proposed: dict[tuple[float, ...], float] = {}
    for place, often in zip(chosen.tolist(), times.tolist(), strict=True):
        row = tuple(map(float, rows[place]))  # rounded to the same values, points of the cloud count together
        proposed[row] = proposed.get(row, 0.0) + often * float(np.exp(-rough[place]))
    kept = list({tuple(map(float, rows[place])): place for place in chosen.tolist()}.values())
    note(f"Ensemble: {len(kept)} points on {asked.asked.seeds} seeds.")
    ran = run("ensemble", left.points[kept])
    drawn_as = [proposed.get(tuple(map(float, row)), 0.0) for row in ran.values[space.columns].itertuples(index=False)]
    with np.errstate(divide="ignore"):
        weights = normalised(log_likelihood(ran.means, ran.noise, goal) + np.log(drawn_as))
    more = {VARIANT: space.named(ran.values)} if space.variants else {}
    return Ensemble(ran.values.assign(weight=weights, **more).reset_index(drop=True), ran.means, ran.noise, ran.digest)
