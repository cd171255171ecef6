"""Answers over settings that fit the evidence: the ensemble that comes with cisim, shares by hand, and what would change them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import cisim
from cisim.calibration.targets import Calibration
from cisim.calibration.waves import measured
from cisim.engines.compiled import MODEL_DIGEST
from cisim.errors import InputError
from cisim.report import comparison_html
from cisim.scenario import load
from cisim.scenario.ensemble import Ensemble, is_own, shipped, weight_by_variant
from cisim.scenario.plausible_ranges import ranges
from cisim.scenario.settings import SECTIONS
from cisim.scenario.variants import AS_IT_IS, VARIANTS
from cisim.statistics.verdict import Outcome, share_interval
from cisim.studies.comparison import compare
from cisim.studies.flips import Flips, worth_of
from cisim.studies.over_ensemble import OverEnsemble, ensemble_study, points_of
from cisim.sweeps.running import sweep
from cisim.text.numbers import NONE
from tests.conftest import called
from tests.test_report import Page
from tests.test_sweep import threads

ARMS = ("isolated_impact", "open_data", "collective_impact")
Lead = Callable[[np.ndarray, np.ndarray], np.ndarray]
PATHS = ("membership.recruit", "learning.learn_alone", "sites.sight_error", "relations.trust_up")


def made(lead: Lead, count: int = 200, noise: float = 0.003, seed: int = 4) -> OverEnsemble:
    """An answer over a made ensemble of four settings and two readings. `lead` gives collective impact's true lead over isolated
    impact at each member, from its settings as shares of their ranges and whether it is under free riding. Open data do worse."""
    rng = np.random.default_rng(seed)
    shares = rng.random((count, 4))
    rides = rng.random(count) < 0.3
    under = tuple(VARIANTS["free_riding"] if one else AS_IT_IS for one in rides)
    fits = Ensemble(np.full(count, 1.0 / count), under, PATHS, shares, (False,) * 4, "made", {})
    ours = lead(shares, rides)[:, None] + noise * rng.standard_normal((count, 4))
    on_track = np.stack([np.full((count, 4), 0.45), np.full((count, 4), 0.44), 0.45 + ours], axis=1)
    return OverEnsemble(load("default"), fits, ARMS, on_track, 10)


def test_the_shipped_ensemble_says_where_it_is_from() -> None:
    fits, facts = shipped(), shipped().facts
    assert len(facts["model_digest"]) == len(MODEL_DIGEST)
    assert facts["targets_file"] == Calibration.read("ledger").text
    assert len(facts["waves"]) == 3
    assert all(len(wave["digest"]) >= 16 for wave in facts["waves"])
    assert all(target["source"] for target in facts["targets"])
    assert fits.weights.sum() == pytest.approx(1.0)
    assert 100 <= len(fits) <= 300
    assert fits.size > 30
    assert sum(weight_by_variant(fits).values()) == pytest.approx(1.0)
    assert Path(__file__).parents[1].joinpath("cisim/scenario/ensemble.json").stat().st_size < 500_000


def test_its_settings_are_plausible_and_none_is_a_choice_of_funders_or_of_an_initiative() -> None:
    fits, spans = shipped(), {one.path: one for one in ranges(load("default"), variants=True)}
    for path, column in zip(fits.paths, fits.values.T, strict=True):
        section, key = path.split(".")
        assert section not in ("initiative", "coordination", "community", "money", "reporting", "switches")
        extra = SECTIONS[section].model_fields[key].json_schema_extra
        assert isinstance(extra, dict)
        assert not extra["decided_by"]  # the place, and how people behave: in force from the first day
        for value, variant in zip(column, fits.variants, strict=True):
            assert path in variant.settings or spans[path].low <= value <= spans[path].high


@pytest.mark.slow
def test_a_member_that_is_run_again_gives_what_is_recorded(tmp_path: Path) -> None:
    facts, asked = shipped().facts, Calibration.read("ledger")
    place = 7
    rows = {name: column[place] for name, column in facts["ensemble"].items()}
    variant = next(one for one in asked.variants if one.name == rows["variant"])
    row = asked.space.row({path: rows[path] for path in facts["vary"]}, variant)
    experiment = asked.at(asked.space.csv([row]))
    sweep(experiment, tmp_path / "again", 1, start=threads)
    again = measured(experiment, tmp_path / "again", asked).means[0]
    recorded = [facts["simulated"][target.name][place] for target in asked.targets]
    assert again.tolist() == recorded


def test_what_a_scenario_sets_itself_stays() -> None:
    fits, own = shipped(), cisim.load("default", {"membership.recruit": 0.033})
    assert fits.left_alone(own) == ["membership.recruit"]
    place = fits.variants.index(AS_IT_IS)
    assert set(fits.paths) - set(fits.changes(place, own)) == {"membership.recruit"}
    assert is_own("membership.recruit", own)


def test_members_run_as_a_comparison_of_the_changed_scenario_does() -> None:
    own, fits = load("default"), shipped()
    place = next(k for k in range(len(fits)) if fits.variants[k].name == "tested_programmes")
    study = ensemble_study(own, ARMS, seeds=2, years=2)
    found = study.units[place]()
    names = (*ARMS, "programme_office")
    same = compare(own.change(fits.changes(place, own)), names, [2 * place, 2 * place + 1], 2)
    assert found.tolist() == [same.at("on_track", arm, 2).tolist() for arm in names]
    other = next(k for k in range(len(fits)) if fits.variants[k] is AS_IT_IS)
    assert np.isnan(study.units[other]()[-1]).all()  # the office runs under the reading that asks for it only


def test_shares_of_the_weight_are_those_of_the_members() -> None:
    """Half of the weight has a lead of 1 point, a fifth one of -1, the rest none: almost without chance, so all are decided."""
    level = np.repeat([0.01, -0.01, 0.0], [100, 40, 60])
    over = made(lambda shares, rides: level, noise=1e-5)
    found = over.over_strongest()
    assert found.shares() == pytest.approx({"better": 0.5, "equivalent": 0.3, "worse": 0.2, "undecided": 0.0})
    assert found.mean == pytest.approx(0.003, abs=1e-4)
    assert found.interval() == pytest.approx((-0.01, 0.01), abs=1e-3)
    assert found.outcome is Outcome.UNDECIDED
    assert over.strongest == ["isolated_impact"] * 200
    assert over.lead("open_data", "isolated_impact").shares()["worse"] == pytest.approx(1.0)
    better, rest = "better than the strongest alternative at 50 % (43 % to 57 %)", "equivalent at 30 % (24 % to 37 %)"
    assert f"{better} of the weight, is {rest} and does worse at 20 % (15 % to 26 %)" in str(over.sentences())
    assert found.likely() == pytest.approx({"better": 0.5, "equivalent": 0.3, "worse": 0.2}, abs=1e-3)


def test_the_interval_of_a_share_of_the_weight_is_that_of_as_many_members_as_it_counts_as() -> None:
    level = np.repeat([0.01, 0.0], [100, 100])
    over = made(lambda shares, rides: level, noise=1e-5)
    heavy = np.repeat([3.0, 1.0], [100, 100]) / 400
    fits = Ensemble(heavy, over.variants, PATHS, over.values, (False,) * 4, "made", {})
    lead = OverEnsemble(over.scenario, fits, ARMS, over.on_track, 10).over_strongest()
    assert lead.counts_as == pytest.approx(160.0)
    assert lead.intervals()["better"] == pytest.approx(share_interval(0.75, 160), abs=2e-3)
    assert lead.cells()[0] == "75 % (68 % to 81 %)"


def test_a_lead_that_rounds_to_zero_has_no_sign() -> None:
    assert [points_of(value) for value in (-0.00001, 0.0, 0.00001, -0.0011)] == ["0.00", "0.00", "0.00", "-0.11"]


def test_of_a_few_members_no_share_is_shown() -> None:
    over = made(lambda shares, rides: np.full(200, 0.01), noise=1e-5)
    lead = over.over_strongest(np.arange(200) < 7)
    assert lead.cells()[:4] == ["too few to say", NONE, NONE, NONE]
    assert lead.cells()[4] == "+1.00"
    assert over.over_strongest(np.arange(200) < 8).cells()[0] == "100 % (68 % to 100 %)"


def test_what_knowing_something_is_worth_is_never_below_nothing() -> None:
    assert [worth_of(value) for value in (-0.0001, 0.0, 0.0009, 0.002)] == [*["less than 0.1"] * 3, "0.20"]
    over = made(lambda shares, rides: np.full(200, 0.01), noise=1e-3)
    assert Flips(over).sentences()[-1] == "Knowing all of them would be worth less than 0.1 percentage points on average."


def test_weights_count() -> None:
    level = np.repeat([0.01, 0.0], [100, 100])
    over = made(lambda shares, rides: level, noise=1e-5)
    heavy = np.repeat([3.0, 1.0], [100, 100]) / 400
    fits = Ensemble(heavy, over.variants, PATHS, over.values, (False,) * 4, "made", {})
    again = OverEnsemble(over.scenario, fits, ARMS, over.on_track, 10)
    assert again.over_strongest().shares()["better"] == pytest.approx(0.75)
    assert sum(weight for _, weight, _ in again.by_variant) == pytest.approx(1.0)


def test_the_interval_of_a_mean_over_few_members_is_students() -> None:
    over = made(lambda shares, rides: np.zeros(200))
    among = np.arange(200) < 5
    lead = over.lead("collective_impact", "isolated_impact", among)
    own = (over.at("collective_impact") - over.at("isolated_impact"))[:5].mean(axis=1)
    assert lead.mean == pytest.approx(own.mean())
    assert lead.half == pytest.approx(stats.t.ppf(0.975, 4) * own.std(ddof=1) / np.sqrt(5))
    assert over.lead("collective_impact", "isolated_impact", np.arange(200) < 1).half == np.inf


def test_at_the_same_lead_everywhere_the_verdict_is_that_of_all_members() -> None:
    better = made(lambda shares, rides: np.full(200, 0.006))
    assert better.over_strongest().outcome is Outcome.BETTER
    at = "at nearly all settings that fit the evidence"
    assert better.headline == f"Collective impact does better than the strongest alternative {at}."
    same = made(lambda shares, rides: np.full(200, 0.0))
    assert same.over_strongest().outcome is Outcome.EQUIVALENT


def test_a_setting_that_turns_the_verdict_is_found_with_the_place_where_it_does() -> None:
    """The lead rises from -1 to +1 point with the first setting: it is above 0.25 points from 0.625 of the range on."""
    found = Flips(made(lambda shares, rides: 0.02 * (shares[:, 0] - 0.5)))
    assert found.now is Outcome.EQUIVALENT
    first = found.settings[0]
    assert first.path == "membership.recruit"
    assert first.leads == pytest.approx((-0.0095, 0.0095), abs=0.001)
    assert first.to in (Outcome.BETTER, Outcome.WORSE)
    assert abs(first.at - 0.5) == pytest.approx(0.125, abs=0.03)
    assert first.away == pytest.approx(abs(first.at - first.now) / 0.289, rel=0.1)
    value, by_chance = found.worth["membership.recruit"]
    assert value == pytest.approx(0.0025, abs=0.0008)  # half of the members gain half a point on average
    assert by_chance < 0.0005
    assert found.worth_of_all == pytest.approx(0.0025, abs=0.0008)
    recruit = "chance to join at full reach (membership.recruit)"
    assert any(one.startswith(f"With {recruit} in the middle of what fits") for one in found.sentences())
    assert any(f"Knowing {recruit} is worth" in one for one in found.sentences())
    assert (first.beyond > first.at) == (first.at > first.now)  # a value to try, just beyond the flip


def test_a_reading_under_which_the_verdict_is_another_is_named_with_what_knowing_it_is_worth() -> None:
    found = Flips(made(lambda shares, rides: np.where(rides, -0.008, 0.005)))
    riding = next(one for one in found.readings if one.name == "free_riding")
    assert (riding.outcome, found.now) == (Outcome.WORSE, Outcome.EQUIVALENT)
    assert riding.low < -0.008 < riding.high
    assert riding.clear
    assert riding.high - riding.low < 0.002  # some sixty members, each known to about 0.0015
    assert found.worth["variant"][0] == pytest.approx(0.3 * 0.008, abs=0.001)
    assert any("It becomes worse under 1 variant: free riding" in one for one in found.sentences())


def test_settings_without_effect_are_seldom_listed() -> None:
    listed = [len(Flips(made(lambda shares, rides: np.full(120, 0.002), 120, seed=k)).settings) for k in range(40)]
    assert np.mean([number > 0 for number in listed]) < 0.15


def test_the_first_members_are_an_answer_of_their_own() -> None:
    study = ensemble_study(load("default"), ARMS, seeds=2, years=1, members=20)
    assert study.stages == (16, 20)
    found = study.assemble([unit() for unit in study.units[:3]])
    assert found.members == 3
    assert list(found.frame().columns[:2]) == ["weight", "variant"]
    assert found.frame()["weight"].sum() == pytest.approx(1.0)


def test_compare_shows_the_answer_over_the_ensemble_and_what_would_change_it(tmp_path: Path) -> None:
    words = ("--ensemble", "--members", "6", "--seeds", "2", "--years", "1", "--what-would-change")
    done = called("compare", "default", *words, "--arms", ",".join(ARMS), "--json", "a.json", "--csv", "a.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Share of the weight" in done.stdout
    assert "Against the strongest alternative, under each reading of the theory" in done.stdout
    found = json.loads((tmp_path / "a.json").read_text())
    assert (found["members"], found["model_digest"]) == (6, MODEL_DIGEST)
    assert sum(found["over_strongest_alternative"]["shares"].values()) == pytest.approx(1.0)
    assert found["what_would_change"]["sentences"]
    assert len((tmp_path / "a.csv").read_text().splitlines()) == 7


@pytest.mark.slow
def test_a_report_shows_the_answer_over_what_fits_and_what_would_change_it() -> None:
    over = made(lambda shares, rides: np.where(rides, -0.008, 0.02 * shares[:, 0]))
    own = load("default")
    found = compare(own, ARMS, 2, 1)
    words = Page(comparison_html(found, own, "cisim compare default", "", over)).words
    assert over.headline in words
    assert "What would change the answer" in words
    assert Flips(over).sentences()[0].replace(" %", "\N{NO-BREAK SPACE}%") in words
    assert "Against the strongest" not in Page(comparison_html(found, own, "cisim compare default", "")).words


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--ensemble", "--variants"), "--ensemble is an answer by itself"),
        (("--members", "4"), "add --ensemble"),
        (("--ensemble", "--seeds", "1"), "takes 2 seeds or more"),
        (("--ensemble", "--arms", "open_data"), "name at least two"),
        (("--ensemble-from", "nowhere"), "calibration.json: it cannot be read: No such file"),
    ],
)
def test_what_does_not_go_with_an_ensemble_is_refused(words: tuple[str, ...], sentence: str, tmp_path: Path) -> None:
    done = called("compare", "default", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr


@pytest.mark.parametrize(
    "change",
    [
        {"ensemble": []},
        {"ensemble": {"weight": [1.0], "membership.recruit": [float("nan")]}},
        {"ensemble": {"weight": [1.0, 2.0], "membership.recruit": [0.1]}},
        {"ensemble": {"weight": [-1.0], "membership.recruit": [0.1]}},
        {"ensemble": {"weight": [1.0], "variant": ["of nobody"], "membership.recruit": [0.1]}},
        {"ensemble": {"weight": [1.0], "membership.recruit": ["much"]}},
    ],
)
def test_a_file_that_is_no_calibration_gives_one_sentence(change: dict[str, Any], tmp_path: Path) -> None:
    whole = {"fits": True, "title": "t", "digest": "d", "ensemble": {"weight": [1.0], "membership.recruit": [0.05]}}
    for facts in (whole | change, [1], "x"):
        (tmp_path / "calibration.json").write_text(json.dumps(facts), encoding="utf-8")
        with pytest.raises(InputError, match="it is no result of `cisim calibrate`"):
            Ensemble.read(tmp_path)
    (tmp_path / "calibration.json").write_text(json.dumps(whole), encoding="utf-8")
    assert Ensemble.read(tmp_path).paths == ("membership.recruit",)
    (tmp_path / "calibration.json").write_text(json.dumps(whole | {"fits": False}), encoding="utf-8")
    with pytest.raises(InputError, match="nothing fits its targets"):
        Ensemble.read(tmp_path)
