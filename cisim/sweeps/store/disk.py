"""Files of a results folder: each is written completely or not at all, by one writer. As a folder may come from a stranger, links
are never followed, pipes and devices never block a reader, and no file is read that is larger than cisim writes."""

import contextlib
import errno
import fcntl
import os
import platform
import re
import stat
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

from cisim.errors import StoreError

TEMPORARY = ".unfinished-"  # begins the name of a file that is being written; readers of Parquet folders skip names with a dot
LOCK = "lock"
PATIENCE = 0.5  # seconds a writer waits for the lock: `status` holds it for an instant to find out whether a process writes
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM)
NOT_PLAIN = (errno.ELOOP, errno.EMLINK, errno.EISDIR, errno.ENXIO, errno.ENODEV, errno.EOPNOTSUPP)
"""Errors of opening a link; a folder for writing; a socket, or a pipe without its other end."""

REMEDY = "Nothing was changed; remove it, or ask for a plain copy of the folder"
NAKED = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a link is an error, and a pipe without a writer does not block


@contextlib.contextmanager
def plainly(folder: Path, kept: str = "") -> Iterator[None]:
    """Raises StoreError, one sentence about the folder, for errors of the disk; `kept` says what is safe."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            sentence = f"the disk is full or a file-size limit is reached. {kept}Free some space and give the same command again"
        elif error.errno in CLOSED:
            sentence = "it cannot be written (read-only, or not yours)"
            sentence += ". It can still be read; to continue, copy it to a folder you can write to"
        else:
            sentence = f"it cannot be used: {error.strerror or error}"
        raise StoreError(f"{folder}: {sentence}.") from error


def opened(path: Path, writing: bool = False) -> FileIO:
    """A plain file, open for reading or writing. Raises StoreError for a link, pipe, device or folder, OSError as `open` does."""
    strange = f"{path}: this is a link, a pipe, a device or a folder, and a results folder holds plain files only. {REMEDY}."
    try:
        fd = os.open(path, NAKED | (os.O_RDWR | os.O_CREAT if writing else os.O_RDONLY), 0o666)
    except OSError as error:
        if error.errno in NOT_PLAIN:
            raise StoreError(strange) from None
        raise
    found = os.fstat(fd)
    if stat.S_ISREG(found.st_mode) and not (writing and found.st_nlink > 1):
        return FileIO(fd, "r+b" if writing else "rb")
    os.close(fd)
    if not stat.S_ISREG(found.st_mode):
        raise StoreError(strange)
    sentence = "the file has a second name elsewhere (a hard link), and writing here would also change it there"
    raise StoreError(f"{path}: {sentence}. Copy the folder, or remove this file.")


def content(path: Path, most: int) -> bytes:
    """All bytes of a plain file. Raises StoreError for a file of more than `most` bytes."""
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size <= most:
            pieces = []
            while size >= 0 and (piece := file.read(size + 1)):  # one byte more than expected, to notice a file that grows
                pieces.append(piece)
                size -= len(piece)
            if size >= 0:
                return pieces[0] if len(pieces) == 1 else b"".join(pieces)
    raise StoreError(f"{path}: it is larger than such a file can be ({most:,} bytes). Nothing was changed; use another folder.")


def is_folder(path: Path) -> bool:
    """Whether a folder inside a results folder exists. Raises StoreError for a link or a file of that name."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return False
    if not stat.S_ISDIR(mode):
        raise StoreError(f"{path}: this is a link or a file, and a results folder has a folder of its own there. {REMEDY}.")
    return True


def write(path: Path, data: bytes | memoryview, durable: bool = True) -> None:
    """Writes a file completely, or leaves the old one unchanged. A `durable` file and its name survive a power cut."""
    temporary = path.with_name(TEMPORARY + path.name)
    with contextlib.suppress(FileNotFoundError):
        temporary.unlink()  # left by a writer that died, or a link that somebody put there
    try:
        with open(temporary, "xb", buffering=0) as file:  # never into an existing file, nor through a link
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
        fd = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


class Lock:
    """The right to write a folder, held until it is released or the process ends."""

    def __init__(self, folder: Path) -> None:
        with opened(folder / LOCK, writing=True) as file:
            self._fd = os.dup(file.fileno())
        until = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    named = re.fullmatch(rb"process \d{1,10} on [\w.-]{1,100}\n", os.pread(self._fd, 200, 0))
                    holder = named[0].decode().strip() if named else "another process"
                    os.close(self._fd)
                    sentence = f"{holder} is writing here; wait until it has ended, or give another folder"
                    raise StoreError(f"{folder}: {sentence}. `cisim status {folder}` shows its progress.") from None
                time.sleep(0.02)
            except BaseException:
                os.close(self._fd)
                raise
        with contextlib.suppress(OSError):  # on a full disk the lock still holds, but does not name the process
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, f"process {os.getpid()} on {platform.node()}\n".encode(), 0)

    @property
    def held(self) -> bool:
        return self._fd >= 0

    def release(self) -> None:
        if self.held:
            os.close(self._fd)
            self._fd = -1


def is_written(folder: Path) -> bool:
    """Whether a process holds the right to write this folder now."""
    try:
        with opened(folder / LOCK) as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # no lock, a lock that we may not read, or a file system without locks
        return False
    return False
