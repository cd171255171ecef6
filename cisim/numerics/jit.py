"""The only door to numba: it marks rules, compiles kernels and keeps a cache that old rules cannot haunt.

A rule is one text for two engines: an ordinary function for the Mesa agents, compiled in place where a kernel
calls it. numba's own cache looks only at the file of the kernel itself and would silently serve yesterday's rules
after an edit of an imported file. Here the cache folder is named by a digest of every file the kernel imports.
"""

from __future__ import annotations

import ast
import hashlib
import os
import platform
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba import config as numba_config
from numba.extending import register_jitable

real, word = numba.float64, numba.uint64
"""The number types a kernel may fix its arguments to."""

# Rules are branches and short loops over records: vectorising them only costs time (measured: a tenth of compiling,
# and runs got no faster).
numba_config.LOOP_VECTORIZE = 0

rule = register_jitable(_nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""Marks a rule of the model: callable on Mesa agents as it stands, and from a compiled kernel on records."""


def import_closure(entry: Path) -> tuple[Path, ...]:
    """The files of `entry`'s own package that it imports, directly or not, itself included, sorted.

    The top-level `__init__.py` is left out: it is the map of the package, not a part of the model.
    """
    root = entry.parent
    while (root / "__init__.py").exists():
        root = root.parent
    root = root.resolve()
    found: set[Path] = set()
    waiting = [entry.resolve()]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        here = path.parent
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for base, name in _imports(node, here, root):
                for target in (base.with_suffix(".py"), base / "__init__.py", base / f"{name}.py"):
                    if target.exists() and target.parent != root and _is_model(target, root):
                        waiting.append(target)
    return tuple(sorted(found))


def _imports(node: ast.AST, here: Path, root: Path) -> Iterable[tuple[Path, str]]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield root.joinpath(*alias.name.split(".")), ""
    elif isinstance(node, ast.ImportFrom):
        start = root
        if node.level:
            start = here
            for _ in range(node.level - 1):
                start = start.parent
        base = start.joinpath(*node.module.split(".")) if node.module else start
        for alias in node.names:
            yield base, alias.name


def _is_model(target: Path, root: Path) -> bool:
    relative = target.relative_to(root) if target.is_relative_to(root) else None
    return relative is not None and relative.parts[1:] != ("__init__.py",)


def source_digest(files: Iterable[Path]) -> str:
    """16 hex digits that change with any byte of any of the files."""
    h = hashlib.sha256()
    for path in files:
        h.update(path.name.encode())
        h.update(hashlib.sha256(path.read_bytes()).digest())
    return h.hexdigest()[:16]


def cache_home() -> Path:
    """Where compiled kernels are kept: CISIM_CACHE_DIR, else the user's cache folder."""
    if given := os.environ.get("CISIM_CACHE_DIR"):
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cisim"


def _cache_folder(entry: Path) -> Path | None:
    versions = f"py{platform.python_version()}-numba{numba.__version__}-numpy{np.__version__}"
    folder = cache_home() / f"{source_digest(import_closure(entry))}-{versions}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError:
        return None
    return folder


def kernel(*signature: Any) -> Callable[[Callable[..., Any]], Any]:
    """Compile a function that runs without the interpreter lock, cached under the digest of all it imports.

    `signature` fixes the argument types at once; without it they are those of the first call.
    No fast-math and no parallel loops: both change results (measured), and runs are parallel instead.
    """

    def compile_(function: Callable[..., Any]) -> Any:
        folder = _cache_folder(Path(function.__code__.co_filename))
        before = numba_config.CACHE_DIR
        numba_config.CACHE_DIR = str(folder) if folder else before
        try:
            return numba.njit(*signature, nogil=True, _nrt=False, no_cfunc_wrapper=True, cache=folder is not None)(function)
        finally:
            numba_config.CACHE_DIR = before

    return compile_


def is_cached(dispatcher: Any) -> bool:
    """Whether a compiled version lies in the cache folder, so that the first call need not compile."""
    try:
        folder = Path(dispatcher.stats.cache_path)
        return any(folder.glob(f"*{dispatcher.py_func.__name__}*.nbc"))
    except (AttributeError, TypeError, OSError):
        return False
