"""What a sweep shows while it runs: a bar on a terminal, else a line every ten seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from cisim.sweeps.running import Progress

LINE_SECONDS = 10.0


def span(seconds: float | None) -> str:
    """A time as people say it: 40 s, 12 min, 3.5 h, 2.1 days."""
    if seconds is None:
        return "unknown"
    for unit, length, below in (("s", 1.0, 100.0), ("min", 60.0, 100.0), ("h", 3600.0, 48.0)):
        if seconds < below * length:
            value = seconds / length
            return f"{value:.0f} {unit}" if value >= 10 or unit == "s" else f"{value:.1f} {unit}"
    return f"{seconds / 86400.0:.1f} days"


def size(count: float) -> str:
    """A number of bytes as people say it."""
    for unit, length in (("kB", 1e3), ("MB", 1e6)):
        if count < 1000 * length:
            return f"{count / length:.1f} {unit}"
    return f"{count / 1e9:.1f} GB"


def pace(rate: float) -> str:
    """Runs a second."""
    return f"{rate:,.0f} runs/s" if rate >= 10 else f"{rate:.2g} runs/s"


def line(progress: Progress | SimpleNamespace) -> str:
    """How far a sweep is, in words."""
    round_ = "" if progress.round == 1 and progress.last_round else f" (round {progress.round})"
    parts = [f"{progress.runs:,} of {progress.total:,} runs{round_}"]
    if progress.rate:
        parts += [pace(progress.rate), f"{span(progress.seconds_left)} left{'' if progress.last_round else ' in this round'}"]
    return ", ".join([*parts, f"{progress.failed:,} failed"])


@contextmanager
def watching(every: float = LINE_SECONDS) -> Iterator[Callable[[Progress], Any]]:
    """Shows what it is told on standard error."""
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
