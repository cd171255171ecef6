"""Practice as a small rugged landscape: four choices that depend on each other, local optima, and an optimum that moves."""

from cisim.model.codes import Function
from cisim.numerics.chance import For, chance, chance_ever, normal
from cisim.numerics.jit import rule


@rule
def contribution(choices, k, need, c):
    """What choice k adds for a need, in [0, 1), given the choices next to it: an independent draw for each combination
    (Kauffman's NK landscape), renewed every `landscape_years` years, at a different time for each k."""
    p = c.p
    combination = (choices >> k) & 1
    for q in range(p.ruggedness):
        combination += ((choices >> ((k + 1 + q) % 4)) & 1) << (q + 1)
    age = 0
    if p.landscape_years > 0:
        age = (c.town.tick + k * p.landscape_years) // (4 * p.landscape_years)
    return chance_ever(c, For.LANDSCAPE, 4 * need + k, 16 * age + combination)


@rule
def lay_land(c):
    """Yearly, how well each of the sixteen combinations of choices fits each need: the sum of contributions, rescaled so
    that the worst is 0 and the best is 1."""
    if c.p.landscape == 0 or c.town.tick % 4 != 0:
        return
    for d in range(c.p.n_needs):
        fitness = c.town.fitness[d]
        low = 4.0
        high = 0.0
        for b in range(len(fitness)):
            total = 0.0
            for k in range(4):
                total += contribution(b, k, d, c)
            fitness[b] = total
            low = total if total < low else low
            high = total if total > high else high
        for b in range(len(fitness)):
            fitness[b] = (fitness[b] - low) / (high - low) if high > low else 1.0


@rule
def seen_fit(npo, choices, b, c):
    """How well a combination of choices seems to fit an NPO's need: results are noisy."""
    return c.town.fitness[npo.need][choices] + c.p.result_noise * normal(c, For.RESULT, npo.who, b)


@rule
def try_or_copy(npo, c):
    """Now and then an NPO either tries one other choice, or copies the acquaintance working on the same need that seems
    best; an organisation that copies does not try. Communication among members of an initiative makes copying more common."""
    p = c.p
    npo.next_choices = npo.choices
    if chance(c, For.TRY, npo.who, 0) >= p.experiment:
        return
    copying = p.copying
    if npo.member == 1:
        copying = copying + (1.0 - copying) * p.copying_by_talk * c.backbone.coverage[Function.COMMUNICATION]
    best = seen_fit(npo, npo.choices, 0, c)
    if chance(c, For.TRY, npo.who, 1) >= copying:
        tried = npo.choices ^ (1 << int(4.0 * chance(c, For.TRY, npo.who, 2)))
        if seen_fit(npo, tried, 1, c) > best:
            npo.next_choices = tried
        return
    for k in range(p.partners):
        if npo.partners[k] >= 0:
            other = c.npos[npo.partners[k]]
            if other.need == npo.need:
                seen = seen_fit(npo, other.choices, 2 + k, c)
                if seen > best:
                    best = seen
                    npo.next_choices = other.choices
