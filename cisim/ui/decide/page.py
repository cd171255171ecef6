"""The first tab: one question, its answer, the levers next to it, and what stands behind the answer."""

import functools
import shlex
from collections.abc import Callable, Sequence
from typing import Any

import solara

from cisim.present import by_plan, maps
from cisim.present.card import png as card_png
from cisim.present.figure import Figure
from cisim.scenario import InputError
from cisim.scenario.as_toml import in_toml, text_of_tables
from cisim.statistics.verdict import Outcome
from cisim.studies.headroom import Headroom
from cisim.studies.study import Study, single
from cisim.text.numbers import plain
from cisim.ui import state
from cisim.ui.cases import MARGIN, OWN, View, case, scenario_of
from cisim.ui.chart import Chart, Table
from cisim.ui.decide import jobs, shown
from cisim.ui.decide.answer import Answer
from cisim.ui.decide.board import Board, encoded, shared_link, today
from cisim.ui.decide.levers import AllSettings
from cisim.ui.decide.reasons import drawn
from cisim.ui.decide.top import Top
from cisim.ui.links import Kept
from cisim.ui.server.element import UI, card, tag, vue
from cisim.ui.server.queue import WORK
from cisim.ui.server.waiting import Shown, use_job
from cisim.ui.takeaway import Offer, TakeAway

Changes = vue("decide/flips.vue", "sentences tries event_pick")
"""What would change the answer, in sentences, and a press for each setting that does."""
COSTS = "Compared with everyone on their own. Later years count 3 % less each year."
REACH = "In needs met, from which young people on track follow years later. No town could carry out what this planner does."
YEARLY = "Young people more on track than if nothing changes."
STYLE = (UI / "decide" / "decide.css").read_text(encoding="utf-8")

TONES = {Outcome.BETTER: "pays", Outcome.WORSE: "loses"}  # the CSS class of an answer; any other is open


@solara.component
def Decide() -> Any:  # noqa: N802
    """The answer first, the levers beside it, and below how sure it is, what it costs, its reasons, and all settings."""
    now = state.view.value
    scenario = scenario_of(now)
    answer = use_job(solara.use_memo(lambda: jobs.answer(now), [now]))
    found: Answer | None = answer.value
    done, waits = answer.current and answer.news.finished and not answer.news.error, found is None
    gaps = use_job(solara.use_memo(lambda: None if waits else jobs.gaps(scenario), [now, waits]))
    fits = use_job(solara.use_memo(lambda: jobs.over_ensemble(scenario, now.margin) if done else None, [now, done]))
    reach = use_job(solara.use_memo(lambda: jobs.reach(scenario) if done else None, [now, done]))
    arms = range(len(gaps.value.arms)) if gaps.value is not None else ()
    drawn_maps = solara.use_memo(lambda: [maps.gap_map(gaps.value, arm) for arm in arms], [id(gaps.value)])
    held: Any = solara.use_ref(None)  # reasons are drawn once all seeds are in; the former ones stay until then
    if done and found is not None:
        held.current = found
    settled: Answer | None = held.current
    stale = "" if answer.current or waits else " stale"

    rest = [tag("div", verdict(answer, fits), css=f"holds{stale}", key="answer-box")]
    if settled is not None:
        stale = "" if done else " stale"
        cost = Table(caption="What it costs", **settled.kept("costs", shown.costs))
        rest.append(card("What does it cost?", tag("p", COSTS, css="note"), cost, key="costs", css=stale))
        if reach.value is not None:
            old = "" if reach.current else " stale"
            rest.append(card("What could the same money reach?", *_reach(reach.value), key="reach", css=old))
        table = Table(caption="Young people more on track, by year", **settled.kept("by year", shown.by_year))
        rest.append(card("The chart as a table", tag("p", YEARLY, css="note"), table, key="table", css=stale))
        rest.append(tag("div", *drawn(settled), css=f"holds{stale}", key="figures"))
        if drawn_maps:
            old_maps = "" if gaps.current else " stale"
            rest.append(tag("div", *(Chart(one) for one in drawn_maps), css=f"holds pair{old_maps}", key="maps"))
    keeps = state.kept.value
    kept = use_job(solara.use_memo(lambda: jobs.kept([one.view for one in keeps]) if keeps and done else None, [keeps, done]))
    complete = done and fits.current and fits.news.finished and (kept.current or not keeps)
    taken = _export(found, fits.value, tuple(zip(keeps, kept.value or (), strict=False))) if complete else _export(None, None, ())
    rest.append(card("Take it with you, or bring your own", taken, key="take"))
    rest.append(tag("div", AllSettings(), css="card", key="settings"))
    return tag(
        "main",
        solara.Title(f"{scenario.title} - cisim"),
        solara.Style(STYLE),
        Top(answer, fits, done),
        tag("section", *rest, css="rest", aria_label="What is behind the answer", id="behind"),
        css="decide",
    )


