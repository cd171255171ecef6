"""Which school feeds which, and how schools compare in deprivation: settled once, when the community is founded.

Young people mostly go on to schools like their own. That is why a gap between rich and poor schools stays along the pipeline.
"""

from cisim.numerics.arithmetic import clamp
from cisim.numerics.chance import For, normal_ever
from cisim.numerics.jit import rule


@rule
def put_in_order(by_place, c):
    """Lists the slots of all schools in the field `in_order`, and their deprivation in `at_place`: by deprivation, then by slot;
    by place, stage by stage and there district by district.

    Each school goes onto a pile of schools of about its deprivation. Piles are few schools high and are sorted one after
    the other, so that the work is in proportion to the number of schools.
    """
    n = len(c.schools)
    low = 1.0
    high = 0.0
    for j in range(n):
        c.schools[j].pile = -1
        low = clamp(c.schools[j].deprivation, 0.0, low)
        high = clamp(c.schools[j].deprivation, high, 1.0)
    for k in range(n):
        s = c.schools[n - 1 - k]
        first, piles = 0, n
        if by_place:
            first, piles = c.town.first_at[s.stage][s.district], c.town.schools_at[s.stage][s.district]
        if high > low:
            first = first + int((piles - 1) * ((s.deprivation - low) / (high - low)))
        s.below = c.schools[first].pile
        c.schools[first].pile = s.slot
    place = 0
    for k in range(n):
        bottom = place
        j = c.schools[k].pile
        while j >= 0:
            s = c.schools[j]
            m = place
            while m > bottom and c.schools[c.schools[m - 1].in_order].deprivation > s.deprivation:
                c.schools[m].in_order = c.schools[m - 1].in_order
                m -= 1
            c.schools[m].in_order = j
            place += 1
            j = s.below
    for m in range(n):
        c.schools[m].at_place = c.schools[c.schools[m].in_order].deprivation


@rule
def rank_deprivation(c):
    """The quarter of schools that each belongs to by deprivation: 0 the least deprived, 3 the most (ties go by slot)."""
    put_in_order(False, c)
    for place in range(len(c.schools)):
        c.schools[c.schools[place].in_order].deprivation_quarter = 4 * place // len(c.schools)


@rule
def order_by_place(c):
    """Counts the schools of each stage and district, and lists them there by deprivation, so that the nearest of them to a
    deprivation can be found without a look at all."""
    town, p = c.town, c.p
    for g in range(p.n_stages):
        for k in range(p.districts):
            town.schools_at[g][k] = 0
    for j in range(len(c.schools)):
        s = c.schools[j]
        town.schools_at[s.stage][s.district] = town.schools_at[s.stage][s.district] + 1
    place = 0
    for g in range(p.n_stages):
        for k in range(p.districts):
            town.first_at[g][k] = place
            place += town.schools_at[g][k]
    put_in_order(True, c)


@rule
def has_schools(stage, c):
    """Whether any school teaches a stage."""
    schools = 0
    for k in range(c.p.districts):
        schools += c.town.schools_at[stage][k]
    return schools > 0


@rule
def first_as_deprived(stage, district, deprivation, c):
    """Place in the order of the first school of a stage and district that is at least as deprived as a value; the place after
    the last if none is. Found by halving."""
    low = c.town.first_at[stage][district]
    high = low + c.town.schools_at[stage][district]
    while low < high:
        middle = (low + high) // 2
        if c.schools[middle].at_place < deprivation:
            low = middle + 1
        else:
            high = middle
    return low


@rule
def nearer(j, k, deprivation, c):
    """Whether school j is nearer to a deprivation than school k, or as near and in a lower slot. -1 is no school."""
    if j < 0 or k < 0:
        return k < 0
    one, other = abs(c.schools[j].deprivation - deprivation), abs(c.schools[k].deprivation - deprivation)
    return one < other or (one == other and j < k)


@rule
def nearest_in_district(stage, district, deprivation, c):
    """Slot of the school of a stage and district that is nearest to a deprivation, -1 if there is none: of the two between
    which the value falls. Of schools equally deprived the first in the order has the lowest slot."""
    first = c.town.first_at[stage][district]
    place = first_as_deprived(stage, district, deprivation, c)
    found = -1
    if place < first + c.town.schools_at[stage][district]:
        found = c.schools[place].in_order
    if place > first:
        less = c.schools[place - 1].at_place
        lowest = place - 1
        if lowest > first and c.schools[lowest - 1].at_place == less:
            lowest = first_as_deprived(stage, district, less, c)
        below = c.schools[lowest].in_order
        if nearer(below, found, deprivation, c):
            found = below
    return found


