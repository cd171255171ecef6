"""The settings next to the answer: a few first, as sliders that knobs.toml lists, and all others behind "All settings"."""

import math
import tomllib
from dataclasses import dataclass, replace
from typing import Any

import solara

from cisim.scenario import Scenario
from cisim.scenario.changes import value_at
from cisim.studies.comparison import Comparison
from cisim.ui import cases, state
from cisim.ui.compare import controls
from cisim.ui.server.element import UI, vue

TABLE = tomllib.loads((UI / "compare" / "knobs.toml").read_text(encoding="utf-8"))
FORM_PATH = "initiative.governance"
MARGINS = {
    0.0: "every clear difference",
    0.1: "0.1 points",
    0.25: "0.25 points, about a tenth more grants",
    0.5: "0.5 points",
    1.0: "1 point",
    2.0: "2 points",
}
"""The smallest worthwhile differences to choose from, in percentage points of pupils on track."""

SHOWN = "cases current knobs shown added forms form form_path margins margin sections values changed can_undo has_pin refused"
EVENTS = "event_pick event_turn event_change event_reset event_undo event_pin event_more event_worth"
Settings = vue("compare/panel.vue", f"{SHOWN} {EVENTS}")


@dataclass(frozen=True)
class Knob:
    """A slider, as knobs.toml describes it. It reads and writes one setting, nothing else."""

    name: str
    label: str
    hint: str
    ends: list[str]
    path: str
    form: dict[str, Any]
    times: float = 1.0
    between: tuple[float, float, float] | tuple[()] = ()
    room: float = 0.0
    decimals: int = 6

    def shown(self, scenario: Scenario) -> float:
        """The number that the slider shows of a scenario."""
        return float(self.times * value_at(scenario, self.path))

    def turned(self, shown: float, scenario: Scenario) -> dict[str, Any]:
        """The change, by path, that moves the slider to this number."""
        value = shown / self.times
        whole = isinstance(value_at(scenario, self.path), int)
        return {self.path: round(value) if whole else round(value, self.decimals) + 0.0}  # never -0.0

    def span(self, own: Scenario) -> tuple[float, float, float]:
        """Lowest number, highest number and step, for a scenario before any change."""
        shown = self.shown(own)
        if self.between:
            low, high, step = self.between
            return low, max(high, math.ceil(self.room * shown)), step
        step = 10.0 ** (len(str(int(shown))) - 2)
        return max(step, round(shown / 4 / step) * step), round(shown * 2.5 / step) * step, step


KNOBS = {one["name"]: Knob(**one) for one in TABLE["knobs"]}


@solara.component
def Panel(answer: Comparison | None) -> Any:  # noqa: N802
    """Shows and changes the settings of the present view; `answer` adds how many partners they led to."""
    more, set_more = solara.use_state(False)
    refused, set_refused = solara.use_state(0)
    now = state.view.value
    scenario, own = cases.scenario_of(now), cases.case(now.case, now.toml)
    knobs = [{**one, "span": list(KNOBS[one["name"]].span(own))} for one in TABLE["knobs"]]
    sections = solara.use_memo(lambda: controls.sections(own) if more else [], [now.case, now.toml, more])

    partners = {}
    if answer is not None and "collective_impact" in answer.arms:  # the slider sets how actively they are asked
        members = float(answer.at("members", "collective_impact", answer.years).mean())
        npos = answer.scenario.settings.community.npos
        partners = {"partners": f"In this answer, {members:.0f} of {npos} organisations are partners at the end."}

    def tried(done: bool) -> None:
        if not done:  # the control goes back to the present value
            set_refused(lambda times: times + 1)

    def change(event: dict[str, Any]) -> None:
        path = str(event["path"])
        tried(state.change({path: controls.typed(event["value"], controls.current(scenario, path))}))

    def worth(margin: float) -> None:
        tried(margin in MARGINS and state.show(replace(now, margin=margin)))

    return Settings(
        cases=solara.use_memo(lambda: cases.offered(now), [now.case, now.toml]),
        current=now.case,
        knobs=knobs,
        shown={name: knob.shown(scenario) for name, knob in KNOBS.items()},
        added=partners,
        forms=[{"name": name, "label": label} for name, label in TABLE["governance"].items()],
        form=value_at(scenario, FORM_PATH),
        form_path=FORM_PATH,
        margins=[{"value": one, "label": label} for one, label in MARGINS.items()],
        margin=now.margin,
        sections=sections,
        values=controls.values(scenario) if more else {},
        changed=list(now.changes),
        can_undo=bool(state.past.value),
        has_pin=state.pinned.value is not None,
        refused=refused,
        event_pick=lambda event: tried(state.pick(str(event["name"]))),
        event_turn=lambda event: tried(state.change(KNOBS[event["name"]].turned(float(event["value"]), scenario))),
        event_change=change,
        event_reset=lambda event: state.reset(str(event["path"])),
        event_undo=lambda event: state.undo(),
        event_pin=lambda event: state.pinned.set(now if event["on"] else None),
        event_more=lambda event: set_more(True),
        event_worth=lambda event: worth(float(event["value"])),
    )
