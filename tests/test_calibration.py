"""A calibration of a tiny community, whole: waves, ensemble, interruptions, what does not fit, and files that cannot be used."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cisim.calibration.history_matching import log_likelihood, normalised
from cisim.calibration.result import Result
from cisim.calibration.targets import Calibration, Target
from cisim.calibration.waves import calibrate, measured
from cisim.errors import InputError, StoreError
from cisim.evidence.claims import claims
from cisim.scenario.as_toml import as_toml
from cisim.scenario.variants import VARIANTS, Variant
from cisim.sweeps.store import Results, status
from tests.conftest import tiny
from tests.test_sweep import threads

pytestmark = pytest.mark.cluster

TARGETS = """
title = "A tiny calibration"
scenario = "tiny.toml"
vary = ["grants.application_hours", "grants.report_hours"]
points = 8
waves = 2
seeds = 4
ensemble = 10

[[targets]]
name = "left of a grant"
metric = "net_grant"
year = 1
until = 2
value = 0.93
error = 0.002
discrepancy = 0.001
source = "made up"

[[targets]]
name = "more who succeed"
metric = "success"
year = 2
arm = "collective_impact"
against = "isolated_impact"
value = 0.0
error = 0.2
source = "made up"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in as_toml(tiny(), "tiny.toml").items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "mine.toml").write_text(TARGETS, encoding="utf-8")
    return tmp_path


def run(folder: Path, text: str = TARGETS, into: str = "r", **more: Any) -> Result:
    return calibrate(Calibration.of(text, "mine", folder), folder / into, 1, start=threads, **more)


def test_the_settings_that_fit_are_found(folder: Path) -> None:
    """What is left of a grant falls with the hours that applications and reports take: few hours are ruled out."""
    heard: list[str] = []
    result = run(folder, note=heard.append)
    assert result.fits
    assert [wave.points for wave in result.waves] == [8, 8]
    assert 0.0 < result.waves[1].share <= result.waves[0].share < 0.7
    assert heard[0] == "Wave 1 of 2: 8 points on 4 seeds."
    assert sum("is not ruled out yet" in sentence for sentence in heard) == 2
    ensemble = result.frame()
    assert ensemble["weight"].sum() == pytest.approx(1.0)
    assert np.average(ensemble["grants_application_hours"], weights=ensemble["weight"]) > 16.0  # the middle is 14
    row, _ = result.targets().to_dict("records")
    assert row["before_high"] > 0.95
    assert row["after_mean"] == pytest.approx(0.93, abs=0.006)
    assert json.loads((folder / "r" / "calibration.json").read_text())["digest"] == result.digest
    assert [figure.name for figure in result.figures()] == ["targets", "settings"]


def test_a_target_is_measured_as_its_file_says(folder: Path) -> None:
    """By hand from the rows of the first wave: the mean of two years, and a difference on the same seeds."""
    result = run(folder, TARGETS.replace("waves = 2", "waves = 1"))
    frame = Results.of(folder / "r" / "wave-1").frame()
    alone, together = (
        frame[frame["arm"] == arm].set_index(["point", "seed"]) for arm in ("isolated_impact", "collective_impact")
    )
    left = ((alone["net_grant@1"] + alone["net_grant"]) / 2).groupby("point").mean()
    success = (together["success"] - alone["success"]).groupby("point").mean()
    assert np.sort(result.prior[:, 0]) == pytest.approx(np.sort(left.to_numpy()))
    assert np.sort(result.prior[:, 1]) == pytest.approx(np.sort(success.to_numpy()))


def test_a_target_may_be_a_metric_of_ones_own(folder: Path) -> None:
    own = (
        TARGETS.replace('metric = "net_grant"', 'metric = "lost"')
        .replace("value = 0.93", "value = 0.07")
        .replace("waves = 2", "waves = 1")
    )
    result = run(folder, own.replace("[[targets]]", '[metrics]\nlost = "1 - net_grant"\n\n[[targets]]', 1))
    kept = run(folder, TARGETS.replace("waves = 2", "waves = 1"), into="s")
    assert result.prior[:, 0] == pytest.approx(1.0 - kept.prior[:, 0])


@pytest.mark.slow
def test_killed_and_continued_it_gives_the_same(folder: Path, marked: Callable[..., Any], cisim: Callable[..., Any]) -> None:
    whole = run(folder, into="whole")
    words = ("-m", "cisim", "calibrate", str(folder / "mine.toml"), "-o", str(folder / "cut"), "--workers", "1")
    for wave, number in (("wave-1", signal.SIGKILL), ("wave-2", signal.SIGINT)):
        command = marked(*words).when(lambda wave=wave: (folder / "cut" / wave / "manifest.json").exists())
        os.kill(command.process.pid, number)
        command.process.wait(timeout=120)
    assert not (folder / "cut" / "calibration.json").exists()
    again = cisim(*words[2:], cwd=folder)
    assert again.returncode == 0, again.stderr
    assert again.stdout.splitlines()[-1] == f"Digest {whole.digest}."
    assert run(folder, into="cut").digest == whole.digest
    assert Results.of(folder / "cut" / "ensemble").digest() == Results.of(folder / "whole" / "ensemble").digest()


