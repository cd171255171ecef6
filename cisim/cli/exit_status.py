"""What the exit status of a command says to a shell."""

import enum


class ExitStatus(enum.IntEnum):
    """Exit codes of the command."""

    OK = 0
    DIFFERENCE = 1
    BAD_INPUT = 2
    INTERRUPTED = 130
