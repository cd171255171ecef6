"""One programme under other circumstances: the same luck, the same money, and the numbers `cisim intervene` shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cisim.engines.compiled import CompiledRun
from cisim.engines.world import World
from cisim.scenario import InputError, Scenario
from cisim.studies.ablation import ablation_study, with_conditions
from cisim.studies.chance_alone import chance_study
from cisim.studies.comparison import compare
from cisim.studies.frictions import MEASURES, check
from cisim.studies.programme import programme_study
from cisim.studies.what_if import WHAT_IFS, spread, what_if_study
from tests.conftest import tiny

ONE = {"need": "academic", "stage": "primary", "amount": 400.0, "from_year": 1, "to_year": 2}


def test_as_it_is_is_what_intervene_shows() -> None:
    scenario = tiny()
    ref = programme_study(scenario, ONE, seeds=3, after=1, outcome=None).run()
    comp = what_if_study(scenario, ONE, ["as_it_is"], seeds=3, years=3).run()
    for measure in MEASURES:
        for year in range(4):
            assert comp.effect(measure, year).difference == ref.effect("isolated", measure, year).difference


def test_each_circumstance_changes_something_and_nothing_before_it_begins() -> None:
    later = {**ONE, "from_year": 2, "to_year": 3}
    found = what_if_study(tiny(), later, seeds=3, years=4).run()
    as_it_is = found.values[:, 0]
    for name in list(WHAT_IFS)[1:]:
        values = found.values[:, found.what_ifs.index(name)]
        np.testing.assert_array_equal(values[..., :2], as_it_is[..., :2])
        assert (values[..., 2:] != as_it_is[..., 2:]).any(), name
        if name != "stand_in":
            np.testing.assert_array_equal(values[:, 0], as_it_is[:, 0])


def test_out_of_the_same_pot_no_more_money_comes_in(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    plain = CompiledRun.advance_to

    def listen(self: CompiledRun, quarter: int) -> CompiledRun:
        done = plain(self, quarter)
        if quarter == done.world.quarters:
            told.append(done.history["money_in"][-1])
        return done

    monkeypatch.setattr(CompiledRun, "advance_to", listen)
    what_if_study(tiny(), ONE, ["same_pot"], years=3).units[0]()
    without, new, moved = told
    assert new - without == pytest.approx(2 * 400)
    assert moved == pytest.approx(without)


def test_a_part_of_nothing_is_no_number() -> None:
    found = what_if_study(tiny(), {**ONE, "amount": 0.0}, ["same_pot"], seeds=3, years=2).run()
    assert found.effect("need", 2).difference == 0.0
    assert found.part("need", 2, "need", 2) is None


@pytest.mark.parametrize(
    ("what_ifs", "change", "sentence"),
    [
        (["same_pots"], {}, '"same_pots" cannot be asked. Did you mean same_pot?'),
        (["same_pot"], {"amount": 1e6}, "give a smaller amount"),
        (["as_it_is"], {"need": "luck"}, "luck"),
    ],
)
def test_what_cannot_be_asked_is_said(what_ifs: list[str], change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence.replace("?", r"\?")):
        what_if_study(tiny(), {**ONE, **change}, what_ifs)


def test_nothing_can_be_spread_where_there_is_no_room_for_more() -> None:
    full = tiny().change({"interventions": [{"need": "academic", "stage": "primary"}] * 3})
    assert len(spread(full, check(full, ONE)).interventions) == 4
    with pytest.raises(InputError, match="at most 4"):
        what_if_study(full.change({"interventions": [{"need": "academic", "stage": "primary"}] * 4}), ONE, ["spread"])


def test_an_arm_with_some_conditions_is_the_ablations() -> None:
    scenario = tiny()
    talk = ["continuous_communication"]
    prepared = scenario.change({"arms.talk": with_conditions(scenario, talk)})
    comp = compare(prepared, ["isolated_impact", "talk"], seeds=3).effect("on_track", "talk")
    alone = ablation_study(scenario, seeds=3).run().alone[talk[0]]
    assert (comp.difference, comp.low, comp.high) == (alone.difference, alone.low, alone.high)


def test_luck_seed_by_seed_is_luck_as_a_whole(default: Scenario) -> None:
    scenario = default.change({"run.warmup_years": 1})
    study = chance_study(scenario, 5, 2, seeds=6)
    assert study.assemble([unit() for unit in study.units]) == chance_study(scenario, 5, 2, seeds=6).run()
    world = World.of(scenario.change({"reporting.indicator_correlation": 0.0}), "isolated_impact", 3, 2)
    last = CompiledRun(world).advance_to(world.quarters).history[-1]
    assert study.units[3]()[0] == round(last["indicators_improved"] * len(scenario.indicators))