def test_where_nothing_fits_it_is_printed_with_the_targets_that_conflict(folder: Path, cisim: Callable[..., Any]) -> None:
    impossible = TARGETS + TARGETS[TARGETS.index("[[targets]]") : TARGETS.rindex("[[targets]]")].replace("0.93", "0.98").replace(
        'name = "left of a grant"', 'name = "more left"'
    )
    (folder / "mine.toml").write_text(impossible, encoding="utf-8")
    done = cisim("calibrate", "mine.toml", "-o", "r", "--json", "out.json", "--csv", "out.csv", "--plot", "out.svg", cwd=folder)
    assert done.returncode == 1, done.stderr
    assert "Nothing fits: at no settings within their plausible ranges do all 3 targets come within 3 standard" in done.stdout
    assert 'No emulated point meets both "left of a grant" and "more left".' in done.stdout
    found = json.loads((folder / "out.json").read_text())
    assert (found["fits"], any(found["ensemble"].values())) == (False, False)
    assert found["conflicts"]["pairs"] == [["left of a grant", "more left"]]
    assert (folder / "out.csv").read_text() == "weight,grants.application_hours,grants.report_hours\n"


def test_a_folder_keeps_to_its_targets(folder: Path) -> None:
    (folder / "r").mkdir()
    (folder / "r" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(StoreError, match="it is not empty, and holds no calibration"):
        run(folder)
    (folder / "r" / "notes.txt").unlink()
    (folder / "r" / "targets.toml").write_text(TARGETS.replace("0.002", "0.004"), encoding="utf-8")
    with pytest.raises(StoreError, match="it holds a calibration to other targets"):
        run(folder)


def test_a_damaged_wave_is_mended_and_gives_the_same(folder: Path) -> None:
    whole = run(folder)
    manifest = folder / "r" / "wave-2" / "manifest.json"
    manifest.write_bytes(manifest.read_bytes()[:-40])
    assert run(folder).digest == whole.digest


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            ('"grants.report_hours"', '"grants.report_hour"'),
            r'mine.toml: vary\[2\]: "grants.report_hour" is not a setting. Did you mean',
        ),
        (('"grants.report_hours"', '"community.npos"'), r'vary\[2\]: "community.npos" has no plausible range'),
        (('"grants.report_hours"', '"grants.application_hours"'), 'vary names "grants.application_hours" twice'),
        (('metric = "net_grant"', 'metric = "net_grnt"'), r'targets\[1\].metric: "net_grnt" is not a metric. Did you mean'),
        (('arm = "collective_impact"', 'arm = "colective"'), 'there is no arm "colective". '),
        (('against = "isolated_impact"', 'against = "collective_impact"'), r'targets\[2\]: it compares "collective_impact" with'),
        (("until = 2", "until = 0"), "until = 0 is before year = 1"),
        (("value = 0.93\n", ""), r"targets\[1\]: value is missing"),
        (("error = 0.002\ndiscrepancy = 0.001", "error = 0.0"), "error and discrepancy are both 0"),
        (("error = 0.002", "error = -1.0"), r"targets\[1\]: error = -1.0 is outside its range"),
        (("year = 2\n", "year = 2.5\n"), "year = 2.5 cannot be used"),
        (("points = 8", "points = 800000"), "points = 800000 is outside its range"),
        (("waves = 2", "wave = 2"), "wave is not a setting. Did you mean waves"),
        (('name = "more who succeed"', 'name = "left of a grant"'), 'two targets are called "left of a grant"'),
        (("[[targets]]", "[targets]\n[[rest]]"), "mine.toml: "),
        (
            ('value = 0.93\nerror = 0.002\ndiscrepancy = 0.001\nsource = "made up"', 'claim = "turnover"'),
            'there is no row "turnover"',
        ),
        (
            ('value = 0.93\nerror = 0.002\ndiscrepancy = 0.001\nsource = "made up"', 'claim = "P4-prosper.fall"'),
            "is held out: settings",
        ),
        (("value = 0.93\n", 'value = 0.93\nclaim = "turnover.a_year"\n'), "it has both claim and value: delete one"),
        (('scenario = "tiny.toml"', 'scenario = "tinny.toml"'), 'scenario = "tinny.toml": there is no such file'),
    ],
)
def test_a_file_that_cannot_be_used_gives_one_sentence(folder: Path, change: tuple[str, str], sentence: str) -> None:
    assert change[0] in TARGETS
    with pytest.raises(InputError, match=sentence) as error:
        Calibration.of(TARGETS.replace(*change, 1), "mine", folder)
    assert "\n" not in str(error.value)


