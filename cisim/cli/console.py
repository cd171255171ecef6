"""Where the command prints: coloured tables on a terminal, plain ones when piped, progress on standard error, exit statuses."""

import enum
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import click

from cisim.text.english import plain, sentence
from cisim.text.numbers import duration, rate

if TYPE_CHECKING:
    from cisim.sweeps.running import Progress

LINE_SECONDS = 10.0  # how often a line shows progress where there is no terminal


class ExitStatus(enum.IntEnum):
    """What the exit status of a command tells a shell."""

    OK = 0
    NOT_AS_ASKED = 1  # engines or runs differ, runs failed or are missing
    BAD_INPUT = 2
    INTERRUPTED = 130


def ready_streams() -> None:
    """Opens streams that a shell has closed (`>&-`) to nowhere, so that no file takes their number; what an output cannot encode
    is written as an escape."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, number)
            if nowhere != number:
                os.close(nowhere)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def discard(stream: TextIO) -> None:
    """Drops what is still to be written to a stream that cannot be written."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def complain(message: str | Callable[[], None], status: int) -> NoReturn:
    """Ends with one sentence on standard error (or what prints it) and an exit status, also where nobody can read it."""
    try:
        if callable(message):
            message()
        else:
            click.echo(f"cisim: {sentence(message)}", err=True)
    except OSError:
        discard(sys.stderr)
    sys.exit(status)


def console() -> Any:
    """Where results go: coloured and as wide as the terminal, or plain and wide when piped."""
    from rich.console import Console

    class Output(Console):
        """Prints texts from anywhere without control characters."""

        def print(self, *objects: Any, **options: Any) -> None:
            super().print(*(plain(one) if isinstance(one, str) else one for one in objects), **options)

        def on_broken_pipe(self) -> None:  # the reader has left, as `head` does: files asked for are still written
            discard(sys.stdout)

    piped, forced = not sys.stdout.isatty(), bool(os.environ.get("FORCE_COLOR"))
    colourless = bool(os.environ.get("NO_COLOR")) or (piped and not forced)  # no-color.org, force-color.org
    plainly: dict[str, Any] = {"highlight": False, "markup": False, "emoji": False}
    return Output(width=1000 if piped else None, no_color=colourless or None, force_terminal=forced or None, **plainly)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], left: int = 1) -> Any:
    """A table: the first `left` columns left, the others right; no rules around it, so that it pipes well."""
    from rich import box
    from rich.table import Table

    rules = box.SIMPLE_HEAD if sys.stdout.isatty() else None
    shown = Table(title=plain(title), title_justify="left", title_style="bold", box=rules)
    for number, column in enumerate(columns):
        shown.add_column(plain(column), justify="left" if number < left else "right", overflow="fold")
    for row in rows:
        shown.add_row(*(plain(cell) if isinstance(cell, str) else cell for cell in row))
    return shown


def show(*parts: Any) -> None:
    """Prints texts, without breaking their lines, and tables; "" is an empty line."""
    for part in parts:
        console().print(part, soft_wrap=isinstance(part, str))


def warn(sentences: Sequence[str]) -> None:
    """Prints warnings, which belong before the results."""
    show(*(f"Warning: {one}" for one in sentences))


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    from rich.progress import TimeRemainingColumn

    with _shown(f"{what}: 0 of {total}", TimeRemainingColumn(), wait=1.0) as advance:
        yield lambda done: advance(f"{what}: {done} of {total}", done, total)


@contextmanager
def waiting(what: str, usual: float, every: float = LINE_SECONDS) -> Iterator[None]:
    """Shows how long work without steps of its own has taken, beside the seconds that it usually takes."""
    begun, over = time.monotonic(), threading.Event()

    def tick() -> None:
        while not over.wait(min(every, 0.5)):
            passed = time.monotonic() - begun
            advance(f"{what}: {passed:.0f} s, usually about {usual:.0f} s", min(int(passed), int(usual)), int(usual))

    with _shown(f"{what}: usually about {usual:.0f} s", wait=1.0, every=every) as advance:
        clock = threading.Thread(target=tick, daemon=True, name="clock")
        clock.start()
        try:
            yield
        finally:
            over.set()
            clock.join()


@contextmanager
def watching(every: float = LINE_SECONDS) -> Iterator[Callable[["Progress"], None]]:
    with _shown("starting workers", every=every) as advance:
        yield lambda now: advance(line(now), now.runs, now.total)


def line(progress: "Progress | SimpleNamespace") -> str:
    round_ = "" if progress.round == 1 and progress.last_round else f" (round {progress.round})"
    parts = [f"{progress.runs:,} of {progress.total:,} runs{round_}"]
    if progress.rate:
        parts += [rate(progress.rate), f"{duration(progress.seconds_left)} left{'' if progress.last_round else ' in this round'}"]
    return ", ".join([*parts, f"{progress.failed:,} failed"])


@contextmanager
def _shown(text: str, *more: Any, wait: float = 0.0, every: float = LINE_SECONDS) -> Iterator[Callable[[str, int, int], None]]:
    """Gives a function (text, done, total) that shows progress on standard error: on a terminal as a bar with `more` columns,
    once `wait` seconds have passed, elsewhere as a line every so many seconds."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (BarColumn(), TextColumn("{task.description}"), *more)
    bar = Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    task = bar.add_task(text, total=None)
    begun = printed = time.monotonic()
    if not wait:
        bar.start()

    def advance(text: str, done: int, total: int) -> None:
        nonlocal printed
        now = time.monotonic()
        if now - begun > wait:
            bar.start()
        bar.update(task, description=text, completed=done, total=total)
        if bar.disable and now - printed > every:
            printed = now
            click.echo(text, err=True)

    try:
        yield advance
    finally:
        if bar.live.is_started:
            bar.stop()
