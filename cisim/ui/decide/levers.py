"""The levers beside the answer: the settings that levers.toml lists, by who decides; and all settings, in a part of their own."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import solara

from cisim.scenario import Scenario
from cisim.scenario.changes import value_at
from cisim.text.numbers import fixed
from cisim.ui import cases, state
from cisim.ui.decide import controls
from cisim.ui.server.element import UI, vue

TABLE = tomllib.loads((UI / "decide" / "levers.toml").read_text(encoding="utf-8"))
FORM_PATH = "initiative.governance"

SHOWN = "groups levers values own forms form form_own form_path changed can_undo can_redo refused busy swings look most"
EVENTS = "event_turn event_change event_reset event_undo event_redo"
Panel = vue("decide/levers.vue", f"{SHOWN} {EVENTS}")
List = vue("decide/settings.vue", "sections values changed refused event_change event_reset event_more")


@dataclass(frozen=True)
class Lever:
    """A lever, as levers.toml describes it. It reads and writes one setting, nothing else."""

    name: str
    group: str
    label: str
    path: str
    form: dict[str, Any]
    words: str = ""
    times: float = 1.0
    between: tuple[float, float, float] | tuple[()] = ()
    room: float = 0.0
    decimals: int = 6
    shows: tuple[str, ...] = field(default=("name", "group", "label", "path", "form", "words"), repr=False)

    def shown(self, scenario: Scenario) -> float:
        """The number that the lever shows of a scenario."""
        return round(float(self.times * value_at(scenario, self.path)), self.decimals) + 0.0

    def text(self, shown: float) -> str:
        """The number as the page writes it."""
        words = next((word for most, word in self.form.get("texts", ()) if shown <= most), "")
        number = fixed(shown * self.form["factor"], self.form["digits"])
        text = f"{self.form['before']}{number}{self.form['after']}"
        return words or ("1 year" if text == "1 years" else text)

    def turned(self, shown: float, scenario: Scenario) -> dict[str, Any]:
        """The change, by path, that moves the lever to this number."""
        value = shown / self.times
        whole = isinstance(value_at(scenario, self.path), int)
        return {self.path: round(value) if whole else round(value, self.decimals) + 0.0}  # never -0.0

    def span(self, own: Scenario) -> tuple[float, float, float]:
        """Lowest number, highest number and step, for a scenario before any change."""
        shown = self.shown(own)
        if self.between:
            low, high, step = self.between
            return min(low, math.floor(shown)) if shown < low else low, max(high, math.ceil(self.room * shown)), step
        step = 10.0 ** (len(str(int(shown))) - 2)
        return max(step, round(0.5 * shown / step) * step), round(1.5 * shown / step) * step, step


LEVERS = {one["name"]: Lever(**one) for one in TABLE["levers"]}


@solara.component
def Levers(swings: Mapping[str, float] | None, look: int, busy: int, checking: bool) -> Any:  # noqa: N802
    """Shows and changes the levers of the present view. `swings` are how far each moves the headline, in young people, drawn in
    the colour of approach `look`. `busy` counts the answers so far: a lever that is held sends its next value after each."""
    refused, set_refused = solara.use_state(0)
    now = state.view.value
    scenario, own = cases.scenario_of(now), cases.case(now.case, now.toml)

    def tried(done: bool) -> None:
        if not done:  # the control goes back to the present value
            set_refused(lambda times: times + 1)

    def described(name: str, lever: Lever) -> dict[str, Any]:
        return {key: getattr(lever, key) for key in lever.shows} | {"span": list(lever.span(own))}

    moving = dict(swings or {})
    return Panel(
        groups=[{"name": name, "title": title, "when": when} for name, (title, when) in TABLE["groups"].items()],
        levers=[described(name, lever) for name, lever in LEVERS.items()],
        values={name: lever.shown(scenario) for name, lever in LEVERS.items()},
        own={name: lever.shown(own) for name, lever in LEVERS.items()},
        forms=[{"name": name, "label": label} for name, label in TABLE["governance"].items()],
        form=value_at(scenario, FORM_PATH),
        form_own=value_at(own, FORM_PATH),
        form_path=FORM_PATH,
        changed=list(now.changes),
        can_undo=bool(state.past.value),
        can_redo=bool(state.future.value),
        refused=refused,
        busy=busy,
        swings={name: fixed(value, 0) for name, value in moving.items() if math.isfinite(value)},
        most={name: value / max([1.0, *moving.values()]) for name, value in moving.items() if math.isfinite(value)}
        | {"checking": checking},
        look=look,
        event_turn=lambda event: tried(state.change(LEVERS[event["name"]].turned(float(event["value"]), scenario))),
        event_change=lambda event: tried(typed(event)),
        event_reset=lambda event: state.reset(str(event["path"])),
        event_undo=lambda event: state.undo(),
        event_redo=lambda event: state.redo(),
    )


@solara.component
def AllSettings() -> Any:  # noqa: N802
    """Every setting with range, unit, meaning and source; the list is sent when it is first opened."""
    more, set_more = solara.use_state(False)
    refused, set_refused = solara.use_state(0)
    now = state.view.value
    scenario, own = cases.scenario_of(now), cases.case(now.case, now.toml)
    sections = solara.use_memo(lambda: controls.sections(own) if more else [], [now.case, now.toml, more])

    def change(event: dict[str, Any]) -> None:
        if not typed(event):
            set_refused(lambda times: times + 1)

    return List(
        sections=sections,
        values=controls.values(scenario) if more else {},
        changed=list(now.changes),
        refused=refused,
        event_change=change,
        event_reset=lambda event: state.reset(str(event["path"])),
        event_more=lambda event: set_more(True),
    )


def typed(event: Mapping[str, Any]) -> bool:
    """Changes a setting to what was typed; returns whether that was possible."""
    path = str(event["path"])
    now = controls.current(cases.scenario_of(state.view.value), path)
    return state.change({path: controls.typed(event["value"], now)})
