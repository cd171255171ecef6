"""Every setting as a control, generated from the schema: its range, unit, meaning and source are written there, once."""

from typing import Any, get_args, get_origin

from cisim.scenario import CONDITIONS, Scenario, Settings
from cisim.scenario.changes import value_at
from cisim.scenario.toml_file import value_of

OF_ARM = "arms.collective_impact."
SWITCHES = f"{OF_ARM}switches."  # where the five conditions of the initiative are switched
KINDS: dict[Any, str] = {bool: "switch", int: "whole", float: "number"}
FIRST = ("conditions", "The five conditions", "Which of the five conditions collective impact has here.")


def sections(scenario: Scenario) -> list[dict[str, Any]]:
    """The controls of all settings, by section, as plain data: all that the page needs to draw them, except their values."""
    kinds: dict[str, Any] = {name: info.annotation for name, info in Settings.model_fields.items()}
    switches = kinds.pop("switches").model_fields  # they belong to single arms; only the five conditions are shown
    found = [(*FIRST, [_control(SWITCHES + key, switches[key]) for key in CONDITIONS])]
    files = {f"community.{kind}" for kind in scenario.community_files}
    for name, kind in kinds.items():
        fields = {f"{name}.{key}": field for key, field in kind.model_fields.items()}
        controls = [_control(path, field) for path, field in fields.items() if path not in files]
        found.append((name, name.capitalize(), (kind.__doc__ or "").split("\n")[0], controls))
    return [dict(zip(("name", "title", "about", "controls"), one, strict=True)) for one in found]


def _control(path: str, field: Any) -> dict[str, Any]:
    kind, is_list = field.annotation, get_origin(field.annotation) is list
    return {
        "path": path,
        "label": path.rpartition(".")[2].replace("_", " "),
        "meaning": field.description,
        **{key: field.json_schema_extra[key] for key in ("unit", "source", "low", "high", "plausible", "decided_by")},
        "choices": [] if kind in KINDS or is_list else list(get_args(kind)),
        "kind": KINDS.get(kind, "list" if is_list else "choice"),
    }


def values(scenario: Scenario) -> dict[str, Any]:
    """The value of each control, by path; a list in the form in which it is typed."""
    tables = scenario.now.model_dump()
    found = {f"{name}.{key}": value for name, table in tables.items() for key, value in table.items()}
    switches = scenario.arm("collective_impact").settings.switches
    found |= {SWITCHES + key: getattr(switches, key) for key in CONDITIONS}
    return {path: as_typed(value) if isinstance(value, list) else value for path, value in found.items()}


def current(scenario: Scenario, path: str) -> Any:
    """The value of a setting, as the schema has it; None for a path without a setting."""
    of: Any = scenario.arm("collective_impact") if path.startswith(SWITCHES) else scenario
    return value_at(of, path.removeprefix(OF_ARM))


def as_typed(value: list[Any]) -> str:
    """A list in the form in which it is typed: words and numbers with commas between, rows in brackets."""
    if value and isinstance(value[0], list):
        return ", ".join(f"[{as_typed(row)}]" for row in value)
    return ", ".join(one if isinstance(one, str) else f"{one:g}" for one in value)


def typed(text: Any, like: Any) -> Any:
    """The value that was typed into a control, as the schema takes it; `like` is the present value. Nonsense is left to the
    schema, whose sentence says what is wrong."""
    if isinstance(like, bool):
        return bool(text) if isinstance(text, bool | int) else text
    if isinstance(like, str) or (isinstance(like, list) and not isinstance(text, str)):
        return text
    try:
        if not isinstance(like, list):
            number = float(text)
            return int(number) if isinstance(like, int) and number.is_integer() else number
        if like and isinstance(like[0], str):
            return [word.strip() for word in text.split(",")]
        value = value_of(f"[{text}]")
        return _floats(value) if isinstance(value, list) else text
    except (TypeError, ValueError):
        return text


def _floats(values: list[Any]) -> list[Any]:
    return [_floats(v) if isinstance(v, list) else float(v) if isinstance(v, int) else v for v in values]