@rule
def nearest_school(school, stage, deprivation, c):
    """Slot of the school of a stage whose deprivation is nearest to a value; one in this school's district comes first. -1
    if the stage has no school."""
    found = nearest_in_district(stage, school.district, deprivation, c)
    if found < 0:
        for k in range(c.p.districts):
            other = nearest_in_district(stage, k, deprivation, c)
            if nearer(other, found, deprivation, c):
                found = other
    return found


@rule
def find_feeder_target(school, c):
    """Where a school's leavers go: of the next stage that has schools, the one nearest to their own school in deprivation,
    give or take, in the same district if there is one there. -1 at the last stage."""
    school.feeds = -1
    stage = school.stage + 1
    while stage < c.p.n_stages and not has_schools(stage, c):
        stage += 1
    if stage < c.p.n_stages:
        wanted = school.deprivation + c.p.catchment * normal_ever(c, For.SCHOOL, school.slot, 5)
        school.feeds = nearest_school(school, stage, wanted, c)


@rule
def find_feeder(school, c):
    """Where a school that no other feeds takes its pupils from: of the stage before that has schools, the one nearest to it
    in deprivation, give or take, in the same district if there is one there. -1 at the first stage."""
    school.fed_by = -1
    stage = school.stage - 1
    while stage >= 0 and not has_schools(stage, c):
        stage -= 1
    if stage >= 0 and school.feeding_pupils <= 0.0:
        wanted = school.deprivation + c.p.catchment * normal_ever(c, For.SCHOOL, school.slot, 6)
        school.fed_by = nearest_school(school, stage, wanted, c)


@rule
def find_missing_feeders(c):
    """Once it is clear where leavers go, the schools that nobody feeds look for a school to take pupils from."""
    weigh_feeders(c)
    for j in range(len(c.schools)):
        find_feeder(c.schools[j], c)


@rule
def weigh_feeders(c):
    """Counts the pupils of the schools that feed each school: 0 if nobody feeds it."""
    for j in range(len(c.schools)):
        c.schools[j].feeding_pupils = 0.0
    for j in range(len(c.schools)):
        s = c.schools[j]
        if s.feeds >= 0:
            c.schools[s.feeds].feeding_pupils = c.schools[s.feeds].feeding_pupils + s.pupils


@rule
def weigh_gaps(c):
    """How much each school's outcome counts in the gap between the richest and the poorest quarter at its stage.

    A stage has few schools, so its gap is taken from all of them: the slope of the outcome over deprivation (least squares,
    weighted by pupils) times the distance in deprivation between the poorest and the richest quarter of the community's
    schools, or between the stage's own poorest and richest school where these are nearer. A stage whose schools are all
    alike in deprivation has no gap: weights of 0.
    """
    poor = 0.0
    poor_pupils = 0.0
    rich = 0.0
    rich_pupils = 0.0
    for j in range(len(c.schools)):
        s = c.schools[j]
        if s.deprivation_quarter == 3:
            poor += s.pupils * s.deprivation
            poor_pupils += s.pupils
        elif s.deprivation_quarter == 0:
            rich += s.pupils * s.deprivation
            rich_pupils += s.pupils
    distance = 0.0
    if poor_pupils > 0.0 and rich_pupils > 0.0:
        distance = poor / poor_pupils - rich / rich_pupils
    c.town.gap_pupils = 0.0
    for g in range(c.p.n_stages):
        pupils = 0.0
        total = 0.0
        poorest = 0.0
        richest = 1.0
        for j in range(len(c.schools)):
            s = c.schools[j]
            if s.stage == g:
                pupils += s.pupils
                total += s.pupils * s.deprivation
                poorest = clamp(s.deprivation, poorest, 1.0)
                richest = clamp(s.deprivation, 0.0, richest)
        apart = clamp(distance, 0.0, clamp(poorest - richest, 0.0, 1.0))
        spread = 0.0
        for j in range(len(c.schools)):
            s = c.schools[j]
            if s.stage == g:
                s.gap_weight = s.pupils * (total / pupils - s.deprivation)
                spread += s.pupils * (total / pupils - s.deprivation) * (total / pupils - s.deprivation)
        if spread > 0.0:
            c.town.gap_pupils = c.town.gap_pupils + pupils
        for j in range(len(c.schools)):
            s = c.schools[j]
            if s.stage == g:
                s.gap_weight = s.gap_weight * apart / spread if spread > 0.0 else 0.0
