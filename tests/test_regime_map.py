"""Maps of two settings: who is ahead where, and the line where a lead ends, with worlds whose map is known."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisim.analysis.arm_map import EMPTY, arm_map
from cisim.analysis.axes import Axis, ahead, axes, axis, crossings
from cisim.analysis.pooling import pooled
from cisim.errors import InputError
from cisim.present.palette import letters
from cisim.statistics.verdict import Outcome
from cisim.sweeps.experiment import Experiment, Factor
from tests import made_runs

VOICE, QUALITY, HOURS = "initiative.voice", "information.open_data_quality", "coordination.meeting_hours"

THIRD = """
[[factors]]
path = "coordination.meeting_hours"
low = 4.0
high = 64.0
scale = "log"
steps = 3
"""

Found = Callable[[Mapping[str, Any], int, str], float]


def world(lead: Callable[[Mapping[str, Any]], float], luck: float = 0.0) -> Found:
    """Collective impact is ahead of open data by `lead`, open data a little ahead of isolated impact."""

    def found(values: Mapping[str, Any], seed: int, arm: str) -> float:
        own = (
            np.random.default_rng([seed, len(arm), round(1000 * sum(float(v) for v in values.values()))]).normal()
            if luck
            else 0.0
        )
        extra = {"isolated_impact": -0.01, "open_data": 0.0, "collective_impact": lead(values)}[arm]
        return 0.4 + 0.05 * seed + extra + luck * own

    return found


def test_a_straight_boundary_is_found_where_it_is() -> None:
    """The lead is 0.02 (1 - voice - quality), so it ends on the line voice + quality = 1."""
    drawn = arm_map(made_runs.runs(world(lambda v: 0.02 * (1 - v[VOICE] - v[QUALITY]))), x="voice", y="open_data_quality")
    line = drawn.boundary
    assert len(line) >= 5
    assert (line[VOICE] + line[QUALITY]).tolist() == pytest.approx([1.0] * len(line))
    assert line["line"].nunique() == 1
    assert (line[VOICE].min(), line[VOICE].max()) == pytest.approx((0.0, 1.0))


def test_in_words_a_boundary_is_told_column_by_column() -> None:
    lead = lambda v: 0.02 * (0.9 - 0.4 * v[VOICE] - v[QUALITY])  # noqa: E731
    drawn = arm_map(made_runs.runs(world(lead)), x="voice", y="open_data_quality")
    text = "the strongest alternative where open data quality is below 0.9 at voice 0, 0.8 at 0.25, 0.7 at 0.5, 0.6 at 0.75"
    assert any(f"{text} and 0.5 at 1." in sentence for sentence in drawn.sentences())


def test_on_a_logarithmic_axis_the_middle_is_the_mean_of_logarithms() -> None:
    asked = made_runs.experiment(THIRD)
    drawn = arm_map(made_runs.runs(world(lambda v: 0.01 * math.log(8 / v[HOURS])), asked=asked))
    assert [drawn.x.path, drawn.y] == [HOURS, None]
    assert crossings(drawn.x, drawn.table("lead")[0].astype(float)) == pytest.approx([8.0])
    assert "ahead of the strongest alternative where meeting hours is below 8." in " ".join(drawn.sentences())


def test_a_cell_is_an_arm_s_only_where_it_is_clearly_better() -> None:
    """Open data leads by 1 point on each seed where quality is high; elsewhere seeds disagree."""

    def found(values: Mapping[str, Any], seed: int, arm: str) -> float:
        if arm == "isolated_impact":
            return 0.3
        sure = values[QUALITY] > 0.6
        return 0.4 + ((0.01 if sure else 0.05 * (-1) ** seed) if arm == "open_data" else 0.0)

    drawn = arm_map(made_runs.runs(found), x="voice", y="open_data_quality")
    won = drawn.cells[drawn.cells[QUALITY] > 0.6]
    rest = drawn.cells[drawn.cells[QUALITY] <= 0.6]
    assert set(won["state"]) == {Outcome.BETTER}
    assert set(won["best"]) == {"open_data"}
    assert won["margin"].tolist() == pytest.approx([0.01] * len(won))
    assert won["lead"].tolist() == pytest.approx([-0.01] * len(won))
    assert set(won["verdict"]) == {Outcome.WORSE}
    assert set(rest["state"]) == {Outcome.UNDECIDED}
    assert set(rest["verdict"]) == {Outcome.UNDECIDED}
    sentence = drawn.sentences()[0]
    assert "of 25 cells, open data does better than the next best arm in 10; 15 are undecided." in sentence


def test_arms_that_are_the_same_everywhere_win_nowhere_and_have_no_boundary() -> None:
    drawn = arm_map(made_runs.runs(lambda values, seed, arm: 0.4 + 0.1 * seed + values[VOICE]))
    assert set(drawn.cells["state"]) == {Outcome.EQUIVALENT}
    assert "in 25 the two best arms are equivalent" in drawn.sentences()[0]
    assert len(drawn.boundary) == 0
    assert any("ahead of the strongest alternative nowhere" in sentence for sentence in drawn.sentences())


def test_of_a_gap_a_lead_is_that_much_less_of_it() -> None:
    gap = {"isolated_impact": 0.03, "open_data": 0.02, "collective_impact": 0.01}
    runs = made_runs.runs(lambda values, seed, arm: gap[arm] + 0.01 * seed, column="equity_gap")
    drawn = arm_map(runs, "equity_gap")
    assert set(drawn.cells["best"]) == {"collective_impact"}
    assert drawn.cells["lead"].tolist() == pytest.approx([0.01] * 25)
    assert "Of equity gap less is better: a lead above 0 is that much less of it." in drawn.sentences()


def three_factors() -> Experiment:
    return made_runs.experiment(made_runs.SQUARE + THIRD)


def curved(v: Mapping[str, Any]) -> float:
    return 0.02 * (0.5 - v[VOICE] * v[QUALITY]) - 0.001 * math.log(v[HOURS])


def test_other_factors_are_averaged_over_seed_by_seed() -> None:
    runs = made_runs.runs(world(curved, luck=0.002), asked=three_factors())
    drawn = arm_map(runs, x="voice", y="meeting_hours")
    assert drawn.over == (QUALITY,)
    assert set(drawn.cells["points"]) == {5}
    wide = runs.wide("on_track")
    for cell in drawn.cells.to_dict("records"):
        inside = runs.points[(runs.points[VOICE] == cell[VOICE]) & (runs.points[HOURS] == cell[HOURS])].index
        judging = wide[wide.index.get_level_values("seed") != 1]  # the second of four seeds chooses
        ref = pooled(judging.loc[inside], "collective_impact", cell["alternative"])
        ahead = wide["collective_impact"] - wide[cell["alternative"]]
        by_seed = [np.mean([ahead[point, seed] for point in inside]) for seed in (0, 2, 3)]
        assert cell["lead"] == pytest.approx(np.mean(by_seed))
        assert (cell["lead_low"], cell["lead_high"]) == pytest.approx((ref.low, ref.high))


def test_a_map_for_each_value_of_a_third_setting_is_the_map_where_it_has_that_value() -> None:
    runs = made_runs.runs(world(curved, luck=0.002), asked=three_factors())
    each = arm_map(runs, x="voice", y="open_data_quality", each="meeting_hours")
    assert each.maps == 3
    for number, hours in enumerate(each.each.values if each.each else ()):
        one = arm_map(runs, x="voice", y="open_data_quality", where={HOURS: hours})
        assert one.table("lead").tolist() == each.table("lead", number).tolist()
        assert one.table("state").tolist() == each.table("state", number).tolist()
        part = each.boundary[each.boundary["each"] == number]
        assert part[VOICE].tolist() == one.boundary[VOICE].tolist()


def test_by_default_a_map_shows_the_two_settings_that_change_the_lead_most() -> None:
    """Voice changes the lead by 3 points over its range, hours by 1.1, quality by 0.1."""
    lead = lambda v: 0.03 * v[VOICE] + 0.001 * v[QUALITY] + 0.004 * math.log(v[HOURS])  # noqa: E731
    drawn = arm_map(made_runs.runs(world(lead), asked=three_factors()))
    assert [drawn.x.path, drawn.y.path if drawn.y else ""] == [VOICE, HOURS]


def test_sampled_points_fall_into_parts_of_the_range_and_none_is_lost() -> None:
    factors = made_runs.SQUARE.replace("steps = 5\n", "") + THIRD.replace("steps = 3\n", "")
    asked = made_runs.experiment(factors, 'kind = "lhs"\npoints = 60')
    runs = made_runs.runs(world(curved), asked=asked)
    drawn = arm_map(runs, x="voice", y="meeting_hours", parts=4)
    assert drawn.cells["points"].sum() == 60
    assert drawn.y is not None
    assert drawn.y.edges == pytest.approx((4, 8, 16, 32, 64))
    assert drawn.x.edges == pytest.approx((0, 0.25, 0.5, 0.75, 1))
    for cell in drawn.cells.to_dict("records"):
        inside = [
            point
            for point, values in runs.points.iterrows()
            if drawn.x.edges[cell["x"]] <= values[VOICE] < drawn.x.edges[cell["x"] + 1] + 1e-12
            and drawn.y.edges[cell["y"]] <= values[HOURS] < drawn.y.edges[cell["y"] + 1]
        ]
        assert cell["points"] == len(inside)
        assert (cell["state"] == EMPTY) == (not inside)


def test_with_few_points_cells_without_any_are_told() -> None:
    factors = made_runs.SQUARE.replace("steps = 5\n", "")
    asked = made_runs.experiment(factors, 'kind = "random"\npoints = 5')
    drawn = arm_map(made_runs.runs(world(lambda v: 0.01), asked=asked), parts=4)
    empty = int((drawn.cells["state"] == EMPTY).sum())
    assert empty >= 11
    assert f"{empty} of 16 cells hold no point." in drawn.sentences()
    assert drawn.cells.loc[drawn.cells["state"] == EMPTY, "lead"].isna().all()


def test_words_make_cells_in_the_order_they_were_listed_and_no_line_between_them() -> None:
    factors = made_runs.SQUARE.split("[[factors]]")[1]
    asked = made_runs.experiment(
        f'[[factors]]{factors}[[factors]]\npath = "initiative.governance"\nvalues = ["shared", "backbone", "mandated"]\n'
    )
    lead = lambda v: 0.02 * (v[VOICE] - 0.5) if v["initiative.governance"] == "backbone" else -0.01  # noqa: E731
    runs = made_runs.runs(
        lambda values, seed, arm: 0.4 + 0.1 * seed + (lead(values) if arm == "collective_impact" else 0.0), asked=asked
    )
    drawn = arm_map(runs, x="governance", y="voice")
    assert drawn.x.labels == ["shared", "backbone", "mandated"]
    assert len(drawn.boundary) == 0
    text = " ".join(drawn.sentences())
    assert "at governance shared and mandated nowhere" in text
    assert "at governance backbone where voice is above 0.5" in text


@settings(max_examples=60)
@given(st.lists(st.floats(-1, 1).filter(lambda lead: abs(lead) > 1e-6), min_size=2, max_size=8), st.floats(0, 1))
def test_where_an_arm_is_said_to_be_ahead_the_line_between_the_cells_is_above_nought(leads: list[float], share: float) -> None:
    along = Axis("a.b", "b", tuple(float(k) for k in range(len(leads))))
    at = share * (len(leads) - 1)
    edges = crossings(along, np.array(leads))
    if any(abs(at - edge) < 1e-9 for edge in edges):
        return
    before = sum(edge < at for edge in edges)
    assert ((leads[0] > 0) == (before % 2 == 0)) == (np.interp(at, range(len(leads)), leads) > 0)


def test_a_lead_that_comes_and_goes_is_told_as_it_is() -> None:
    along = Axis("initiative.voice", "voice", (0.0, 1.0, 2.0, 3.0))
    assert str(ahead(along, np.array([-1.0, 1.0, 1.0, -1.0]))) == "from 0.5 to 2.5"
    assert str(ahead(along, np.array([1.0, -1.0, -1.0, 1.0]))) == "below 0.5 and above 2.5"
    assert str(ahead(along, np.array([1.0, np.nan, -1.0, np.nan]))) == "below 1"
    assert str(ahead(along, np.full(4, np.nan))) == "unknown"


def test_every_value_of_a_sampled_whole_number_falls_into_a_cell() -> None:
    factor = Factor("community.npos", 10.0, 100.0, whole=True, counts=True)
    values = list(range(10, 101))
    found = axis(factor, "NPOs", values, "lhs", 5)
    import pandas as pd

    cells = found.cells(pd.Series(values))
    assert cells.min() == 0
    assert cells.max() == 4
    assert (np.diff(cells) >= 0).all()


def test_a_grid_of_values_that_double_is_drawn_by_ratio() -> None:
    asked = made_runs.experiment('[[factors]]\npath = "community.npos"\nvalues = [40, 120, 360]\n')
    found = axes(made_runs.runs(world(lambda v: 0.01), seeds=1, asked=asked))["community.npos"]
    assert (found.logarithmic, found.labels) == (True, ["40", "120", "360"])


def test_each_arm_has_a_letter_of_its_own() -> None:
    labels = {"a": "collective impact", "b": "collective 2 years", "c": "open data", "d": "cole"}
    found = letters(labels)
    assert found == {"a": "C", "b": "O", "c": "P", "d": "L"}
    many = letters({str(k): "same" for k in range(26)})
    assert len(set(many.values())) == 26


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"x": "voise"}, '"voise" is not a factor of this sweep. '),
        ({"x": "voice", "y": "voice"}, "initiative.voice is asked for twice"),
        ({"x": "voice", "where": {"voice": 0.5}}, "initiative.voice is asked for twice"),
        ({"where": {"voice": 0.4}}, r"no run has initiative.voice = 0.4. Tried: 0, 0.25"),
        ({"where": {"voice": 0.5, "open_data_quality": 0.5}}, "only one point was run"),
    ],
)
def test_a_map_that_cannot_be_is_refused_with_a_sentence(asked: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        arm_map(made_runs.runs(world(lambda v: 0.01), seeds=2), **asked)


def test_one_arm_alone_has_no_map() -> None:
    with pytest.raises(InputError, match="needs two arms or more"):
        arm_map(made_runs.runs(world(lambda v: 0.01)).among(["open_data"]))


@pytest.mark.parametrize("more", [{"y": "meeting_hours"}, {"where": {"open_data_quality": 0.5, "meeting_hours": 16}}])
def test_maps_are_drawn(more: dict[str, Any], tmp_path: Path) -> None:
    from cisim.present.pictures import map_of_arms

    drawn = arm_map(made_runs.runs(world(curved, luck=0.01), asked=three_factors()), x="voice", **more)
    file = tmp_path / "map.svg"
    map_of_arms(drawn, file)
    assert file.read_text(encoding="utf-8").count("<path") > len(drawn.cells)


def test_a_picture_shows_letters_and_the_line_between_the_right_cells() -> None:
    """Values 4, 16, 64 on a logarithmic axis lie at 0, 1, 2; 8 lies halfway between the first two."""
    from cisim.present.maps import counted

    along = Axis(HOURS, "hours", (4.0, 16.0, 64.0), True, True)
    assert counted(along, np.array([4.0, 8.0, 64.0])) == pytest.approx([0.0, 0.5, 2.0])
