"""Learning and its risks: quality grows with evidence and training and falls with turnover; practice drifts and spreads."""

from cisim.model.codes import Function, Promise
from cisim.model.coordination import shared_with_partners
from cisim.model.landscape import try_or_copy
from cisim.numerics.arithmetic import clamp
from cisim.numerics.chance import For, chance, draws_of, normal, normal_number
from cisim.numerics.jit import rule


@rule
def drift_optimum(c):
    """The practice that works best for a need drifts slowly (a random walk reflected at 0 and 1): what worked before
    becomes outdated."""
    for d in range(c.p.n_needs):
        value = c.town.optimum[d] + c.p.practice_drift * normal(c, For.SHOCK, d, 0)
        if value < 0.0:
            value = -value
        if value > 1.0:
            value = 2.0 - value
        c.town.optimum[d] = clamp(value, 0.0, 1.0)


@rule
def lose_staff(npo, c):
    """Whether staff who carried the work leave this quarter; if they do, ties, quality and commitments suffer."""
    npo.turned_over = 0
    if npo.alive == 1 and chance(c, For.TURNOVER, npo.who, 0) < c.p.turnover / 4.0:
        npo.turned_over = 1
        c.town.turnovers = c.town.turnovers + 1


@rule
def evidence_to_learn_from(npo, c):
    """Quality of the evidence an NPO learns from, in [0, 1]: shared data for a member that keeps its promise, or public
    data for an NPO that uses them, whichever teach more. Public data teach less, since they are not reviewed together."""
    public = c.p.public_use * c.town.public_kappa[npo.need] * npo.uses_public
    shared = c.backbone.kappa[npo.need]
    if npo.member == 1 and npo.kept != Promise.BROKEN and shared > public:
        return shared
    return public


@rule
def learn(npo, c):
    """Each quarter quality closes a share of its gap to 1: slowly alone, faster with evidence and with hours of training
    (hours spent on reading data or on a new programme do not count). Turnover reduces it, and so does an indirect-cost cap
    below the true rate. When staff leave, bilateral partners that share staff make good part of the loss."""
    p = c.p
    if npo.alive == 0:
        return
    evidence = evidence_to_learn_from(npo, c) * p.use_for_learning
    rate = p.learn_alone + p.learn_evidence * evidence + p.learn_hours * (npo.learning - npo.studying)
    quality = npo.quality + rate * (1.0 - npo.quality)
    starved = clamp(p.indirect_true - p.indirect_cap, 0.0, 1.0) * (1.0 - npo.unrestricted - npo.covered)
    quality = quality * (1.0 - p.starvation * starved)
    if npo.turned_over == 1:
        stands_in = p.shared_staff * shared_with_partners(npo) if p.shared_staff > 0.0 else 0.0
        quality = quality * (1.0 - p.turnover_loss * (1.0 - stands_in))
    npo.quality = clamp(quality, 0.01, 0.99)


@rule
def misfit_of(practice, need, c):
    """Distance of a practice from what works best for a need now, in [0, 1]."""
    return abs(practice - c.town.optimum[need])


@rule
def misfit(npo, c):
    """Distance of an NPO's practice from the best for its need now, in [0, 1]: on a line, or on a rugged landscape."""
    if c.p.landscape == 1:
        return 1.0 - c.town.fitness[npo.need][npo.choices]
    return misfit_of(npo.practice, npo.need, c)


@rule
def fit_of(practice, need, c):
    """How well a practice fits what works for a need now, in [0, 1]."""
    return 1.0 - misfit_of(practice, need, c)


@rule
def find_practice(npo, c):
    """Now and then an NPO tries a slightly different practice, or copies the acquaintance working on the same need with the
    best result, if the result it sees is better than its own. Results are noisy, in every arm. Members of an initiative
    that communicates compare more often, which spreads what works and in the long run reduces variety (March 1991).

    On a rugged landscape an organisation tries or copies, not both.
    """
    p = c.p
    npo.next_practice = npo.practice
    if npo.alive == 0:
        return
    if p.landscape == 1:
        try_or_copy(npo, c)
        return
    compare = p.experiment
    if npo.member == 1:
        compare = compare * (1.0 + c.backbone.coverage[Function.COMMUNICATION])
    if chance(c, For.EXPERIMENT, npo.who, 0) >= compare:
        return
    step = p.experiment_step * (2.0 * chance(c, For.EXPERIMENT, npo.who, 1) - 1.0)
    tried = clamp(npo.practice + step, 0.0, 1.0)
    noise = draws_of(c, For.RESULT, npo.who)
    best = fit_of(npo.practice, npo.need, c) + p.result_noise * normal_number(noise, 0)
    seen = fit_of(tried, npo.need, c) + p.result_noise * normal_number(noise, 1)
    if seen > best:
        best = seen
        npo.next_practice = tried
    for k in range(p.partners):
        if npo.partners[k] >= 0:
            other = c.npos[npo.partners[k]]
            if other.need == npo.need:
                seen = fit_of(other.practice, npo.need, c) + p.result_noise * normal_number(noise, 2 + k)
                if seen > best:
                    best = seen
                    npo.next_practice = other.practice


@rule
def adopt_practice(npo, c):
    """All organisations adopt the practice they found at the same time, so none copies what was adopted in the same quarter."""
    npo.practice = npo.next_practice
    if c.p.landscape == 1:
        npo.choices = npo.next_choices
