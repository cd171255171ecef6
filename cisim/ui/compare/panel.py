"""The settings next to the answer: a few sliders first, all others behind "All settings"."""

from typing import Any

import solara

from cisim.studies.comparison import Comparison
from cisim.ui import cases, state
from cisim.ui.cases import View
from cisim.ui.compare import controls, sliders
from cisim.ui.server.element import vue

SHOWN = "cases current knobs shown added forms form form_path sections values changed can_undo has_pin refused"
EVENTS = "event_pick event_turn event_change event_reset event_undo event_pin event_more"


@vue("panel.vue", f"{SHOWN} {EVENTS}")
def _Panel() -> None: ...  # noqa: N802


@solara.component
def Panel(answer: Comparison | None) -> Any:  # noqa: N802
    """Shows and changes the settings of the present view; `answer` adds how many partners they led to."""
    more, set_more = solara.use_state(False)
    refused, set_refused = solara.use_state(0)
    now = state.view.value
    scenario, own = cases.scenario_of(now), cases.case(now.case, now.toml)
    knobs = solara.use_memo(lambda: sliders.drawn(own), [now.case, now.toml])
    sections = solara.use_memo(lambda: controls.sections(own) if more else [], [now.case, now.toml, more])
    titles = solara.use_memo(cases.names, [])
    listed = [{"name": name, "title": title} for name, title in titles.items()]
    if now.toml:
        listed.append({"name": now.case, "title": f"{own.title} (your file)"})

    def tried(done: bool) -> None:
        if not done:  # the control goes back to the present value
            set_refused(lambda times: times + 1)

    def change(event: dict[str, Any]) -> None:
        path = str(event["path"])
        tried(state.change({path: controls.typed(event["value"], controls.current(scenario, path))}))

    return _Panel(
        cases=listed,
        current=now.case,
        knobs=knobs,
        shown=sliders.shown(scenario),
        added=_partners(answer),
        forms=[{"name": name, "label": label} for name, label in sliders.GOVERNANCE.items()],
        form=scenario.settings.initiative.governance,
        form_path=sliders.FORM_PATH,
        sections=sections,
        values=controls.values(scenario) if more else {},
        changed=list(now.changes),
        can_undo=bool(state.past.value),
        has_pin=state.pinned.value is not None,
        refused=refused,
        event_pick=lambda event: tried(state.show(View(str(event["name"]), now.toml if event["name"] == now.case else ""))),
        event_turn=lambda event: tried(state.change(sliders.turned(event["name"], event["value"], scenario))),
        event_change=change,
        event_reset=lambda event: state.reset(str(event["path"])),
        event_undo=lambda event: state.undo(),
        event_pin=lambda event: state.pinned.set(now if event["on"] else None),
        event_more=lambda event: set_more(True),
    )


def _partners(answer: Comparison | None) -> dict[str, str]:
    """How many partners there are in the end, by slider: the slider sets how actively they are asked."""
    if answer is None or "collective_impact" not in answer.arms:
        return {}
    members = float(answer.at("members", "collective_impact", answer.years).mean())
    npos = answer.scenario.settings.community.npos
    return {"partners": f"In this answer, {members:.0f} of {npos} organisations are partners at the end."}
