"""From needs met to young people on track: the composite of needs, skill along the cradle-to-career pipeline, and the share
of young people above each stage's standard.

Skill is measured in standard deviations (sd) of all young people of an age; 0 is their mean. A school's young people differ
from one another as well, so its mean skill gives the share of them above a standard. Skill has a lasting part, which later
skill builds on, and a passing part, most of which is gone a year after the services that gave it.
"""

from cisim.model.feeding import weigh_feeders
from cisim.numerics.arithmetic import clamp, exp, log, normal_share, power
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
def invest(school, needs_met, c):
    """All that a school's pupils receive, I in [0.01, 0.99], weighted by the true importances of its stage."""
    p = c.p
    return composite(needs_met, c.town.importance[school.stage], p.n_needs, p.complementarity)


@rule
def services(school, needs_met, c):
    """The same in sd of skill: 0 where needs are met as in a place of mean skill, more in proportion to the logarithm."""
    return c.p.services_effect * log(invest(school, needs_met, c) / c.p.usual_services)


@rule
def home(school, c):
    """What a school's pupils receive at home, sd of skill: less where deprivation lies above the community's mean."""
    return -c.p.deprivation_effect * (school.deprivation - c.p.deprivation)


@rule
def curvature(school, c):
    """phi = 1 - 1/sigma at a school's stage, from the elasticity of substitution sigma."""
    return 1.0 - 1.0 / c.p.skill_substitution[school.stage]


@rule
def skill_term(x, phi):
    """exp(phi x), or x where phi is nearly 0: what is averaged in skill formation, of x in sd."""
    if abs(phi) < 1e-6:
        return x
    return exp(phi * x)


@rule
def lasting_after(lasting, invested, gamma, phi):
    """T(theta, i) = log(gamma exp(phi i) + (1 - gamma) exp(phi theta)) / phi: lasting skill (sd) after one year. It is the
    technology of Cunha, Heckman & Schennach (2010) for exp(skill). The term of i is given, since it stays the same for
    many thetas."""
    mean = gamma * invested + (1.0 - gamma) * skill_term(lasting, phi)
    if abs(phi) < 1e-6:
        return mean
    return log(mean) / phi


@rule
def passing_after(passing, received, c):
    """Passing skill (sd) after a year: a part of it is kept, and this year's services add to it."""
    p = c.p
    return p.passing_kept * passing + (1.0 - p.passing_kept) * p.passing_effect * received


@rule
def share_above(school, skill, c):
    """Share of a school's young people above the standard of its stage, in [0, 1], if their mean skill is `skill` (sd): they
    are spread around it normally."""
    return normal_share((skill - c.p.standard[school.stage]) / c.p.within_schools)


@rule
def mix_years(school, stay, come, c):
    """A school's mean after a year: most pupils stay and have grown, the oldest leave, and a new year group arrives."""
    leaving = 1.0 / c.p.stage_years[school.stage]
    return (1.0 - leaving) * stay + leaving * come


@rule
def send_leavers(c):
    """The skill of pupils that arrive at each school: the pupil-weighted mean of the schools that feed it, before this year's
    growth.

    A school without feeding schools receives pupils like those of the school it takes its pupils from; the schools of the
    first stage receive children as they are when they enter.
    """
    weigh_feeders(c)
    for j in range(len(c.schools)):
        s = c.schools[j]
        s.arriving_lasting = 0.0
        s.arriving_passing = 0.0
    for j in range(len(c.schools)):
        s = c.schools[j]
        if s.feeds >= 0:
            target = c.schools[s.feeds]
            target.arriving_lasting = target.arriving_lasting + s.pupils * s.lasting
            target.arriving_passing = target.arriving_passing + s.pupils * s.passing
    for j in range(len(c.schools)):
        s = c.schools[j]
        if s.feeding_pupils > 0.0:
            s.arriving_lasting = s.arriving_lasting / s.feeding_pupils
            s.arriving_passing = s.arriving_passing / s.feeding_pupils
        elif s.fed_by >= 0:
            s.arriving_lasting = c.schools[s.fed_by].lasting
            s.arriving_passing = c.schools[s.fed_by].passing
        else:
            s.arriving_lasting = s.entry_skill


@rule
def advance_pupils(c):
    """Yearly, all schools at once: young people grow, leave and arrive."""
    send_leavers(c)
    for j in range(len(c.schools)):
        s = c.schools[j]
        phi = curvature(s, c)
        gamma = c.p.yearly_share[s.stage]
        received = services(s, s.condition, c)
        invested = skill_term(received + home(s, c), phi)
        stay = lasting_after(s.lasting, invested, gamma, phi)
        come = lasting_after(s.arriving_lasting, invested, gamma, phi)
        s.lasting = mix_years(s, stay, come, c)
        stay = passing_after(s.passing, received, c)
        come = passing_after(s.arriving_passing, received, c)
        s.passing = mix_years(s, stay, come, c)
        s.on_track = share_above(s, s.lasting + s.passing, c)


@rule
def settle_pipeline(c):
    """Sets skill to the resting point of the pipeline, given the mean needs met of the last year.

    The pipeline takes 19 years to fill; from this point on they are simulated. The rule goes stage by stage, as
    leavers go only to later stages. The passing part rests where a year adds as much as it takes away. The lasting part is
    found by Newton's method at each school, until a further year would change it by less than 1e-12 sd.
    """
    p = c.p
    for g in range(p.n_stages):
        send_leavers(c)
        for j in range(len(c.schools)):
            s = c.schools[j]
            if s.stage == g:
                leaving = 1.0 / p.stage_years[g]
                phi = curvature(s, c)
                gamma = p.yearly_share[g]
                received = services(s, s.recent, c)
                invested = skill_term(received + home(s, c), phi)
                come = lasting_after(s.arriving_lasting, invested, gamma, phi)
                moved = 1.0
                steps = 0
                while abs(moved) > 1e-12 and steps < 100:
                    steps += 1
                    stay = lasting_after(s.lasting, invested, gamma, phi)
                    moved = mix_years(s, stay, come, c) - s.lasting
                    kept = (1.0 - leaving) * (1.0 - gamma) * exp(phi * (s.lasting - stay))
                    s.lasting = s.lasting + moved / (1.0 - kept)
                come = passing_after(s.arriving_passing, received, c)
                added = (1.0 - p.passing_kept) * p.passing_effect * received
                s.passing = ((1.0 - leaving) * added + leaving * come) / (1.0 - (1.0 - leaving) * p.passing_kept)
                s.on_track = share_above(s, s.lasting + s.passing, c)
