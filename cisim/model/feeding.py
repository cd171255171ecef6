"""Which school feeds which, and how schools compare in deprivation: settled once, when the community is founded.

Young people mostly go on to schools like their own. That is why a gap between rich and poor schools stays along the pipeline.
"""

from cisim.numerics.arithmetic import clamp
from cisim.numerics.chance import For, normal_ever
from cisim.numerics.jit import rule


@rule
def find_feeder_target(school, c):
    """Where a school's leavers go: of the next stage that has schools, the one nearest to their own school in deprivation,
    give or take, in the same district if there is one there."""
    next_stage = c.p.n_stages
    for j in range(len(c.schools)):
        if school.stage < c.schools[j].stage < next_stage:
            next_stage = c.schools[j].stage
    wanted = school.deprivation + c.p.catchment * normal_ever(c, For.SCHOOL, school.slot, 5)
    school.feeds = nearest_school(school, next_stage, wanted, c)


@rule
def find_feeder(school, c):
    """Where a school that no other feeds takes its pupils from: of the stage before that has schools, the one nearest to it
    in deprivation, give or take, in the same district if there is one there. -1 at the first stage."""
    stage_before = -1
    fed = False
    for j in range(len(c.schools)):
        other = c.schools[j]
        if stage_before < other.stage < school.stage:
            stage_before = other.stage
        if other.feeds == school.slot:
            fed = True
    school.fed_by = -1
    if not fed:
        wanted = school.deprivation + c.p.catchment * normal_ever(c, For.SCHOOL, school.slot, 6)
        school.fed_by = nearest_school(school, stage_before, wanted, c)


@rule
def find_missing_feeders(c):
    """Once it is clear where leavers go, the schools that nobody feeds look for a school to take pupils from."""
    for j in range(len(c.schools)):
        find_feeder(c.schools[j], c)


@rule
def nearest_school(school, stage, deprivation, c):
    """The slot of the school of a stage whose deprivation is nearest to a value; one in this school's district comes first.
    -1 where the stage has no school."""
    found = -1
    near = 0.0
    together = False
    for j in range(len(c.schools)):
        other = c.schools[j]
        if other.stage == stage:
            apart = abs(other.deprivation - deprivation)
            same = other.district == school.district
            if found < 0 or (same and not together) or (same == together and apart < near):
                found = j
                near = apart
                together = same
    return found


@rule
def rank_deprivation(school, c):
    """The quarter of schools it belongs to by deprivation: 0 the least deprived, 3 the most (ties go by slot)."""
    below = 0
    for j in range(len(c.schools)):
        other = c.schools[j]
        if other.deprivation < school.deprivation or (other.deprivation == school.deprivation and j < school.slot):
            below += 1
    school.deprivation_quarter = 4 * below // len(c.schools)


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
