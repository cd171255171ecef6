"""The only door to numba: it marks rules, and compiles kernels or loads them from a cache that old rules cannot haunt.

A rule is one text for two engines: an ordinary function for the Mesa agents, compiled in place where a kernel
calls it. numba's own cache looks only at the file of the kernel itself and would silently serve yesterday's rules
after an edit of an imported file; and it runs whatever bytes it finds. Here the folder is named by a digest of every
file the kernel imports, and a file is read only if its checksum fits (`compiled_cache`).
"""

from __future__ import annotations

import pickle
import platform
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba import config as numba_config
from numba.core import compiler, serialize
from numba.extending import register_jitable

from cisim.numerics.compiled_cache import EngineFolder, clean

VERSIONS = f"py{platform.python_version()}-numba{numba.__version__}-numpy{np.__version__}"
"""What compiled code depends on besides the text of the model."""

real, word = numba.float64, numba.uint64
"""The number types a kernel may fix its arguments to."""

# Rules are branches and short loops over records: vectorising them only costs time (measured: a tenth of compiling,
# and runs got no faster).
numba_config.LOOP_VECTORIZE = 0

rule = register_jitable(_nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""Marks a rule of the model: callable on Mesa agents as it stands, and from a compiled kernel on records."""


class _Cache:
    """What numba asks of the cache of a kernel, from sealed files instead of its own, which a damaged byte turns into a crash."""

    def __init__(self, function: Callable[..., Any], folder: EngineFolder) -> None:
        code = function.__code__
        place = f"{Path(code.co_filename).stem}.{function.__qualname__}-{code.co_firstlineno}"
        self.folder, self.name = folder, re.sub(r"[^\w.-]", "", place)
        self.cache_path = str(folder.path)

    def load_overload(self, signature: Any, target: Any) -> Any:
        """The compiled form for a signature, if there is one that can be used."""
        target.refresh()
        key = self._key(signature, target)
        content = self.folder.load(self.name, key)
        if content is None:
            return None
        try:
            return compiler.CompileResult._rebuild(target, *pickle.loads(content))
        except Exception:  # whole, but not what this numba makes: whatever it is, compiling anew mends it
            self.folder.damaged(self.name, key)
            return None

    def save_overload(self, signature: Any, result: Any) -> None:
        """Keeps the compiled form for a signature."""
        if not result.library.has_dynamic_globals:  # addresses of this process
            self.folder.save(self.name, self._key(signature, result.target_context), serialize.dumps(result._reduce()))

    def flush(self) -> None:
        """Asked for by numba before it compiles a kernel a second time: what is saved then takes the place of the first."""

    @staticmethod
    def _key(signature: Any, target: Any) -> str:
        """What decides the machine code, besides the text of the model and the versions: types, processor, numba's settings."""
        return repr((signature, target.codegen().magic_tuple(), numba_config.BOUNDSCHECK, int(numba_config.OPT)))


def kernel(*signature: Any) -> Callable[[Callable[..., Any]], Any]:
    """Compile a function that runs without the interpreter lock, cached under the digest of all it imports.

    `signature` fixes the argument types at once; without it they are those of the first call.
    No fast-math and no parallel loops: both change results (measured), and runs are parallel instead.
    """

    def compile_(function: Callable[..., Any]) -> Any:
        dispatcher = numba.njit(nogil=True, _nrt=False, no_cfunc_wrapper=True)(function)
        if function.__closure__ is None and hasattr(dispatcher, "_cache"):  # what a closure holds is in no file
            dispatcher._cache = _Cache(function, EngineFolder(Path(function.__code__.co_filename), VERSIONS))
            _kernels.append(dispatcher)
        if signature:
            dispatcher.compile(*signature)
            dispatcher.disable_compile()
        return dispatcher

    return compile_


_kernels: list[Any] = []


def is_cached(dispatcher: Any) -> bool:
    """Whether a compiled version lies in the cache folder, so that the first call need not compile."""
    cache = getattr(dispatcher, "_cache", None)
    return isinstance(cache, _Cache) and cache.folder.has(cache.name)


def clean_cache() -> tuple[int, int]:
    """Removes all compiled engines but those of this process; how many went, and their bytes."""
    return clean(path for dispatcher in _kernels if (path := dispatcher._cache.folder.path))