def verdict(answer: Shown, fits: Shown) -> Any:
    """The command's sentences, and at how many settings that fit they hold; before there is an answer, why not yet."""
    if answer.value is None:
        words = tag("p", answer.not_yet("Computing the first answer"), css="conclusion")
        return tag("div", words, css="verdict waiting", key="waiting")
    found = answer.value.result.verdict
    said = [tag("p", found.headline, css="conclusion")]
    if why := found.sentences[1:]:
        said.append(tag("p", " ".join(why), css="reasons", key="reasons"))
    return tag("div", *said, _over_ensemble(fits), css=f"verdict {TONES.get(found.outcome, 'open')}", key="verdict")


def _over_ensemble(found: Shown) -> Any:
    """The answer over all settings that fit the evidence: the intervals above cover chance only."""
    question = "What if our assumptions are wrong?"
    if found.value is not None and found.current:
        said = tag("p", tag("strong", f"{question} "), " ".join(found.value.said), css="fits", key="fits")
        tries = found.value.tries

        def pick(event: dict[str, Any]) -> None:
            path, _, value = tries[int(event["number"])]
            state.change({path: value})

        shown_tries = [{"path": path, "name": name, "value": plain(value)} for path, name, value in tries]
        changes = Changes(sentences=list(found.value.changes), tries=shown_tries, event_pick=pick).key("changes")
        return tag("div", said, *([changes] if found.value.changes else []), key="over")
    news = found.news
    done = f" ({100 * news.done // news.total} %)" if news.done and not found.current else ""
    return tag("p", f"{question} Trying other settings that fit the evidence{done} …", css="fits", key="fits")


def _reach(found: Headroom) -> list[Any]:
    """How far a planner who knows everything gets, and how far the approach that meets most needs."""
    said, drawn_reach = _reach_in_words(found)
    return [tag("p", said), Chart(drawn_reach), tag("p", REACH, css="note")]


@functools.lru_cache(maxsize=32)  # all visitors to one view share it
def _reach_in_words(found: Headroom) -> tuple[str, Figure]:
    furthest = [] if found.furthest == found.arms[0] else [found.said(found.furthest)]
    return " ".join([*found.sentences()[:2], *furthest]), by_plan.reach(found)


def _export(answer: Answer | None, fits: Any, kept: Sequence[tuple[Kept, Answer]]) -> Any:
    """The box with the link, settings as TOML, numbers as CSV, a report as HTML, and a place for a scenario of one's own."""
    now = state.view.value
    scenario, typed = scenario_of(now), command(now)
    name = scenario.name

    def text(at: Any = None) -> str:
        return text_of_tables(scenario.raw, scenario.comment)

    def upload(event: dict[str, str]) -> None:
        try:
            WORK.read(lambda: case(event["name"], event["text"]))
        except InputError as error:
            state.problem.value = str(error)
        else:
            state.show(View(event["name"], event["text"]))

    own = case(now.case, now.toml)
    offers = (
        Offer("Download settings (TOML)", "", f"{name}.toml", "text/plain", text),
        Offer(
            "Download numbers (CSV)",
            "Preparing the numbers …",
            f"{name}.csv",
            "text/csv",
            lambda at: jobs.table(scenario, now.margin),
        ),
        Offer(
            "Download report (HTML)",
            "Writing the report …",
            f"{name}.html",
            "text/html",
            lambda at: jobs.whole_report(scenario, own, typed, text(), now.margin),
        ),
    )
    pictures = () if answer is None else _board_offers(answer, fits, kept, typed, name)
    hint = "" if pictures else "Pictures and pages for a board can be made once the answer above is complete."
    return TakeAway(state.address("/"), (*offers, *pictures), typed, hint, on_upload=upload)


def _board_offers(answer: Answer, fits: Any, kept: Sequence[tuple[Kept, Answer]], typed: str, name: str) -> tuple[Offer, ...]:
    """A card, slides and two pages, of the view as it is shown, with the kept views and their answers."""
    now, reading = state.view.value, state.reading.value
    keeps = tuple(one for one, _ in kept)

    def offer(label: str, busy: str, ending: str, kind: str, make: Callable[[Board], str], coded: bool = True) -> Offer:
        def job(at: Any) -> Study[str]:
            link = shared_link(at)

            def made() -> str:
                seen = shown.Shown(answer, None, reading, now.margin / 100.0, True)
                return make(Board(now, seen, fits, kept, typed, link))

            return single(("board", ending, repr((now, reading, keeps)), typed, link, today()), made, jobs.BACKGROUND)

        return Offer(label, busy, f"{name}{ending}", kind, job, coded)

    return (
        offer("Card (PNG)", "Drawing the card …", "-card.png", "image/png", lambda one: encoded(card_png(one.sheet()))),
        offer("Slides (ZIP)", "Drawing the slides …", "-slides.zip", "application/zip", lambda one: encoded(one.slides())),
        offer("Two pages (HTML)", "Writing two pages …", "-board.html", "text/html", lambda one: one.report(), False),
    )


def command(view: View) -> str:
    """The command for the same numbers."""
    name = case(view.case, view.toml).where if view.toml or view.case in OWN else view.case
    typed = {path: value if isinstance(value, str) else in_toml(value) for path, value in view.changes.items()}
    changes = [f"--set {shlex.quote(f'{path}={value}')}" for path, value in typed.items()]
    changes += [f"--margin {plain(view.margin)}"] if view.margin != MARGIN else []
    return " ".join(["cisim compare", shlex.quote(name), *changes])
