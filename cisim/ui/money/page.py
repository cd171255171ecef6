"""The tab My money: one funder is the visitor, all others give as they do, and ways to give stand side by side."""

import math
import shlex
from typing import Any

import solara

from cisim.errors import InputError
from cisim.present.by_row import compared
from cisim.present.figure import Figure
from cisim.scenario import Scenario
from cisim.scenario.acting import from_now
from cisim.scenario.as_toml import in_toml
from cisim.studies.own_money import Decision, decision_study
from cisim.studies.portfolios import Me
from cisim.studies.study import Study
from cisim.text.english import capital
from cisim.text.numbers import money, percent, plain
from cisim.ui import state
from cisim.ui.cases import OWN, View, case, scenario_of
from cisim.ui.chart import Chart, Table
from cisim.ui.links import MOST_YEAR, Giving
from cisim.ui.server.element import UI, alert, card, tag, vue
from cisim.ui.server.waiting import Shown, use_job
from cisim.ui.takeaway import Offer, TakeAway

STAGES = (4, 16, 32)
"""Seeds after which a result is shown; the last are those of `cisim decide`."""
USUAL_SHARE, LEAST_SHARE, MOST_SHARE = 0.2, 0.01, 0.6
"""Of all grants: what a visitor gives at first, and the ends of the slider."""
STYLE = (UI / "money" / "money.css").read_text(encoding="utf-8")
FILE = "decision.toml"
QUESTION = "What should I do with my money?"
ABOUT = "You are one of the funders. All others give as today. All ways to give run on the same simulated histories, from now on."
NOTE = "Percentage points of pupils on track at the end, against giving as today. Lines: 95 % intervals."
Give = vue("money/giving.vue", "asked share words low high years event_typed")


@solara.component
def MyMoney() -> Any:  # noqa: N802
    """The tab: what I give, then each way to give it: what it adds, its price, and what is left if I stop or others leave."""
    view, asked = state.view.value, state.giving.value
    scenario = scenario_of(view)
    total = float(scenario.now.money.annual_budget)
    give = asked.give if 0.0 < asked.give < total else USUAL_SHARE * total
    wrong, set_wrong = solara.use_state("")

    def made() -> tuple[Study[Decision] | None, str]:
        try:
            return study_of(scenario, asked, give), ""
        except InputError as error:
            return None, str(error)

    job, mistake = solara.use_memo(made, [view, asked])
    answer = use_job(job)

    def typed(event: dict[str, Any]) -> None:
        try:
            state.giving.set(changed(asked, event, total))
            set_wrong("")
        except (InputError, ValueError, TypeError, KeyError) as error:
            set_wrong(str(error) if isinstance(error, InputError) else "This is no number.")

    controls = Give(
        asked={"give": round(give, 3), "stop": asked.stop, "leave": asked.leave},
        share=round(100 * give / total, 1),
        words=f"{money(give)} a year, {percent(give / total)} of all grants",
        low=100 * LEAST_SHARE,
        high=100 * MOST_SHARE,
        years=scenario.now.run.years,
        event_typed=typed,
    )
    parts = [tag("h1", QUESTION, css="conclusion"), tag("p", f"{scenario.title}. {ABOUT}", css="note"), card("I give", controls)]
    parts += alert(wrong or mistake or state.problem.value)
    parts += shown(answer)
    file = Offer("Download as a decision file (TOML)", "", FILE, "text/plain", lambda at: decision_file(view, asked, give))
    parts.append(card("Take it with you", TakeAway(state.address("/money"), [file], command(view, asked, give)), key="take"))
    return tag(
        "main",
        solara.Title("My money - cisim"),
        solara.Style(STYLE),
        tag("section", *parts, id="answer", tabindex="-1", aria_label="My money"),
        css="money",
    )


def study_of(scenario: Scenario, asked: Giving, give: float) -> Study[Decision]:
    """The study behind the tab; it is that of `cisim decide`."""
    return decision_study(scenario, Me(give), seeds=STAGES[-1], stop_after=asked.stop, leave_after=asked.leave, stages=STAGES)


