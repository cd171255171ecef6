"""Readings of the theory: each is a table entry that changes what is measured, and the verdict under each can be shown."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cisim.engines.compiled import run
from cisim.errors import InputError
from cisim.scenario import ARMS, CONDITIONS, MORE_ARMS, Scenario, load
from cisim.scenario.plausible_ranges import ranges
from cisim.scenario.variants import VARIANTS, Variant, variants_named
from cisim.statistics.verdict import Outcome
from cisim.studies.comparison import Comparison, compare
from cisim.studies.variants import Verdicts, variants_study
from cisim.sweeps.experiment import Experiment
from tests.conftest import ROOT, called, tiny
from tests.naive import READINGS, busy


def test_every_variant_says_what_one_holds_to_be_true_and_where_that_comes_from() -> None:
    for variant in VARIANTS.values():
        assert variant.reading.endswith(".")
        assert variant.source
        assert variant.title
        assert variant.settings


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_changes_settings_there_are_and_what_comes_out(name: str) -> None:
    variant = VARIANTS[name]
    before, after = busy(), variant.of(busy())
    assert any(
        not np.array_equal(run(before, arm, seed)["on_track"], run(after, arm, seed)["on_track"])
        for arm in (*variant.arms, *list(ARMS)[::-1])
        for seed in range(4)
    )


def test_no_variant_is_on_by_default() -> None:
    scenario = load("default")
    for variant in VARIANTS.values():
        for path, value in variant.settings.items():
            section, key = path.split(".")
            assert getattr(getattr(scenario.settings, section), key) != value, path


def test_all_readings_of_the_tests_are_other_than_by_default() -> None:
    scenario = load("default")
    assert all(getattr(getattr(scenario.settings, s), k) != v for (s, k), v in ((p.split("."), v) for p, v in READINGS.items()))


# Arms beside the four ----------------------------------------------------------------------------------------------------


def test_arms_beside_the_four_are_there_by_name_and_compared_only_then() -> None:
    scenario = tiny()
    assert scenario.arms == list(ARMS)
    for name, (label, _, _) in MORE_ARMS.items():
        assert scenario.arm(name).label == label
    both = scenario.arm("collective_impact_open_data").settings.switches
    assert both.open_data
    assert all(getattr(both, condition) for condition in CONDITIONS)
    office = scenario.arm("programme_office").settings.switches
    assert office.programme_office
    assert not any(getattr(office, condition) for condition in CONDITIONS)


def test_what_a_file_says_of_an_arm_holds_for_the_arm_built_on_it() -> None:
    scenario = tiny().change({"arms.collective_impact.initiative.voice": 0.9})
    assert scenario.arm("collective_impact_open_data").settings.initiative.voice == 0.9
    own = scenario.change({"arms.collective_impact_open_data.initiative.voice": 0.1})
    assert own.arm("collective_impact_open_data").settings.initiative.voice == 0.1


def test_an_unknown_arm_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="programme_office"):
        tiny().arm("programme_ofice")


def test_the_office_costs_what_the_backbone_costs() -> None:
    """The same money in: what the office takes from grants is a backbone's bill, to the cent."""
    scenario = busy().change({"programmes.menu": 3})
    spent = {arm: run(scenario, arm, 1) for arm in ("isolated_impact", "programme_office")}
    assert np.array_equal(spent["isolated_impact"]["money_in"], spent["programme_office"]["money_in"])
    assert np.abs(spent["programme_office"]["money_error"]).max() < 1e-6
    warned = scenario.warnings(["programme_office"])
    assert len(warned) == 1
    assert "the office for tested programmes takes" in warned[0]


def test_an_office_without_any_tested_programme_is_warned_of() -> None:
    found = load("default").warnings(["programme_office"])
    assert found == ["Office for tested programmes only costs here: no need has tested programmes. Set programmes.menu=3."]
    assert load("default").change({"programmes.menu": 3}).warnings(["programme_office"]) == []


# The study ---------------------------------------------------------------------------------------------------------------


def test_the_verdict_under_a_variant_is_that_of_the_changed_scenario() -> None:
    scenario = tiny()
    found = variants_study(scenario, ["kept_secret", "tested_programmes"], seeds=3).run()
    assert [variant.name for variant in found.variants] == ["as_it_is", "kept_secret", "tested_programmes"]
    assert "programme_office" in found.comparisons[2].arms
    ref = compare(VARIANTS["kept_secret"].of(scenario), seeds=3)
    assert found.leads[1][1:] == ref.against_best()
    assert list(found.frame()["variant"]) == ["as_it_is", "kept_secret", "tested_programmes"]
    assert set(found.summary()) == {"as_it_is", "kept_secret", "tested_programmes"}


