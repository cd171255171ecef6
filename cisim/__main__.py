"""`python -m cisim`: the command line; errors become one sentence and an exit status."""

import os
import signal
from types import FrameType


def _leave(_: int, __: FrameType | None) -> None:
    """Ends at once when stopped while the command is still loading, as there is nothing to save."""
    os.write(2, b"cisim: interrupted; nothing was written.\n")
    os._exit(130)


def main() -> None:
    """Loads the command and runs it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _leave)
    from cisim.cli import main as command

    command()


if __name__ == "__main__":
    main()
