"""Where the command prints: coloured tables on a terminal, plain ones when piped, and progress on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from cisim.text.english import plain

if TYPE_CHECKING:
    from rich.console import Console


def console() -> Console:
    """Where results go: coloured and as wide as the terminal, or plain and wide when piped."""
    from rich.console import Console

    class Plain(Console):
        """Prints texts, whoever wrote them, without what may steer a terminal."""

        def print(self, *objects: Any, **options: Any) -> None:
            super().print(*(plain(one) if isinstance(one, str) else one for one in objects), **options)

    piped = not sys.stdout.isatty()
    return Plain(width=1000 if piped else None, highlight=False, markup=False, emoji=False, no_color=piped or None)


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
        shown.add_row(*map(plain, row))
    return shown


def warn(sentences: Sequence[str]) -> None:
    """Prints what a reader must know before the results."""
    for sentence in sentences:
        console().print(f"Warning: {sentence}", soft_wrap=True)


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