def test_sentences_count_the_variants_by_their_verdict() -> None:
    found = variants_study(tiny(), ["kept_secret", "gaming"], seeds=2).run()
    better = len(found.under(Outcome.BETTER))
    assert any(sentence.startswith(f"Under {better} of 2 variants") for sentence in found.sentences())


def test_verdicts_under_variants_are_corrected_for_their_number() -> None:
    """Made comparisons of 33 seeds: of 20 variants, one has a lead that by itself is just clearly worthwhile: by chance,
    one of so many may have it."""
    first = compare(tiny(), ["isolated_impact", "collective_impact"], seeds=33, years=1)
    rng = np.random.default_rng(5)

    def made(lead: float) -> Comparison:
        history = first.history.copy()
        noise = rng.standard_normal(33)
        noise = (noise - noise.mean()) / noise.std(ddof=1)  # so that the mean and the spread are these
        history["on_track"][0, :, -1] = 0.0
        history["on_track"][1, :, -1] = lead + 0.005 * noise
        return replace(first, history=history)

    lead = 0.0025 + 2.2 * 0.005 / np.sqrt(33)
    leads = [0.0, lead, *[0.002] * 19]
    variants = tuple(Variant(str(k), str(k), "", "", {}) for k in range(21))
    found = Verdicts(variants, tuple(map(made, leads)))
    assert found.comparisons[1].against_best()[1].outcome is Outcome.BETTER
    assert found.leads[1][2].outcome is Outcome.UNDECIDED
    assert found.leads[1][2].difference == pytest.approx(lead)
    alone = Verdicts(variants[:2], found.comparisons[:2])
    assert alone.leads[1][2].outcome is Outcome.BETTER


def test_an_unknown_variant_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="kept_secret"):
        variants_named(["kept_secrt"])


@pytest.mark.slow
def test_compare_shows_the_verdict_under_each_variant(tmp_path: Path) -> None:
    words = ("compare", "default", "--variants", "--seeds", "2", "--years", "1", "--json", "v.json", "--csv", "v.csv")
    shown = called(*words, cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert all(variant.title[:12] in shown.stdout for variant in VARIANTS.values())
    assert list(json.loads((tmp_path / "v.json").read_text()))[1:] == list(VARIANTS)
    assert (tmp_path / "v.csv").read_text().count("\n") == len(VARIANTS) + 2


@pytest.mark.parametrize("words", [("--plausible", "2"), ("--arms", "collective_impact")])
def test_compare_says_what_does_not_go_with_variants(words: tuple[str, ...], tmp_path: Path) -> None:
    refused = called("compare", "default", "--variants", *words, cwd=tmp_path)
    assert refused.returncode == 2
    assert "--variants" in refused.stderr


def test_an_experiment_can_name_the_arms_beside_the_four() -> None:
    text = (ROOT / "experiments" / "quick_look.toml").read_text(encoding="utf-8")
    named = text.replace('"open_data", "collective_impact"]', '"programme_office", "collective_impact_open_data"]')
    assert Experiment.of(named, "mine").arms == ("isolated_impact", "programme_office", "collective_impact_open_data")
    with pytest.raises(InputError, match="programme_office"):
        Experiment.of(named.replace("programme_office", "programme_ofice"), "mine")


@pytest.mark.slow
def test_programme_collaboration_wins_where_partners_gain_much_and_figures_are_gamed(default: Scenario) -> None:
    much = {"delivery.referral": 0.6, "relations.merged_reports": 0.7, "relations.shared_staff": 0.7, "sites.common_school": 0.5}
    gamed = {"delivery.gaming_response": 0.3, "grants.evidence_weight": 1.5}
    changes = {**much, "relations.partnership_hours": 6.0, **gamed}
    spans = {span.path: span for span in ranges(default)}
    assert all(spans[path].low <= value <= spans[path].high for path, value in changes.items())
    found = compare(default.change(changes), seeds=32)
    for rival in ("isolated_impact", "open_data", "collective_impact"):
        assert found.effect("on_track", "programme_collaboration", against=rival).low > 0.0
