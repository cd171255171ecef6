"""One intervention: effects are those of two runs, the same money in all worlds, and a diagnosis that can come out otherwise."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cisim.engines.compiled import run
from cisim.errors import InputError
from cisim.model.metrics import METRICS
from cisim.scenario import Scenario
from cisim.statistics.verdict import Outcome
from cisim.studies.frictions import FRICTIONS, MEASURES, Diagnosis, switched_off
from cisim.studies.margins import DEFAULT, margin_of
from cisim.studies.programme import Demonstration, programme_study, years_of
from tests.conftest import ROOT

Run = Callable[..., subprocess.CompletedProcess[str]]
WANTED = {"need": "academic", "stage": "primary", "amount": 800.0, "from_year": 1, "to_year": 2}
QUICK = {"run.warmup_years": 2, "run.years": 4}


@pytest.fixture(scope="module")
def quick(default: Scenario) -> Scenario:
    return default.change(QUICK)


@pytest.fixture(scope="module")
def result(quick: Scenario) -> Demonstration:
    return programme_study(quick, WANTED, seeds=6).run()


def found(result: Demonstration) -> Diagnosis:
    assert result.diagnosis
    return result.diagnosis


@pytest.mark.parametrize(("text", "years"), [("2-5", (2, 5)), ("3", (3, 3)), (" 2 - 5 ", (2, 5)), ("2\u20135", (2, 5))])
def test_years_are_a_span_or_one(text: str, years: tuple[int, int]) -> None:
    assert years_of(text) == years


@pytest.mark.parametrize("text", ["", "2-", "-2", "two", "2-5-7", "2.5", "2,5", "9" * 5000])
def test_other_years_get_a_sentence(text: str) -> None:
    with pytest.raises(InputError, match="write the first and the last as in 2-5"):
        years_of(text)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"need": "academc"}, 'there is no need "academc". Did you mean academic?'),
        ({"stage": "primry"}, 'there is no stage "primry". Did you mean primary?'),
        ({"from_year": 5}, "ends in year 2, before it begins in year 5"),
        ({"from_year": 0}, "from_year = 0 is outside its range"),
        ({"amount": -1.0}, "amount = -1.0 is outside its range"),
        ({"district": 2}, "district 2, but there are 1"),
        ({"to_year": 59}, "the model runs from year 1 to 60"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(quick: Scenario, change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as error:
        programme_study(quick, {**WANTED, **change}, seeds=2).run()
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("world", "arm", "own"),
    [
        ("isolated", "isolated_impact", {}),
        ("unrestricted", "isolated_impact", {"restricted": False}),
        ("collective", "collective_impact", {"through_initiative": True}),
    ],
)
def test_an_effect_is_the_difference_of_two_runs(
    quick: Scenario, result: Demonstration, world: str, arm: str, own: dict[str, Any]
) -> None:
    given = quick.change({"interventions": [{**WANTED, **own}]})
    for year, quarter in ((2, 15), (4, 23)):
        differences: dict[str, list[float]] = {measure: [] for measure in MEASURES}
        for seed in range(6):
            a, b = (run(scenario, arm, seed)[quarter] for scenario in (given, quick))
            differences["need"].append(a["needs_met_by"][1][0] - b["needs_met_by"][1][0])
            differences["stage"].append(a["on_track_by_stage"][1] - b["on_track_by_stage"][1])
            differences["end"].append(a["on_track_end"] - b["on_track_end"])
            differences["everybody"].append(a["on_track"] - b["on_track"])
        for measure, ref in differences.items():
            assert result.effect(world, measure, year).difference == pytest.approx(np.mean(ref), abs=1e-15)
            assert np.any(ref), "the money does something"


def test_the_money_is_the_same_in_all_worlds_and_most_of_it_reaches_delivery(result: Demonstration) -> None:
    for world in ("isolated", "unrestricted", "collective"):
        given, delivered = result.money(world)
        assert given == pytest.approx(1600.0)
        assert 0.5 * given < delivered.difference < 1.1 * given
        assert result.unspent(world) == 0


def test_no_money_does_nothing_to_the_last_bit(quick: Scenario) -> None:
    nothing = programme_study(quick, {**WANTED, "amount": 0.0}, seeds=3).run()
    for without, given in nothing.histories.values():
        assert all(np.array_equal(without[name], given[name]) for name in METRICS)
    assert all(not effect.any() for effect in found(nothing).effects.values())
    assert found(nothing).parts is None
    assert "not even its own need rose clearly" in " ".join(nothing.sentences())


def test_it_lifts_its_own_need_first_and_most_and_what_is_left_fades(result: Demonstration) -> None:
    need, stage, end = (result.effect("isolated", measure, 2) for measure in ("need", "stage", "end"))
    assert need.low > 0
    assert need.difference > stage.difference > end.difference
    left = result.left("isolated", "need", 1)
    assert left
    assert left[0] < 0.55


def test_shares_sum_to_the_whole_gap_seed_by_seed_and_parts_to_one(quick: Scenario, result: Demonstration) -> None:
    diagnosis = found(result)
    assert len(diagnosis.effects) == 32
    assert sum(effect.difference for effect in diagnosis.shares.values()) == pytest.approx(diagnosis.gap.difference, abs=1e-15)
    values = {off: np.array([0.01, 0.011]) + 0.01 * len(off) for off in diagnosis.effects}
    parts = Diagnosis("stage", values).parts
    assert parts == pytest.approx(dict.fromkeys(FRICTIONS, 0.2))


def test_with_no_friction_switched_off_it_is_the_isolated_pair(result: Demonstration) -> None:
    comp = found(result).effects[frozenset()]
    ref = result.at("isolated", "everybody", 4, True) - result.at("isolated", "everybody", 4, False)
    assert np.array_equal(comp, ref)


@pytest.mark.parametrize("friction", [name for name in FRICTIONS if name != "fade_out"])
def test_a_friction_that_the_scenario_does_not_have_takes_nothing(quick: Scenario, result: Demonstration, friction: str) -> None:
    gone = quick.change(switched_off(friction, quick, result.intervention))
    if friction == "duplication":
        gone = gone.change({"community.attention": 50.0})
    assert found(programme_study(gone, WANTED, seeds=2).run()).shares[friction].difference == 0.0
    assert found(result).shares[friction].difference != 0.0


def test_at_the_last_stage_none_are_later(quick: Scenario) -> None:
    last = programme_study(quick, {**WANTED, "stage": "postsecondary"}, seeds=2, outcome="stage").run()
    assert found(last).shares["later_stages"].difference == 0.0


@pytest.mark.slow
def test_what_was_gained_stays_where_nothing_fades(quick: Scenario) -> None:
    diagnosis = found(programme_study(quick, WANTED, seeds=6, outcome="need").run())
    ended = found(programme_study(quick, WANTED, seeds=6, outcome="need", after=0).run())
    assert diagnosis.off("fade_out").difference > 0.85 * ended.actual.difference
    assert diagnosis.actual.difference < 0.55 * ended.actual.difference
    assert ended.alone["fade_out"].difference == 0.0, "nothing has faded on its last day"


def test_what_switches_a_friction_off_is_within_the_settings_ranges(quick: Scenario, result: Demonstration) -> None:
    for friction in FRICTIONS:
        settings = switched_off(friction, quick, result.intervention)
        assert settings
        assert quick.change(settings).settings != quick.settings


def test_money_that_nobody_fits_waits_and_that_is_said(quick: Scenario) -> None:
    empty = quick.change({"community.stage_schools": [0.3, 0.35, 0.2, 0.15, 0.0], "community.npos": 3, "sites.relocate": 0.0})
    waited = programme_study(empty, {**WANTED, "stage": "postsecondary"}, seeds=2, outcome=None).run()
    assert waited.unspent("isolated") == 2
    assert "No organisation was eligible, so the money was never spent, in 2 of 2 seeds on its" in " ".join(waited.sentences())


def test_a_scenarios_own_interventions_stay_in_both_twins(quick: Scenario) -> None:
    other = {"need": "health", "stage": "middle", "amount": 300.0, "from_year": 1, "to_year": 4}
    result = programme_study(quick.change({"interventions": [other]}), WANTED, seeds=2, outcome=None).run()
    assert result.money("isolated")[0] == pytest.approx(1600.0)
    ref = run(quick.change({"interventions": [other]}), "isolated_impact", 1)
    assert np.array_equal(result.histories["isolated"][0][1], ref)


SMALL = ("--need", "academic", "--stage", "primary", "--years", "1-2", "--seeds", "3")
SMALLER = ("--place", "run.warmup_years=1", "--set", "run.years=3")


@pytest.mark.slow
def test_the_command_prints_what_it_writes(cisim: Run, tmp_path: Path) -> None:
    files = [str(tmp_path / name) for name in ("i.json", "i.csv", "i.png")]
    done = cisim("intervene", "default", *SMALL, *SMALLER, "--json", files[0], "--csv", files[1], "--plot", files[2])
    assert done.returncode == 0, done.stderr
    summary = json.loads(Path(files[0]).read_text())
    assert summary["conclusion"] in done.stdout
    printed = [float(number) for number in re.findall(r"[+-]\d+\.\d\d(?!\d)", done.stdout.split("Its money")[0])]
    ref = [
        summary["worlds"][world]["effects"][measure][year][k]
        for world in ("isolated", "collective")
        for year in ("1", "2", "3", "4")
        for measure in MEASURES
        for k in range(3)
    ]
    assert printed == pytest.approx([100 * value for value in ref], abs=0.00501)
    shares = re.findall(r"[+-]\d+\.\d{3}(?!\d)", done.stdout.split("Why it stalled")[1].split("Frictions are")[0])
    wanted = [summary["diagnosis"]["actual"]]
    for friction in FRICTIONS:
        wanted += [summary["diagnosis"]["without"][friction], summary["diagnosis"]["shapley"][friction]]
    wanted += [summary["diagnosis"]["frictionless"], summary["diagnosis"]["gap"]]
    assert [float(x) for x in shares] == pytest.approx([100 * x for row in wanted for x in row], abs=0.000501)
    frame = pd.read_csv(files[1])
    assert list(frame.columns) == ["world", "measure", "seed", "year", "without", "with", "effect"]
    mean = frame[(frame.world == "collective") & (frame.measure == "need") & (frame.year == 2)].effect.mean()
    assert mean == pytest.approx(summary["worlds"]["collective"]["effects"]["need"]["2"][0])
    assert Path(files[2]).read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_unrestricted_money_has_no_restricted_row_and_the_diagnosis_can_be_left_out(cisim: Run) -> None:
    done = cisim("intervene", "default", *SMALL, *SMALLER, "--unrestricted", "--no-diagnosis")
    assert done.returncode == 0, done.stderr
    assert "a year, unrestricted, for the academic need" in done.stdout
    assert "on its own, unrestricted" not in done.stdout
    assert "Why it stalled" not in done.stdout


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--need", "academc", "--stage", "primary"], "Did you mean academic?"),
        (["--need", "academic", "--stage", "primary", "--years", "five"], '"five" is not a span of years'),
        (["--need", "academic", "--stage", "primary", "--years", "5-2"], "before it begins"),
        (["--need", "academic", "--stage", "primary", "--amount", "nan"], "amount"),
        (["--need", "academic"], "Missing option '--stage'"),
        (["--need", "academic", "--stage", "primary", "--plot", "x.doc"], "ends in .png, .svg or .pdf"),
        (["--need", "academic", "--stage", "primary", "--seeds", "1"], "2<=x<=100000"),
    ],
)
def test_bad_input_gets_a_sentence_and_status_2(cisim: Run, words: list[str], part: str) -> None:
    done = cisim("intervene", "default", *words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert part in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_page_shows_what_the_command_on_it_prints(cisim: Run) -> None:
    text = (ROOT / "docs" / "intervene.md").read_text(encoding="utf-8")
    command, shown = re.findall(r"```sh\ncisim (intervene .*?)\n```.*?```text\n(.*?)```", text, re.DOTALL)[0]
    squeezed = [re.sub(r"\s+", " ", part).strip() for part in (shown, cisim(*command.split()).stdout)]
    assert squeezed[0] == squeezed[1]


def test_an_effect_is_worthwhile_or_not_against_the_margin_that_is_given(quick: Scenario, result: Demonstration) -> None:
    effect = result.effect("isolated", "need", result.intervention.to_year)
    assert effect.margin == margin_of("needs_met_by")
    wide, none = (replace(result, margin=margin) for margin in (0.5, 0.0))
    assert wide.effect("isolated", "everybody", 3).outcome is Outcome.EQUIVALENT
    assert none.effect("isolated", "everybody", 3).margin == 0.0
    margins = "A difference of 50.00 points of pupils on track, or 0.50 of its own need, is worthwhile"
    assert any(one.startswith(margins) for one in wide.sentences())
    assert result.summary()["margin"] == DEFAULT
    assert result.summary()["worlds"]["isolated"]["verdicts"]["need"][str(result.look)] in set(Outcome)
