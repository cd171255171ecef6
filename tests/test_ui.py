"""The page without a browser: links, controls, levers, charts, and the queue that answers all visitors."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import reacton
import solara

from cisim.engines.compiled import run, warm_up
from cisim.present import by_row, by_year, maps, shares
from cisim.present.echarts import option
from cisim.scenario import InputError, Scenario, Settings, load, shipped
from cisim.scenario.as_toml import text_of_tables
from cisim.scenario.toml_file import tables_of
from cisim.studies.comparison import Comparison, compare
from cisim.studies.gap_map import gap_map
from cisim.studies.sizes import ROWS
from cisim.studies.study import Study
from cisim.ui import cases, links, state
from cisim.ui.cases import View
from cisim.ui.decide import controls, jobs, scorecard
from cisim.ui.decide.levers import LEVERS, Lever
from cisim.ui.decide.page import command, verdict
from cisim.ui.links import Kept
from cisim.ui.server.queue import News, Work
from cisim.ui.server.solara_fixes import MENDS
from cisim.ui.server.start import CannotStartError, listening
from cisim.ui.server.waiting import use_job
from tests.conftest import tiny

CHANGED = View(
    "strive",
    changes={"initiative.voice": 0.8, "initiative.governance": "shared", "grants.grant_years": 3, "initiative.quick": [0.1] * 5},
)


@pytest.fixture(scope="module")
def result() -> Comparison:
    return compare(tiny(), seeds=8)


# links


@pytest.mark.parametrize(
    ("view", "kept"),
    [
        (View(), ()),
        (CHANGED, ()),
        (View(), (Kept("All of it", CHANGED),)),
        (CHANGED, (Kept("As things are", View()), Kept("100 % & more = <b>", CHANGED))),
        (replace(CHANGED, margin=0.5), (Kept("Every difference", View(margin=0.0)),)),
        (
            View("mine.toml", 'title = "Ours"\n[run]\nyears = 3\n', {controls.SWITCHES + "common_agenda": False}),
            tuple(Kept(f"View {number}", View("prosper")) for number in range(1, 7)),
        ),
    ],
)
def test_a_link_leads_back_to_what_it_was_made_of(view: View, kept: tuple[Kept, ...]) -> None:
    assert links.read_query("?" + links.query_of(view, kept)) == (view, kept)


def test_a_link_of_an_earlier_version_keeps_its_pinned_view() -> None:
    shown, kept = links.read_query("case=strive&pin.case=prosper&pin.grants.grant_years=3")
    assert shown == View("strive")
    assert kept == (Kept("View 1", View("prosper", changes={"grants.grant_years": 3})),)


def test_names_of_kept_views_are_short_and_in_one_line() -> None:
    _, kept = links.read_query("pin.1.case=prosper&pin.1.name=" + "x" * 500 + "&pin.2.case=strive&pin.2.name=a%0A%07b")
    assert len(kept[0].name) == links.MOST_NAME
    assert kept[1].name == "a \ufffdb"


def test_a_link_holds_only_what_is_changed() -> None:
    assert links.query_of(View()) == ""
    assert links.query_of(View(changes={"initiative.voice": 0.8})) == "initiative.voice=0.8"
    assert links.query_of(View(margin=0.5)) == "margin=0.5"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("margin=-1", 'margin = "-1" is no smallest worthwhile difference: give 0 to 100 points'),
        ("margin=1e9", 'margin = "1e9" is no smallest worthwhile difference'),
        ("margin=100.5", "give 0 to 100 points"),
        ("case=strife", 'there is no "strife". Did you mean strive?'),
        ("case=/etc/passwd", 'there is no "/etc/passwd"'),
        ("community.schools=/etc/passwd", "give how many; files are for `cisim compare`."),
        ("community.schools={file='x'}", "community.schools cannot be changed here"),
        ("money.annual_budget=-1", "money.annual_budget = -1 is outside its range: give 1 to 10,000,000,000 $k/year"),
        ("money.annual_budget=nan", "money.annual_budget = nan is outside its range"),
        ("money.annual_budget=2020-01-01", "money.annual_budget"),
        ("money.budget=1", "money.budget is not a setting."),
        ("voice=1", 'it says "voice", which is not a setting'),
        ("initiative.voice=1%0Ay=2", "initiative.voice has more than one value: give one."),
        ("toml=abc", "the scenario in it is damaged"),
        ("community.npos=100000", "are too many for this page"),
        ("pin.case=nowhere", 'there is no "nowhere"'),
        ("pin.2.case=nowhere", 'there is no "nowhere"'),
        ("&".join(f"pin.{number}.case=prosper" for number in range(1, 8)), "it keeps 7 views: give at most 6"),
        ("x" * 20_000, "it is too long"),
    ],
)
def test_a_bad_link_says_what_is_wrong(query: str, sentence: str) -> None:
    with pytest.raises(InputError, match=r"^this link: ") as error:
        links.read_query(query)
    assert sentence in str(error.value)


def test_an_uploaded_scenario_cannot_reach_the_servers_files() -> None:
    with pytest.raises(InputError, match="cannot be uploaded here"):
        cases.case("mine.toml", '[community]\nschools = "/etc/passwd"\n')


def test_an_uploaded_scenario_says_what_the_command_says(tmp_path: Path) -> None:
    text = "[money]\nannual_budget = -5\n"
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(InputError) as command_line:
        load(tmp_path / "mine.toml")
    with pytest.raises(InputError) as page:
        cases.case("mine.toml", text)
    assert str(page.value) == str(command_line.value)


@pytest.mark.parametrize("name", shipped())
def test_a_downloaded_scenario_reads_as_the_same_again(name: str) -> None:
    raw = load(name).raw
    assert tables_of(text_of_tables(raw), name) == raw


def test_awkward_words_survive_a_download() -> None:
    tables = {"a b": 'say "x"\\\n\x7f\t✓', "t": {"": {"deep.key": [1, 2.5, True, {"k": "v"}]}, "empty": {}}}
    assert tables_of(text_of_tables(tables), "awkward") == tables


def test_every_shipped_case_fits_on_the_page() -> None:
    assert next(iter(cases.names())) == "default"
    for name in cases.names():
        cases.scenario_of(View(name))


# controls and levers


def test_every_setting_has_a_control_with_meaning_unit_and_source() -> None:
    shown = {one["path"]: one for section in controls.sections(load("default")) for one in section["controls"]}
    wanted = {
        f"{section}.{key}"
        for section, info in Settings.model_fields.items()
        if section != "switches"
        for key in info.annotation.model_fields  # type: ignore[union-attr]
    }
    assert wanted == {path for path in shown if not path.startswith(controls.SWITCHES)}
    assert all(one["meaning"] and one["unit"] and one["source"] for one in shown.values())
    json.dumps(list(shown.values()))


@pytest.mark.parametrize("name", ["default", "strive", "chicago_artlook"])
def test_what_a_control_shows_is_typed_back_as_the_same_value(name: str) -> None:
    scenario = load(name)
    for path, shown in controls.values(scenario).items():
        if not path.startswith("switches."):
            value = controls.current(scenario, path)
            assert controls.typed(shown if isinstance(shown, str | bool) else str(shown), value) == value, path


@pytest.mark.parametrize("name", cases.names())
def test_a_lever_left_where_it_is_changes_nothing(name: str) -> None:
    scenario = load(name)
    for lever in LEVERS.values():
        value = lever.shown(scenario)
        low, high, _ = lever.span(scenario)
        assert low <= value <= high
        for path, new in lever.turned(value, scenario).items():
            assert new == pytest.approx(controls.current(scenario, path), abs=1e-3), path
            assert path == lever.path


@pytest.mark.parametrize("lever", LEVERS.values(), ids=lambda lever: lever.name)
@pytest.mark.parametrize("end", [0, 1])
def test_a_lever_can_be_turned_to_its_ends(lever: Lever, end: int) -> None:
    scenario = load("default")
    value = lever.span(scenario)[end]
    turned = scenario.change(lever.turned(value, scenario))
    assert lever.shown(turned) == pytest.approx(value, abs=1e-3)


# what is shown


def figures(result: Comparison) -> list[Any]:
    return [
        by_year.curve(result),
        by_year.lead(result),
        by_year.curve(result, "equity_gap"),
        shares.conditions(result),
        shares.dollar(result),
        by_row.improving(result),
        *(maps.gap_map(gap_map(result.scenario, ["isolated_impact", "collective_impact"]), arm) for arm in (0, 1)),
    ]


def test_every_chart_has_a_table_a_sentence_and_plain_data(result: Comparison) -> None:
    for figure in figures(result):
        json.dumps(option(figure), allow_nan=False)
        assert len(figure.alt) > 30
        assert figure.rows
        assert all(len(row) == len(figure.columns) and all(isinstance(cell, str) for cell in row) for row in figure.rows)


def test_a_curve_shows_the_means_of_the_comparison(result: Comparison) -> None:
    series = {one["name"]: one["data"] for one in option(by_year.curve(result))["series"]}
    means = [100 * result.at("on_track", "collective_impact", year).mean() for year in range(result.years + 1)]
    assert series["collective impact"] == pytest.approx(means, abs=1e-4)
    assert "isolated impact (forecast)" in series


def test_the_cents_of_a_dollar_add_up(result: Comparison) -> None:
    rows = shares.dollar(result).rows
    for arm in range(1, len(result.arms) + 1):
        assert sum(float(row[arm].rstrip("¢")) for row in rows) == pytest.approx(100, abs=0.05)


def test_a_scorecard_calls_a_smaller_gap_better_not_worse(result: Comparison) -> None:
    words = {scorecard.verdict(result, metric, arm) for metric in scorecard.MEASURES for arm in result.others}
    assert words <= {"better", "worse", "equivalent", "undecided"}
    shrunk = result.history.copy()
    shrunk["equity_gap"][1] = shrunk["equity_gap"][0] - 0.1
    other = Comparison(result.scenario, result.arms, result.seeds, result.years, shrunk)
    assert scorecard.verdict(other, "equity_gap", result.arms[1]) == "better"


def test_a_difference_however_small_is_never_shown_as_no_change(result: Comparison) -> None:
    moved = result.history.copy()
    last, arm = -1, result.arms.index(result.focus)
    for metric in ("on_track", "systems_change", "members"):
        moved[metric][arm, :, last] += 1e-6  # the same in all seeds, so known, and 0 at the digits shown
    rows = scorecard.against_kept(Comparison(result.scenario, result.arms, result.seeds, result.years, moved), result)["rows"]
    shown = {row[0]: row[3] for row in rows}
    assert shown[scorecard.MEASURES["on_track"]] == "▲ less than 0.01 points, equivalent"
    assert shown[scorecard.MEASURES["systems_change"]] == "▲ less than 0.01, equivalent"
    assert shown[scorecard.MEASURES["members"]] == "▲ less than 1, a clear difference"
    assert shown[scorecard.MEASURES["overlap"]] == "● no change, equivalent"


def test_the_scorecard_says_no_change_only_where_there_is_none(result: Comparison) -> None:
    moved = result.history.copy()
    arm, start = result.arms.index(result.focus), result.warmup - 1
    moved["on_track"][arm, :, -1] = moved["on_track"][:1, :, start].mean() - 1e-6
    cells = scorecard.scorecard(Comparison(result.scenario, result.arms, result.seeds, result.years, moved))["rows"][0]
    assert cells[2 + arm]["sub"] == "▼ less than 0.01 points"


def test_one_seed_is_shown_without_a_verdict() -> None:
    alone = compare(tiny(), seeds=1)
    assert scorecard.verdict(alone, "on_track", "collective_impact") == "undecided"
    assert all(json.dumps(option(figure), allow_nan=False) for figure in figures(alone))


@pytest.mark.parametrize("arm", ["isolated_impact", "collective_impact"])
def test_the_gap_map_counts_what_the_metrics_count(default: Scenario, arm: str) -> None:
    found = gap_map(default, ["isolated_impact", "collective_impact"], seed=3)
    k = found.arms.index(arm)
    last = run(default, arm, 3)[-1]
    assert found.doubled(k) / found.programmes[k].sum() == pytest.approx(last["overlap"], abs=1e-12)
    assert found.unmet(k) == int((found.programmes[k] == 0).sum()) > 0


# the queue


def counted(
    key: str, units: int = 6, stages: tuple[int, ...] = (2, 6), gate: threading.Event | None = None, rank: int = 0
) -> Study[Any]:
    def unit() -> int:
        if gate is not None:
            gate.wait(20)
        return 1

    return Study(key, [unit] * units, stages, sum, rank)


@pytest.fixture
def work() -> Work:
    warm_up()
    return Work(threads=2)


def last(work: Work, job: Study[Any]) -> News:
    return list(work.ask(job))[-1]


def test_many_visitors_to_one_view_cost_one_computation(work: Work) -> None:
    gate = threading.Event()
    tickets = [work.ask(counted("same", gate=gate)) for _ in range(30)]
    gate.set()
    assert [list(ticket)[-1].value for ticket in tickets] == [6] * 30
    assert last(work, counted("same")).value == 6
    assert work.computed == 6


def test_a_job_nobody_waits_for_is_dropped(work: Work) -> None:
    gate = threading.Event()
    ticket = work.ask(counted("old", units=50, stages=(50,), gate=gate))
    waits_for(lambda: not work.news(counted("old")).compiling)
    ticket.close()
    gate.set()
    assert last(work, counted("new")).value == 6
    assert work.computed <= 6 + 2  # at most what the two threads had in hand
    assert list(ticket) == []


def test_another_visitor_keeps_a_job_alive(work: Work) -> None:
    gate = threading.Event()
    leaving, staying = work.ask(counted("shared", gate=gate)), work.ask(counted("shared", gate=gate))
    leaving.close()
    gate.set()
    assert list(staying)[-1].value == 6


def test_a_first_answer_goes_before_anybodys_refinement() -> None:
    warm_up()
    order: list[str] = []
    gate = threading.Event()

    def unit(name: str) -> Callable[[], int]:
        def one() -> int:
            gate.wait(20)
            order.append(name)
            return 1

        return one

    work = Work(threads=1)
    refining = work.ask(Study("a", [unit("a")] * 8, (2, 8), sum))
    waits_for(lambda: work.news(counted("a")).total == 8 and not work.news(counted("a")).compiling)
    first = work.ask(Study("b", [unit("b")] * 8, (2, 8), sum))
    background = work.ask(Study("c", [unit("c")] * 2, (2,), sum, rank=2))
    gate.set()
    for ticket in (refining, first, background):
        assert list(ticket)[-1].finished
    assert "b" in order[:4]
    assert order[-2:] == ["c", "c"]  # the background comes last


def test_what_was_asked_for_ahead_of_time_goes_first_once_it_is_wanted() -> None:
    warm_up()
    work, gate, order = Work(threads=1), threading.Event(), []

    def job(name: str, rank: int) -> Study[Any]:
        def unit() -> int:
            gate.wait(20)
            order.append(name)
            return 1

        return Study(name, [unit] * 3, (3,), sum, rank)

    tickets = [work.ask(job("held", 0)), work.ask(job("ahead", 4)), work.ask(job("background", 2)), work.ask(job("ahead", 0))]
    gate.set()
    for ticket in tickets:
        assert list(ticket)[-1].value == 3
    assert order[-3:] == ["background"] * 3


def test_an_error_is_told_not_swallowed(work: Work) -> None:
    def broken() -> int:
        raise ValueError("no")

    assert last(work, Study("broken", [broken], (1,), sum)).error == "This could not be computed: no"


@pytest.mark.parametrize(
    ("bounds", "sentence"),
    [
        ({"most": 2}, "Many computations are running right now. Yours starts by itself as soon as there is room."),
        ({"most_of_one": 2}, "2 of your computations are running already. Yours starts by itself as soon as there is room."),
    ],
)
def test_beyond_the_bound_a_visitor_is_told_and_served_when_there_is_room(bounds: dict[str, int], sentence: str) -> None:
    warm_up()
    work, gate = Work(threads=1, **bounds), threading.Event()
    held = [work.ask(counted(name, gate=gate), "somebody") for name in ("one", "two")]
    waiting = work.ask(counted("three"), "somebody")
    assert next(iter(waiting)).door == sentence
    assert work.counts()["at_the_door"] == 1
    gate.set()
    assert [list(ticket)[-1].value for ticket in (*held, waiting)] == [6, 6, 6]


def test_one_busy_visitor_does_not_bar_another() -> None:
    warm_up()
    work, gate = Work(threads=2, most_of_one=1), threading.Event()
    held = work.ask(counted("one", gate=gate), "somebody")
    waiting = work.ask(counted("two", gate=gate), "somebody")
    assert next(iter(waiting)).door
    other = work.ask(counted("three", gate=gate), "another")
    joining = work.ask(counted("one", gate=gate), "another")  # what is under way anyway costs nothing more
    assert next(iter(other)).door == next(iter(joining)).door == ""
    for ticket in (held, waiting, other, joining):
        ticket.close()
    assert work.counts()["jobs"] == work.counts()["at_the_door"] == 0
    gate.set()


def test_who_leaves_the_door_is_forgotten() -> None:
    warm_up()
    work, gate = Work(threads=1, most=1), threading.Event()
    held, leaving = work.ask(counted("one", gate=gate)), work.ask(counted("two"))
    leaving.close()
    gate.set()
    assert list(held)[-1].value == 6
    assert work.computed == 6


def test_who_reads_late_still_gets_the_answer() -> None:
    warm_up()
    work = Work(threads=1, keep=1)
    late = work.ask(counted("first"))
    last(work, counted("second"))
    last(work, counted("third"))
    assert list(late)[-1].value == 6


def test_while_the_engine_compiles_the_waiting_are_told_and_then_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = threading.Event()
    monkeypatch.setattr("cisim.ui.server.queue.needs_compiling", lambda: False)
    monkeypatch.setattr("cisim.ui.server.queue.warm_up", lambda: compiled.wait(20))
    work = Work(threads=1)
    ticket = iter(work.ask(counted("first")))
    news = next(ticket)
    assert news.compiling
    assert not work.counts()["ready"]
    assert waiting(news) == (
        "Compiling the model. This takes about a minute, once for this version. The answer then appears without a click."
    )
    compiled.set()
    assert list(ticket)[-1].value == 6


def waiting(news: News) -> str:
    """What stands in the answer's place while there is none."""
    from cisim.ui.server.waiting import Shown

    text: str = verdict(Shown(news=news), Shown()).kwargs["children"][0].kwargs["children"][0]
    return text


