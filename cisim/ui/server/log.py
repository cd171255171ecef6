"""What the server writes for whoever runs it: one line for each thing that went wrong, and at most so many lines a minute."""

import logging
import sys
import threading
import time
import traceback

MOST_LINES, MINUTE = 20, 60.0
"""Lines that are written in so many seconds; of the others only the number is written."""

MOST_LENGTH = 300


class OneLine(logging.Formatter):
    """A message, and the error with its place, in one line of bounded length without control characters."""

    def format(self, record: logging.LogRecord) -> str:
        words = " ".join(record.getMessage().split())
        if record.exc_info and record.exc_info[1] is not None:
            words = f"{words[: MOST_LENGTH // 2]}: {raised(record.exc_info[1])}"
        printable = "".join(one if one.isprintable() else "?" for one in words)
        return f"{self.formatTime(record)} {record.levelname.lower()} {record.name}: {printable[:MOST_LENGTH]}"


class Sparing(logging.Filter):
    """Lets so many lines through in a minute."""

    def __init__(self) -> None:
        super().__init__()
        self._since, self._written, self._left_out = time.monotonic(), 0, 0

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if now - self._since >= MINUTE:
            if self._left_out:
                record.msg, record.args = f"({self._left_out:,} more were not written) {record.getMessage()}", ()
            self._since, self._written, self._left_out = now, 0, 0
        if self._written == MOST_LINES:
            self._left_out += 1
            return False
        self._written += 1
        return True


def raised(error: BaseException) -> str:
    """An error's kind, words and place, in one line."""
    last = traceback.extract_tb(error.__traceback__)[-1:]
    place = f" ({last[0].filename.rpartition('/')[2]}, line {last[0].lineno})" if last else ""
    return f"{type(error).__name__}: {' '.join(str(error).split())[: MOST_LENGTH // 2]}{place}"


def keep_short() -> None:
    """Sends all logs, warnings and uncaught errors to stderr in this form from now on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    handler.addFilter(Sparing())
    logging.getLogger().handlers[:] = [handler]
    logging.captureWarnings(True)

    def write(error: BaseException | None) -> None:
        if error is not None:
            logging.getLogger("cisim").error("something went wrong: %s", raised(error))

    threading.excepthook = lambda hook: write(hook.exc_value)
    sys.unraisablehook = lambda hook: write(hook.exc_value)
