"""Learning and its risk: quality grows with evidence and training and is lost by turnover; practice drifts and spreads."""

from cisim.model.codes import Function, Promise
from cisim.model.coordination import shared_with_partners
from cisim.model.landscape import try_or_copy
from cisim.numerics.arithmetic import clamp
from cisim.numerics.chance import For, chance, normal
from cisim.numerics.jit import rule


@rule
def drift_optimum(c):
    """What works best for a need drifts slowly (a random walk reflected at 0 and 1): yesterday's practice ages."""
    for d in range(c.p.n_needs):
        value = c.town.optimum[d] + c.p.practice_drift * normal(c, For.SHOCK, d, 0)
        if value < 0.0:
            value = -value
        if value > 1.0:
            value = 2.0 - value
        c.town.optimum[d] = clamp(value, 0.0, 1.0)


@rule
def lose_staff(npo, c):
    """Whether staff who carried the work leave this quarter; ties, quality and commitments suffer where they do."""
    npo.turned_over = 0
    if npo.alive == 1 and chance(c, For.TURNOVER, npo.who, 0) < c.p.turnover / 4.0:
        npo.turned_over = 1
        c.town.turnovers = c.town.turnovers + 1


@rule
def evidence_to_learn_from(npo, c):
    """The quality of evidence an NPO learns from, in [0, 1]: shared data for a member that keeps its promise; public data
    for those that use them, which teach less, since they are not reviewed together."""
    public = c.p.public_use * c.town.public_kappa[npo.need] * npo.uses_public
    shared = c.backbone.kappa[npo.need]
    if npo.member == 1 and npo.kept != Promise.BROKEN and shared > public:
        return shared
    return public


@rule
def learn(npo, c):
    """Quality closes a share of its gap to 1 a quarter: slowly alone, faster with the evidence one learns from and with
    hours of training (hours spent on reading data or on a new programme do not count); turnover and an indirect-cost cap
    below the true rate wear it down. Where staff leave, bilateral partners that share staff stand in."""
    p = c.p
    if npo.alive == 0:
        return
    evidence = evidence_to_learn_from(npo, c) * p.use_for_learning
    rate = p.learn_alone + p.learn_evidence * evidence + p.learn_hours * (npo.learning - npo.studying)
    quality = npo.quality + rate * (1.0 - npo.quality)
    starved = clamp(p.indirect_true - p.indirect_cap, 0.0, 1.0) * (1.0 - npo.unrestricted)
    quality = quality * (1.0 - p.starvation * starved)
    if npo.turned_over == 1:
        stands_in = p.shared_staff * shared_with_partners(npo) if p.shared_staff > 0.0 else 0.0
        quality = quality * (1.0 - p.turnover_loss * (1.0 - stands_in))
    npo.quality = clamp(quality, 0.01, 0.99)


@rule
def misfit_of(practice, need, c):
    """How far a practice is from what works for a need now, in [0, 1]."""
    return abs(practice - c.town.optimum[need])


@rule
def misfit(npo, c):
    """How far an NPO's way to work is from the best for its need now, in [0, 1]: on a line, or on a rugged landscape."""
    if c.p.landscape == 1:
        return 1.0 - c.town.fitness[npo.need][npo.choices]
    return misfit_of(npo.practice, npo.need, c)


@rule
def fit_of(practice, need, c):
    """How well a practice fits what works for a need now, in [0, 1]."""
    return 1.0 - misfit_of(practice, need, c)


@rule
def find_practice(npo, c):
    """Now and then an NPO tries something a little different, or copies the acquaintance of the same need with the best
    result, if the result it sees is better than its own. Results are noisy, in every arm; members of an initiative that
    communicates compare more often, which spreads what works and in the long run loses variety (March 1991).

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
    own = fit_of(npo.practice, npo.need, c) + p.result_noise * normal(c, For.RESULT, npo.who, 0)
    best = own
    seen = fit_of(tried, npo.need, c) + p.result_noise * normal(c, For.RESULT, npo.who, 1)
    if seen > best:
        best = seen
        npo.next_practice = tried
    for k in range(p.partners):
        if npo.partners[k] >= 0:
            other = c.npos[npo.partners[k]]
            if other.need == npo.need:
                seen = fit_of(other.practice, npo.need, c) + p.result_noise * normal(c, For.RESULT, npo.who, 2 + k)
                if seen > best:
                    best = seen
                    npo.next_practice = other.practice


@rule
def adopt_practice(npo, c):
    """All change to the practice they found at once, so that nobody copies what was adopted this very quarter."""
    npo.practice = npo.next_practice
    if c.p.landscape == 1:
        npo.choices = npo.next_choices
