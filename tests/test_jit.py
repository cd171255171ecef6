"""The cache of compiled kernels: an edited rule is never served from it, an unedited one always is."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cisim.numerics.compiled_cache import EngineFolder, import_closure, source_digest
from cisim.numerics.jit import is_cached
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

RULES = '''"""A toy model of one rule."""

from cisim.numerics.jit import rule


@rule
def grow(x):
    """Adds one."""
    return x + 1.0
'''

ENGINE = '''"""A toy kernel: the rule over one number."""

from cisim.numerics.jit import {door}
from toy.rules import grow


@{door}({arguments})
def advance(x):
    return grow(x)
'''

SHOW = """
import json
from cisim.numerics.jit import is_cached
from toy.engine import advance
before = is_cached(advance)
value = advance(1.0)
print(json.dumps([value, bool(advance.stats.cache_hits), bool(advance.stats.cache_misses), before]))
"""


@dataclass(frozen=True)
class Seen:
    value: float
    from_cache: bool
    compiled: bool
    cached_before: bool
    said: str = ""


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A toy package with one rule and one kernel that imports it."""
    folder = tmp_path / "toy"
    folder.mkdir()
    (folder / "__init__.py").write_text('"""A toy."""\n')
    (folder / "rules.py").write_text(RULES)
    (folder / "engine.py").write_text(ENGINE.format(door="kernel", arguments=""))
    return folder


