"""Gives the command words in this process, and shows what it printed."""

from __future__ import annotations

import contextlib
import io
import sys
from typing import Any


def called(*words: str) -> tuple[Any, str, str]:
    """Status, output and errors of the command with these words."""
    from cisim.cli import main

    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    status: Any = 0
    before, sys.argv = sys.argv, ["cisim", *words]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as end:
        status = end.code or 0
    finally:
        sys.argv = before
    printed, complained = (stream.buffer.getvalue().decode("utf-8", "replace") for stream in (out, err))  # type: ignore[attr-defined]
    return status, printed, complained
