"""The measure of prevention trials: the share of young people who have begun a behaviour that meeting a need protects against."""

from cisim.numerics.arithmetic import clamp, log, logistic
from cisim.numerics.jit import rule


@rule
def begun_at(protection, base):
    """Share of young people who have begun, given protection z in standard deviations above the start: the share below a
    cut on a normal factor shifted by z (logistic(1.702 x) is within 0.01 of the normal distribution); `base` at z = 0."""
    return logistic(log(base / (1.0 - base)) - 1.702 * protection)


@rule
def change_behaviour(c):
    """Yearly, protection moves towards strength x log(needs met / needs met at the common start), in standard deviations;
    the share who have begun follows from it, weighted by pupils."""
    town, p = c.town, c.p
    if p.behaviour_base <= 0.0:
        return
    for d in range(p.n_needs):
        begun = 0.0
        pupils = 0.0
        for j in range(len(c.schools)):
            s = c.schools[j]
            met = log(clamp(s.recent[d], 0.01, 0.99))
            if town.tick < p.warmup_quarters:
                s.start_met[d] = met
            s.guard[d] = s.guard[d] + p.protection_speed * (p.protection * (met - s.start_met[d]) - s.guard[d])
            begun += s.pupils * begun_at(s.guard[d], p.behaviour_base)
            pupils += s.pupils
        town.begun[d] = begun / pupils
