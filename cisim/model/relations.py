"""Ties between organisations: trust grows slowly with kept promises and falls quickly with broken ones; ties form where
organisations meet."""

from cisim.model.codes import Promise
from cisim.numerics.arithmetic import clamp
from cisim.numerics.chance import For, chance, normal
from cisim.numerics.jit import rule

TRUSTED = 0.05
"""How far above the base trust must lie for a tie to count as trusted: what is not tested falls back to the base, but never
quite reaches it."""


@rule
def draw_guests(c):
    """Draws one member of each working group, each with the same chance, with whom others may become acquainted this quarter."""
    backbone = c.backbone
    if backbone.members == 0:
        return
    for d in range(c.p.n_needs):
        backbone.guest[d] = -1
        backbone.met[d] = 0
    for i in range(len(c.npos)):
        npo = c.npos[i]
        if npo.alive == 1 and npo.member == 1:
            backbone.met[npo.need] = backbone.met[npo.need] + 1
            if backbone.met[npo.need] == 1 or chance(c, For.GUEST, npo.who, 100) * backbone.met[npo.need] < 1.0:
                backbone.guest[npo.need] = i


@rule
def works_with_members(npo, c):
    """Whether an NPO works with all members it knows: it is one, and the initiative communicates or follows a joint plan."""
    return npo.member == 1 and (c.p.continuous_communication == 1 or c.backbone.plan_stands == 1)


@rule
def works_with(npo, k, other, with_members):
    """Whether a tie was tested this quarter: by a bilateral partnership, or because the other is a member and the NPO works with
    members."""
    return npo.bilateral[k] == 1 or (with_members and other.member == 1)


@rule
def update_trust(npo, c):
    """Trust in [0, 1] in each acquaintance: after a kept promise T += up (1 - T), after a broken one T -= down T, otherwise
    back towards the base.

    When staff leave, part of the trust that they had built is lost.
    """
    p = c.p
    if npo.alive == 0:
        return
    with_members = works_with_members(npo, c)
    total = 0.0
    ties = 0
    for k in range(p.partners):
        if npo.partners[k] >= 0:
            other = c.npos[npo.partners[k]]
            trust = npo.trust[k]
            if works_with(npo, k, other, with_members) and other.kept != Promise.NO_PROMISE:
                if other.kept == Promise.KEPT:
                    trust = trust + p.trust_up * (1.0 - trust)
                else:
                    trust = trust - p.trust_down * trust
            else:
                trust = trust + p.trust_idle * (p.base_trust - trust)
            if npo.turned_over == 1:
                trust = trust + p.turnover_reset * (p.base_trust - trust)
            npo.trust[k] = trust
            total += trust
            ties += 1
    npo.mean_trust = total / ties if ties > 0 else p.base_trust


@rule
def meet_others(npo, c):
    """An NPO becomes acquainted with another at a site and, in an initiative that communicates, also in its working group.
    A new acquaintance replaces the weakest tie."""
    p = c.p
    if npo.alive == 0 or chance(c, For.TIE, npo.who, 0) >= p.tie_chance:
        return
    m = int(chance(c, For.TIE, npo.who, 1) * npo.n_sites)
    other = c.schools[npo.sites[m]].guest
    if npo.member == 1 and p.continuous_communication == 1 and chance(c, For.TIE, npo.who, 2) < p.meet_in_group:
        other = c.backbone.guest[npo.need]
    come_to_know(npo, other, c)


@rule
def meet_in_working_group(npo, c):
    """In an initiative that communicates, a member becomes acquainted with another member of its working group at meetings."""
    p = c.p
    if p.group_meetings <= 0.0 or p.continuous_communication == 0 or npo.alive == 0 or npo.member == 0:
        return
    if chance(c, For.GROUP_MEETING, npo.who, 0) < p.group_meetings:
        come_to_know(npo, c.backbone.guest[npo.need], c)


@rule
def come_to_know(npo, slot, c):
    """An NPO becomes acquainted with the organisation in a slot (-1: none), which replaces its weakest tie, unless it knows
    that organisation already."""
    p = c.p
    if slot < 0 or slot == npo.slot:
        return
    weakest = 0
    lowest = 2.0
    for k in range(p.partners):
        if npo.partners[k] == slot:
            return
        strength = npo.trust[k] if npo.partners[k] >= 0 else -1.0
        if npo.bilateral[k] == 0 and strength < lowest:
            weakest = k
            lowest = strength
    if lowest < 2.0:
        npo.partners[weakest] = slot
        npo.trust[weakest] = p.base_trust


