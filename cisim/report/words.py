"""Names as a report writes them: settings by their meaning, arms by letter and label."""

from __future__ import annotations

from cisim.analysis import Runs
from cisim.present.palette import look_numbers
from cisim.report.drawing import letter
from cisim.sweeps.experiment.factors import field_of


def lettered(runs: Runs, arm: str) -> str:
    """An arm by letter and label."""
    return f"{letter(look_numbers(runs.arms)[arm])} {runs.label(arm)}"


def meaning_of(runs: Runs, path: str) -> tuple[str, str, str]:
    """Meaning, unit and source of a setting, from the settings' schema."""
    info = field_of(path, runs.arms, runs.experiment.where)
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    return info.description or "", str(extra.get("unit", "")), str(extra.get("source", ""))
