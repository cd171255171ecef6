"""Files that are there wholly or not at all, whatever dies: atomic writing, sealed JSON, one writer at a time."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import platform
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cisim.errors import StoreError

TEMPORARY = ".unfinished-"
"""Begins the name of a file being written. A dot, so that Parquet readers of the whole folder pass it by."""

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM)
PATIENCE = 0.5
"""Seconds a writer waits for the lock: `status` holds it for an instant when it asks whether anybody writes."""


class SealError(ValueError):
    """A sealed file whose seal is broken."""


@contextlib.contextmanager
def plainly(folder: Path, kept: str = "") -> Iterator[None]:
    """Turns what the disk refuses into one sentence about the folder; `kept` says what is safe."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            sentence = f"the disk is full or a file-size limit is reached. {kept}Free some space and give the same command again"
        elif error.errno in CLOSED:
            sentence = (
                "it cannot be written (read-only, or not yours). It can still be read; to go on, copy it to a place of yours"
            )
        else:
            sentence = f"it cannot be used: {error.strerror or error}"
        raise StoreError(f"{folder}: {sentence}.") from error


def sync_folder(folder: Path) -> None:
    """Makes names in a folder as durable as the files: after a power cut, too."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write(path: Path, data: bytes | memoryview, durable: bool = True) -> None:
    """Puts a file in its place, whole: written beside it, flushed, renamed. On any fault the old one stands as it stood."""
    temporary = path.with_name(TEMPORARY + path.name)
    try:
        with open(temporary, "wb", buffering=0) as file:
            view = memoryview(data)
            while view:
                view = view[file.write(view) :]
            if durable:
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    if durable:
        sync_folder(path.parent)


def seal(value: dict[str, Any], indent: int | None = 1) -> bytes:
    """Plain data as JSON with a checksum of its own; without indent in one line, which is written ten times as fast."""
    return (json.dumps({**value, "checksum": _checksum(value)}, indent=indent) + "\n").encode()


def unseal(path: Path) -> dict[str, Any]:
    """What was sealed. Raises SealError where a single bit has changed, OSError where there is no such file."""
    try:
        value = json.loads(path.read_bytes())
        checksum = value.pop("checksum")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise SealError(path.name) from None
    if checksum != _checksum(value):
        raise SealError(path.name)
    return dict(value)


def _checksum(value: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


class Lock:
    """The right to write a folder, held until it is released or the process dies, however it dies."""

    def __init__(self, folder: Path) -> None:
        self._fd = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        until = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    holder = os.pread(self._fd, 200, 0).decode(errors="replace").strip() or "another process"
                    os.close(self._fd)
                    sentence = f"{holder} is writing here; wait until it has ended, or give another folder"
                    raise StoreError(f"{folder}: {sentence}. `cisim status {folder}` tells how far it is.") from None
                time.sleep(0.02)
            except BaseException:
                os.close(self._fd)
                raise
        with contextlib.suppress(OSError):  # on a full disk the lock holds all the same, only without a name on it
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, f"process {os.getpid()} on {platform.node()}\n".encode(), 0)

    @property
    def held(self) -> bool:
        """Whether this process may write."""
        return self._fd >= 0

    def release(self) -> None:
        """Lets others write. Twice is once."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def is_written(folder: Path) -> bool:
    """Whether a process holds the right to write this folder now."""
    try:
        fd = os.open(folder / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks
        return False
    finally:
        os.close(fd)
    return False
