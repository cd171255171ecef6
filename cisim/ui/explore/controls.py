"""What a visitor chooses in Explore: the folder, the metric, and the settings of the map."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cisim.analysis.arm_map import ArmMap
from cisim.text.english import capital
from cisim.ui import state
from cisim.ui.explore.jobs import Opened
from cisim.ui.links import Look
from cisim.ui.server.element import vue


@vue("choosing.vue", "choices event_choose event_again")
def _Choosing() -> None: ...  # noqa: N802


def Choosing(  # noqa: N802
    there: list[str], name: str, about: Opened | None, drawn: Any, column: str, again: Callable[[], None]
) -> Any:
    """The element. `drawn` is the present map, which knows the settings that were chosen by default."""
    shown = _shown(drawn)
    choices = [_choice("folder", "Results", name, [(one, one) for one in there])]
    if about is not None:
        choices.append(_choice("metric", "What is compared", column, [(k, capital(v)) for k, v in about.columns.items()]))
        factors = [(path, capital(called)) for path, called in about.factors.items()]
        if len(factors) > 1:
            choices.append(_choice("x", "Map: across", shown.x, factors))
            choices.append(_choice("y", "Map: upwards", shown.y, factors))
        if len(factors) > 2:
            rest = [one for one in factors if one[0] not in (shown.x, shown.y)]
            choices.append(_choice("each", "A map for each", shown.each, [("", "one map, averaged over the rest"), *rest]))
    return _Choosing(
        choices=choices,
        event_choose=lambda event: state.look.set(chosen(state.look.value, event["what"], event["value"], shown)),
        event_again=lambda event: again(),
    )


def _choice(what: str, label: str, value: str, options: list[tuple[str, str]]) -> dict[str, Any]:
    return {"what": what, "label": label, "value": value, "options": [{"value": a, "label": b} for a, b in options]}


def _shown(drawn: Any) -> Look:
    """The settings of the present map; without one, those that were asked for."""
    if not isinstance(drawn, ArmMap):
        asked: Look = state.look.value
        return asked
    return Look(x=drawn.x.path, y=drawn.y.path if drawn.y else "", each=drawn.each.path if drawn.each else "")


def chosen(now: Look, what: str, value: str, shown: Look) -> Look:
    """The look after a choice. Another folder begins with its own defaults. A setting has one place in the map: where the chosen
    one had another place, the two change places."""
    if what == "folder":
        return Look(folder=value)
    if what == "metric":
        return replace(now, metric=value)
    places = {key: getattr(shown, key) for key in ("x", "y", "each")}
    for key in places:
        if key != what and value and places[key] == value:
            places[key] = places[what] if key != "each" else ""
    places[what] = value
    return replace(now, **places)
