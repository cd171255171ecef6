"""From needs met to pupils on track: the composite of needs, and the cradle-to-career pipeline of skills."""

from cisim.numerics.arithmetic import clamp, exp, log, power
from cisim.numerics.jit import rule


@rule
def composite(needs_met, weights, n, rho):
    """I = (sum w x^rho)^(1/rho), or the geometric mean if rho is nearly 0; x is limited to [0.01, 0.99].

    rho near 1: a technical problem, any need can replace another. rho below 0: an adaptive one, the worst-met
    need binds.
    """
    total = 0.0
    if abs(rho) < 1e-6:
        for d in range(n):
            total += weights[d] * log(clamp(needs_met[d], 0.01, 0.99))
        return exp(total)
    for d in range(n):
        total += weights[d] * power(clamp(needs_met[d], 0.01, 0.99), rho)
    return clamp(power(total, 1.0 / rho), 0.01, 0.99)


@rule
def skill_term(x, phi):
    """x^phi, or log x if phi is nearly 0, of a share limited to [0.01, 0.99]: the terms that skill formation averages."""
    held = clamp(x, 0.01, 0.99)
    if abs(phi) < 1e-6:
        return log(held)
    return power(held, phi)


@rule
def skill_from(theta, invested, gamma, phi):
    """T(theta, I) = [gamma I^phi + (1 - gamma) theta^phi]^(1/phi): one year of skill formation (Cunha, Heckman &
    Schennach 2010); geometric if phi is nearly 0. The term of I is an argument, as it is the same for many thetas."""
    mean = gamma * invested + (1.0 - gamma) * skill_term(theta, phi)
    if abs(phi) < 1e-6:
        return exp(mean)
    return clamp(power(mean, 1.0 / phi), 0.01, 0.99)


@rule
def invest(school, needs_met, c):
    """All that a school's pupils receive, I in [0.01, 0.99], weighted by the true importances of its stage."""
    p = c.p
    return composite(needs_met, c.town.importance[school.stage], p.n_needs, p.complementarity)


@rule
def curvature(school, c):
    """phi = 1 - 1/sigma at a school's stage, from the elasticity of substitution sigma."""
    return 1.0 - 1.0 / c.p.skill_substitution[school.stage]


@rule
def mix_years(school, stay, come, c):
    """on_track after a year: most pupils stay and have grown, the oldest leave, and a new year group arrives."""
    leaving = 1.0 / c.p.stage_years[school.stage]
    return (1.0 - leaving) * stay + leaving * come


@rule
def send_leavers(c):
    """The skill of pupils that arrive at each school: the pupil-weighted mean of the schools that feed it, before this year's
    growth.

    A school without feeding schools receives its own children's endowment at the first stage, and otherwise the mean of
    all leavers of the stage before.
    """
    town, p = c.town, c.p
    for g in range(p.n_stages):
        town.stage_pupils[g] = 0.0
        town.stage_on_track[g] = 0.0
    for j in range(len(c.schools)):
        s = c.schools[j]
        s.feeding_pupils = 0.0
        s.arriving = 0.0
        town.stage_pupils[s.stage] = town.stage_pupils[s.stage] + s.pupils
        town.stage_on_track[s.stage] = town.stage_on_track[s.stage] + s.pupils * s.on_track
    for j in range(len(c.schools)):
        s = c.schools[j]
        if s.feeds >= 0:
            target = c.schools[s.feeds]
            target.feeding_pupils = target.feeding_pupils + s.pupils
            target.arriving = target.arriving + s.pupils * s.on_track
    for j in range(len(c.schools)):
        s = c.schools[j]
        if s.feeding_pupils > 0.0:
            s.arriving = s.arriving / s.feeding_pupils
        else:
            s.arriving = s.endowment
            for g in range(s.stage):
                if town.stage_pupils[g] > 0.0:
                    s.arriving = town.stage_on_track[g] / town.stage_pupils[g]


@rule
def advance_pupils(c):
    """Yearly, all schools at once: pupils grow, leave and arrive."""
    send_leavers(c)
    for j in range(len(c.schools)):
        s = c.schools[j]
        phi = curvature(s, c)
        gamma = c.p.yearly_share[s.stage]
        invested = skill_term(invest(s, s.condition, c), phi)
        stay = skill_from(s.on_track, invested, gamma, phi)
        come = skill_from(s.arriving, invested, gamma, phi)
        s.on_track = mix_years(s, stay, come, c)


@rule
def growth_of(theta, grown, gamma, phi):
    """dT / d theta = (1 - gamma) (T / theta)^(1 - phi): the part of a small gain in skill that is left a year later."""
    return (1.0 - gamma) * power(grown / clamp(theta, 0.01, 0.99), 1.0 - phi)


@rule
def settle_pipeline(c):
    """Sets on_track to the resting point of the pipeline, given the mean needs met of the last year.

    The pipeline takes 19 years to fill; simulating them would lead to the same point. The rule goes stage by stage, as
    leavers go only to later stages, and at each school uses Newton's method until a further year would change it by less
    than 1e-12.
    """
    for g in range(c.p.n_stages):
        send_leavers(c)
        for j in range(len(c.schools)):
            s = c.schools[j]
            if s.stage == g:
                phi = curvature(s, c)
                gamma = c.p.yearly_share[g]
                invested = skill_term(invest(s, s.recent, c), phi)
                come = skill_from(s.arriving, invested, gamma, phi)
                moved = 1.0
                steps = 0
                while abs(moved) > 1e-12 and steps < 100:
                    steps += 1
                    stay = skill_from(s.on_track, invested, gamma, phi)
                    moved = mix_years(s, stay, come, c) - s.on_track
                    kept = (1.0 - 1.0 / c.p.stage_years[g]) * growth_of(s.on_track, stay, gamma, phi)
                    s.on_track = clamp(s.on_track + moved / clamp(1.0 - kept, 0.05, 1.0), 0.01, 0.99)
