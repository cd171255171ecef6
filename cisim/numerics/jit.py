"""The only module that uses numba: it marks rules and compiles kernels, or loads them from the cache of compiled engines.

A rule is one text for two engines: an ordinary function for the Mesa agents, compiled into the kernel that calls it.
numba's own cache checks only the file of the kernel itself: after an edit of an imported file it would silently run
the old rules, and it runs whatever bytes it finds. Here the cache folder is named by a digest of every file that the
kernel imports, and a cache file is loaded only if its checksum is right (`compiled_cache`).
"""

from __future__ import annotations

import pickle
import platform
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numba
import numpy as np
from numba import config as numba_config
from numba.core import codegen, compiler, serialize
from numba.extending import overload, register_jitable

import cisim.numerics.columns_in_rules  # noqa: F401  registers how rules read columns
from cisim.numerics.compiled_cache import EngineFolder, clean

VERSIONS = f"py{platform.python_version()}-numba{numba.__version__}-numpy{np.__version__}"
"""The versions that compiled code depends on, in addition to the source of the model."""

real, whole, word = numba.float64, numba.int64, numba.uint64
"""Number types for the arguments of a kernel."""

# Rules are branches and short loops over records, so vectorising does not make runs faster (measured); it costs a tenth
# of the compile time.
numba_config.LOOP_VECTORIZE = 0

_compiled_names: set[str] = set()


def make_rules_internal(library: Any) -> int:
    """Makes the functions that numba shares between libraries internal to the last module of a kernel; returns how many.

    Nobody else calls them there, so LLVM may change how they are called. A run takes about 0.85 of the time (measured). They get
    names of their own: LLVM looks for a function by name in all modules, and would find one that cannot be called from outside.
    """
    if library.name not in _compiled_names:
        return 0
    shared = [one for one in library._final_module.functions if not one.is_declaration and "linkonce" in one.linkage.name]
    for function in shared:
        function.linkage = "internal"
        function.name = f"{library.name}.{function.name}"
    return len(shared)


def _before_it_optimizes(optimize: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def wrapped(library: Any) -> Any:
        make_rules_internal(library)
        return optimize(library)

    return wrapped


# A method of numba's own, which has no public door here. Where a version lacks it, kernels are as numba makes them: slower,
# with the same results; a test says so.
if hasattr(codegen.CPUCodeLibrary, "_optimize_final_module"):
    codegen.CPUCodeLibrary._optimize_final_module = _before_it_optimizes(codegen.CPUCodeLibrary._optimize_final_module)

rule = register_jitable(_nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""Marks a rule of the model: Mesa agents call it as a Python function, a kernel compiles it for records."""

compiled_as = overload
"""Marks the function that gives a kernel what to compile for another function, where that gives the same numbers faster."""


def only_machine_code(reduced: tuple[Any, ...]) -> tuple[Any, ...]:
    """What numba keeps of a compiled kernel, with stubs in place of its code for LLVM, which serves only to link it into other
    kernels: two thirds of the file, and most of the time that loading takes (measured). Unchanged where a version of numba keeps
    other things."""
    match reduced:
        case ((name, "object", (bytes() as machine_code, bytes() as code)), *rest):
            module = llvm.parse_bitcode(code)
            functions = [f'define void @"{one.name}"() {{ unreachable }}' for one in module.functions if not one.is_declaration]
            numbers = [f'@"{one.name}" = global i8 0' for one in module.global_variables if not one.is_declaration]
            return ((name, "object", (machine_code, llvm.parse_assembly("\n".join(functions + numbers)).as_bitcode())), *rest)
    return reduced


def _refuse_to_link() -> Any:
    raise RuntimeError("a kernel without a signature is called from Python only: give it one, or make it a rule")


class _Cache:
    """The interface that numba expects of a kernel's cache, with files that are checked before they are loaded."""

    def __init__(self, function: Callable[..., Any], folder: EngineFolder, callable_from_rules: bool) -> None:
        self.callable_from_rules = callable_from_rules
        code = function.__code__
        place = f"{Path(code.co_filename).stem}.{function.__qualname__}-{code.co_firstlineno}"
        self.folder, self.name = folder, re.sub(r"[^\w.-]", "", place)
        self.cache_path = str(folder.path)

    def load_overload(self, signature: Any, target: Any) -> Any:
        """The compiled form for a signature, or None if there is none that can be used."""
        target.refresh()
        key = self._key(signature, target)
        content = self.folder.load(self.name, key)
        if content is None:
            return None
        try:
            result = compiler.CompileResult._rebuild(target, *pickle.loads(content))
        except Exception:  # the file is intact but not made by this numba: compile again
            self.folder.damaged(self.name, key)
            return None
        if not self.callable_from_rules:
            result.library._get_module_for_linking = _refuse_to_link  # its code is not in the file
        return result

    def save_overload(self, signature: Any, result: Any) -> None:
        """Saves the compiled form for a signature."""
        if not result.library.has_dynamic_globals:  # these hold addresses of this process
            reduced = result._reduce() if self.callable_from_rules else only_machine_code(result._reduce())
            self.folder.save(self.name, self._key(signature, result.target_context), serialize.dumps(reduced))

    def flush(self) -> None:
        """Called by numba before it compiles a kernel again; nothing to do, as saving replaces the old file."""

    @staticmethod
    def _key(signature: Any, target: Any) -> str:
        """What the machine code depends on in addition to source and versions: types, processor and numba's settings."""
        return repr((signature, target.codegen().magic_tuple(), numba_config.BOUNDSCHECK, int(numba_config.OPT)))


def kernel(*signature: Any) -> Callable[[Callable[..., Any]], Any]:
    """Compiles a function that runs without the interpreter lock, cached under the digest of everything it imports.

    `signature` gives the argument types; without it they are taken from the first call, and no other kernel can call this one.
    Fast-math and parallel loops stay off, because both change results (measured); instead, several runs are computed at once.
    """

    def compile_(function: Callable[..., Any]) -> Any:
        _compiled_names.add(function.__qualname__)
        dispatcher = numba.njit(nogil=True, _nrt=False, no_cfunc_wrapper=True)(function)
        if function.__closure__ is None and hasattr(dispatcher, "_cache"):  # a closure's values are in no file
            dispatcher._cache = _Cache(
                function, EngineFolder(Path(function.__code__.co_filename), VERSIONS), callable_from_rules=bool(signature)
            )
            _kernels.append(dispatcher)
        if signature:
            dispatcher.compile(*signature)
            dispatcher.disable_compile()
        return dispatcher

    return compile_


_kernels: list[Any] = []


def is_cached(dispatcher: Any) -> bool:
    """Whether the cache holds a compiled version, so that the first call need not compile."""
    cache = getattr(dispatcher, "_cache", None)
    return isinstance(cache, _Cache) and cache.folder.has(cache.name)


def clean_cache() -> tuple[int, int]:
    """Removes all compiled engines except those of this process; returns how many were removed, and their size in bytes."""
    return clean(path for dispatcher in _kernels if (path := dispatcher._cache.folder.path))
