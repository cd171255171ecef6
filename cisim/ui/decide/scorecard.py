"""The scorecard: the latest value of each metric, its change since the start, and whether it is better than the forecast."""

from typing import Any

from cisim.model.metrics import METRICS
from cisim.statistics.paired import paired
from cisim.statistics.verdict import Outcome
from cisim.studies.comparison import Comparison
from cisim.studies.margins import margin_of
from cisim.studies.sizes import in_words, sizes
from cisim.text.numbers import fixed

MEASURES = {  # the metrics shown, in plain words
    "on_track": "Young people on track",
    "on_track_end": "On track at the end of the pipeline",
    "skill": "Skill (standard deviations)",
    "needs_met": "Needs met",
    "equity_gap": "Equity gap",
    "unmet_need": "Needs without any programme",
    "overlap": "Duplicate programmes",
    "net_grant": "NPOs' spending left after fundraising and reporting",
    "systems_change": "Systems change (-1 to 1)",
    "members": "Partners in the initiative",
}


def scorecard(result: Comparison) -> dict[str, Any]:
    """Columns and rows of the table; a cell has `text` (latest), `sub` (arrow and change since the start) and `mark` (the
    verdict against the forecast; members are no aim in themselves)."""
    rows: list[list[Any]] = []
    for metric, words in MEASURES.items():
        start = float(result.at(metric, result.reference, 0).mean())
        row: list[Any] = [words, _number(start, metric)]
        for arm in result.arms:
            latest = float(result.at(metric, arm, result.years).mean())
            mark = "" if arm == result.reference or metric == "members" else verdict(result, metric, arm)
            row.append({"text": _number(latest, metric), "sub": _change(latest - start, metric), "mark": mark})
        rows.append(row)
    labels = [result.label(arm) + (" (forecast)" if arm == result.reference else "") for arm in result.arms]
    return {"columns": ["", "at the start", *labels], "rows": rows}


def verdict(result: Comparison, metric: str, arm: str) -> str:
    """Whether a metric is better or worse in an arm than in the forecast."""
    return str(result.effect(metric, arm).outcome)


def costs(result: Comparison) -> dict[str, Any]:
    """Money that did not reach programmes, for each additional young person on track at the horizon, by arm."""
    rows = []
    for arm in result.others:
        cost, effect = result.cost_per_young_person(arm), result.effect("on_track", arm)
        more = float(effect.difference * result.at("pupils", arm, result.years).mean())
        extra = fixed(more, 0) if effect.low > 0 else "no clear gain"
        rows.append([result.label(arm), extra, "none" if cost != cost else f"${fixed(cost, 0)}"])
    columns = ["", "additional young people on track", "dollars not reaching programmes, for each of them"]
    return {"columns": columns, "rows": rows}


def how_large(result: Comparison) -> dict[str, Any] | None:
    """The sizes of the differences that people understand, beside the yardstick of plain grants; None on one seed."""
    found = sizes(result)
    if not found:
        return None
    columns, rows = in_words(found)
    return {"columns": columns, "rows": rows}


def against_kept(now: Comparison, kept: Comparison) -> dict[str, Any]:
    """How a view differs from a kept one, in the arm the verdict is about, on the same seeds."""
    rows: list[list[Any]] = []
    seeds = min(len(now.seeds), len(kept.seeds))
    for metric, words in MEASURES.items():
        new, old = now.at(metric, now.focus, now.years)[:seeds], kept.at(metric, kept.focus, kept.years)[:seeds]
        effect = paired(new, old, margin_of(metric))
        before, after = _number(effect.mean - effect.difference, metric), _number(effect.mean, metric)
        word = "a clear difference" if effect.outcome in (Outcome.BETTER, Outcome.WORSE) else effect.outcome
        rows.append([words, before, after, f"{_change(effect.difference, metric)}, {word}"])
    return {"columns": [now.label(now.focus), "kept view", "now", "difference"], "rows": rows}


def _shown(metric: str) -> tuple[float, int, str, str]:
    """How a metric is shown: its factor and digits, and the units of a value and of a change."""
    unit = METRICS[metric][1]
    digits = 0 if metric == "members" else 3 if unit == "sd" else 2
    return (100.0, 2, " %", " points") if unit == "share" else (1.0, digits, "", "")


def _number(value: float, metric: str) -> str:
    times, digits, unit, _ = _shown(metric)
    return f"{fixed(times * value, digits)}{unit}"


def _change(difference: float, metric: str) -> str:
    """An arrow and the size of a change; one that the shown digits would make 0 is given as less than their last one."""
    if difference == 0.0:
        return "● no change"
    times, digits, _, unit = _shown(metric)
    size, least = abs(times * difference), 10.0**-digits
    shown = fixed(size, digits) if size > least / 2 else f"less than {fixed(least, digits)}"
    return f"{'▲' if difference > 0 else '▼'} {shown}{unit}"
