"""A large run is announced, shows progress, does not begin where memory will not do, and can be interrupted."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import cisim
from cisim.engines import compiled, run_size
from cisim.engines.compiled import CompiledRun, run
from cisim.engines.run_size import memory_available, memory_needed
from cisim.engines.shared import Known
from cisim.engines.world import World
from cisim.scenario import load
from cisim.scenario.community import template
from cisim.scenario.settings import SECTIONS
from tests.naive import busy, eventful

LARGE = ["community.npos=30000", "community.schools=500", "money.annual_budget=6000000", "run.warmup_years=30"]
LIMITED = """
import resource, sys
from pathlib import Path
from cisim.cli import main
from cisim.engines.compiled import warm_up
warm_up()
now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + 2**27, resource.RLIM_INFINITY))
main()
"""


def words(*settings: str) -> list[str]:
    return ["run", "default", *(word for setting in settings for word in ("--place", setting))]


def test_a_run_in_slices_has_the_same_bits_and_reports_every_quarter() -> None:
    seen: list[int] = []
    scenario = eventful().change({"run.warmup_years": 2})
    for engine in ("compiled", "agents"):
        whole = cisim.history(scenario, "collective_impact", 21, 2, engine)
        sliced = cisim.history(scenario, "collective_impact", 22, 2, engine, seen.append)
        assert seen == list(range(1, 17))
        seen.clear()
        assert cisim.history(scenario, "collective_impact", 22, 2, engine).tobytes() == sliced.tobytes()
        assert whole.tobytes() != sliced.tobytes()


def test_a_run_that_may_change_its_world_has_the_same_bits_as_one_of_copies() -> None:
    world = World.of(busy(), "collective_impact", 23)
    before = world.npos.tobytes()
    copied = CompiledRun(world).advance_to(world.quarters)
    assert world.npos.tobytes() == before
    own = CompiledRun(world, copy=False).advance_to(world.quarters)
    assert own.history.tobytes() == copied.history.tobytes()


def test_a_start_too_large_to_be_kept_is_computed_without_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    ref = run(busy(), "collective_impact", 24)
    known = Known(1000)
    monkeypatch.setattr(compiled, "KNOWN", known)
    assert run(busy(), "collective_impact", 24).tobytes() == ref.tobytes()
    assert (known.computed, known.found, known.bytes) == (0, 0, 0)


@pytest.mark.parametrize("npos", [50, 999, 1000, 20_000])
def test_memory_needed_is_what_the_arrays_of_a_run_take(npos: int) -> None:
    scenario = load("default").change({"community.npos": npos, "community.schools": 1500, "community.funders": 7})
    world = World.of(scenario, "isolated_impact", 0, 3)
    one = CompiledRun(world, copy=False)
    arrays = [one.schools, one.npos, one.funders, one.backbone, one.town, world.base, world.arm, one.history]
    assert memory_needed(scenario, 3) == pytest.approx(sum(array.nbytes for array in arrays), rel=0.001)


def test_memory_needed_of_a_community_from_files_is_that_of_its_lists(tmp_path: Path) -> None:
    for name, text in template().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    scenario = load(next(path for path in tmp_path.iterdir() if path.suffix == ".toml"))
    world = World.of(scenario, "isolated_impact", 0)
    assert scenario.community.npos
    assert memory_needed(scenario) > world.npos.nbytes + world.schools.nbytes


def test_a_container_s_limit_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder, limit, used in (
        (tmp_path, "memory.max", "memory.current"),
        (tmp_path / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
    ):
        folder.mkdir(exist_ok=True)
        (folder / limit).write_text("5000000\n")
        (folder / used).write_text("4000000\n")
        (folder / "memory.stat").write_text("anon 3500000\ninactive_file 500000\n")
    free = memory_available()
    assert free is not None
    assert free > 2_000_000
    monkeypatch.setattr(run_size, "GROUPS", tmp_path)
    assert memory_available() == 1_500_000
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory" / "memory.limit_in_bytes").write_text("9223372036854771712\n")
    assert (memory_available() or 0) > 2_000_000


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the limit of an address space is read from /proc")
@pytest.mark.slow
def test_a_run_that_memory_will_not_do_for_does_not_begin() -> None:
    most = SECTIONS["community"].model_fields["npos"].json_schema_extra["high"]  # type: ignore[index,call-overload]
    command = [sys.executable, "-c", LIMITED, *words(f"community.npos={most}")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith(f"cisim: memory: a run of {most:,} organisations needs ")
    assert "is left here. Give fewer (--place community.npos=" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_large_run_is_announced_and_interrupted_with_status_130(tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    command = [sys.executable, "-m", "cisim", *words(*LARGE), "--csv", str(path)]

    def listen() -> None:  # a shell's background jobs ignore Ctrl-C
        signal.signal(signal.SIGINT, signal.default_int_handler)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=listen) as process:
        assert process.stderr
        first = process.stderr.readline()
        assert "30,000 organisations, 500 schools, 160 quarters: about " in first
        assert first.endswith(" MB of memory.\n")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert out == ""
    assert err.strip() == "cisim: interrupted; nothing was written."
    assert not path.exists()
