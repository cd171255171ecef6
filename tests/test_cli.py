"""The command, run in processes of its own as users run it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from cisim.cli.console import waiting
from cisim.engines.compiled import warm_up
from cisim.numerics import jit
from cisim.scenario import load
from cisim.studies.comparison import compare
from cisim.studies.sizes import ROWS
from tests.conftest import ROOT
from tests.marked import Marked

Run = Callable[..., subprocess.CompletedProcess[str]]
SMALL = ("--seeds", "4", "--years", "2", "--place", "run.warmup_years=1")


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    warm_up()


def test_compare_prints_tables_scores_money_and_an_honest_sentence_and_writes_what_was_asked(cisim: Run, tmp_path: Path) -> None:
    files = [str(tmp_path / name) for name in ("c.json", "c.csv", "c.png")]
    run = cisim("compare", "default", *SMALL, "--json", files[0], "--csv", files[1], "--plot", files[2])
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    for part in ("on track", "variance reduction", "The five conditions", "Where each dollar went", "cover chance between"):
        assert part in run.stdout
    assert "\x1b" not in run.stdout, "piped output carries no colours"
    summary = json.loads(Path(files[0]).read_text())
    ref = compare(load("default").change({"run.warmup_years": 1}), seeds=4, years=2)
    effect = ref.effect("on_track", "collective_impact")
    assert summary["effects"]["on_track"]["collective_impact"]["difference"] == effect.difference
    assert summary["conclusion"] in run.stdout
    frame = pd.read_csv(files[1])
    assert list(frame.columns) == ["arm", "seed", "year", "metric", "value"]
    assert set(frame.seed) == {0, 1, 2, 3}
    assert Path(files[2]).read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_compare_judges_by_the_margin_given_and_shows_sizes(cisim: Run, tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    run = cisim("compare", "default", *SMALL, "--margin", "20", "--json", str(file))
    assert run.returncode == 0, run.stderr
    assert "are equivalent here: no worthwhile difference." in run.stdout
    assert "How large the differences are after 2 years" in run.stdout
    summary = json.loads(file.read_text())
    assert summary["effects"]["on_track"]["collective_impact"]["margin"] == 0.2
    assert summary["effects"]["on_track"]["collective_impact"]["outcome"] == "equivalent"
    assert summary["sizes"][-1]["arm"] == "isolated impact with 10 % more grants"
    assert set(ROWS) < set(summary["sizes"][0])


def test_compare_adds_seeds_until_decided(cisim: Run) -> None:
    run = cisim("compare", "default", *SMALL, "--margin", "20", "--until-decided", "--at-most", "40")
    assert run.returncode == 0, run.stderr
    assert "16 seeds, 2 years" in run.stdout
    assert "which holds at all 3 looks" in run.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--margin", "-1"), "-1.0 is not in the range x>=0"),
        (("--margin", "nan"), "nan is no smallest worthwhile difference: give 0 or more, as in --margin 0.5."),
        (("--until-decided", "--variants"), "--until-decided adds seeds to one comparison: leave out --variants."),
        (("--until-decided", "--at-most", "2"), "2 is not in the range"),
    ],
)
def test_a_margin_or_a_limit_that_cannot_be_used_is_refused(words: tuple[str, ...], sentence: str, cisim: Run) -> None:
    run = cisim("compare", "default", *words)
    assert run.returncode == 2
    assert sentence in run.stderr
    assert "Traceback" not in run.stderr


def test_the_printed_money_columns_add_up(cisim: Run) -> None:
    printed = cisim("compare", "default", *SMALL).stdout.split("Where each dollar went")[1].split("How large")[0]
    rows = [[float(cell.replace(",", "")) for cell in re.findall(r"-?[\d,]+\.\d\d", line)] for line in printed.splitlines()[1:]]
    rows = [row for row in rows if len(row) == 4]
    assert len(rows) == 12
    for column in zip(*rows, strict=True):
        assert round(100 * sum(column[:-1])) == round(100 * column[-1])


def test_two_arms_and_a_changed_setting(cisim: Run) -> None:
    run = cisim("compare", "default", *SMALL, "--arms", "isolated_impact, open_data", "--set", "initiative.governance=shared")
    assert run.returncode == 0
    assert "collective impact" not in run.stdout.split("cover chance")[0].split("\n", 3)[3]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["compare", "default", "--set", "money.anual_budget=3"], "Did you mean annual_budget?"),
        (["compare", "default", "--set", "money"], "write a setting's path"),
        (["compare", "default", "--set", "money=3"], "money = 3"),
        (["compare", "default", "--arms", "colective_impact"], "Did you mean collective_impact?"),
        (["compare", "default", "--seeds", "0"], "1<=x<=100000"),
        (["compare", "default", "--plot", "x.doc"], "ends in .png, .svg or .pdf"),
        (["compare", "default", "--json", "/nowhere/x.json"], "does not exist"),
        (["compare", "default", "--json", "."], "is a folder"),
        (["ablate", "default", "--metric", "on_trak"], "Did you mean on_track?"),
        (["chance", "strive", "--claimed", "60"], "60 of 53 indicators cannot have improved"),
        (["run", "default", "--arm", "x"], 'no arm "x"'),
        (["verify", "nothing.toml"], "no such file"),
        (["scenarios", "show", "strve"], "Did you mean strive?"),
        (["compare", "default", "--arms", ","], "--arms names no arm"),
        (["compare", "default", "--json", "/tmp/x.out", "--csv", "/tmp/x.out"], "name the same file"),
        (["compare", "default", "--set", "money.annual_budget=3\nx=4"], "give one value"),
        (["compute"], "No such command"),
    ],
)
def test_bad_input_gets_a_sentence_and_status_2_never_a_traceback(cisim: Run, words: list[str], part: str) -> None:
    run = cisim(*words)
    assert run.returncode == 2
    assert run.stdout == ""
    assert part in run.stderr
    assert "Traceback" not in run.stderr


def test_ablate_and_chance_print_what_they_found(cisim: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    run = cisim("ablate", "default", "--seeds", "3", "--years", "1", "--json", str(path))
    assert run.returncode == 0, run.stderr
    for part in (
        "Shapley share",
        "Which pairs reinforce",
        "Through which mechanisms",
        "The five together",
        "cover chance between seeds only",
    ):
        assert part in run.stdout
    assert len(json.loads(path.read_text())["pairs"]) == 10
    run = cisim("chance", "strive", "--claimed", "34", "--seeds", "4")
    assert run.returncode == 0, run.stderr
    assert "0.027" in run.stdout
    assert "of simulated histories without any change show as many" in run.stdout
    run = cisim("chance", "strive", "--claimed", "53", "--seeds", "4")
    assert "Too few simulated histories to tell: run more (--seeds)." in " ".join(run.stdout.split())


def test_old_names_of_commands_and_options_still_work_and_a_note_names_the_new_ones(cisim: Run) -> None:
    old, new = (cisim(name, "strive", "--claimed", "34", "--seeds", "2") for name in ("luck", "chance"))
    assert (old.returncode, old.stdout) == (0, new.stdout)
    assert old.stderr.startswith("cisim: luck is called chance from now on.")
    assert "from now on" not in new.stderr
    run = cisim("compare", "default", "--regimes=colective_impact")
    assert "cisim: --regimes is called --arms from now on." in run.stderr
    assert "Did you mean collective_impact?" in run.stderr


def test_what_looks_like_markup_or_a_formula_is_printed_as_it_stands(cisim: Run, tmp_path: Path) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(
        "# see [1] and [bold]x :cat:\ntitle = '[/x] $\\frac$'\n[arms.mine]\nlabel = '_[/bold] $\\frac$'\n", encoding="utf-8"
    )
    run = cisim("compare", str(path), "--seeds", "1", "--years", "1", "--plot", str(tmp_path / "c.svg"))
    assert run.returncode == 0, run.stderr
    assert "[/x] $\\frac$" in run.stdout
    assert "unknown" in run.stdout, "one seed tells nothing of who leads"
    assert "see [1] and [bold]x :cat:" in cisim("scenarios", "show", str(path)).stdout


@pytest.mark.slow
def test_verify_shows_that_the_engines_agree(cisim: Run) -> None:
    run = cisim("verify", "default", "--seeds", "2", "--years", "1", "--place", "run.warmup_years=1")
    assert run.returncode == 0, run.stderr
    assert "agree to the last bit: 8 runs of 8 quarters" in run.stdout


@pytest.mark.slow
def test_verify_exits_with_status_1_and_names_quarter_agent_and_field(tmp_path: Path) -> None:
    script = tmp_path / "broken.py"
    script.write_text(
        "import sys\n"
        "from cisim.engines import mesa\n"
        "from cisim.model import relations\n"
        "def hasty(self):\n"
        "    relations.update_trust(self, self.community)\n"
        "    self.trust[0] += 2**-52 if self.slot == 5 else 0.0\n"
        "mesa.NPO.update_trust = hasty\n"
        "sys.argv = ['cisim', 'verify', 'default', '--years', '1', '--place', 'run.warmup_years=1']\n"
        "from cisim.cli import main\n"
        "main()\n"
    )
    run = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert run.returncode == 1
    assert "The engines differ: isolated_impact, seed 0, quarter 0: NPO 5.trust is [" in run.stderr
    assert "Traceback" not in run.stderr


def test_run_prints_year_by_year_and_writes_every_quarter(cisim: Run, tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    run = cisim("run", "default", "--arm", "open_data", "--seed", "3", "--years", "2", "--csv", str(path))
    assert run.returncode == 0, run.stderr
    assert "open data, seed 3" in run.stdout
    assert re.search(r"^ *\+2 ", run.stdout, re.MULTILINE)
    assert "Years below 0 are the isolated warm-up" in run.stdout
    assert len(pd.read_csv(path)) == 4 * (load("default").settings.run.warmup_years + 2)


def test_scenarios_are_listed_by_theme_and_shown_with_sources(cisim: Run) -> None:
    listed = cisim("scenarios")
    assert listed.returncode == 0
    for part in ("cradle to career", "strive", "300 NPOs"):
        assert part in listed.stdout
    shown = cisim("scenarios", "show", "strive")
    assert "53 indicators" in shown.stdout
    assert "initiative.backbone_share" in shown.stdout
    everything = cisim("scenarios", "show", "default", "--settings")
    assert "Bridgespan 2016" in everything.stdout


def test_help_and_version_answer_at_once_because_nothing_heavy_is_imported(cisim: Run) -> None:
    heavy = "numba", "mesa", "pandas", "scipy", "matplotlib", "pydantic", "rich", "numpy"
    check = f"import sys; import cisim.cli; print([m for m in {heavy!r} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, cwd=ROOT, check=True)
    assert loaded.stdout.strip() == "[]"
    assert "Examples:" in cisim("--help").stdout
    assert "cisim compare strive --seeds 16" in cisim("compare", "--help").stdout
    assert cisim("--version").stdout.startswith("cisim, version")


@pytest.mark.slow
def test_an_interrupted_comparison_says_so_and_writes_nothing(tmp_path: Path) -> None:
    """By Ctrl-C or by SIGTERM. Both wait at once, on one core, for the line that says how far they are."""
    path = tmp_path / "c.json"
    command = [sys.executable, "-m", "cisim", "compare", "strive", "--seeds", "5000", "--json", str(path)]

    def at_a_terminal() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background jobs ignore interrupts and pass that on
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    started = {
        number: subprocess.Popen(
            command, cwd=ROOT, text=True, preexec_fn=at_a_terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        for number, process in started.items():
            assert process.stderr
            assert "seeds: " in process.stderr.readline(), "it tells how far it is where no bar can be drawn"
            process.send_signal(number)
        for process in started.values():
            _, err = process.communicate(timeout=300)
            assert process.returncode == 130
            assert "interrupted; nothing was written" in err
            assert "Traceback" not in err
            assert not path.exists()
    finally:
        for process in started.values():
            process.kill()
            process.communicate()


def test_warm_says_whether_there_was_anything_to_do(cisim: Run) -> None:
    assert "Already compiled" in cisim("warm").stdout


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache of its own with the engines of this version of the model in it."""
    for folder in {dispatcher._cache.folder.path for dispatcher in jit._kernels}:
        shutil.copytree(folder, tmp_path / "cache" / folder.name)
    return tmp_path / "cache"


