"""From Python: every command has a function, results have tidy frames with values per seed, and nothing private is imported."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cisim
from cisim.api.sweeps import Sweep, replay
from cisim.cli import program
from cisim.errors import InputError, StoreError
from cisim.scenario import load
from cisim.sweeps import own_function
from cisim.sweeps.running import sweep
from cisim.text.attribute_names import attribute_name, attribute_names, with_attribute_names, with_own_names
from tests.conftest import ROOT, tiny
from tests.test_sweep import threads

pytestmark = pytest.mark.slow

VARIED = ["initiative.voice", "membership.recruit", "initiative.dialogue_rate"]
ARMS = ["isolated_impact", "open_data", "collective_impact"]

COMMANDS = {
    **{"best": "best", "cite": "cite", "decide": "decide"},
    **{"analyse": "analyse", "ablate": "ablate", "calibrate": "calibrate", "chance": "chance", "compare": "compare"},
    **{"evidence": "evidence", "experiments": "experiments", "intervene": "intervene", "merge": "merge", "metrics": "metrics"},
    **{"plausible": "plausible", "replay": "replay", "report": "report", "run": "run", "scenarios": "scenarios"},
    **{"settings": "settings", "status": "status", "story": "story", "sweep": "sweep", "verify": "verify", "warm": "warm"},
    "community": "community_template",
    # programs of their own: the page (a notebook shows a model with SolaraViz), the game, the shell, the machine
    **dict.fromkeys(("ui", "play", "completion", "doctor"), ""),
}
"""Each command, and the function that does what it does."""


def test_every_command_has_a_function_and_each_is_loaded_when_it_is_first_used() -> None:
    assert set(COMMANDS) == set(program.commands)
    for name, function in COMMANDS.items():
        assert not function or callable(getattr(cisim, function)), name
    assert set(cisim.__all__) == {name for place, names in cisim.FUNCTIONS.items() if place.startswith("api.") for name in names}
    code = "import sys, cisim; print([m for m in ('numpy', 'pandas', 'numba', 'mesa', 'pydantic') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    assert all(name in (cisim.api.__doc__ or "") for name in cisim.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = cisim.nothing


def test_the_stub_for_editors_names_what_is_there() -> None:
    stub = ast.parse((ROOT / "cisim" / "__init__.pyi").read_text(encoding="utf-8"))
    shown = {one.asname: node.module for node in stub.body if isinstance(node, ast.ImportFrom) for one in node.names}
    assert shown == {name: f"cisim.{place}" for place, names in cisim.FUNCTIONS.items() for name in names}


def test_a_part_of_the_package_with_the_name_of_a_function_can_be_called_like_it() -> None:
    for name in ("evidence", "report", "story"):
        importlib.import_module(f"cisim.{name}")
        assert inspect.ismodule(getattr(cisim, name))
    assert cisim.story(tiny(), "NPO:3", seed=1, years=1).title.endswith(" (NPO 3) in tiny: collective impact, seed 1")
    assert cisim.evidence.judge is not None


@pytest.mark.parametrize("name", sorted({place for place in cisim.FUNCTIONS if place.startswith("api.")} | {"engines.mesa"}))
def test_the_examples_of_every_function_run(name: str, swept: Sweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(f"cisim.{name}")
    found = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE, extraglobs={"runs": swept})
    assert found.failed == 0


@pytest.mark.parametrize("name", cisim.__all__)
def test_every_function_says_what_it_takes_returns_and_shows(name: str) -> None:
    text, function = getattr(cisim, name).__doc__ or "", getattr(cisim, name)
    if inspect.ismodule(function):
        function = getattr(importlib.import_module(f"cisim.{cisim.PLACES[name]}"), name)
        text = function.__doc__ or ""
    assert "Returns\n    -------" in text
    assert "Examples\n    --------\n    >>> import cisim" in text
    takes = [one for one in inspect.signature(function).parameters if one not in ("more", "tell")]
    section = text.partition("Parameters\n    ----------")[2].partition("Returns\n")[0]
    for one in takes:
        assert one in section, f"{name} does not describe {one}"


def test_names_of_columns_can_be_written_as_attributes() -> None:
    names = ["initiative.voice", "spent[delivery]", "needs_met_by[0,3]", "on_track@5", "on_track by quarter"]
    names += ["with", "3 of", "a.b", "a_b"]
    found = attribute_names(names)
    assert all(one.isidentifier() for one in found.values())
    assert [found["with"], found["3 of"], found["a.b"], found["a_b"]] == ["with_", "_3_of", "a_b", "a_b_2"]
    frame = with_attribute_names(pd.DataFrame([range(len(names))], columns=names))
    assert frame.spent_delivery.item() == 1
    assert with_own_names(frame).columns.tolist() == names  # as a file has them


def swept_here(asked: Any, folder: Path) -> Sweep:
    """A sweep on threads of this process, which begin at once."""
    sweep(asked, folder, start=threads)
    return cisim.results(folder)


def late(recorded: Any) -> float:
    """How much more is on track than at the common start, in percentage points."""
    return float(100 * (recorded["on_track"][-1] - recorded["on_track"][0]))


def broken(recorded: Any) -> float:
    return float(recorded["on_trakc"][-1])


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """A sweep with a function and an expression as metrics, which runs on threads."""
    metrics = {"late": late, "joined": "at_end(members) / at_start(npos)"}
    kept = {"keep": ["on_track", "late", "joined"], "keep_years": [1, 2]}
    asked = cisim.experiment(scenario=tiny(), vary=VARIED, points=24, seeds=6, arms=ARMS, metrics=metrics, **kept)
    return cisim.sweep(asked, tmp_path_factory.mktemp("api") / "r")


def test_a_function_makes_a_metric_that_is_kept_at_every_year(swept: Sweep) -> None:
    frame, asked = swept.frame(), swept.experiment
    assert (len(frame), frame.error.notna().sum()) == (24 * 6 * 3, 0)
    points = {point.label: point for point in asked.points()}
    for row in frame.sample(4, random_state=1).itertuples():
        history = cisim.history(asked.scenario(points[row.point]), row.arm, row.seed, 2)
        start, first, last = (history["on_track"][-k] for k in (9, 5, 1))
        assert (row.late_year_1, row.late) == (100 * (first - start), 100 * (last - start))


def test_its_analysis_and_report_say_that_a_function_made_it(swept: Sweep, tmp_path: Path) -> None:
    found = cisim.analyse(swept, "late")
    (note,) = [one for one in found.sentences() if "was made by a Python function" in one]
    assert note.startswith("late was made by a Python function (python:late:")
    assert set(found.tables) >= {"effects", "map", "means"}
    assert len(found.by_seed()) == 24 * 6 * 3
    assert "python:late:" in cisim.report(swept, tmp_path / "r.html", "late").read_text(encoding="utf-8")
    assert found.frame().initiative_voice.between(0, 1).all()


def test_a_function_is_run_again_only_where_it_is(
    swept: Sweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cisim: Callable[..., Any]
) -> None:
    text = swept.experiment.text.replace('scenario = "scenario.toml"', 'scenario = "default"')
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    row = swept.frame().id.iloc[0]
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(own_function, "_known", {})
        for words in (["sweep", "mine.toml", "-o", "r"], ["replay", str(swept.folder), "--row", row]):
            run = cisim(*words, cwd=tmp_path)
            assert run.returncode == 2
            assert "late is made by the Python function late (source " in run.stderr
            remedy = "which is not in this process: continue with cisim.sweep in the notebook or script that has it.\n"
            assert run.stderr.endswith(remedy)
            assert run.stderr.count("\n") == 1
        assert not (tmp_path / "r").exists()
        assert cisim("analyse", str(swept.folder), "--metric", "late", "--plausible", "0").returncode == 0
    assert replay(swept, row).difference is None  # it is here


def test_the_digest_covers_the_function_and_another_one_cannot_continue_the_folder(tmp_path: Path) -> None:
    def changed(function: Any, name: str) -> Any:
        function.__name__ = name
        return function

    def other(recorded: Any) -> float:
        return float(100 * (recorded["on_track"][-1] - recorded["on_track"][0]))

    parts = {"scenario": tiny(), "vary": VARIED[:1], "points": 2, "seeds": 1, "arms": ARMS[:1], "keep": ["late"]}
    ones = [cisim.experiment(**parts, metrics={"late": one}) for one in (late, changed(other, "late"))]
    folders = [cisim.sweep(one, tmp_path / str(k)) for k, one in enumerate(ones)]
    assert folders[0].frame().late.tolist() == folders[1].frame().late.tolist()
    assert folders[0].digest != folders[1].digest  # equal numbers, made by different sources
    with pytest.raises(StoreError, match=r"metrics\.late"):
        cisim.sweep(ones[1], tmp_path / "0")


def test_an_error_in_a_function_is_a_failed_run_and_what_is_no_function_is_refused(tmp_path: Path) -> None:
    parts = {"scenario": tiny(), "vary": VARIED[:1], "points": 2, "seeds": 1, "arms": ARMS[:1]}
    frame = cisim.sweep(cisim.experiment(**parts, metrics={"broken": broken}, keep=["broken"]), tmp_path / "r").frame()
    assert frame.error.str.contains('"on_trakc" is not a metric').all()
    for wrong in (3, lambda recorded: 0.0):
        with pytest.raises(InputError, match="function that was defined with a name"):
            cisim.experiment(**parts, metrics={"wrong": wrong})


def test_another_expression_of_the_same_name_cannot_continue_a_folder(tmp_path: Path) -> None:
    """Rows do not show by which expression a number was made."""
    parts = {"scenario": tiny(), "vary": VARIED[:1], "points": 2, "arms": ARMS[:1], "keep": ["mine"]}
    swept_here(cisim.experiment(**parts, seeds=1, metrics={"mine": "members / npos"}), tmp_path / "r")
    with pytest.raises(StoreError, match=r"metrics\.mine"):
        swept_here(cisim.experiment(**parts, seeds=2, metrics={"mine": "npos / members"}), tmp_path / "r")


def test_robustness_is_what_one_gets_by_hand(swept: Sweep) -> None:
    found = cisim.robustness(swept, at_least=0.5)
    frame = swept.frame().pivot(index=["arm", "point"], columns="seed", values="on_track")
    arms = {arm: frame.loc[arm].to_numpy() for arm in ARMS}
    choosing = np.arange(6) % 3 == 1
    chosen = np.array([arms[arm][:, choosing].mean(axis=1) for arm in ARMS])
    best = chosen.argmax(axis=0)
    for k, row in enumerate(found.frame().itertuples()):
        own = arms[row.arm]
        assert row.mean == pytest.approx(own.mean())
        worst = np.argsort(chosen[k], kind="stable")[:3]  # a tenth of 24 points, rounded up
        assert row.worst_tenth == pytest.approx(own[worst][:, ~choosing].mean())
        regret = np.array([arms[ARMS[one]][point, ~choosing] - own[point, ~choosing] for point, one in enumerate(best)])
        assert row.mean_regret == pytest.approx(regret.mean())
        assert row.mean_regret_low <= row.mean_regret <= row.mean_regret_high
        assert row.satisfied == pytest.approx((own.mean(axis=1) >= 0.5).mean())
        assert row.highest_regret == pytest.approx(regret[(chosen.max(axis=0) - chosen[k]).argmax()].mean())
    assert len(found.by_seed()) == 24 * 6 * 3
    assert len(found.sentences()) == 3


def test_robustness_turns_round_where_less_is_better_and_needs_arms_and_seeds(swept: Sweep, tmp_path: Path) -> None:
    parts = {"scenario": tiny(), "vary": VARIED[:1], "points": 4, "keep": ["unmet_need"]}
    few = swept_here(cisim.experiment(**parts, arms=ARMS[:2], seeds=3), tmp_path / "r")
    table = cisim.robustness(few, "unmet_need").frame()
    assert (table.worst_tenth >= table["mean"] - 0.2).all()
    assert (table.worst_tenth_low <= table.worst_tenth_high).all()
    with pytest.raises(InputError, match="compares arms"):
        cisim.robustness(swept, arms=["open_data"])


def test_peeling_finds_the_box_that_holds_the_cases_and_shows_every_step() -> None:
    rng = np.random.default_rng(1)
    x = pd.DataFrame({"a": rng.random(800), "b": rng.random(800), "c": rng.random(800), "kind": rng.choice(["x", "y", "z"], 800)})
    cases = (x.a > 0.6) & (x.b < 0.5) & x.kind.isin(["x", "y"])
    found = cisim.prim(x, cases)
    steps = found.frame()
    assert steps.columns.tolist() == ["step", "peeled", "points", "support", "density", "coverage", "limits", "box"]
    assert (steps.density.iloc[0], steps.coverage.iloc[0]) == (cases.mean(), 1.0)
    assert steps.support.is_monotonic_decreasing
    assert steps.density.iloc[-1] > 0.97
    box = found.box().set_index("setting")
    assert box.loc["a", "low"] == pytest.approx(0.6, abs=0.03)
    assert box.loc["b", "high"] == pytest.approx(0.5, abs=0.03)
    assert box.loc["kind", "words"] == "x or y"
    assert "c" not in box.index or box.loc["c", "p"] > 0.01
    inside = found.inside()
    assert (inside & cases).sum() / cases.sum() > 0.9
    assert steps.box[found.best].startswith("a above 0.")


def test_peeling_refuses_what_has_no_box() -> None:
    x = pd.DataFrame({"a": [1.0, 2.0, 3.0]})
    with pytest.raises(InputError, match="no point is a case"):
        cisim.prim(x, [False] * 3)
    with pytest.raises(InputError, match="every point is a case"):
        cisim.prim(x, [True] * 3)
    with pytest.raises(InputError, match="one True or False for each of the 3 rows"):
        cisim.prim(x, [True])
    with pytest.raises(InputError, match="share to peel"):
        cisim.prim(x, [True, False, False], peel=0.7)


def test_a_sample_of_salib_is_run_and_analysed(tmp_path: Path) -> None:
    pytest.importorskip("SALib")
    from SALib.analyze import sobol as analyze
    from SALib.sample import sobol as sample

    asked = {"learning.turnover": (0.0, 0.4), "community.npos": (4, 8)}
    problem = cisim.problem(asked)
    assert problem["bounds"] == [[0.0, 0.4], [4.0, 8.0]]
    points = sample.sample({**problem, "groups": None}, 4, calc_second_order=False)
    parts = {"scenario": tiny(), "vary": problem["names"], "arms": ARMS[:1], "keep": ["npos"]}
    runs = swept_here(cisim.experiment(**parts, points=points, seeds=2), tmp_path / "r")
    values = runs.at_points("npos", "isolated_impact")
    assert values.shape == (len(points),)
    assert set(runs.frame().community_npos) == {4, 5, 6, 7, 8} & set(np.round(points[:, 1]).astype(int))
    found = analyze.analyze({**problem, "groups": None}, values, calc_second_order=False)
    assert found["ST"][1] > found["ST"][0]  # how many there are depends on how many there were


@pytest.mark.parametrize(
    ("vary", "sentence"),
    [
        (["initiative.vioce"], "Did you mean"),
        (["run.years"], "horizon is the same at all points"),
        ({"initiative.voice": (0.5, 0.5)}, "is not below"),
        (["community.schools"], "has no plausible range: give low and high"),
    ],
)
def test_a_choice_of_settings_that_cannot_be_used_gets_one_sentence(vary: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        cisim.problem(vary)
    with pytest.raises(InputError, match="numbers for 1 settings"):
        cisim.experiment(vary=["initiative.voice"], points=np.zeros((3, 2)))


def test_results_become_labelled_arrays(swept: Sweep) -> None:
    xr = pytest.importorskip("xarray")
    result = cisim.compare(tiny(), ARMS, seeds=3, years=1)
    data = cisim.to_xarray(result)
    assert dict(data.sizes) == {"arm": 3, "seed": 3, "year": 2}
    mean = float(data.on_track.sel(arm="open_data", year=1).mean("seed"))
    assert mean == pytest.approx(float(result.at("on_track", "open_data", 1).mean()))
    assert data.on_track.attrs["units"] == "share"
    runs = cisim.to_xarray(swept)
    assert dict(runs.sizes) == {"point": 24, "arm": 3, "seed": 6}
    assert set(runs.coords) == {"point", "arm", "seed", *map(attribute_name, VARIED)}
    assert isinstance(cisim.to_xarray(cisim.run(tiny(), "open_data", years=1)), xr.Dataset)


def test_without_xarray_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(InputError, match=r"to_xarray needs xarray, which is not installed: pip install 'cisim\[notebook\]'"):
        cisim.to_xarray(pd.DataFrame({"seed": [1], "value": [2.0]}))


def test_results_show_themselves_in_a_notebook_and_nothing_in_them_is_html(swept: Sweep) -> None:
    scenario = tiny(arms={"mine": {"like": "open_data", "label": "<script>"}})
    result = cisim.compare(scenario, ["isolated_impact", "mine"], seeds=2, years=1)
    for one in (result, swept, scenario, cisim.robustness(swept), cisim.analyse(swept)):
        text, html = repr(one), one._repr_html_()
        assert len(text) < 200
        assert "\n" not in text
        assert html.startswith("<div>")
        assert "<script>" not in html
    assert repr(result) == "<Comparison: tiny, 2 arms, 2 seeds, 1 year>"


def test_a_picture_is_shown_and_saved(swept: Sweep, tmp_path: Path) -> None:
    picture = cisim.plot(cisim.analyse(swept))
    assert picture._repr_png_().startswith(b"\x89PNG")
    assert picture.save(tmp_path / "map.svg").read_text(encoding="utf-8").count("<svg") == 1
    with pytest.raises(InputError, match="has no picture"):
        cisim.plot(swept)


def test_the_note_below_a_picture_is_not_cut_off_at_its_edge() -> None:
    """Seen in every picture of `cisim compare --plot`: the first line of its note ran out of the picture."""
    sheet = cisim.plot(cisim.compare(tiny(), seeds=2, years=1)).figure
    sheet.canvas.draw()
    (legend,) = sheet.legends
    assert legend.get_title().get_window_extent().x1 <= sheet.bbox.x1


def test_equal_scenarios_are_one_key_of_a_dictionary() -> None:
    one, other = (cisim.load("default", {"initiative.voice": 0.5}) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
    changed = load("default")
    assert {one: "a", changed: "b"}[other] == "a"
    assert hash(cisim.load("default", {"initiative.voice": 0.0})) == hash(cisim.load("default", {"initiative.voice": -0.0}))


def test_the_installed_package_is_typed() -> None:
    assert (ROOT / "cisim" / "py.typed").exists()