def test_who_waits_for_a_first_answer_is_told_why() -> None:
    assert waiting(News(total=64)) == "Computing the first answer …"
    assert waiting(News(total=64, ahead=3)) == "Computing the first answer. Ahead of you in the queue: 3."
    assert waiting(News(total=64, door="Many people are computing here.")) == "Many people are computing here."
    assert waiting(News(total=64, error="This could not be computed: no")) == "This could not be computed: no"


def test_the_error_of_one_question_is_not_shown_for_the_next(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cisim.ui.server.waiting.solara.get_session_id", lambda: "somebody")
    gate, seen, setters = threading.Event(), [], []

    def broken() -> int:
        raise ValueError("no")

    @solara.component
    def Part() -> Any:  # noqa: N802
        job, set_job = solara.use_state(Study("broken", [broken], (1,), sum))
        setters.append(set_job)
        seen.append((job.key, use_job(job)))
        return solara.Text("")

    _, context = reacton.render_fixed(Part(), handle_error=False)
    waits_for(lambda: bool(seen[-1][1].news.error))
    setters[0](counted("next", gate=gate))
    gate.set()
    waits_for(lambda: seen[-1][1].news.finished and seen[-1][0] == "next")
    context.close()
    assert seen[-1][1].value == 6
    assert [shown.news.error for key, shown in seen if key == "next" and shown.news.error] == []


def test_only_so_many_values_are_kept() -> None:
    warm_up()
    work = Work(threads=1, keep=2)
    for name in ("one", "two", "three", "one"):
        last(work, counted(name))
    assert work.computed == 4 * 6


def waits_for(happens: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not happens():
        assert time.monotonic() < until
        time.sleep(0.01)


# the numbers are the command's


@pytest.mark.parametrize("changes", [{}, {"initiative": {"backbone_share": 0.0}}])
def test_a_job_computes_what_the_command_computes(work: Work, changes: dict[str, Any]) -> None:
    scenario = tiny(**changes)
    comp, ref = last(work, jobs.comparison(scenario)).value, compare(scenario, seeds=64)
    assert comp.verdict == ref.verdict
    assert comp.money == ref.money
    for metric in scorecard.MEASURES:
        np.testing.assert_array_equal(comp.history[metric], ref.history[metric])
    assert (comp.long_grants is None) == (ref.long_grants is None)


def test_equal_settings_have_one_key_and_others_another() -> None:
    assert jobs.key_of(tiny(initiative={"voice": 0.4})) == jobs.key_of(tiny())
    assert jobs.key_of(tiny(initiative={"voice": 0.5})) != jobs.key_of(tiny())
    assert jobs.over_ensemble(tiny(learning={"turnover": 0.2})).key != jobs.over_ensemble(tiny()).key  # what is set does not vary


# the start


def test_each_thing_that_is_mended_in_solaras_page_is_still_there_to_mend() -> None:
    import importlib.util

    found = importlib.util.find_spec("solara.server")
    assert found is not None
    assert found.submodule_search_locations
    folder = Path(found.submodule_search_locations[0]) / "templates"
    template = "".join((folder / name).read_text(encoding="utf-8") for name in ("solara.html.j2", "loader-plain.html"))
    assert [there for there, _ in MENDS if there not in template] == []


def test_a_busy_port_is_said_with_the_remedy() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        with pytest.raises(CannotStartError, match=r"is in use: give another with --port"):
            listening("127.0.0.1", held.getsockname()[1])


@pytest.mark.slow
def test_missing_assets_are_said_with_the_remedy(cisim: Callable[..., Any], tmp_path: Path) -> None:
    done = cisim("ui", "--no-browser", "--port", "0", env={"SOLARA_ASSETS_PROXY_CACHE_DIR": str(tmp_path)})
    assert done.returncode == 2
    assert "without them it would stay blank" in done.stderr
    assert "pip install 'cisim[ui]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_work_can_be_stopped_at_any_time(work: Work) -> None:
    work.ask(counted("long", units=10_000, stages=(10_000,)))
    waits_for(lambda: work.computed > 0)
    work.stop()
    before = work.computed
    time.sleep(0.05)
    assert work.computed == before


def test_a_move_that_goes_on_is_one_step_to_undo(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(state, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    state.view.value, state.past.value = View("prosper"), ()
    for wait, voice in ((5.0, 0.5), (0.3, 0.7), (0.9, 0.9), (1.5, 1.0)):
        clock[0] += wait
        assert state.change({"initiative.voice": voice})
    clock[0] += 0.1
    assert state.change({"money.annual_budget": 5000.0})
    clock[0] += 0.1
    assert not state.change({"money.annual_budget": -1.0})
    found = []
    while state.past.value:
        state.undo()
        found.append(dict(state.view.value.changes))
    assert found == [{"initiative.voice": 1.0}, {"initiative.voice": 0.9}, {}]
    state.view.value, state.problem.value = View(), ""


def test_the_smallest_worthwhile_difference_stays_as_chosen_and_is_part_of_the_command() -> None:
    state.view.value, state.past.value = View(margin=0.5), ()
    assert state.change({"initiative.voice": 0.9})
    assert state.pick("prosper")
    assert state.view.value == View("prosper", margin=0.5)
    state.undo()
    state.reset()
    assert state.view.value == View(margin=0.5)
    assert command(state.view.value) == "cisim compare default --margin 0.5"
    state.view.value, state.past.value = View(), ()


def test_the_page_judges_by_the_chosen_margin_and_shows_how_large_differences_are() -> None:
    found = {margin: jobs.comparison(tiny(), margin).run() for margin in (0.0, 0.25, 60.0)}
    assert {margin: one.margin for margin, one in found.items()} == {0.0: 0.0, 0.25: 0.0025, 60.0: 0.6}
    assert found[60.0].verdict.outcome == "equivalent"
    assert jobs.comparison(tiny(), 0.25).key == jobs.comparison(tiny()).key != jobs.comparison(tiny(), 0.5).key
    table = scorecard.how_large(found[0.25])
    assert table is not None
    assert [row[0] for row in table["rows"]] == list(ROWS.values())
    assert table["columns"][-1] == "isolated impact with 10 % more grants"
    assert scorecard.how_large(compare(tiny(), seeds=1, sizes=True)) is None


def test_the_map_of_the_page_names_each_part_once_and_no_other() -> None:
    import cisim.ui

    named = re.findall(r"^    (\w+/?) +\S", cisim.ui.__doc__ or "", re.MULTILINE)
    here = Path(cisim.ui.__file__).parent
    files = [path.stem for path in here.glob("*.py") if path.stem != "__init__"]
    assert sorted(named) == sorted(files + [f"{path.parent.name}/" for path in here.glob("*/__init__.py")])


def test_a_link_to_the_default_scenario_names_it_where_another_one_opens_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state.view, "value", View())
    assert state.query() == ""
    monkeypatch.setitem(state.START, "case", "strive")
    assert state.query() == "case=default"
    assert state.query({"explore.folder": "a"}) == "explore.folder=a"