def test_on_the_command_line_a_mistake_has_status_2(folder: Path, cisim: Callable[..., Any]) -> None:
    done = cisim("calibrate", "other.toml", "-o", "r", cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        'cisim: other.toml: there is no such targets file. Give its path, or "ledger" for the rows of the evidence ledger.\n'
    )
    assert not (folder / "r").exists()


def test_targets_of_the_ledger_are_its_calibration_rows() -> None:
    found: dict[str, Target] = {target.table.claim: target for target in Calibration.read("ledger").targets}
    turnover = found["turnover.a_year"]
    assert (turnover.value, turnover.error, turnover.discrepancy) == pytest.approx((0.17, 0.02, 0.01))
    assert turnover.source == "staff surveys 2007-2020"
    assert {claims()[name.partition(".")[0]].use for name in found} == {"calibrate"}
    assert len(found) >= 12


READINGS = (
    TARGETS.replace("points = 8", "points = 24")
    .replace("ensemble = 10", "ensemble = 40")
    .replace(
        'vary = ["grants.application_hours", "grants.report_hours"]',
        'vary = ["grants.application_hours", "grants.report_hours"]\nvariants = ["looks_often", "hours"]',
    )
)


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reading under which nearly nothing is left of a grant, whatever hours an application takes."""
    made = Variant("hours", "reports take 60 hours", "", "made up", {"grants.report_hours": 60.0})
    monkeypatch.setitem(VARIANTS, "hours", made)  # type: ignore[misc]


@pytest.mark.usefixtures("hours")
def test_readings_get_the_weight_that_a_sample_over_all_ranges_gives_them(folder: Path) -> None:
    """Two ways to one posterior: importance sampling from emulators, and the likelihood of the first wave's points themselves."""
    more = READINGS.replace("points = 24", "points = 100").replace("waves = 2", "waves = 1")
    wide = more.replace("error = 0.002", "error = 0.01")
    asked = Calibration.of(wide.replace("ensemble = 40", "ensemble = 100"), "mine", folder)
    result = calibrate(asked, folder / "r", 1, start=threads)
    wave = measured(asked.at(status(folder / "r" / "wave-1").manifest.files["points"]), folder / "r" / "wave-1", asked)
    likely = normalised(log_likelihood(wave.means, wave.noise, asked.goal))
    exact = pd.Series(likely).groupby(asked.space.named(wave.values)).sum()
    found = result.frame()
    weight = found.groupby("variant")["weight"].sum()
    assert list(found.columns[:2]) == ["weight", "variant"]
    assert set(exact.index) == {"as_it_is", "looks_often", "hours"}
    assert exact.max() - exact.min() > 0.2
    assert weight.reindex(exact.index, fill_value=0.0).to_numpy() == pytest.approx(exact.to_numpy(), abs=0.1)
    ran = Results.of(folder / "r" / "ensemble").frame()
    often = set(found[found["variant"] == "looks_often"]["grants_report_hours"])
    assert set(ran[ran["grants.report_hours"].isin(often)]["sites.candidates"]) == {8}
    again = json.loads((folder / "r" / "calibration.json").read_text())
    assert again["ensemble"]["variant"] == found["variant"].tolist()
    assert len(again["simulated"]["left of a grant"]) == len(found)


@pytest.mark.usefixtures("hours")
def test_a_point_has_two_forms_and_a_setting_that_its_reading_sets_is_idle(folder: Path) -> None:
    space = Calibration.of(READINGS, "mine", folder).space
    assert space.names == ["grants.application_hours", "grants.report_hours", "variant"]
    x = np.array([[0.25, 0.5, 0.1], [0.25, 0.5, 0.5], [0.25, 0.9, 0.9]])
    rows = space.rows(x)
    frame = pd.DataFrame(rows, columns=space.columns)
    assert space.named(frame) == ["as_it_is", "looks_often", "hours"]
    assert frame["grants.report_hours"][2] == 60.0
    assert frame["sites.candidates"].tolist() == [4, 8, 4]
    back = space.coordinates(frame)
    assert back[:, 0] == pytest.approx([0.25] * 3, abs=1e-5)
    assert back[:2, 1] == pytest.approx([0.5] * 2, abs=1e-5)
    assert back[2, 1] == 0.5  # idle: the reading sets it
    assert space.which(back).tolist() == [0, 1, 2]
    assert space.seen(back)[:, 2:].tolist() == np.eye(3).tolist()


def test_a_variant_that_changes_nothing_or_does_not_exist_is_refused(folder: Path) -> None:
    text = READINGS.replace('"hours"]', '"looks_oftn"]')
    with pytest.raises(InputError, match='there is no variant "looks_oftn"'):
        Calibration.of(text, "mine", folder)
    same = READINGS.replace('"looks_often", "hours"', '"looks_often"').replace(
        "[[targets]]", '[settings]\n"sites.relocate" = 0.2\n"sites.candidates" = 8\n\n[[targets]]', 1
    )
    with pytest.raises(InputError, match='the variant "looks_often" changes nothing in this scenario: leave it out'):
        Calibration.of(same, "mine", folder)
