"""What one chooses in Explore: the folder, the number, and the settings of the map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cisim.analysis.arm_map import ArmMap
from cisim.text.english import capital
from cisim.ui.explore.explore_link import Look, look
from cisim.ui.explore.jobs import Opened
from cisim.ui.server.element import vue


@vue("choosing.vue")
def _Choosing(  # noqa: N802
    choices: list[dict[str, Any]],
    event_choose: Callable[[dict[str, str]], None],
    event_again: Callable[[Any], None],
) -> None: ...


def Choosing(  # noqa: N802
    there: list[str], name: str, about: Opened | None, drawn: Any, column: str, again: Callable[[], None]
) -> Any:
    """The element. `drawn` is the map there is, which says what was chosen by itself."""
    choices = [_choice("folder", "Results", name, [(one, one) for one in there])]
    if about is not None:
        choices.append(_choice("metric", "What is compared", column, [(k, capital(v)) for k, v in about.columns.items()]))
        factors = [(path, capital(called)) for path, called in about.factors.items()]
        shown = _shown(drawn)
        if len(factors) > 1:
            choices.append(_choice("x", "Map: across", shown.x, factors))
            choices.append(_choice("y", "Map: upwards", shown.y, factors))
        if len(factors) > 2:
            rest = [one for one in factors if one[0] not in (shown.x, shown.y)]
            choices.append(_choice("each", "A map for each", shown.each, [("", "one map, averaged over the rest"), *rest]))
    return _Choosing(
        choices=choices,
        event_choose=lambda event: look.set(chosen(look.value, event["what"], event["value"], _shown(drawn))),
        event_again=lambda event: again(),
    )


def _choice(what: str, label: str, value: str, options: list[tuple[str, str]]) -> dict[str, Any]:
    return {"what": what, "label": label, "value": value, "options": [{"value": a, "label": b} for a, b in options]}


def _shown(drawn: Any) -> Look:
    """The settings of the map there is; of what was asked where there is none."""
    if not isinstance(drawn, ArmMap):
        asked: Look = look.value
        return asked
    return Look(x=drawn.x.path, y=drawn.y.path if drawn.y else "", each=drawn.each.path if drawn.each else "")


def chosen(now: Look, what: str, value: str, shown: Look) -> Look:
    """The look after a choice: another folder begins with its own defaults; a setting has one place in the map, so what stood
    there takes the place it leaves."""
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
