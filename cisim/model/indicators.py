"""Indicators: what the community publishes about itself, with reporting noise and a shock common to all indicators."""

import math

from cisim.numerics.chance import For, normal
from cisim.numerics.jit import rule


@rule
def indicator_value(k, c):
    """Value of indicator k without noise, in [0, 1]: the mean over pupils of measured needs met (or pupils on track) at its
    stage and district.

    If no school fits both, all districts count; if no school fits the stage, all schools count.
    """
    p = c.p
    need, stage, district = p.indicator_need[k], p.indicator_stage[k], p.indicator_district[k]
    for widen in range(3):
        total = 0.0
        pupils = 0.0
        for j in range(len(c.schools)):
            s = c.schools[j]
            if (s.stage == stage or widen == 2) and (district < 0 or s.district == district or widen > 0):
                pupils += s.pupils
                total += s.pupils * (s.on_track if need < 0 else s.shown[need])
        if pupils > 0.0:
            return total / pupils
    return 0.0


@rule
def report_indicators(c):
    """Yearly, each indicator is published: the measured value plus noise, part of which is a shock common to all indicators."""
    p, town = c.p, c.town
    shock = normal(c, For.INDICATOR_SHOCK, 0, 0)
    common = math.sqrt(p.indicator_correlation)
    own = math.sqrt(1.0 - p.indicator_correlation)
    improved = 0.0
    for k in range(p.n_indicators):
        noise = common * shock + own * normal(c, For.INDICATOR, k, 0)
        town.indicator[k] = indicator_value(k, c) + p.indicator_noise * noise
        if town.tick + 1 == p.warmup_quarters:
            town.indicator_baseline[k] = town.indicator[k]
        if town.tick >= p.warmup_quarters and town.indicator[k] > town.indicator_baseline[k]:
            improved += 1.0
    town.indicators_improved = improved / p.n_indicators