@pytest.mark.slow
def test_warm_clean_removes_other_engines_and_nothing_else(cisim: Run, cache: Path) -> None:
    before = sorted(cache.iterdir())
    for number in range(3):
        other = cache / f"{number:016x}-py3.11.7-numba0.61.2-numpy2.2.6"
        other.mkdir()
        (other / "kernel.advance-1-0.nbc").write_bytes(bytes(7_000_000))
    (cache / "mine.csv").write_text("1")
    run = cisim("warm", "--clean", env={"CISIM_CACHE_DIR": str(cache)})
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == "Already compiled.\nRemoved 3 folders of other compiled engines: 21.0 MB.\n"
    assert sorted(cache.iterdir()) == sorted([*before, cache / "mine.csv"])


def damaged(cache: Path, kernel: str) -> Path:
    """Flips a bit in the midst of a kernel's machine code."""
    (path,) = cache.rglob(f"{kernel}-*.nbc")
    spoiled = bytearray(path.read_bytes())
    spoiled[len(spoiled) // 2] ^= 4
    path.write_bytes(spoiled)
    return path


QUICK = ("run", "default", "--years", "1", "--place", "run.warmup_years=1")


@pytest.mark.slow
def test_a_damaged_engine_costs_a_run_one_line_and_the_next_run_nothing(cisim: Run, cache: Path) -> None:
    """The part that is compiled at once; the next test has the one that takes long."""
    path, env = damaged(cache, "chance.draw"), {"CISIM_CACHE_DIR": str(cache)}
    first = cisim(*QUICK, env=env)
    assert (first.returncode, first.stderr) == (0, f"cisim: the compiled engine in {path} is damaged; compiling anew.\n")
    second = cisim(*QUICK, env=env)
    assert (second.returncode, second.stderr, second.stdout) == (0, "", first.stdout)


@pytest.mark.slow
def test_a_damaged_engine_that_takes_long_to_compile_is_one_line_before_it_is_compiled(
    marked: Callable[..., Marked], cache: Path
) -> None:
    path = damaged(cache, "kernel.advance")
    command = marked("-m", "cisim", *QUICK, CISIM_CACHE_DIR=str(cache))
    assert command.process.stderr
    assert command.process.stderr.readline() == f"cisim: the compiled engine in {path} is damaged; compiling anew.\n"
    command.process.send_signal(signal.SIGINT)
    out, rest = command.process.communicate(timeout=300)
    assert (command.process.returncode, out, rest.strip()) == (130, "", "cisim: interrupted; nothing was written.")


def test_work_without_steps_shows_how_long_it_has_taken(capsys: pytest.CaptureFixture[str]) -> None:
    shown = ""
    with waiting("compiling", 60.0, every=0.01):
        while not shown:
            time.sleep(0.01)
            shown = capsys.readouterr().err
    assert shown.splitlines()[0].startswith("compiling: ")
    assert shown.splitlines()[0].endswith(" s, usually about 60 s")
    assert not [thread for thread in threading.enumerate() if thread.name == "clock"]
