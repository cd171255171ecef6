"""What the server writes for whoever runs it: one line for each thing that went wrong, and at most so many lines a minute."""

import logging
import sys
import threading
import time
import traceback
from typing import Any

MOST_LINES, MINUTE = 20, 60.0  # lines that are written in so many seconds; of the others only the number is written
MOST_LENGTH = 300


class OneLine(logging.Formatter):
    """A message, and the error with its place, in one line of bounded length without control characters."""

    def format(self, record: logging.LogRecord) -> str:
        words, half = " ".join(record.getMessage().split()), MOST_LENGTH // 2
        if record.exc_info and (error := record.exc_info[1]) is not None:
            last = traceback.extract_tb(error.__traceback__)[-1:]
            place = f" ({last[0].filename.rpartition('/')[2]}, line {last[0].lineno})" if last else ""
            words = f"{words[:half]}: {type(error).__name__}: {' '.join(str(error).split())[:half]}{place}"
        printable = "".join(one if one.isprintable() else "?" for one in words)
        return f"{self.formatTime(record)} {record.levelname.lower()} {record.name}: {printable[:MOST_LENGTH]}"


class Sparing(logging.Filter):
    """Lets so many lines through in a minute."""

    since, came = 0.0, 0

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if now - self.since >= MINUTE:
            if self.came > MOST_LINES:
                record.msg, record.args = f"({self.came - MOST_LINES:,} more were not written) {record.getMessage()}", ()
            self.since, self.came = now, 0
        self.came += 1
        return self.came <= MOST_LINES


def keep_short() -> None:
    """Sends all logs, warnings and uncaught errors to stderr in this form from now on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    handler.addFilter(Sparing())
    logging.getLogger().handlers[:] = [handler]
    logging.captureWarnings(True)

    def write(uncaught: Any) -> None:
        if uncaught.exc_value is not None:
            logging.getLogger("cisim").error("something went wrong", exc_info=uncaught.exc_value)

    threading.excepthook = sys.unraisablehook = write