@pytest.fixture
def run(toy: Path) -> Callable[..., Seen]:
    """Runs the toy kernel in a process of its own and says what it gave and where the compiled code came from."""

    def run_(cache: Path | None = toy.parent / "cache", **variables: str | None) -> Seen:
        paths = os.pathsep.join([str(toy.parent), str(ROOT)])
        # without byte code: Python's own cache looks at the time of the source, which a test may have set back
        place = {"CISIM_CACHE_DIR": str(cache) if cache else None}
        all_ = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", **place, **variables}
        env = {name: value for name, value in all_.items() if value is not None}
        done = subprocess.run([sys.executable, "-c", SHOW], env=env, cwd=toy.parent, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        fields: list[Any] = json.loads(done.stdout)
        return Seen(*fields, said=done.stderr)

    return run_


def edit(path: Path, before: str, after: str) -> None:
    """Changes a file and sets its time back, as unpacking an archive or checking out a commit may."""
    times = path.stat()
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_an_edited_rule_is_compiled_anew_and_an_unedited_one_loaded(toy: Path, run: Callable[..., Seen]) -> None:
    assert run() == Seen(2.0, from_cache=False, compiled=True, cached_before=False)
    assert run() == Seen(2.0, from_cache=True, compiled=False, cached_before=True)
    edit(toy / "rules.py", "x + 1.0", "x + 5.0")
    assert run() == Seen(6.0, from_cache=False, compiled=True, cached_before=False)
    edit(toy / "rules.py", "x + 5.0", "x + 1.0")
    assert run() == Seen(2.0, from_cache=True, compiled=False, cached_before=True)


def test_the_cache_of_numba_alone_would_have_served_the_old_rule(toy: Path, run: Callable[..., Seen]) -> None:
    """Why the digest is there. Should this ever fail, numba has learnt to look at imports, and the digest may go."""
    plain = ENGINE.format(door="kernel", arguments="").replace("from cisim.numerics.jit import kernel", "from numba import njit")
    (toy / "engine.py").write_text(plain.replace("@kernel()", "@njit(cache=True)"))
    own_cache = str(toy.parent / "numba")
    assert run(NUMBA_CACHE_DIR=own_cache).value == 2.0
    edit(toy / "rules.py", "x + 1.0", "x + 5.0")
    assert run(NUMBA_CACHE_DIR=own_cache).value == 2.0


def test_without_a_folder_to_write_to_kernels_still_run(toy: Path, run: Callable[..., Seen]) -> None:
    file = toy.parent / "file"
    file.write_text("not a folder")
    for _ in range(2):
        seen = run(cache=file / "below")
        assert replace(seen, said="") == Seen(2.0, from_cache=False, compiled=True, cached_before=False)
        assert re.fullmatch(r"cisim: the compiled engine cannot be kept in .* \(Not a directory\)\.\n", seen.said)
    assert file.read_text() == "not a folder"


def test_a_kernel_with_a_signature_is_compiled_when_it_is_made(toy: Path, run: Callable[..., Seen]) -> None:
    engine = ENGINE.format(door="kernel", arguments="real(real)").replace("import kernel", "import kernel, real")
    (toy / "engine.py").write_text(engine)
    assert run() == Seen(2.0, from_cache=False, compiled=True, cached_before=True)
    assert run() == Seen(2.0, from_cache=True, compiled=False, cached_before=True)


def test_what_is_no_kernel_is_not_cached() -> None:
    assert not is_cached(print)


# Damage ------------------------------------------------------------------------------------------------------------------

COMPILED = Seen(2.0, from_cache=False, compiled=True, cached_before=True)
LOADED = Seen(2.0, from_cache=True, compiled=False, cached_before=True)


def damages(whole: bytes) -> dict[str, bytes]:
    """What disks, full quotas and killed copies make of a file."""
    random = Random(11)
    found = {"emptied": b"", "cut": whole[: len(whole) // 2], "random": random.randbytes(len(whole)), "longer": whole + b"\0"}
    for _ in range(4):
        flipped = bytearray(whole)
        flipped[random.randrange(len(whole))] ^= 1 << random.randrange(8)
        found[f"flipped {len(found)}"] = bytes(flipped)
    return found


def test_a_damaged_cache_file_is_compiled_anew(run: Callable[..., Seen], toy: Path) -> None:
    run()
    (path,) = (toy.parent / "cache").rglob("*.nbc")
    whole = path.read_bytes()
    for kind, damaged in damages(whole).items():
        path.write_bytes(damaged)
        seen = run()
        assert seen == replace(COMPILED, said=f"cisim: the compiled engine in {path} is damaged; compiling anew.\n"), kind
        assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert run() == LOADED


def test_every_flipped_bit_of_a_cache_file_is_seen(toy: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    """Of each byte before the content, and of many of it."""
    monkeypatch.setenv("CISIM_CACHE_DIR", str(toy.parent / "cache"))
    folder = EngineFolder(toy / "engine.py", "py3-numba0-numpy2")
    assert folder.path
    folder.save("advance", "f(x)", bytes(range(256)) * 40)
    (path,) = folder.path.glob("*.nbc")
    whole = path.read_bytes()
    assert folder.load("advance", "f(x)") == bytes(range(256)) * 40
    places = [*range(60), *Random(3).choices(range(60, len(whole)), k=1000)]
    for place in places:
        flipped = bytearray(whole)
        flipped[place] ^= 1 << place % 8
        path.write_bytes(flipped)
        assert folder.load("advance", "f(x)") is None
    assert len(caplog.messages) == len(places)


def test_a_file_under_anothers_name_is_not_loaded(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CISIM_CACHE_DIR", str(toy.parent / "cache"))
    folder = EngineFolder(toy / "engine.py", "py3-numba0-numpy2")
    assert folder.path
    folder.save("advance", "f(x)", b"one")
    (one,) = folder.path.glob("*.nbc")
    folder.save("advance", "f(y)", b"two")
    (two,) = set(folder.path.glob("*.nbc")) - {one}
    shutil.copy(one, two)
    assert folder.load("advance", "f(x)") == b"one"
    assert folder.load("advance", "f(y)") is None


def test_processes_that_compile_at_once_leave_one_whole_file(toy: Path, run: Callable[..., Seen]) -> None:
    with ThreadPoolExecutor(4) as pool:
        seen = [task.result() for task in [pool.submit(run) for _ in range(4)]]
    assert [(one.value, one.said) for one in seen] == [(2.0, "")] * 4
    assert len(list((toy.parent / "cache").rglob("*.*"))) - 1 == 1
    assert run() == LOADED


DEATHS = """
import os, resource, signal, sys

def die_before(step):
    def hook(event, arguments):
        if event == step and str(arguments[0]).endswith(".part"):
            os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)

if sys.argv[1] == "half":  # of the file is written
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
else:
    die_before(sys.argv[1])
from toy.engine import advance
advance(1.0)
"""


def test_a_process_killed_while_it_saves_leaves_nothing_that_a_later_start_trips_over(
    toy: Path, run: Callable[..., Seen]
) -> None:
    """Killed before the file is made, with half of it written, and before it gets its name."""
    cache = toy.parent / "cache"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(toy.parent), str(ROOT)]), "CISIM_CACHE_DIR": str(cache)}
    sizes = []
    for death, number in (("open", signal.SIGKILL), ("half", signal.SIGXFSZ), ("os.rename", signal.SIGKILL)):
        done = subprocess.run([sys.executable, "-c", DEATHS, death], env=env, cwd=toy.parent, capture_output=True, text=True)
        assert (done.returncode, done.stdout, done.stderr) == (-number, "", ""), death
        parts = list(cache.rglob("*.part"))
        assert not list(cache.rglob("*.nbc"))
        sizes.append(sorted(path.stat().st_size for path in parts))
        if death == "os.rename":
            for path in parts:  # two days ago
                os.utime(path, (time.time() - 48 * 3600,) * 2)
        assert run() == replace(COMPILED, cached_before=False), death
        (whole,) = cache.rglob("*.nbc")
        size = whole.stat().st_size
        if death != "os.rename":
            whole.unlink()
    assert sizes == [[], [4096], [4096, size]], "what is left of the killed was there"
    assert run() == LOADED
    assert not list(cache.rglob("*.part")), "and is removed once no process can be writing it"


# Where there is no home --------------------------------------------------------------------------------------------------


def test_without_a_home_the_cache_is_among_the_temporary_files(toy: Path, run: Callable[..., Seen]) -> None:
    place = toy.parent / "temporary"
    place.mkdir()
    where: dict[str, Any] = {"HOME": "/dev/null", "XDG_CACHE_HOME": None, "TMPDIR": str(place)}
    assert run(None, **where) == replace(COMPILED, cached_before=False)
    assert run(None, **where) == LOADED
    (folder,) = place.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o777)  # others could put code in it
    assert run(None, **where) == replace(COMPILED, cached_before=False)


UNKNOWN = """
import os, sys
from cisim.numerics.compiled_cache import cache_home
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(54321)
    os.setuid(54321)
print(os.getuid(), cache_home())
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become a user whom nobody knows")
def test_a_user_whom_no_file_of_users_knows_has_a_cache_and_not_anothers(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as place:  # all may pass through /tmp
        os.chmod(place, 0o1777)
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TMPDIR": place}

        def home() -> str:
            done = subprocess.run([sys.executable, "-c", UNKNOWN], env=env, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            return done.stdout.strip()

        folder = Path(place) / "cisim-54321"
        assert home() == f"54321 {folder}"
        assert home() == f"54321 {folder}"
        assert (folder.stat().st_uid, folder.stat().st_mode & 0o777) == (54321, 0o700)
        folder.rmdir()
        folder.mkdir(0o700)  # by somebody else
        assert home() == "54321 None"
        folder.rmdir()
        folder.symlink_to(tmp_path)
        assert home() == "54321 None"


# Old engines -------------------------------------------------------------------------------------------------------------


def made_engine(home: Path, number: int, days: float) -> Path:
    """A folder of an engine last used so many days ago."""
    folder = home / f"{number:016x}-py3.11.7-numba0.68.1-numpy2.4.6"
    folder.mkdir(parents=True)
    (folder / "kernel.nbc").write_bytes(b"0" * 1000)
    used = time.time() - 24 * 3600 * days
    os.utime(folder, (used, used))
    return folder


def test_old_engines_go_when_another_is_kept_and_nothing_else_does(toy: Path, run: Callable[..., Seen]) -> None:
    home, apart = toy.parent / "cache", toy.parent / "apart"
    old = [made_engine(home, number, days=2 + number) for number in range(8)]
    recent = [made_engine(home, 100 + number, days=0.5) for number in range(2)]
    others = [home / "results", home / "0123456789abcdef", home / f"{old[0].name}.bak"]
    for folder in others:
        folder.mkdir()
        (folder / "mine.csv").write_text("1")
    made_engine(apart, 7, days=99)
    link = home / f"{'f' * 16}-py3.11.7-numba0.68.1-numpy2.4.6"
    link.symlink_to(apart / f"{7:016x}-py3.11.7-numba0.68.1-numpy2.4.6")
    os.utime(link, (0, 0), follow_symlinks=False)
    run()
    # six are kept: the new one, the two of today, and three more
    assert [folder.exists() for folder in old] == [True] * 3 + [False] * 5
    assert all(folder.exists() for folder in recent)
    assert all((folder / "mine.csv").exists() for folder in others)
    assert (link / "kernel.nbc").exists()
    os.utime(old[2])  # used again
    clean = "from cisim.numerics.jit import clean_cache; from toy.engine import advance; print(clean_cache())"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(toy.parent), str(ROOT)]), "CISIM_CACHE_DIR": str(home)}
    done = subprocess.run([sys.executable, "-c", clean], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "(5, 5000)\n"
    assert run() == LOADED
    assert all((folder / "mine.csv").exists() for folder in others)
    assert (link / "kernel.nbc").exists()


# The import closure ------------------------------------------------------------------------------------------------------


def closure_of_the_kernel() -> set[str]:
    files = import_closure(ROOT / "cisim" / "engines" / "kernel.py")
    return {path.relative_to(ROOT / "cisim").as_posix() for path in files}


def test_the_kernel_is_named_by_every_file_that_decides_what_a_run_gives() -> None:
    model = {f"model/{path.name}" for path in (ROOT / "cisim" / "model").glob("*.py") if path.name != "metric_table.py"}
    numerics = {f"numerics/{name}.py" for name in ("jit", "columns", "columns_in_rules", "arithmetic", "chance", "parts")}
    assert closure_of_the_kernel() == {"engines/kernel.py"} | numerics | model


def test_editing_the_command_line_recompiles_nothing() -> None:
    """Nor does a new default, a new picture, or another way to compare."""
    above = {"__init__.py", "__main__.py", "cli/__init__.py", "present/matplotlib.py", "studies/comparison.py"}
    above |= {"scenario/__init__.py", "scenario/settings.py", "scenario/settings.toml"}
    assert all((ROOT / "cisim" / path).exists() for path in above)
    assert not closure_of_the_kernel() & above


@pytest.mark.parametrize(
    "line",
    [
        "import toy.rules",
        "import toy.rules as rules",
        "from toy import rules",
        "from toy.rules import grow",
        "from . import rules",
        "from .rules import grow",
        "def late():\n    from toy.rules import grow",
        "try:\n    import numpy\nexcept ImportError:\n    from toy.rules import grow\nelse:\n    pass",
        "class Late:\n    if True:\n        pass\n    else:\n        from toy.rules import grow",
        "def late(k):\n    match k:\n        case 1:\n            from toy.rules import grow",
        "try:\n    pass\nfinally:\n    with open('x'):\n        from toy import rules",
    ],
)
def test_every_way_to_import_a_file_is_followed(toy: Path, line: str) -> None:
    (toy / "engine.py").write_text(f"{line}\n")
    assert {path.name for path in import_closure(toy / "engine.py")} == {"engine.py", "rules.py"}


def test_imports_are_followed_through_packages_and_in_circles(toy: Path) -> None:
    (toy / "parts").mkdir()
    (toy / "parts" / "__init__.py").write_text("from toy.parts import deep\n")
    (toy / "parts" / "deep.py").write_text("from .. import rules, engine\nimport numpy, os.path\n")
    (toy / "engine.py").write_text("from toy.parts import deep\n")
    names = [path.relative_to(toy).as_posix() for path in import_closure(toy / "engine.py")]
    assert sorted(names) == ["engine.py", "parts/__init__.py", "parts/deep.py", "rules.py"]


def test_what_lies_beside_the_package_is_never_followed(toy: Path) -> None:
    """Once installed, all that is installed lies beside it."""
    (toy.parent / "numpy").mkdir()
    for name in ("numpy/__init__.py", "neighbour.py", "rules.py"):
        (toy.parent / name).write_text("import toy.rules\n")
    (toy / "engine.py").write_text("import numpy, neighbour, rules\nfrom neighbour import grow\nfrom .. import neighbour\n")
    assert import_closure(toy / "engine.py") == (toy.resolve() / "engine.py",)


def test_the_digest_is_the_same_wherever_the_package_lies(toy: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "deeper").mkdir(parents=True)
    other = tmp_path / "elsewhere" / "deeper" / "toy"
    shutil.copytree(toy, other)
    (other.parent / "toy_too.py").write_text("import toy\n")
    assert source_digest(import_closure(toy / "engine.py")) == source_digest(import_closure(other / "engine.py"))
    (toy / "rules.py").rename(toy / "rules2.py")
    assert source_digest([toy / "rules2.py"]) != source_digest([other / "rules.py"])


def test_the_digest_changes_with_any_byte_of_any_file(toy: Path) -> None:
    files = sorted(toy.glob("*.py"))
    seen = {source_digest(files)}
    for path in files:
        path.write_bytes(path.read_bytes() + b"\n")
        seen.add(source_digest(files))
    assert len(seen) == len(files) + 1
    assert all(len(digest) == 16 for digest in seen)


CALLED = """
import numba
from toy.engine import advance
assert advance(1.0) == 2.0 and advance.stats.cache_hits
try:
    numba.njit(lambda x: advance(x))(1.0)
except Exception as refused:
    print(refused)
"""


def test_a_loaded_kernel_is_called_from_python_only_unless_it_has_a_signature(toy: Path, run: Callable[..., Seen]) -> None:
    """Its file holds machine code only: a third of what numba would keep. Other kernels are refused, never linked to a stub."""
    assert run().compiled
    paths = os.pathsep.join([str(toy.parent), str(ROOT)])
    env = {**os.environ, "PYTHONPATH": paths, "CISIM_CACHE_DIR": str(toy.parent / "cache")}
    done = subprocess.run([sys.executable, "-c", CALLED], env=env, cwd=toy.parent, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "a kernel without a signature is called from Python only" in done.stdout
