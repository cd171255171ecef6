"""The cache of compiled engines: folders named by a digest of the model's source, with checksums; old ones are removed.

Nothing here changes the result of a run, so this file is not part of the model digest. A cache file begins with a
checksum and is loaded only if the checksum is right, because a damaged file would crash the process that loads it.
A checksum is not an access control: anyone who can write to the cache can run code as every user who reads it.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import logging
import os
import re
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

log = logging.getLogger("cisim")
"""Lines for standard error, unless the program that uses the package sends them elsewhere."""

KEPT = 6
"""This many folders are kept, the most recently used (a model has two: its engine and its random numbers) ..."""
KEPT_SECONDS = 24 * 3600.0
"""... and all that were used within this many seconds, as a sweep may be starting workers with one of them."""

_VERSION = r"[0-9]+(\.[0-9]+)*((a|b|rc|\.dev|\.post)[0-9]+)*\+?"
_OURS = re.compile(f"[0-9a-f]{{16}}-py{_VERSION}-numba{_VERSION}-numpy{_VERSION}")
_SEAL = b"cisim compiled engine 1\n"
_CHECKSUM = 32


# The digest of the source ------------------------------------------------------------------------------------------------


@functools.cache
def import_closure(entry: Path) -> tuple[Path, ...]:
    """The file `entry` and all files of its package that it imports, directly or indirectly, sorted by their path.

    Files outside the package never count: an installed package lies beside everything else that is installed. The
    package's own `__init__.py` and this file are left out, as they are not part of the model. Cached for the process.
    """
    entry = entry.resolve()
    package = _package(entry)
    found: set[Path] = set()
    apart = {package / "__init__.py", Path(__file__).resolve()}
    waiting = [entry]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        for node in _statements(ast.parse(path.read_bytes())):
            for base, name in _imports(node, path.parent, package):
                for target in (base.with_suffix(".py"), base / "__init__.py", base / f"{name}.py", base / name / "__init__.py"):
                    if target.is_relative_to(package) and target not in apart and target.is_file():
                        waiting.append(target)
    return tuple(sorted(found))


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """All statements, also those inside others: imports are among them, and expressions, which are many times as many, are
    not looked through."""
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        for node in getattr(tree, name, None) or ():
            yield node
            yield from _statements(node)


def _package(entry: Path) -> Path:
    """The folder of the outermost package that contains a file, or the file itself if it is in no package."""
    folder = entry.parent
    if not (folder / "__init__.py").exists():
        return entry
    while (folder.parent / "__init__.py").exists():
        folder = folder.parent
    return folder


def _imports(node: ast.AST, here: Path, package: Path) -> Iterable[tuple[Path, str]]:
    """The places an import statement may refer to within the package: pairs of a module or folder and a name in it."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            first, *rest = alias.name.split(".")
            if first == package.name:
                yield package.joinpath(*rest), ""
    elif isinstance(node, ast.ImportFrom):
        start, names = package, (node.module or "").split(".")
        if node.level:
            start = here
            for _ in range(node.level - 1):
                start = start.parent
        elif names.pop(0) != package.name:
            return
        base = start.joinpath(*names)
        for alias in node.names:
            yield base, alias.name


def source_digest(files: Iterable[Path]) -> str:
    """16 hex digits that depend on the content of the files and on their paths within the package, not on where the
    package is installed."""
    h = hashlib.sha256()
    for path in files:
        h.update(path.relative_to(_package(path).parent).as_posix().encode() + b"\0")
        h.update(hashlib.sha256(path.read_bytes()).digest())
    return h.hexdigest()[:16]


# The cache folder ----------------------------------------------------------------------------------------------------------


def cache_home() -> Path | None:
    """The folder of compiled engines: CISIM_CACHE_DIR if set, otherwise the user's cache folder, or, if that cannot be
    written, a private folder among the temporary files. None if none of them can be used."""
    if given := os.environ.get("CISIM_CACHE_DIR"):
        return Path(given).absolute()
    with suppress(OSError, RuntimeError):  # RuntimeError: the user has no home folder
        place = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or Path.home() / ".cache"
        home = Path(place).absolute() / "cisim"
        home.mkdir(parents=True, exist_ok=True)
        if os.access(home, os.R_OK | os.W_OK | os.X_OK):
            return home
    with suppress(OSError):
        user = os.getuid() if hasattr(os, "getuid") else None  # on Windows, the temporary files are the user's own
        home = Path(tempfile.gettempdir()).absolute() / ("cisim" if user is None else f"cisim-{user}")
        with suppress(FileExistsError):
            home.mkdir(mode=0o700)
        found = home.lstat()
        if stat.S_ISDIR(found.st_mode) and (user is None or (found.st_uid == user and not found.st_mode & 0o077)):
            return home
    return None


