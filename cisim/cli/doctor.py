"""The command `cisim doctor`: what is installed here, where compiled engines are kept, and how fast this machine is."""

import os
import platform
import shutil
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import click

import cisim
from cisim.cli.console import ExitStatus, show, table
from cisim.cli.options import ANSWER, Files, announce_compiling
from cisim.errors import EXTRAS, installed
from cisim.text.numbers import rate, size

NEEDED = ("numpy", "pandas", "numba", "llvmlite", "pydantic", "click", "rich", "jinja2", "tomlkit", "filelock")
CALLED = {"sklearn": "scikit-learn"}  # packages that are not called like their module
LITTLE = 500_000_000  # bytes of free disk below which a sweep or a compiled engine may not fit
PROBE_SECONDS = 1.0


@click.command()
@click.option("--speed/--no-speed", default=True, help="Also measure how fast this machine runs the model (compiles it first).")
@ANSWER
def doctor(speed: bool, files: Files) -> None:
    """Show what is installed, the cache of compiled engines, cores, memory, free disk, and how fast this machine is.

    Exits with status 1 if something would stop cisim from working well, after a sentence that says what to do.

    \b
    Examples:
      cisim doctor
      cisim doctor --no-speed --json -
    """
    found = {"cisim": cisim.__version__, "python": platform.python_version(), "executable": sys.executable}
    found |= {"system": platform.platform(), "machine": platform.machine()}
    packages = {name: version_of(name) for name in NEEDED}
    extras = {name: {module: version_of(module) for module in modules} for name, modules in EXTRAS.items()}
    place, problems = _place()
    show(table("This installation", ["", ""], [[name, str(value)] for name, value in found.items()]), "")
    show(table("Packages", ["package", "version"], [[name, value or "missing"] for name, value in packages.items()]), "")
    rows = [[name, *_state(modules, name)] for name, modules in extras.items()]
    show(table("Extras", ["extra", "installed", ""], rows, 3), "")
    show(table("This machine", ["", ""], [[name.replace("_", " "), _shown(name, value)] for name, value in place.items()]))
    if speed:
        announce_compiling()
        place["runs_per_second"] = runs_per_second()
        show(f"Speed: {rate(place['runs_per_second'])} on one core, each of ten years of an ordinary community.")
    for sentence in problems:
        click.echo(f"cisim: {sentence}", err=True)
    files.json(lambda: {**found, "packages": packages, "extras": extras, **place, "problems": problems})
    if problems:
        sys.exit(ExitStatus.NOT_AS_ASKED)


def version_of(module: str) -> str | None:
    """The version of the package that brings a module; None if it is not installed."""
    if not installed(module):
        return None
    try:
        return metadata.version(CALLED.get(module, module))
    except metadata.PackageNotFoundError:
        return "unknown version"


def _state(modules: dict[str, str | None], extra: str) -> list[str]:
    missing = [name for name, version in modules.items() if version is None]
    have = ", ".join(f"{name} {version}" for name, version in modules.items() if version)
    return [have, f"pip install 'cisim[{extra}]'" if missing else ""]


def _place() -> tuple[dict[str, Any], list[str]]:
    """Cores, memory, disk and cache, and a sentence for each thing that would stop cisim from working well."""
    from cisim.engines.compiled import MODEL_DIGEST, needs_compiling
    from cisim.engines.run_size import memory_available
    from cisim.numerics.compiled_cache import cache_home

    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    home = cache_home()
    found: dict[str, Any] = {"cores": os.cpu_count(), "cores_usable": usable, "memory_free": memory_available()}
    found["disk_free_here"] = shutil.disk_usage(Path.cwd()).free
    found |= {"cache": home, "cache_bytes": _bytes(home) if home else 0, "model": MODEL_DIGEST, "compiled": not needs_compiling()}
    problems = []
    if home is None:
        problems.append("no folder for compiled engines can be written, so every command compiles: set CISIM_CACHE_DIR to one.")
    elif home.exists() and not os.access(home, os.W_OK):
        problems.append(f"{home} cannot be written, so every command compiles: set CISIM_CACHE_DIR to a folder of your own.")
    if found["disk_free_here"] < LITTLE:
        problems.append(f"only {size(found['disk_free_here'])} of disk are free here: free some space before a sweep.")
    return found, problems


def _bytes(folder: Path) -> int:
    return sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "unknown"
    return size(value) if name in ("memory_free", "disk_free_here", "cache_bytes") else str(value)


def runs_per_second() -> float:
    """How many runs of an ordinary community one core finishes in a second, from about a second of them."""
    from cisim.engines.compiled import CompiledRun
    from cisim.engines.world import World
    from cisim.scenario import load

    scenario = load("default")
    CompiledRun(World.of(scenario, "collective_impact", 0)).advance_to(1)  # loads the engine
    begun, runs = time.perf_counter(), 0
    while (passed := time.perf_counter() - begun) < PROBE_SECONDS or not runs:
        world = World.of(scenario, "collective_impact", runs)
        CompiledRun(world).advance_to(world.quarters)
        runs += 1
    return runs / passed
