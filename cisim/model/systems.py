"""Systems change: public provision and rules change slowly, where organisations press for it and the campaign does not fail."""

from cisim.model.backbone import agreement
from cisim.model.codes import Function
from cisim.model.money import initiative_works
from cisim.numerics.chance import For, chance
from cisim.numerics.jit import rule


@rule
def members_agreement(c):
    """Members' mean agreement with the agenda, in [0, 1]."""
    total = 0.0
    for i in range(len(c.npos)):
        if c.npos[i].alive == 1 and c.npos[i].member == 1:
            total += agreement(c.npos[i], c)
    return total / c.backbone.members if c.backbone.members > 0 else 0.0


@rule
def presses_for_change(c):
    """Whether members spend hours on systems change: the initiative is at work, and systems change is one of its aims."""
    return c.p.systems_rate > 0.0 and initiative_works(c)


@rule
def build_pressure(c):
    """Pressure for systems change, in shares of the gap in provision a year, follows the effort made for it with a delay of
    years, and fades as slowly. An initiative contributes by legitimacy x strategic direction x its members' agreement;
    organisations contribute by lobbying alone, in every arm."""
    p, town, backbone = c.p, c.town, c.backbone
    if p.systems_rate <= 0.0 and p.systems_alone <= 0.0:
        return
    wanted = p.systems_alone if town.tick >= p.warmup_quarters else 0.0
    if presses_for_change(c):
        direction = backbone.coverage[Function.STRATEGIC_DIRECTION]
        wanted += p.systems_rate * backbone.legitimacy * direction * members_agreement(c)
    town.pressure = town.pressure + (wanted - town.pressure) / (1.0 + 4.0 * p.systems_delay)


@rule
def reform(c):
    """Yearly, in each district, either the campaign fails, or schools there provide more by themselves: the pressure closes
    a share of the gap between provision and its ceiling. The public money that this takes is not counted."""
    if c.town.pressure <= 0.0:
        return
    for j in range(len(c.schools)):
        school = c.schools[j]
        if chance(c, For.REFORM, school.district, 0) >= c.p.systems_failure:
            for d in range(c.p.n_needs):
                gap = c.p.ceiling - school.provision[d]
                school.provision[d] = school.provision[d] + c.town.pressure * gap