def prune(keep: Path) -> None:
    """Removes engines that were not used for a day, except the most recent ones."""
    engines = sorted(_engines(keep.parent), reverse=True)
    for used, folder in engines[KEPT:]:
        if folder != keep and time.time() - used > KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def clean(keep: Iterable[Path]) -> tuple[int, int]:
    """Removes all engines except those to keep; returns how many were removed, and their size in bytes."""
    home, spared, count, size = cache_home(), set(keep), 0, 0
    for _, folder in list(_engines(home)) if home else []:
        if folder not in spared:
            held = sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                count, size = count + 1, size + held
    return count, size


def _engines(home: Path) -> Iterator[tuple[float, Path]]:
    """Folders of engines with the time of their last use. Other names and symbolic links are never listed, so never removed."""
    with suppress(OSError), os.scandir(home) as entries:
        for entry in entries:
            if _OURS.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
                with suppress(OSError):
                    yield entry.stat(follow_symlinks=False).st_mtime, Path(entry.path)


# One engine's folder -----------------------------------------------------------------------------------------------------


class EngineFolder:
    """The compiled forms of the kernels in one file, for one text of the model and one set of versions."""

    def __init__(self, entry: Path, versions: str) -> None:
        home = cache_home()
        self.path = home / f"{source_digest(import_closure(entry))}-{versions}" if home else None

    def has(self, name: str) -> bool:
        """Whether the folder holds a compiled form of this kernel."""
        with suppress(OSError):
            return self.path is not None and any(self.path.glob(f"{name}-*.nbc"))
        return False

    def load(self, name: str, key: str) -> memoryview | None:
        """The content saved under this key, or None if there is none or if it is damaged, which is logged."""
        if self.path is None:
            return None
        path = self._file(self.path, name, key)
        try:
            whole = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            log.warning("cisim: the compiled engine in %s cannot be read (%s); compiling anew.", path, error.strerror)
            return None
        start = len(_SEAL) + _CHECKSUM
        content = memoryview(whole)[start:]
        if not whole.startswith(_SEAL) or _checksum(content, key) != whole[len(_SEAL) : start]:
            self.damaged(name, key)
            return None
        with suppress(OSError):  # marks it as used; this may fail in a folder of another user, which can still be read
            os.utime(self.path)
        return content

    def damaged(self, name: str, key: str) -> None:
        """Logs that a compiled form cannot be used."""
        if self.path is not None:
            log.warning("cisim: the compiled engine in %s is damaged; compiling anew.", self._file(self.path, name, key))

    def save(self, name: str, key: str, content: bytes) -> None:
        """Saves a compiled form completely or not at all, even if several processes save it at once or one is killed."""
        if self.path is None:
            return
        path = self._file(self.path, name, key)
        part = self.path / f"{path.name}.{secrets.token_hex(8)}.part"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with open(part, "xb") as file:
                file.writelines([_SEAL, _checksum(content, key), content])
            os.replace(part, path)
        except OSError as error:
            log.warning("cisim: the compiled engine cannot be kept in %s (%s).", self.path, error.strerror)
            with suppress(OSError):
                part.unlink()
            return
        with suppress(OSError):
            for left in self.path.glob("*.part"):  # by processes that were killed
                if time.time() - left.lstat().st_mtime > KEPT_SECONDS:
                    left.unlink()
        prune(self.path)

    @staticmethod
    def _file(folder: Path, name: str, key: str) -> Path:
        return folder / f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.nbc"


def _checksum(content: bytes | memoryview, key: str) -> bytes:
    """The checksum of the content together with its key."""
    return hashlib.blake2b(content, digest_size=_CHECKSUM, key=hashlib.sha256(key.encode()).digest()).digest()
