"""Files of a results folder: each is written completely or not at all, by one writer. As a folder may come from a stranger, links
are never followed, pipes and devices never block a reader, and no file is read that is larger than cisim writes. Locks are the
operating system's: they end with the process that holds them.

JSON files are sealed: the checksum shows damage and careless edits, but is no proof of origin."""

import contextlib
import errno
import hashlib
import json
import math
import os
import platform
import re
import stat
import sys
import time
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from cisim.errors import StoreError

TEMPORARY = ".unfinished-"  # begins the name of a file that is being written; readers of Parquet folders skip names with a dot
LOCK = "lock"
PATIENCE = 0.5  # seconds a writer waits for the lock: `status` holds it for an instant to find out whether a process writes
INSTANT = 0.05  # seconds `status` waits for it, as another `status` may hold it


def _numbers(*names: str) -> tuple[int, ...]:
    """The numbers of those errors that this operating system knows."""
    return tuple(getattr(errno, name) for name in names if hasattr(errno, name))


FULL = _numbers("ENOSPC", "EDQUOT", "EFBIG")
CLOSED = _numbers("EROFS", "EACCES", "EPERM")
# errors of opening a link; a folder for writing; a socket, or a pipe without its other end
NOT_PLAIN = _numbers("ELOOP", "EMLINK", "EISDIR", "ENXIO", "ENODEV", "EOPNOTSUPP")

MOST_BYTES = 64 * 2**20  # of any JSON file of a folder: a list of 100,000 parts takes 25 MB, a million seeds 12
MOST_GROUPS = 250_000
MOST_DEPTH = 32
STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)  # fields have exactly their types; others are refused
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
Checked = TypeVar("Checked")
REMEDY = "Nothing was changed; remove it, or ask for a plain copy of the folder"
# of these, what the operating system has: a link is an error, a pipe without a writer does not block, bytes stay as they are
NAKED = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY", "O_NOINHERIT"))
LINKS = [getattr(stat, f"IO_REPARSE_TAG_{name}", -1) for name in ("SYMLINK", "MOUNT_POINT")]  # Windows' links to folders


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
    if not hasattr(os, "O_NOFOLLOW") and (path.is_symlink() or path.is_dir()):  # Windows opens what a link leads to
        raise StoreError(strange)
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
        found = os.lstat(path)
    except FileNotFoundError:
        return False
    if not stat.S_ISDIR(found.st_mode) or getattr(found, "st_reparse_tag", 0) in LINKS:
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
        _put(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    if durable and hasattr(os, "O_DIRECTORY"):  # Windows cannot open a folder; it writes names with the files
        fd = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def _put(temporary: Path, path: Path) -> None:
    """Gives a complete file its name, in one step. Windows refuses for as long as a reader has the old file open."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            os.replace(temporary, path)
            return
        except PermissionError:
            if sys.platform != "win32" or time.monotonic() > until:
                raise
            time.sleep(0.02)


class Lock:
    """The right to write a folder, held until it is released or the process ends."""

    def __init__(self, folder: Path) -> None:
        self._file = opened(folder / LOCK, writing=True)
        try:
            if not _locked(self._file, PATIENCE):
                self._file.seek(1)  # Windows lets nobody read the first byte, which it locks
                named = re.match(rb"process \d{1,10} on [\w.-]{1,100}(?=\n)", self._file.read(200))
                holder = named[0].decode() if named else "another process"
                sentence = f"{holder} is writing here; wait until it has ended, or give another folder"
                raise StoreError(f"{folder}: {sentence}. `cisim status {folder}` shows its progress.")
        except BaseException:
            self._file.close()
            raise
        with contextlib.suppress(OSError):  # on a full disk the lock still holds, but does not name the process
            self._file.seek(0)
            self._file.write(f"\nprocess {os.getpid()} on {platform.node()}\n".encode())

    @property
    def held(self) -> bool:
        return not self._file.closed

    def release(self) -> None:
        from filelock import unlock_descriptor

        if self.held:
            with contextlib.suppress(OSError):  # closing does it also, on Windows a while later
                unlock_descriptor(self._file.fileno())
            self._file.close()


def _locked(file: FileIO, seconds: float) -> bool:
    """Takes the lock of an open file, or gives up after so many seconds. It ends when the file is closed."""
    from filelock import lock_descriptor

    until = time.monotonic() + seconds
    while not lock_descriptor(file.fileno(), blocking=False):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def is_written(folder: Path) -> bool:
    """Whether a process holds the right to write this folder now."""
    try:
        with opened(folder / LOCK) as file:
            return not _locked(file, INSTANT)
    except OSError:  # no lock, a lock that we may not read, or a file system without locks
        return False


class SealError(ValueError):
    """A sealed file whose checksum does not fit its data."""


class Sealed(BaseModel):
    model_config = {**STRICT, "frozen": True}


def seal(value: dict[str, Any], indent: int | None = 1) -> bytes:
    """Plain data with their checksum as JSON; without indent on one line, which takes a tenth of the time."""
    return (json.dumps({**value, "checksum": _checksum(value)}, indent=indent) + "\n").encode()


def unseal(path: Path) -> dict[str, Any]:
    """What was sealed. Raises SealError if a single bit has changed, StoreError if it is too large or not plain, OSError."""
    try:
        value = parsed(content(path, MOST_BYTES))
        if value.pop("checksum") == _checksum(value):
            return dict(value)
    except StoreError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise SealError(path.name)


def checked(make: Callable[..., Checked], value: dict[str, Any], path: Path) -> Checked:
    """The data in the form that `make` checks. Raises StoreError about the first mistake."""
    try:
        return make(**value)
    except RecursionError:
        raise not_ours(path, "it is nested too deep") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part)[:60] for part in first["loc"][:6])
        raise not_ours(path, f"{place or 'it'}: {first['msg'][:200]}") from None


def not_ours(path: Path, why: str) -> StoreError:
    """The error about a file of a stranger's making."""
    remedy = "Nothing was changed; use another folder, or ask for a new copy of it"
    return StoreError(f"{path}: it is not what cisim writes ({why}). {remedy}.")


def parsed(data: bytes) -> Any:
    """The data of a JSON text, once it is known to be small enough and not nested deeply. Raises ValueError."""
    depth = groups = 0
    for bracket in _BRACKET.finditer(_TEXT.sub(b"", data)):
        opens = bracket[0] in b"[{"
        depth += 1 if opens else -1
        groups += opens
        if depth > MOST_DEPTH or groups > MOST_GROUPS:
            raise ValueError("too deep or too much")
    value = json.loads(data, parse_constant=_finite, parse_float=_finite)
    if rb"\ud" in data or rb"\uD" in data:  # half of a surrogate pair cannot be printed
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise ValueError("not a JSON number")
    return value


def _checksum(value: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
