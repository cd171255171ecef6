"""Every command that answers also answers in JSON, takes "-" for standard input and output, and obeys a terminal's wishes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from cisim.cli import program
from cisim.cli.completion import VARIABLE
from cisim.scenario import shipped
from tests.conftest import ROOT

Run = Callable[..., subprocess.CompletedProcess[str]]
WRITE_OR_SERVE = {"ui", "play", "report", "completion", "community template", "experiments template"}
"""Commands that answer nothing: they write files, serve a page or print a script."""


def every(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from every(command, f"{before}{name} ")
            if not command.invoke_without_command:
                continue
        yield f"{before}{name}", command


def test_every_command_that_answers_has_the_option_json() -> None:
    without = {name for name, command in every(program) if "--json" not in {o for one in command.params for o in one.opts}}
    assert without == WRITE_OR_SERVE


@pytest.mark.parametrize(
    "words",
    [
        "settings voice",
        "metrics trust",
        "scenarios",
        "scenarios show strive",
        "experiments",
        "warm",
        "run default --years 1",
        "chance strive --claimed 34 --seeds 3",
        "verify default --years 1 --arms open_data",
        "story default NPO:3 --years 1",
        "doctor --no-speed",
    ],
)
@pytest.mark.slow
def test_json_on_standard_output_is_all_that_is_there(words: str, cisim: Run) -> None:
    run = cisim(*words.split(), "--json", "-")
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)
    assert run.stderr, "what is shown otherwise goes to standard error"


@pytest.mark.slow
def test_a_sweep_its_status_a_merge_and_a_replay_answer_in_json(cisim: Run, tmp_path: Path) -> None:
    folder, merged = str(tmp_path / "r"), str(tmp_path / "m")
    tiny = str(ROOT / "benchmarks" / "campaigns" / "tiny.toml")
    done = json.loads(cisim("sweep", tiny, "-o", folder, "--workers", "1", "--json", "-").stdout)
    assert (done["complete"], done["failed"]) == (True, 0)
    status = json.loads(cisim("status", folder, "--json", "-").stdout)
    assert (status["state"], status["rows"]) == ("finished", done["rows"])
    whole = json.loads(cisim("merge", folder, "-o", merged, "--json", "-").stdout)
    assert (whole["content_digest"], whole["missing_runs"]) == (status["content_digest"], 0)
    rows = json.loads(cisim("replay", folder, "--json", "-").stdout)
    again = json.loads(cisim("replay", folder, "--row", rows[0]["id"], "--json", "-").stdout)
    assert again["reproduced"] is True
    assert again["row"]["id"] == rows[0]["id"]


def fed(text: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cisim", *words]
    return subprocess.run(command, cwd=ROOT, input=text, env={**os.environ, **env}, capture_output=True, text=True, timeout=300)


@pytest.mark.slow
def test_a_scenario_and_an_experiment_are_read_from_standard_input(cisim: Run) -> None:
    text = shipped()["strive"].read_text(encoding="utf-8")
    piped = fed(text, "run", "-", "--years", "1", "--csv", "-")
    named = cisim("run", "strive", "--years", "1", "--csv", "-")
    assert piped.returncode == 0, piped.stderr
    assert piped.stdout == named.stdout
    assert piped.stdout.startswith("arm,seed,quarter,year,")
    experiment = (ROOT / "benchmarks" / "campaigns" / "tiny.toml").read_text(encoding="utf-8")
    size = fed(experiment, "sweep", "-", "-o", "nowhere", "--dry-run", "--json", "-")
    assert json.loads(size.stdout)["failed"] == 0


def test_what_cannot_be_read_from_standard_input_is_one_sentence() -> None:
    for text, part in (("nonsense = [", "this is not a TOML file"), ("[initiative]\nvoice = 7", "initiative.voice")):
        run = fed(text, "run", "-")
        assert (run.returncode, run.stdout) == (2, "")
        assert f"standard input: {part}" in run.stderr
        assert "Traceback" not in run.stderr


def test_two_outputs_cannot_share_standard_output(cisim: Run) -> None:
    run = cisim("run", "default", "--json", "-", "--csv", "-")
    assert (run.returncode, run.stdout) == (2, "")
    assert "give one of them a file" in run.stderr


def test_an_experiment_to_fill_in_goes_to_standard_output(cisim: Run) -> None:
    assert cisim("experiments", "template", "-").stdout.startswith("# An experiment")


# completion


def completed(line: str) -> list[str]:
    *words, typed = line.split(" ")
    found = ShellComplete(program, {}, "cisim", VARIABLE).get_completions(words, typed)
    return [one.value for one in found if one.value]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("compare str", ["strive", "stronger_families"]),
        ("scenarios show striv", ["strive"]),
        ("sweep when", ["when_does_it_pay"]),
        ("compare strive --set initiative.voice_s", ["initiative.voice_slows="]),
        ("compare default --arms isolated_impact,open_data_", ["isolated_impact,open_data_taken_up"]),
        ("run default --arm prog", ["programme_collaboration", "programme_office"]),
        ("ablate default --metric on_track_by_stage[0", ["on_track_by_stage[0]"]),
        ("doct", ["doctor"]),
    ],
)
def test_names_are_completed(line: str, names: list[str]) -> None:
    assert completed(line) == names


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_asks_the_command(shell: str, cisim: Run) -> None:
    script = cisim("completion", shell).stdout
    assert f"{VARIABLE}={shell}_complete" in script


@pytest.mark.slow
def test_bash_completes_with_the_script(cisim: Run, tmp_path: Path) -> None:
    (tmp_path / "cisim").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cisim "$@"\n', encoding="utf-8")
    (tmp_path / "cisim").chmod(0o755)
    script = cisim("completion", "bash").stdout
    press = 'COMP_WORDS=(cisim compare stri); COMP_CWORD=2; _cisim_completion cisim 2> /dev/null; echo "${COMPREPLY[@]}"'
    asks = f"{script}\n{press}"
    env = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    run = subprocess.run(["bash", "-c", asks], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60)
    assert run.stdout.split() == ["strive"]


# colours, and the doctor


def test_colours_obey_the_environment_and_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    from cisim.cli import console

    def printed(terminal: bool, **env: str) -> str:
        out = io.StringIO()
        monkeypatch.setattr(out, "isatty", lambda: terminal)
        with monkeypatch.context() as here:
            here.setattr(sys, "stdout", out)
            here.setenv("TERM", "xterm-256color")
            for name in ("NO_COLOR", "FORCE_COLOR"):
                here.delenv(name, raising=False)
            for name, value in env.items():
                here.setenv(name, value)
            console.console().print("ahead", style="green")
        return out.getvalue()

    green = "\x1b[32mahead\x1b[0m\n"
    assert (printed(True), printed(False)) == (green, "ahead\n")
    assert (printed(True, NO_COLOR="1"), printed(False, FORCE_COLOR="1")) == ("ahead\n", green)
    assert printed(False, FORCE_COLOR="1", NO_COLOR="1") == "ahead\n"
    assert printed(True, NO_COLOR="") == green, "set to nothing is not set"


@pytest.mark.slow
def test_the_doctor_shows_versions_cache_and_what_to_do(cisim: Run, tmp_path: Path) -> None:
    run = cisim("doctor", "--no-speed")
    assert run.returncode == 0, run.stderr
    for part in ("numba", "extras", "cache", "disk free here", "cores"):
        assert part in run.stdout.lower()
    for name in ("not a folder", f"cisim-{os.getuid()}"):
        (tmp_path / name).write_text("", encoding="utf-8")
    nowhere = {"CISIM_CACHE_DIR": "", "XDG_CACHE_HOME": str(tmp_path / "not a folder"), "TMPDIR": str(tmp_path)}
    run = cisim("doctor", "--no-speed", env=nowhere)
    assert run.returncode == 1
    assert "no folder for compiled engines can be written" in run.stderr
