"""Many runs into a folder, what they show, their report, one of them again, and calibration: as the commands do it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cisim.errors import InputError
from cisim.text.attribute_names import with_attribute_names
from cisim.text.english import count
from cisim.text.shown import Shown

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from cisim.analysis import Runs
    from cisim.calibration.result import Result
    from cisim.sweeps.experiment import Experiment
    from cisim.sweeps.replay import Replay
    from cisim.sweeps.store import Status

Folder = str | Path


@dataclass(frozen=True, eq=False, repr=False)
class Sweep(Shown):
    """A results folder: its experiment, its rows as a tidy table, and its content digest.

    ``frame()`` has one row a run: id, point, seed, arm, a column a setting that varies and a column a kept number, and error
    (None unless the run failed). ``folder`` is where it lies; `cisim.analyse`, `cisim.report` and `cisim.to_xarray` take it.
    """

    folder: Path

    @cached_property
    def experiment(self) -> Experiment:
        """What was asked."""
        from cisim.sweeps.experiment import Experiment
        from cisim.sweeps.store import Results

        return Experiment.stored(Results.of(self.folder).manifest)

    @property
    def short(self) -> str:
        points, arms = count(len(self.experiment), "point"), count(len(self.experiment.arms), "arm")
        return f"{self.experiment.title}, {points}, {arms}, in {self.folder}"

    def sentences(self) -> list[str]:
        found = status(self.folder)
        asked = [self.experiment.question] if self.experiment.question else []
        return [*asked, f"{found.rows:,} rows, {found.failures:,} failed; {found.state}. Content digest {self.digest}."]

    def frame(self) -> pd.DataFrame:
        """Its rows, as a tidy table."""
        from cisim.sweeps.store import Results

        return with_attribute_names(Results.of(self.folder).frame())

    @property
    def digest(self) -> str:
        """The content digest: 64 hex digits of the rows, however they were run."""
        from cisim.sweeps.store import Results

        return Results.of(self.folder).digest()

    def at_points(
        self, metric: str = "on_track", arm: str = "collective_impact", against: str | None = None
    ) -> np.ndarray[Any, Any]:
        """A kept number at each point of the design, in its order, averaged over seeds; shape (points,).

        Parameters
        ----------
        metric : str
            A kept number, as in ``experiment.columns``.
        arm : str
            In which arm.
        against : str, optional
            An arm that is subtracted, seed by seed.

        Returns
        -------
        array
            As `SALib.analyze` takes it; nan where no run has finished.
        """
        from cisim.analysis import Runs

        wide = Runs.of(self.folder).wide(metric)
        for name in (arm, against):
            if name is not None and name not in wide.columns:
                raise InputError(
                    self.experiment.where, f'the arm "{name}" did not run here: give one of {", ".join(wide.columns)}.'
                )
        values = wide[arm] - wide[against] if against else wide[arm]
        found: np.ndarray[Any, Any] = (
            values.groupby("point").mean().reindex([point.label for point in self.experiment.points()]).to_numpy()
        )
        return found


def sweep(
    experiment: Experiment | Folder,
    folder: Folder,
    workers: int | None = None,
    dask: str | None = None,
    shard: str | None = None,
    retry: bool = False,
    tell: Callable[[Any], Any] | None = None,
) -> Sweep:
    """Runs everything that a folder lacks of an experiment, and stores it, as `cisim sweep` does.

    Parameters
    ----------
    experiment : Experiment, str or Path
        Of `cisim.experiment`, a file, or a shipped name.
    folder : str or Path
        The results folder: new, or one to continue. It survives crashes; the same call continues.
    workers : int, optional
        Number of processes (default: one a core). An experiment with functions runs on threads of this process.
    dask : str, optional
        A Dask scheduler such as "tcp://host:8786", or "local".
    shard : str, optional
        Only part K of N of the points, as in "3/40"; `cisim.merge` joins the parts.
    retry : bool
        Also run failed runs again.
    tell : callable, optional
        Called with the progress, which has ``runs``, ``total``, ``failed`` and ``seconds_left``.

    Returns
    -------
    Sweep
        The folder; ``frame()`` is its rows, one a point, arm and seed.

    Raises
    ------
    InputError
        For an experiment that cannot be used.
    StoreError
        For a folder that cannot be used, such as one with another experiment.

    Notes
    -----
    In a script, call it below ``if __name__ == "__main__":``, as its workers are processes that import the script.

    Examples
    --------
    >>> import cisim
    >>> runs = cisim.sweep("quick_look", "results/quick")  # doctest: +SKIP
    >>> rows = runs.frame()
    >>> {"point", "seed", "arm"} <= set(rows.columns), int(rows.error.notna().sum())
    (True, 0)
    >>> def gained(recorded):  # a metric of one's own
    ...     return recorded["on_track"][-1] - recorded["on_track"][0]
    >>> asked = cisim.experiment(vary=["initiative.voice"], points=4, metrics={"gained": gained})
    >>> cisim.sweep(asked, "results/gained").frame().gained.mean()  # doctest: +SKIP
    """
    from cisim.sweeps import running
    from cisim.sweeps.running.workers import local_processes
    from cisim.sweeps.store import Store

    asked = _experiment(experiment)
    if dask and asked.keep.functions:
        raise InputError("dask", "functions are in this process alone: leave out dask, or write them as expressions.")
    start: running.workers.Start = local_processes
    if dask:
        from cisim.sweeps.running.dask import dask_workers

        start = dask_workers(dask)
    if retry and (Path(folder) / "manifest.json").exists():
        with Store.open(folder, running.manifest_of(asked)) as store:
            store.forget_failures()
    part = running.Shard.read(shard) if shard else running.WHOLE
    running.sweep(asked, folder, workers, tell or (lambda progress: None), start=start, shard=part)
    return Sweep(Path(folder))


def _experiment(given: Experiment | Folder) -> Experiment:
    from cisim.sweeps.experiment import Experiment

    return Experiment.read(given) if isinstance(given, str | Path) else given


def results(folder: Folder) -> Sweep:
    """A results folder, finished or not, to read.

    Parameters
    ----------
    folder : str or Path
        A folder that a sweep has written, or a wave or the ensemble of a calibration.

    Returns
    -------
    Sweep
        ``frame()`` is its rows.

    Raises
    ------
    StoreError
        For a folder without results, or with damaged ones.

    Examples
    --------
    >>> import cisim
    >>> runs = cisim.results("results/quick")  # doctest: +SKIP
    >>> runs.sentences()[-1].endswith(f"Content digest {runs.digest}.")
    True
    """
    from cisim.sweeps.store import Results

    Results.of(folder)
    return Sweep(Path(folder))


def status(folder: Folder) -> Status:
    """How far a results folder is, also while a sweep writes it, as `cisim status` shows.

    Parameters
    ----------
    folder : str or Path
        A results folder.

    Returns
    -------
    Status
        ``state`` ("running", "finished" or "stopped"), ``rows``, ``failures``, ``bytes`` and ``progress``.

    Examples
    --------
    >>> import cisim
    >>> runs = cisim.sweep("quick_look", "results/quick")  # doctest: +SKIP
    >>> found = cisim.status(runs.folder)
    >>> found.state, found.rows == len(runs.frame()), found.failures
    ('finished', True, 0)
    """
    from cisim.sweeps.store import status as status_

    return status_(folder)


def merge(folders: Sequence[Folder], into: Folder) -> Sweep:
    """Puts results folders of one experiment and one model together, each row once, as `cisim merge` does.

    Parameters
    ----------
    folders : sequence of str or Path
        Shards of a sweep, or folders of the same experiment.
    into : str or Path
        The folder for all rows. `cisim.sweep` with it runs what is still missing.

    Returns
    -------
    Sweep
        The merged folder.

    Raises
    ------
    StoreError
        For folders of different experiments or models.

    Examples
    --------
    >>> import cisim
    >>> parts = ["results/part-1", "results/part-2"]
    >>> for k, folder in enumerate(parts, 1):  # each perhaps on another machine  # doctest: +SKIP
    ...     cisim.sweep("quick_look", folder, shard=f"{k}/2")
    >>> cisim.merge(parts, "results/all")  # doctest: +SKIP
    """
    from cisim.sweeps.experiment import Experiment
    from cisim.sweeps.running import lacking
    from cisim.sweeps.store import merge as merge_

    with merge_(list(folders), into) as whole:
        if lacking(Experiment.stored(whole.manifest), whole).runs:
            whole.compact()
        else:
            whole.finish()
    return Sweep(Path(into))


def runs_of(given: Sweep | Folder) -> Runs:
    """The runs of a sweep, as analyses take them."""
    from cisim.analysis import Runs

    return Runs.of(given.folder if isinstance(given, Sweep) else given)


def replay(sweep: Sweep | Folder, row: str, engine: str = "compiled") -> Replay:
    """Runs a row of a results folder again, and compares every digit, as `cisim replay` does.

    Parameters
    ----------
    sweep : Sweep, str or Path
        A results folder of exactly this model.
    row : str
        The row's id, or any unique prefix of it.
    engine : {"compiled", "agents"}
        Both give the same digits.

    Returns
    -------
    Replay
        ``difference`` (None where every digit is as stored) and ``sentence``.

    Raises
    ------
    StoreError
        For a row that is not there, or a folder of another model.

    Examples
    --------
    >>> import cisim
    >>> runs = cisim.sweep("quick_look", "results/quick")  # doctest: +SKIP
    >>> again = cisim.replay(runs, runs.frame().id.iloc[0])
    >>> again.difference is None, again.sentence.startswith("The run is reproduced")
    (True, True)
    """
    from cisim.sweeps.replay import Replays

    replays = Replays.of(sweep.folder if isinstance(sweep, Sweep) else sweep)
    return replays.again(replays.find(row), engine)


def calibrate(
    targets: Folder,
    folder: Folder,
    workers: int | None = None,
    dask: str | None = None,
    note: Callable[[str], Any] = lambda sentence: None,
) -> Result:
    """Which settings fit published or own numbers: waves that rule settings out, then an ensemble, as `cisim calibrate` does.

    Parameters
    ----------
    targets : str or Path
        A targets file, or "ledger" for the rows of the evidence ledger.
    folder : str or Path
        The calibration's folder: new, or one to continue. ``folder/wave-1`` ... and ``folder/ensemble`` are results folders,
        whose values for each seed `cisim.results` reads.
    workers : int, optional
        Number of processes (default: one a core).
    dask : str, optional
        A Dask scheduler, or "local".
    note : callable, optional
        Called with a sentence at every step; `print` will do.

    Returns
    -------
    Result
        ``fits``, ``targets()`` (published against simulated, before and after), ``settings()`` (what is left of each range), and
        ``frame()``, the ensemble: weight and settings, heaviest first.

    Raises
    ------
    InputError
        For targets that cannot be used.
    StoreError
        For a folder of other targets.

    Examples
    --------
    >>> import cisim
    >>> found = cisim.calibrate("ledger", "results/calibration", note=print)  # hours  # doctest: +SKIP
    >>> found.fits, found.frame().head()  # doctest: +SKIP
    """
    from cisim.calibration.targets import Calibration
    from cisim.calibration.waves import calibrate as calibrate_
    from cisim.sweeps.running.workers import Start, local_processes

    start: Start = local_processes
    if dask:
        from cisim.sweeps.running.dask import dask_workers

        start = dask_workers(dask)
    return calibrate_(Calibration.read(targets), folder, workers, note, start=start)
