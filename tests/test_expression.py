"""Own metrics: an expression of recorded metrics is worked out exactly, kept like any other, and nothing else is run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cisim.analysis import Runs
from cisim.analysis.effects import effects
from cisim.engines.compiled import run
from cisim.errors import InputError
from cisim.sweeps.experiment import Experiment
from cisim.sweeps.experiment.expression import FUNCTIONS, check, series
from cisim.sweeps.running import sweep
from cisim.sweeps.store import Results
from tests.test_sweep import TINY, threads

Floats = np.typing.NDArray[np.float64]

OWN = """
[metrics]
joined = "at_end(members) / at_start(npos)"
gained = "100 * (on_track - at_start(on_track))"
delivery = "spent[delivery] / (money_in + 1)"
never = "1 / (npos - npos)"
"""


def made(more: str = OWN, kept: str = '"on_track", "joined", "gained", "delivery"') -> Experiment:
    text = TINY.replace("seeds = SEEDS", "seeds = 2")
    start = text.index("[keep]")
    return Experiment.of(text[:start] + more + f"\n[keep]\nmetrics = [{kept}]\nyears = [1, 3]\n", "tiny")


def test_an_expression_is_worked_out_for_every_quarter() -> None:
    recorded = {"pupils": np.array([4.0, 4.0, 4.0]), "members": np.array([1.0, 3.0, 2.0]), "npos": np.array([0.0, 2.0, 4.0])}

    def value(text: str) -> list[float]:
        check("own", text, "mine")
        found: list[float] = series(text, recorded.__getitem__).tolist()
        return found

    assert value("members + 2 * npos - 1") == [0.0, 6.0, 9.0]
    assert value("-(members) / 2") == [-0.5, -1.5, -1.0]
    assert value("at_start(members)") == [1.0, 1.0, 1.0]
    assert value("at_end(members) - at_start(members)") == [0.0, 2.0, 1.0]
    assert value("mean(members)") == [1.0, 2.0, 2.0]
    assert value("highest(members)") == [1.0, 3.0, 3.0]
    assert value("lowest(npos)") == [0.0, 0.0, 0.0]
    assert value("min(members, npos)") == [0.0, 2.0, 2.0]
    assert value("max(members, 2.5)") == [2.5, 3.0, 2.5]
    assert value("abs(members - 3)") == [2.0, 0.0, 1.0]
    assert value("members / npos")[1:] == [1.5, 0.5]
    assert np.isnan(value("members / npos")[0])  # a division by zero has no value


def test_kept_numbers_are_those_of_the_run_at_their_year() -> None:
    experiment = made()
    assert experiment.columns[2:6] == ("joined@1", "joined", "gained@1", "gained")
    scenario = experiment.scenario(experiment.points()[0])
    history = run(scenario, "collective_impact", 3)
    kept = dict(zip(experiment.columns, experiment.keep.extract(history).tolist(), strict=True))
    start, one, three = history[-13], history[-9], history[-1]
    assert kept["joined@1"] == one["members"] / start["npos"]
    assert kept["joined"] == three["members"] / start["npos"]
    assert kept["gained"] == 100 * (three["on_track"] - start["on_track"])
    assert kept["on_track@1"] == one["on_track"]


def test_without_own_metrics_nothing_changes_and_by_default_own_ones_are_kept() -> None:
    text = TINY.replace("seeds = SEEDS", "seeds = 2")
    assert Experiment.of(text, "tiny").keep.own == ()
    own = Experiment.of(text[: text.index("[keep]")] + OWN, "tiny")
    assert {"on_track", "joined", "never"} <= set(own.columns)


@pytest.mark.cluster
def test_they_flow_through_sweep_and_analysis_also_where_they_have_no_value(tmp_path: Path) -> None:
    experiment = made(kept='"on_track", "gained", "never"')
    assert sweep(experiment, tmp_path / "r", 1, start=threads).complete
    results = Results.of(tmp_path / "r", verify=True)
    frame = results.frame()
    assert frame["never"].isna().all()
    assert Experiment.stored(results.manifest).keep == experiment.keep
    found = effects(Runs.of(tmp_path / "r"), "gained")
    by_hand = frame.pivot_table(index=["point", "seed"], columns="arm", values="gained")
    assert found.measure.heading == "gained (number) at the end of year 3"
    overall = found.overall[(found.overall["arm"] == "collective_impact") & (found.overall["against"] == "isolated_impact")]
    difference = (by_hand["collective_impact"] - by_hand["isolated_impact"]).mean()
    assert overall["difference"].iloc[0] == pytest.approx(difference)
    with pytest.raises(InputError, match="never has no value in some arm on any seed"):
        effects(Runs.of(tmp_path / "r"), "never")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("members.__class__", "only numbers, metrics"),
        ("__import__('os').system('true')", "only numbers, metrics"),
        ("(lambda: 1)()", "only numbers, metrics"),
        ("[members for members in npos]", "only numbers, metrics"),
        ("members ** 9", "only numbers, metrics"),
        ("'a' * 9", "not a number"),
        ("True", "not a number"),
        ("1e300", "not a number"),
        ("9" * 400, "not a number"),
        ("1j", "not a number"),
        ("eval(members)", '"eval" is not a function. '),
        ("mean(members, npos)", r"mean takes 1 value\(s\), not 2"),
        ("mean(*members)", "only numbers, metrics"),
        ("membrs", '"membrs" is not a metric. Did you mean members'),
        ("spent", '"spent" is not a metric'),
        ("spent[delivery][0]", "is not a metric"),
        ("members +", "it is not an expression"),
        ("", "it is not an expression"),
        ("(" * 249 + "1" + ")" * 249, "it is not an expression"),
        ("-" * 400 + "1", "nested more than 30 deep"),
        ("1+" * 200 + "1", "nested more than 30 deep"),
        ("1 +" * 300, "at most 500 characters"),
        ("members if npos else 1", "only numbers, metrics"),
        ("(x := 1)", "only numbers, metrics"),
    ],
)
def test_what_is_no_expression_gives_one_sentence_and_is_not_run(text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as error:
        check("own", text, "mine.toml: metrics")
    assert str(error.value).startswith("mine.toml: metrics: own ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["on_track", "spent", "mean", "seed", "my metric", "a.b", "ä", "1st", "", "x" * 61])
def test_a_name_that_means_something_else_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="cannot name a metric of your own"):
        check(name, "members", "mine.toml: metrics")


def test_a_mistake_in_a_file_names_the_metric() -> None:
    with pytest.raises(InputError, match=r'tiny.toml: metrics: joined = "membrs": "membrs" is not a metric'):
        made('[metrics]\njoined = "membrs"')
    with pytest.raises(InputError, match=r'keep.metrics: "joind" is not a metric'):
        made(kept='"joind"')


def test_every_function_is_described() -> None:
    page = (Path(__file__).parents[1] / "docs" / "experiments.md").read_text(encoding="utf-8")
    for name in FUNCTIONS:
        assert f"`{name}" in page
