"""Tested programmes: a short menu for each need, adopted after training, effective only as far as they are run with fidelity."""

from cisim.model.backbone import review_is_now
from cisim.model.coordination import staff_hours
from cisim.model.membership import keeps_plan
from cisim.model.money import office_is_open
from cisim.model.public_data import goes_on_using
from cisim.numerics.arithmetic import clamp, exp
from cisim.numerics.chance import For, chance, chance_ever, normal_ever
from cisim.numerics.jit import rule


@rule
def draw_menus(c):
    """Draws once the effect and the cost of each programme on a need's menu in this community, relative to the usual one. A
    programme that has worked elsewhere may suit this community less."""
    town, p = c.town, c.p
    for d in range(p.n_needs):
        for k in range(len(town.menu_effect[d])):
            spread = p.effect_spread
            town.menu_effect[d][k] = exp(spread * normal_ever(c, For.MENU, d, 2 * k) - 0.5 * spread * spread)
            town.menu_cost[d][k] = exp(p.cost_spread * normal_ever(c, For.MENU, d, 2 * k + 1))


@rule
def begin_programme(npo, c):
    """What an NPO runs at its founding: few have a tested programme, any of the menu, at the fidelity reached without support."""
    p = c.p
    npo.programme = -1
    npo.fidelity = 0.0
    npo.training_left = 0
    npo.client = 0
    if p.menu > 0 and chance_ever(c, For.ADOPT, npo.who, 0) < p.tested_first:
        npo.programme = int(chance_ever(c, For.ADOPT, npo.who, 1) * p.menu)
        npo.fidelity = p.fidelity_alone


@rule
def worth_a_dollar(need, k, c):
    """Effect of a dollar spent on programme k of a need's menu at full fidelity, in units of dose: its effect divided by
    its cost."""
    return c.p.potency * c.town.menu_effect[need][k] / c.town.menu_cost[need][k]


@rule
def best_looking(need, purpose, who, first, error, c):
    """The programme on a need's menu that looks best to an observer with an error of sd `error` on the log scale; always
    the same for the same (purpose, who, first)."""
    best = 0
    highest = -1.0
    for k in range(c.p.menu):
        value = worth_a_dollar(need, k, c) * exp(error * normal_ever(c, purpose, who, first + k))
        if value > highest:
            best = k
            highest = value
    return best


@rule
def choose_for_groups(c):
    """At a review each working group settles on one programme for its need by its data: the better the data, the smaller
    its error. The error is common, so all members adopt a wrong choice."""
    backbone, p = c.backbone, c.p
    if p.menu == 0 or not review_is_now(backbone, c):
        return
    for d in range(p.n_needs):
        error = p.choice_error * (1.0 - backbone.kappa[d])
        backbone.choice[d] = best_looking(d, For.GROUP_CHOICE, backbone.reviews * p.n_needs + d, 0, error, c)


@rule
def run_office(c):
    """The office for tested programmes: a quarter's money pays staff, who support each client better if there are fewer:
    support = best support x (1 - exp(-staff / (need x (base + clients)))), in [0, 1].

    The office needs the same preparation as an initiative and recommends one programme for each need, with an error common
    to all its clients.
    """
    town, p = c.town, c.p
    town.office_support = 0.0
    if p.menu == 0:
        town.office_money = 0.0
        return
    staff = town.office_money / (p.staff_cost / 4.0)
    town.office_money = 0.0
    clients = 0
    for i in range(len(c.npos)):
        clients += c.npos[i].client * c.npos[i].alive
    if office_is_open(c) and town.tick >= p.warmup_quarters + p.preparation_quarters:
        town.office_support = p.office_support * (1.0 - exp(-staff / (p.staff_need * (p.staff_base + clients))))
        for d in range(p.n_needs):
            error = p.choice_error * (1.0 - town.office_support)
            town.office_choice[d] = best_looking(d, For.OFFICE_CHOICE, d, 0, error, c)


@rule
def visit_office(npo, c):
    """An NPO becomes a client of the office, or stops. It is reached like users of public data, and the hours are the same
    for small and large organisations."""
    p = c.p
    if p.menu == 0:
        return
    worth = p.hope * c.town.office_support * staff_hours(npo.usual_income, c)
    if npo.alive == 0 or c.town.office_support <= 0.0 or p.office_hours > worth:
        npo.client = 0
        return
    draw = chance(c, For.CLIENT, npo.who, 0)
    npo.client = goes_on_using(npo.client, p.office_reach, p.office_speed, draw)


@rule
def support_for(npo, c):
    """How well an NPO is helped to run its programme as tested, in [0, 1]: by its working group, in proportion to the
    quality of shared data and only if it keeps the plan, or by the office, whichever is better."""
    support = c.town.office_support * npo.client
    if keeps_plan(npo, c) and c.backbone.kappa[npo.need] > support:
        support = c.backbone.kappa[npo.need]
    return support


@rule
def chance_to_adopt(npo, c):
    """Chance a quarter that an NPO takes up a tested programme: small alone, larger with public data that it uses, with the
    joint plan that it keeps, and as a client of the office. It is 0 if the NPO is too small for the training."""
    p = c.p
    if p.training_hours / 4.0 > p.training_share * staff_hours(npo.usual_income, c):
        return 0.0
    hazard = p.adopt_alone + p.adopt_public * c.town.public_kappa[npo.need] * npo.uses_public
    if keeps_plan(npo, c):
        hazard += p.adopt_plan * c.backbone.kappa[npo.need]
    return hazard + p.adopt_office * c.town.office_support * npo.client


@rule
def choose_programme(npo, c):
    """Which programme on its need's menu an NPO takes: its working group's by the plan, the office's as a client, otherwise
    the one that looks best to the NPO, with or without public data."""
    p, need = c.p, npo.need
    if keeps_plan(npo, c) and c.backbone.kappa[need] > 0.0:
        return c.backbone.choice[need]
    if npo.client == 1:
        return c.town.office_choice[need]
    error = p.choice_error * (1.0 - c.town.public_kappa[need] * npo.uses_public)
    return best_looking(need, For.CHOICE, npo.who, 0, error, c)


@rule
def run_programme(npo, c):
    """An NPO adopts a tested programme, or continues with the one it runs.

    A programme begins at a low fidelity, with hours of training for a year, and moves to the fidelity reached alone or with
    support. When staff leave, part of the fidelity is lost, and without support the programme may be dropped.
    """
    p = c.p
    if p.menu == 0 or npo.alive == 0:
        return
    if npo.training_left > 0:
        npo.training_left = npo.training_left - 1
    if npo.programme < 0:
        if chance(c, For.ADOPT, npo.who, 0) < chance_to_adopt(npo, c):
            npo.programme = choose_programme(npo, c)
            npo.fidelity = p.fidelity_first
            npo.training_left = 4
        return
    support = support_for(npo, c)
    reached = p.fidelity_alone + (p.fidelity_supported - p.fidelity_alone) * support
    npo.fidelity = clamp(npo.fidelity + p.fidelity_speed * (reached - npo.fidelity), 0.0, 1.0)
    if npo.turned_over == 1:
        npo.fidelity = npo.fidelity * (1.0 - p.fidelity_loss)
        if chance(c, For.ADOPT, npo.who, 1) < p.drop_programme * (1.0 - support):
            drop_programme(npo)


@rule
def drop_programme(npo):
    """An NPO returns to untested work."""
    npo.programme = -1
    npo.fidelity = 0.0
    npo.training_left = 0