@rule
def seek_partnerships(npo, c):
    """In programme collaboration an acquaintance becomes a bilateral partner with some chance a quarter, more likely where
    trust is high, up to the most partnerships that an NPO wants. A partnership ends when trust has fallen below a part of
    the base.

    The organisation that seeks a partnership bears its hours and sees the other's programmes; the other may seek one in return.
    """
    p = c.p
    if p.bilateral_partnerships == 0:
        return
    on = npo.alive == 1 and c.town.tick >= p.warmup_quarters
    npo.partnerships = 0
    for k in range(p.partners):
        if not on or npo.partners[k] < 0 or npo.trust[k] < p.partner_down * p.base_trust:
            npo.bilateral[k] = 0
        npo.partnerships = npo.partnerships + npo.bilateral[k]
    if not on:
        return
    for k in range(p.partners):
        if npo.partners[k] >= 0 and npo.bilateral[k] == 0 and npo.partnerships < p.most_partnerships:
            if chance(c, For.PARTNERSHIP, npo.who, k) < p.partner_up * npo.trust[k]:
                npo.bilateral[k] = 1
                npo.partnerships = npo.partnerships + 1


@rule
def see_progress(backbone, c):
    """Yearly, visible progress in [-1, 1]: the change in measured needs met, weighted by the agenda, at schools where
    members work, minus the change elsewhere (so the common trend cancels). The poorer the shared data, the larger the
    error."""
    p = c.p
    inside = 0.0
    outside = 0.0
    gain_inside = 0.0
    gain_outside = 0.0
    for j in range(len(c.schools)):
        s = c.schools[j]
        gain = 0.0
        for d in range(p.n_needs):
            weight = backbone.agenda[d] if backbone.agenda_set == 1 else 1.0 / p.n_needs
            gain += weight * (s.shown[d] - s.last_year[d])
            s.last_year[d] = s.shown[d]
        if s.promised > 0:
            inside += s.pupils
            gain_inside += s.pupils * gain
        else:
            outside += s.pupils
            gain_outside += s.pupils * gain
    seen = 0.0
    if inside > 0.0:
        seen = gain_inside / inside
        if outside > 0.0:
            seen -= gain_outside / outside
    kappa = 0.0
    for d in range(p.n_needs):
        kappa += backbone.kappa[d] / p.n_needs
    if c.p.convened == 1 and inside > 0.0:
        seen = seen + p.progress_noise * (1.0 - kappa) * normal(c, For.PROGRESS, 0, 0)
    before = p.progress_memory * backbone.progress
    backbone.progress = clamp(before + (1.0 - p.progress_memory) * seen / p.progress_unit, -1.0, 1.0)


@rule
def measured_now(c):
    """Whether metrics are wanted of this quarter: of each or, where only years are measured, of the last of a year."""
    return c.town.yearly == 0 or c.town.tick % 4 == 3


@rule
def close_ties(c):
    """At the end of a quarter ties to organisations that have just closed end. The others are counted on the way, for metrics:
    all, those that are trusted, by how many an organisation is, and the trust in all and in those tested this quarter."""
    p, town = c.p, c.town
    if town.closed_now == 0 and not measured_now(c):
        return
    ties = 0
    trusted = 0
    trust = 0.0
    tested = 0.0
    enough = p.base_trust + TRUSTED
    for i in range(len(c.npos)):
        c.npos[i].known_by = 0
    for i in range(len(c.npos)):
        npo = c.npos[i]
        for k in range(p.partners):
            if npo.partners[k] >= 0:
                other = c.npos[npo.partners[k]]
                if other.closing == 1:
                    npo.partnerships = npo.partnerships - npo.bilateral[k] * npo.alive
                    npo.partners[k] = -1
                    npo.trust[k] = 0.0
                    npo.bilateral[k] = 0
                elif npo.alive == 1:
                    ties += 1
                    trust += npo.trust[k]
                    known = 1 if npo.trust[k] > enough else 0
                    trusted += known
                    other.known_by = other.known_by + known
                    if npo.bilateral[k] == 1 or (npo.member == 1 and other.member == 1):
                        tested += npo.trust[k]
    town.ties = ties
    town.trusted = trusted
    town.trust_in_all = trust
    town.trust_in_tested = tested
    if town.closed_now > 0:
        for i in range(len(c.npos)):
            c.npos[i].closing = 0
