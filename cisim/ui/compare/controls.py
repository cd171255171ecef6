"""Every setting as a control, generated from the schema: its range, unit, meaning and source are written there, once."""

from __future__ import annotations

from typing import Any, get_args, get_origin

from cisim.scenario import CONDITIONS, Scenario, Settings
from cisim.scenario.toml_file import value_of

SWITCHES = "arms.collective_impact.switches."
"""Where the five conditions of the initiative are switched."""

HIDDEN = ("switches",)
"""Sections that belong to single arms; of them the five conditions are shown."""


def sections(scenario: Scenario) -> list[dict[str, Any]]:
    """The controls of all settings, by section, as plain data: what the page needs to draw them, without their values."""
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "title": name.capitalize(),
            "about": (info.annotation.__doc__ or "").split("\n")[0],  # type: ignore[union-attr]
            "controls": [_control(f"{name}.{key}", field) for key, field in info.annotation.model_fields.items()],  # type: ignore[union-attr]
        }
        for name, info in Settings.model_fields.items()
        if name not in HIDDEN
    ]
    files = {f"community.{kind}" for kind in scenario.community_files}
    for section in found:
        section["controls"] = [control for control in section["controls"] if control["path"] not in files]
    switches = Settings.model_fields["switches"].annotation.model_fields  # type: ignore[union-attr]
    conditions = [{**_control(SWITCHES + key, switches[key]), "label": key.replace("_", " ")} for key in CONDITIONS]
    about = "Which of the five conditions collective impact has here."
    return [{"name": "conditions", "title": "The five conditions", "about": about, "controls": conditions}, *found]


def _control(path: str, field: Any) -> dict[str, Any]:
    extra = field.json_schema_extra
    key = path.rpartition(".")[2]
    kind = field.annotation
    control = {
        "path": path,
        "label": key.replace("_", " "),
        "meaning": field.description,
        "unit": extra["unit"],
        "source": extra["source"],
        "low": extra["low"],
        "high": extra["high"],
        "plausible": extra["plausible"],
        "choices": list(get_args(kind)) if kind not in (bool, int, float) and get_origin(kind) is not list else [],
    }
    names = {bool: "switch", int: "whole", float: "number"}
    control["kind"] = names.get(kind, "list" if get_origin(kind) is list else "choice")
    return control


def values(scenario: Scenario) -> dict[str, Any]:
    """The value of each control, by path; lists as one types them."""
    found: dict[str, Any] = {}
    for name in Settings.model_fields:
        for key, value in getattr(scenario.settings, name).model_dump().items():
            found[f"{name}.{key}"] = as_typed(value) if isinstance(value, list) else value
    switches = scenario.arm("collective_impact").settings.switches
    return found | {SWITCHES + key: getattr(switches, key) for key in CONDITIONS}


def current(scenario: Scenario, path: str) -> Any:
    """The value of a setting, as the schema has it; None for a path that is none."""
    settings = scenario.settings
    if path.startswith(SWITCHES):
        settings, path = scenario.arm("collective_impact").settings, path.removeprefix("arms.collective_impact.")
    section, _, key = path.partition(".")
    return getattr(getattr(settings, section, None), key, None)


def as_typed(value: list[Any]) -> str:
    """A list as one types it: words and numbers with commas between, rows in brackets."""
    if value and isinstance(value[0], list):
        return ", ".join(f"[{as_typed(row)}]" for row in value)
    return ", ".join(one if isinstance(one, str) else f"{one:g}" for one in value)


def typed(text: Any, like: Any) -> Any:
    """What was typed into a control, as the schema takes it: `like` is the value there now. Nonsense is left to the schema,
    whose sentence says what is wrong."""
    if isinstance(like, bool):
        return bool(text) if isinstance(text, bool | int) else text
    if isinstance(like, list):
        if not isinstance(text, str):
            return text
        if like and isinstance(like[0], str):
            return [word.strip() for word in text.split(",")]
        try:
            value = value_of(f"[{text}]")
        except ValueError:
            return text
        return _floats(value) if isinstance(value, list) else text
    if isinstance(like, str):
        return text
    try:
        number = float(text)
    except (TypeError, ValueError):
        return text
    return int(number) if isinstance(like, int) and number.is_integer() else number


def _floats(values: list[Any]) -> list[Any]:
    return [_floats(v) if isinstance(v, list) else float(v) if isinstance(v, int) else v for v in values]
