"""Charts of how something is made up, by arm: the five conditions, and where each dollar goes."""

from collections.abc import Sequence

from cisim.model.metric_table import HOLDERS, SCORES, USES
from cisim.present.figure import Axis, Bars, Figure, Part
from cisim.present.palette import look_numbers
from cisim.studies.comparison import Comparison
from cisim.text.english import count

USES_IN_WORDS = {
    "delivery": "programmes",
    "fundraising": "fundraising",
    "reporting": "reporting to funders",
    "coordination": "coordination",
    "learning": "learning and training",
    "backbone": "backbone",
    "public_data": "public data",
    "closed": "lost in closures",
}


def conditions(result: Comparison) -> Figure:
    """The five conditions as measured from what organisations do, 0 to 1, at the horizon."""
    looks, axis = look_numbers(result.arms), Axis(low=0.0, high=1.0)
    parts = []
    for k, arm in enumerate(result.arms):
        values = tuple(float(result.at(metric, arm, result.years).mean()) for metric in SCORES)
        parts.append(Part(result.label(arm), values, looks[arm], hatched=bool(k % 2)))
    names = tuple(name.capitalize() for name in SCORES.values())
    note = "Measured from what organisations do, not from what is switched on. 0: absent, 1: full."
    alt = "Bars from 0 to 1 for each condition and approach; the table has the numbers."
    rows = tuple((name, *(axis.number(part.values[k]) for part in parts)) for k, name in enumerate(names))
    heads, marks = ("condition", *(part.label for part in parts)), Bars(names, tuple(parts), axis)
    return Figure("conditions", "The five conditions, as measured", note, alt, marks, heads, rows)


def dollar(result: Comparison) -> Figure:
    """Where each dollar of the whole horizon went, in cents by use and arm."""
    labels, axis = tuple(result.label(arm) for arm in result.arms), Axis(unit="¢", low=0.0, high=100.0)
    cents = {USES_IN_WORDS.get(use, use): _cents(result, [use]) for use in USES}
    shown = {use: values for use, values in cents.items() if any(value > 0 for value in values)}
    left = _cents(result, [f"more_{holder}" for holder in HOLDERS])
    parts = tuple(Part(use, values, k, bool(k % 2), use == "programmes") for k, (use, values) in enumerate(shown.items()))
    parts += (Part("put aside", left, None, bool(len(parts) % 2)),)
    first = ", ".join(f"{label} {value:.1f}" for label, value in zip(labels, cents["programmes"], strict=True))
    note = f"Cents of every dollar received over {count(result.years, 'year')}. The number: what reaches programmes."
    alt = f"Stacked bars of cents a dollar. Reaching programmes: {first} cents."
    rows = tuple((part.label, *map(axis.number, part.values)) for part in parts)
    return Figure("dollar", "Where each dollar goes", note, alt, Bars(labels, parts, axis, stacked=True), ("use", *labels), rows)


def _cents(result: Comparison, parts: Sequence[str]) -> tuple[float, ...]:
    money = result.money
    return tuple(100.0 * sum(money[arm][part] for part in parts) / money[arm]["money_in"] for arm in result.arms)