def changed(asked: Giving, event: dict[str, Any], total: float) -> Giving:
    """What is asked after a visitor has typed or moved something. Raises InputError for what cannot be given."""
    what, value = str(event["what"]), event["value"]
    now = {"give": asked.give, "stop": asked.stop, "leave": asked.leave}
    if what == "share":
        now["give"] = round(float(value) / 100 * total, 3)
    elif what == "give":
        now["give"] = round(float(value), 3)
    elif what in ("stop", "leave"):
        now[what] = min(max(int(value), 0), MOST_YEAR)
    if not math.isfinite(now["give"]) or not (0.0 <= now["give"] < total):
        raise InputError("I give", f"give more than nothing, and less than all of it ({money(total)} a year).")
    return Giving(now["give"], int(now["stop"]), int(now["leave"]))


def figures(found: Decision) -> list[Figure]:
    """Each way against giving as today: if it goes on, and, where it was asked, if I stop or all others leave."""
    titles = {"goes_on": f"After {found.years} years", **found.what_ifs}
    return [
        compared(
            title=words,
            note=NOTE,
            bars={capital(found.title(name)): found.effect(name, path) for name in found.names},
            guess=None,
            name=f"money-{path.replace('_', '-')}",
            first=2,
        )
        for path, words in titles.items()
    ]


def shown(answer: Shown) -> list[Any]:
    """The verdict, the charts and the table, marked as old until those of the present question are there."""
    if answer.value is None:
        return [tag("p", answer.not_yet("Trying each way to give"), css="conclusion", role="status", key="waiting")]
    found: Decision = answer.value
    stale = "" if answer.current else " stale"
    drawn = [Chart(one) for one in figures(found)] if found.names else []
    title, heads, rows = found.table()
    news = answer.news
    done = f"Based on {found.seeds} simulated histories, the same for every way to give."
    if answer.current and news.shown < news.total:
        done = f"A first answer from {found.seeds} simulated histories; more are being computed."
    verdict = found.verdict
    parts = [
        tag("div", tag("p", verdict.headline, css="conclusion"), *map(_said, verdict.sentences[1:]), css="verdict"),
        tag("p", done, css="note", role="status"),
        *drawn[:1],
        *([tag("div", *drawn[1:], css="pair")] if drawn[1:] else []),
        Table(caption=title, columns=heads, rows=rows),
    ]
    return [tag("div", *parts, css=f"holds{stale}", key="found")]


def _said(text: str) -> Any:
    return tag("p", text)


def _options(asked: Giving) -> str:
    parts = [f"--stop-after {asked.stop}"] if asked.stop != Giving().stop else []
    parts += [f"--others-leave-after {asked.leave}"] if asked.leave != Giving().leave else []
    return " ".join(parts)


def command(view: View, asked: Giving, give: float) -> str:
    """The command for the same numbers."""
    name = case(view.case, view.toml).where if view.toml or view.case in OWN else view.case
    changes = []
    for path, value in view.changes.items():
        text = value if isinstance(value, str) else in_toml(value)
        changes.append(f"--{'set' if from_now(path) else 'place'} {shlex.quote(f'{path}={text}')}")
    words = ["cisim decide", shlex.quote(name), f"--me {plain(1000 * give, 15).replace(',', '')}", _options(asked), *changes]
    return " ".join(word for word in words if word)


def decision_file(view: View, asked: Giving, give: float) -> str:
    """The same as a decision file, for `cisim decide`."""
    name = case(view.case, view.toml).where if view.toml or view.case in OWN else view.case
    lines = ["# Made by the page: cisim decide decision.toml", f"scenario = {in_toml(name)}"]
    lines += [f"stop_after = {asked.stop}", f"others_leave_after = {asked.leave}", "", "[me]", f"budget = {give!r} # $k a year"]
    for table, now in (("place", False), ("settings", True)):
        inside = [f"{path} = {in_toml(value)}" for path, value in view.changes.items() if bool(from_now(path)) == now]
        lines += ["", f"[{table}]", *inside] if inside else []
    return "\n".join([*lines, ""])
