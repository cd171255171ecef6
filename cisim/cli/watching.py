"""What a sweep shows while it runs: a bar on a terminal, else a line every ten seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import click

from cisim.text.numbers import duration, rate

if TYPE_CHECKING:
    from cisim.sweeps.running import Progress

LINE_SECONDS = 10.0


def line(progress: Progress | SimpleNamespace) -> str:
    """How far a sweep is, in words."""
    round_ = "" if progress.round == 1 and progress.last_round else f" (round {progress.round})"
    parts = [f"{progress.runs:,} of {progress.total:,} runs{round_}"]
    if progress.rate:
        parts += [rate(progress.rate), f"{duration(progress.seconds_left)} left{'' if progress.last_round else ' in this round'}"]
    return ", ".join([*parts, f"{progress.failed:,} failed"])


@contextmanager
def watching(every: float = LINE_SECONDS) -> Iterator[Callable[[Progress], Any]]:
    """Shows progress on standard error."""
    if not sys.stderr.isatty():
        told = time.monotonic()

        def tell(progress: Progress) -> None:
            nonlocal told
            if time.monotonic() - told > every:
                told = time.monotonic()
                click.echo(line(progress), err=True)

        yield tell
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    with Progress(BarColumn(), TextColumn("{task.description}"), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting workers", total=None)
        yield lambda progress: bar.update(task, description=line(progress), completed=progress.runs, total=progress.total)
