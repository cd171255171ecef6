"""How large a difference is, in sizes people understand: points, standard deviations, young people, the extra grant money that
would do as much, and the price of a young person-year beside the yardstick, what one more costs by plain grants.

The yardstick is isolated impact in which all funders give a tenth more from the common start on, on the same seeds. Young
person-years and money are added up over all years, and discounted to the common start.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from cisim.engines.world import Records
from cisim.model.metric_table import USES
from cisim.statistics import Flags, Floats
from cisim.statistics.paired import paired, ratio
from cisim.studies.comparison import MORE_GRANTS, Comparison
from cisim.text.numbers import UNKNOWN, percent, ranged, unsigned_zero

DISCOUNT = 0.03  # a year, as is usual where benefits and costs of public programmes are compared
Ranged = tuple[float, float, float]  # a number and its 95 % interval; infinite ends where it is not known

ROWS = {
    "points": "pupils on track (percentage points)",
    "skill": "skill (standard deviations)",
    "young_people": "young people on track at the end",
    "person_years": "young person-years on track, discounted",
    "grants": "as much as so much more grant money (%)",
    "price": "$ a young person-year, discounted",
}
"""Each size in words."""

NO_GAIN = "no clear gain"
PRICE = (
    "The price is money that does not reach programmes, for each young person-year; of more grants, it is the grants. Years and"
    f" money are discounted by {percent(DISCOUNT)} a year."
)


@dataclass(frozen=True)
class Sizes:
    """The difference of an arm from another by each of ROWS, with 95 % intervals; on so many seeds."""

    arm: str
    against: str
    seeds: int
    values: dict[str, Ranged]


def sizes(result: Comparison) -> list[Sizes]:
    """The sizes of the focus against the strongest alternative (on the seeds that judge it), of the focus against isolated
    impact, and of the yardstick; nothing where the yardstick did not run, or on one seed."""
    more = result.yardstick
    if more is None or len(result.seeds) < 2:
        return []
    label, rival = result.label, result.strongest()
    every = np.ones(len(result.seeds), dtype=np.bool_)
    asked = [(f"{label(rival)}, the strongest alternative", rival, ~result.choosing)]
    if result.reference not in (rival, result.focus):
        asked.append((label(result.reference), result.reference, every))
    found = []
    for words, against, seeds in asked:
        if seeds.sum() > 1:
            values = _sizes(result, _of(result, result.focus), _of(result, against), seeds)
            found.append(Sizes(label(result.focus), words, int(seeds.sum()), values))
    base = label(result.reference)
    values = _sizes(result, more, _of(result, result.reference), every, given=True)
    return [*found, Sizes(f"{base} with {percent(MORE_GRANTS)} more grants", base, len(every), values)]


def against_reference(result: Comparison) -> dict[str, Sizes]:
    """The sizes of every arm against the reference, by arm, and of the yardstick under the empty name, all on all seeds; nothing
    where the yardstick did not run, or on one seed."""
    if result.yardstick is None or len(result.seeds) < 2:
        return {}
    every, base = np.ones(len(result.seeds), dtype=np.bool_), result.reference
    found = {arm: _sizes(result, _of(result, arm), _of(result, base), every) for arm in result.others}
    found[""] = _sizes(result, result.yardstick, _of(result, base), every, given=True)
    return {arm: Sizes(arm, base, len(every), values) for arm, values in found.items()}


def _of(result: Comparison, arm: str) -> Records:
    history: Records = result.history[result.arms.index(arm)]
    return history


def _sizes(result: Comparison, arm: Records, against: Records, seeds: Flags, given: bool = False) -> dict[str, Ranged]:
    """Of histories of shape (seeds, quarters). The money of `given` is what came in more, of all others what delivery lost."""
    more, base = result.yardstick, _of(result, result.reference)
    ends = [result.warmup + 4 * year - 1 for year in range(result.years + 1)]
    weights = (1.0 + DISCOUNT) ** -np.arange(1, result.years + 1)

    def last(history: Any, metric: str) -> Floats:
        values: Floats = history[metric][seeds, ends[-1]]
        return values

    def heads(history: Any, years: list[int]) -> Floats:
        found: Floats = history["on_track"][seeds][:, years] * history["pupils"][seeds][:, years]
        return found

    def money(history: Any) -> Floats:
        """$ in each year, shape (seeds, years)."""
        flow = history["money_in"] if given else history["spent"][..., USES["delivery"]]
        found: Floats = 1000.0 * np.diff(flow[seeds][:, ends], axis=1)
        return found

    on_track, skill = (last(arm, metric) - last(against, metric) for metric in ("on_track", "skill"))
    grants = last(more, "on_track") - last(base, "on_track")
    years = (heads(arm, ends[1:]) - heads(against, ends[1:])) @ weights
    cost = (money(arm) - money(against)) @ weights * (1.0 if given else -1.0)
    people = (heads(arm, ends[-1:]) - heads(against, ends[-1:]))[:, 0]
    gained, (over, low, high) = _mean(years), ratio(100.0 * MORE_GRANTS * on_track, grants)
    return {
        "points": _mean(100.0 * on_track),
        "skill": _mean(skill),
        "young_people": _mean(people),
        "person_years": gained,
        "grants": (over, low, high),
        "price": ratio(cost, years) if gained[1] > 0.0 else (np.nan, -np.inf, np.inf),
    }


def _mean(values: Floats) -> Ranged:
    effect = paired(values)
    return effect.difference, effect.low, effect.high


def in_words(found: list[Sizes]) -> tuple[list[str], list[list[str]]]:
    """The heads and rows of a table: a row a size, a column a comparison."""
    digits = {"points": 2, "skill": 3, "grants": 1}
    rows = []
    for key, what in ROWS.items():
        number = partial(unsigned_zero, digits=digits.get(key, 0))
        unclear = NO_GAIN if key == "price" else UNKNOWN
        cells = [ranged(*one.values[key], number) if np.isfinite(one.values[key][1]) else unclear for one in found]
        rows.append([what, *cells])
    return ["", *(f"{one.arm} against {one.against}" for one in found[:-1]), found[-1].arm], rows


def plain(found: list[Sizes]) -> list[dict[str, Any]]:
    """The sizes as plain data for a JSON file, which has no infinity."""
    rows = []
    for one in found:
        values = {key: [float(part) if np.isfinite(part) else None for part in value] for key, value in one.values.items()}
        rows.append({"arm": one.arm, "against": one.against, "seeds": one.seeds, **values})
    return rows
