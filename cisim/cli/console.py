"""Where the command prints: coloured tables on a terminal, plain ones when piped, and progress on standard error."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import click

from cisim.text.english import plain, sentence

if TYPE_CHECKING:
    from rich.console import Console


def ready_streams() -> None:
    """Streams a shell has closed (`>&-`) are opened to nowhere, lest a file take their number; what an output cannot
    spell is written as an escape."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, number)
            if nowhere != number:
                os.close(nowhere)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def discard(stream: TextIO) -> None:
    """What is still to be written to a stream that cannot be written goes nowhere."""
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


def console() -> Console:
    """Where results go: coloured and as wide as the terminal, or plain and wide when piped."""
    from rich.console import Console

    class Output(Console):
        """Prints texts, whoever wrote them, without what may steer a terminal."""

        def print(self, *objects: Any, **options: Any) -> None:
            super().print(*(plain(one) if isinstance(one, str) else one for one in objects), **options)

        def on_broken_pipe(self) -> None:  # the reader has left, as `head` does: files that were asked for are written yet
            discard(sys.stdout)

    piped = not sys.stdout.isatty()
    return Output(width=1000 if piped else None, highlight=False, markup=False, emoji=False, no_color=piped or None)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> Any:
    """A table: the first `left` columns left, the others right; no rules around it, so that it pipes well."""
    from rich import box
    from rich.table import Table

    shown = Table(
        title=plain(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD if sys.stdout.isatty() else None
    )
    for number, column in enumerate(columns):
        shown.add_column(plain(column), justify="left" if number < left else "right", overflow="fold")
    for row in rows:
        shown.add_row(*(plain(one) if isinstance(one, str) else one for one in row))
    return shown


def warn(sentences: Sequence[str]) -> None:
    """Prints what a reader must know before the results."""
    for one in sentences:
        console().print(f"Warning: {one}", soft_wrap=True)


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error once a second has passed; plain lines every ten seconds where that is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    terminal = sys.stderr.isatty()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task(what, total=total)
    begun = told = time.monotonic()

    def tell(done: int) -> None:
        nonlocal told
        now = time.monotonic()
        if terminal and now - begun > 1 and not bar.live.is_started:
            bar.start()
        bar.update(task, completed=done)
        if not terminal and now - told > 10:
            told = now
            click.echo(f"{what}: {done} of {total}", err=True)

    try:
        yield tell
    finally:
        if bar.live.is_started:
            bar.stop()
