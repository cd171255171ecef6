"""The command line typed in this process: as a user would, without the seconds that a process of its own takes to start."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import pytest

from cisim.cli import main


@dataclass(frozen=True)
class Said:
    """What a command said, and the exit status."""

    status: int
    out: str
    err: str


class Terminal:
    """`terminal("story", "default", "NPO:3")` types `cisim story default NPO:3`."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.capsys, self.monkeypatch = capsys, monkeypatch

    def __call__(self, *words: str) -> Said:
        self.monkeypatch.setattr(sys, "argv", ["cisim", *words])
        self.capsys.readouterr()
        status = 0
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
        return Said(status, *self.capsys.readouterr())


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal of this process."""
    return Terminal(capsys, monkeypatch)
