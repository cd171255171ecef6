"""The smallest difference of each metric that is worthwhile: smaller ones are called equivalent.

0.25 percentage points of pupils on track are about what a tenth more grant money brings to isolated impact. The other margins are
assumed: about as much on the scale of the metric. For a metric without a margin every clear difference counts.
"""

import math

from cisim.errors import InputError
from cisim.model.metric_table import NUMBERS, SCORES
from cisim.model.metrics import METRICS

MARGINS = {
    **dict.fromkeys(("on_track", "on_track_by_stage", "on_track_by_district", "on_track_end"), 0.0025),
    **dict.fromkeys(("skill", "skill_by_stage"), 0.006),  # what moves a quarter of a point of all across a standard in the middle
    **dict.fromkeys(("equity_gap", "equity_gap_by_stage", "needs_met", "needs_met_by", "net_grant", "quality"), 0.005),
    **dict.fromkeys(("unmet_need", "overlap", "active_share", "turnover", "funding_gini", "success"), 0.01),
    **dict.fromkeys(("indicators_improved", "indicator", "trust", "systems_change", *SCORES), 0.02),
    "trust_1_to_4": 0.05,
}
"""By metric, in its own unit."""

DEFAULT = MARGINS["on_track"]
OWN = "number"  # the unit of a metric that an experiment defines

Margin = float | None
"""A margin as a user gives it, in percentage points if the metric is a share; None for the metric's own."""


def margin_of(metric: str) -> float:
    """The margin of a metric, or of one of its numbers such as needs_met_by[0,3]; 0 where it has none."""
    return MARGINS.get(named(metric), 0.0)


def named(metric: str) -> str:
    """The metric of one of its numbers; a metric of one number, or of an experiment's own, is its own."""
    return NUMBERS[metric][0] if metric in NUMBERS else metric


def unit_of(metric: str) -> str:
    """The unit of a metric, or of one of its numbers; OWN for a metric of an experiment's own."""
    return str(METRICS[named(metric)][1]) if named(metric) in METRICS else OWN


def margin_in(metric: str, given: Margin) -> float:
    """A given margin as a difference of the metric. Raises InputError unless it is 0 or more."""
    if given is None:
        return margin_of(metric)
    if not (math.isfinite(given) and given >= 0.0):
        raise InputError("--margin", f"{given:g} is no smallest worthwhile difference: give 0 or more, as in --margin 0.5.")
    return given / 100.0 if unit_of(metric) == "share" else given
