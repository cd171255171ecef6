"""What one machine can show of running on others: cisim needs nothing that only one operating system has. And the extras."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cisim.errors import EXTRAS, MissingError, require
from tests.conftest import ROOT

ELSEWHERE = """
import importlib, os, pkgutil, signal, sys
# these care for themselves
import filelock, numba, numpy, pandas, pyarrow, pyarrow.compute, pyarrow.parquet, matplotlib.figure, mesa, solara, starlette
import uvicorn, solara.server.starlette, sklearn, SALib, distributed, multiprocessing, subprocess, socket, tempfile, asyncio

for name in ("fcntl", "resource", "termios", "tty", "pty", "pwd", "grp", "syslog", "posix", "readline"):
    sys.modules[name] = None  # an import of it fails from now on
not_there = {  # in Windows' modules
    os: "O_NOFOLLOW O_NONBLOCK O_CLOEXEC O_DIRECTORY O_SYNC O_DSYNC fork forkpty killpg getuid geteuid getgid getegid getpgid"
    " setsid"
    " sysconf uname fchown chown lchown mkfifo mknod pread pwrite getloadavg nice pipe2 fdatasync sched_getaffinity statvfs"
    " register_at_fork waitid wait3 wait4 posix_spawn sync",
    signal: "SIGKILL SIGHUP SIGUSR1 SIGUSR2 SIGALRM SIGQUIT SIGCHLD SIGPIPE pthread_sigmask setitimer",
}
for module, names in not_there.items():
    for name in names.split():
        vars(module).pop(name, None)

import cisim
found = {one.name for one in pkgutil.walk_packages(cisim.__path__, "cisim.")} - {"cisim.__main__"}
for name in sorted(found):
    importlib.import_module(name)
print(len(found) > 150)
"""

STORING = """
from pathlib import Path
from cisim.errors import StoreError
from cisim.sweeps.store import Results, Store
from cisim.sweeps.store.disk import is_written
from tests.store_rows import manifest, rows

folder = Path(sys.argv[1])
with Store.create(folder, manifest()) as store:
    store.append(rows(range(10)))
    print(is_written(folder))
    try:
        Store.open(folder, manifest())
    except StoreError as error:
        print(error)
print(is_written(folder), len(Results.of(folder).table()))
(folder / "lock").unlink()
(folder / "lock").symlink_to(folder / "elsewhere")
try:
    Store.open(folder, manifest())
except StoreError as error:
    print("a link" in str(error), (folder / "elsewhere").exists())
"""


def elsewhere(text: str, *words: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", text, *words], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
def test_every_module_is_imported_and_rows_are_stored_without_what_windows_lacks(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    imported, held, refused, *rest = elsewhere(ELSEWHERE + STORING, str(folder))
    assert (imported, held) == ("True", "True")
    assert refused.startswith(f"{folder}: process ")
    assert "is writing here" in refused
    assert rest == ["False 10", "True False"]


def test_no_module_names_what_only_some_systems_have_without_asking_for_it() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in (ROOT / "cisim").rglob("*.py")
        for word in ("import fcntl", "os.fork(", "os.killpg", "SIGKILL)", "SIGHUP", "preexec_fn", "dir_fd", "os.fchmod")
        if word in path.read_text(encoding="utf-8")
    ]
    assert found == []


def test_texts_are_read_and_written_as_utf_8_whatever_the_system_prefers() -> None:
    text = "import importlib, pkgutil, cisim; cisim.load('strive'); from cisim.scenario.community import template; template()"
    done = subprocess.run(
        [sys.executable, "-X", "warn_default_encoding", "-W", "error::EncodingWarning:cisim", "-c", text],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    ruff = [sys.executable, "-m", "ruff", "check", "--no-cache", "--preview", "--select", "PLW1514", "cisim"]
    done = subprocess.run(ruff, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout


# extras

BASE = """
import sys
for name in {missing}:
    sys.modules[name] = None
from cisim.cli import program
for words in ("compare default --seeds 2 --years 1", "settings voice", "experiments", "scenarios show strive"):
    program(words.split(), standalone_mode=False)
"""


@pytest.mark.slow
def test_the_base_install_compares_and_lists_without_any_extra() -> None:
    missing = sorted({module for modules in EXTRAS.values() for module in modules})
    printed = "\n".join(elsewhere(BASE.format(missing=missing)))
    for part in ("the strongest alternative", "initiative.voice", "when_does_it_pay", "StrivePartnership"):
        assert part in printed


@pytest.mark.parametrize("extra", sorted(EXTRAS))
def test_where_an_extra_is_missing_one_sentence_gives_the_command(extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in EXTRAS[extra]:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingError, match=rf"needs .*, which is not installed: pip install 'cisim\[{extra}\]'\.$"):
        require(extra)
    with pytest.raises(ImportError):
        require(extra)


def test_every_extra_is_declared_with_the_package() -> None:
    import tomllib

    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert set(EXTRAS) | {"all", "docs", "test"} == set(declared)
    everything = declared["all"][0].removeprefix("cisim[").removesuffix("]").split(",")
    assert set(everything) == set(EXTRAS)
