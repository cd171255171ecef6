"""Dask's workers as a crew; each must have this model. If one dies, Dask itself runs its chunk again."""

import logging
import re
import time
from concurrent.futures import BrokenExecutor, CancelledError, Future
from contextlib import suppress
from copy import copy
from typing import Any

from cisim.engines.compiled import MODEL_DIGEST
from cisim.errors import InputError, require
from cisim.processes import signals_kept_from_children
from cisim.sweeps.running import chunk_runner
from cisim.sweeps.running.chunk_runner import Brief
from cisim.sweeps.running.workers import Crew, Start

LOCAL = "local"
REACH_SECONDS = 5  # until a scheduler answers
WORKER_SECONDS = 10  # until the first worker appears
LOOK_SECONDS = 5.0  # between two counts of the workers
_REMEDY = "Install there what is installed here, the same version of cisim, and start the worker again"


def dask_workers(address: str) -> Start:
    """The workers of a scheduler such as tcp://host:8786, or ("local") of a cluster started here. Raises InputError."""
    require("cluster", f"--dask {address}")
    if address != LOCAL and not re.fullmatch(r"\w+://\S+:\d+", address):
        raise InputError(f"--dask {address}", "that is not an address: give --dask tcp://HOST:8786, or --dask local.")
    return lambda brief, workers: DaskWorkers(address, brief, workers)


class DaskWorkers(Crew):
    """See `dask_workers`. The brief is sent to the scheduler once; each worker fetches it once."""

    def __init__(self, address: str, brief: Brief, workers: int) -> None:
        from distributed import Client, KilledWorker, LocalCluster

        self._where = f"--dask {address}"
        _quieten()
        self._cluster: Any = None
        if address == LOCAL:
            with signals_kept_from_children():
                quiet = {"dashboard_address": None, "silence_logs": logging.CRITICAL}
                self._cluster = LocalCluster(workers, threads_per_worker=1, host="127.0.0.1", memory_limit=0, **quiet)
        try:
            self._client: Any = Client(self._cluster or address, timeout=REACH_SECONDS, set_as_default=False, name="cisim")
        except (OSError, ValueError) as error:
            sentence = f"no scheduler can be reached there within {REACH_SECONDS} s ({type(error).__name__})"
            remedy = "Check the address, or start one (dask scheduler), or give --dask local"
            raise InputError(self._where, f"{sentence}. {remedy}.") from None
        try:
            self._check_workers()
            # a task rather than scattered data: if all workers that hold it die, Dask makes it again
            self._brief = self._client.submit(copy, brief, pure=False)
        except BaseException as error:
            self._let_go()
            if isinstance(error, OSError | RuntimeError | CancelledError):
                raise self._lost() from None
            raise
        self._sweep, self._looked = brief.sweep, 0.0
        self.deaths = (KilledWorker, BrokenExecutor)
        super().__init__(self._client.get_executor(pure=False), 1)

    @property
    def width(self) -> int:
        if time.monotonic() - self._looked > LOOK_SECONDS:
            self._looked = time.monotonic()
            with suppress(Exception):  # the connection is lost: chunks will raise
                self._width = max(1, sum(self._client.nthreads().values()))
        return self._width

    def submit(self, work: Any, /, *words: Any, **named: Any) -> Future[Any]:
        """Puts a chunk in line; the worker has the brief, its first argument, or fetches it."""
        try:
            return super().submit(_on_worker, work, self._brief, *words[1:], **named)
        except Exception:  # Dask raises a bare one when its connection is closed
            if self._client.status == "running":
                raise
            raise self._lost() from None

    def stop(self) -> None:
        """Asks all workers at once to begin no further chunk."""
        if self._client.status == "running":
            with suppress(Exception):  # the connection is lost
                self._client.run(_stop, self._sweep, on_error="ignore")

    def trouble(self, error: BaseException) -> BaseException:
        """The sentence about a lost scheduler (Dask then cancels all chunks), or about a worker that came later."""
        if isinstance(error, CancelledError):
            return self._lost()
        if isinstance(error, chunk_runner.OtherModelError):
            return InputError(self._where, str(error))
        return InputError(self._where, f"a worker cannot run its chunk ({type(error).__name__}: {error}). {_REMEDY}.")

    def _lost(self) -> InputError:
        sentence = "the connection to the scheduler was lost. All rows that came back are safe"
        return InputError(self._where, f"{sentence}; start it again and give the same command to continue.")

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._let_go()

    def _check_workers(self) -> None:
        """Raises InputError without workers, and for workers that cannot run this model. One that ends meanwhile is left out."""
        try:
            self._client.wait_for_workers(1, timeout=WORKER_SECONDS)
        except TimeoutError:
            raise self._no_workers(f"has no workers after {WORKER_SECONDS} s") from None
        models = self._client.run(_model, on_error="return")
        answers = {worker: model for worker, model in models.items() if not isinstance(model, OSError)}
        if not answers:
            raise self._no_workers("its workers ended when they were asked which model they have")
        for worker, model in answers.items():
            if isinstance(model, BaseException):
                problem = f"cannot load this cisim ({type(model).__name__}: {model})"
                raise InputError(self._where, f"the worker {worker} {problem}. {_REMEDY}.")
            if model != MODEL_DIGEST:
                raise InputError(self._where, other_model(worker, model))

    def _no_workers(self, problem: str) -> InputError:
        sentence = f"the scheduler answers, but {problem}: start some (dask worker ADDRESS), then give the command again."
        return InputError(self._where, sentence)

    def _let_go(self) -> None:
        for one in (self._client, self._cluster):
            if one is not None:
                with suppress(OSError):  # it ends with this process at the latest
                    one.close(timeout=REACH_SECONDS)


def other_model(worker: str, model: str, here: str = MODEL_DIGEST) -> str:
    """The sentence about a worker with another model than the one `here`, where the sweep was started."""
    never = "results of two models must not be mixed"
    return f"the worker {worker} has model {model}, this is model {here}: {never}. {_REMEDY}."


def _quieten() -> None:
    """Silences Dask's loggers: of a lost connection they print pages where one sentence will do."""
    families = ("distributed", "asyncio", "tornado")
    for name in (*families, *logging.root.manager.loggerDict):  # some have a level of their own
        if name.split(".")[0] in families:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _model() -> str:
    return MODEL_DIGEST


def _stop(sweep: str) -> None:
    chunk_runner.stopped.add(sweep)


def _on_worker(work: Any, *words: Any, **named: Any) -> Any:
    """Runs a chunk; the error of a worker with another model names the worker."""
    try:
        return work(*words, **named)
    except chunk_runner.OtherModelError as other:
        from distributed import get_worker

        raise chunk_runner.OtherModelError(other_model(get_worker().address, *other.args)) from None
