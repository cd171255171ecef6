"""Where compiled engines are kept: named by the text of the model, sealed against damage, and cleared of old ones.

Nothing here decides what a run gives, so this file is no part of the model's own name. A file of the cache is read
only if its checksum, which is its beginning, fits the rest: a damaged one would crash the process that loads it. A
checksum is no lock: whoever may write to the cache can run code as everyone who reads it.
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
"""So many folders are kept, those used last (a model has two: its engine, and its luck) ..."""
KEPT_SECONDS = 24 * 3600.0
"""... and all that were used within so many seconds: a sweep may be starting workers with one of them."""

_VERSION = r"[0-9]+(\.[0-9]+)*((a|b|rc|\.dev|\.post)[0-9]+)*\+?"
_OURS = re.compile(f"[0-9a-f]{{16}}-py{_VERSION}-numba{_VERSION}-numpy{_VERSION}")
_SEAL = b"cisim compiled engine 1\n"
_CHECKSUM = 32


# What the model is called ------------------------------------------------------------------------------------------------


@functools.cache
def import_closure(entry: Path) -> tuple[Path, ...]:
    """The files of `entry`'s own package that it imports, directly or not, itself included, sorted by their names in it.

    Never a file outside the package: once installed, its neighbours are all that is installed. The package's own
    `__init__.py` is left out: it is the map, not a part of the model; so is this file. Read once a process.
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
        for node in ast.walk(ast.parse(path.read_bytes())):
            for base, name in _imports(node, path.parent, package):
                for target in (base.with_suffix(".py"), base / "__init__.py", base / f"{name}.py", base / name / "__init__.py"):
                    if target.is_relative_to(package) and target not in apart and target.is_file():
                        waiting.append(target)
    return tuple(sorted(found))


def _package(entry: Path) -> Path:
    """The folder of the package that a file belongs to: the topmost, if it lies in several. A file in none is alone."""
    folder = entry.parent
    if not (folder / "__init__.py").exists():
        return entry
    while (folder.parent / "__init__.py").exists():
        folder = folder.parent
    return folder


def _imports(node: ast.AST, here: Path, package: Path) -> Iterable[tuple[Path, str]]:
    """Where the names of an import lie if they lie in the package: a module or folder, and a name in it."""
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
    """16 hex digits that change with any byte of any of the files, or with its place in its package; not with the place
    of the package."""
    h = hashlib.sha256()
    for path in files:
        h.update(path.relative_to(_package(path).parent).as_posix().encode() + b"\0")
        h.update(hashlib.sha256(path.read_bytes()).digest())
    return h.hexdigest()[:16]


# Where engines lie -------------------------------------------------------------------------------------------------------


def cache_home() -> Path | None:
    """Where compiled engines are kept: CISIM_CACHE_DIR, else the user's cache folder, else (no home, or one that cannot be
    written) a folder for temporary files that is this user's alone. None if there is no such place."""
    if given := os.environ.get("CISIM_CACHE_DIR"):
        return Path(given).absolute()
    with suppress(OSError, RuntimeError):  # RuntimeError: nobody knows the user's home
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "cisim"
        home.mkdir(parents=True, exist_ok=True)
        if os.access(home, os.R_OK | os.W_OK | os.X_OK):
            return home
    with suppress(OSError):
        home = Path(tempfile.gettempdir()).absolute() / f"cisim-{os.getuid()}"
        with suppress(FileExistsError):
            home.mkdir(mode=0o700)
        found = home.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077:
            return home
    return None


def prune(keep: Path) -> None:
    """Removes engines that were not used for a day, but for the last few."""
    engines = sorted(_engines(keep.parent), reverse=True)
    for used, folder in engines[KEPT:]:
        if folder != keep and time.time() - used > KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def clean(keep: Iterable[Path]) -> tuple[int, int]:
    """Removes all engines but those in the folders to keep; how many went, and their bytes."""
    home, spared, count, size = cache_home(), set(keep), 0, 0
    for _, folder in list(_engines(home)) if home else []:
        if folder not in spared:
            held = sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                count, size = count + 1, size + held
    return count, size


def _engines(home: Path) -> Iterator[tuple[float, Path]]:
    """Folders of engines, and when each was last used. Nothing else may ever be removed: no other name, no link."""
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
        """Whether a compiled form of a kernel lies here, for some types."""
        with suppress(OSError):
            return self.path is not None and any(self.path.glob(f"{name}-*.nbc"))
        return False

    def load(self, name: str, key: str) -> bytes | None:
        """What was saved under this key; None if nothing was, or if it is damaged (then a line says so)."""
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
        with suppress(OSError):  # in use; a folder that others own may be read all the same
            os.utime(self.path)
        return bytes(content)

    def damaged(self, name: str, key: str) -> None:
        """Says that a compiled form cannot be used."""
        if self.path is not None:
            log.warning("cisim: the compiled engine in %s is damaged; compiling anew.", self._file(self.path, name, key))

    def save(self, name: str, key: str, content: bytes) -> None:
        """Keeps a compiled form: whole or not at all, whoever else does the same and whenever it is stopped."""
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
    """Fits the content and what it was saved as."""
    return hashlib.blake2b(content, digest_size=_CHECKSUM, key=hashlib.sha256(key.encode()).digest()).digest()
