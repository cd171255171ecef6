"""The closed vocabularies of the model: forms of governance, functions, uses of money, states, and the reasons for decisions."""

from enum import IntEnum


class Governance(IntEnum):
    """The form of governance that holds an initiative together (Provan & Kenis 2008; mandated: by statutory authority)."""

    SHARED = 0
    LEAD_ORGANISATION = 1
    BACKBONE = 2
    DISTRIBUTED = 3
    MANDATED = 4


class Function(IntEnum):
    """The six functions of a backbone organisation (Turner, Merchant, Kania & Martin 2012)."""

    STRATEGIC_DIRECTION = 0
    DIALOGUE = 1
    DATA = 2
    COMMUNICATION = 3
    COMMUNITY_OUTREACH = 4
    MOBILISE_FUNDING = 5


class Status(IntEnum):
    """State of the initiative: forming until its first review, then active, sustained once it has lasted; it ends finished
    or failed."""

    NONE = 0
    FORMING = 1
    ACTIVE = 2
    SUSTAINED = 3
    FINISHED = 4
    FAILED = 5


class Leaver(IntEnum):
    """Which organisation a shock removes."""

    CENTRAL = 0
    RANDOM = 1


class Use(IntEnum):
    """What a dollar was spent on. Money still held (by funders, NPOs, the backbone) is not spent."""

    DELIVERY = 0
    FUNDRAISING = 1
    REPORTING = 2
    COORDINATION = 3
    LEARNING = 4
    BACKBONE = 5
    PUBLIC_DATA = 6
    CLOSED = 7


class WhySite(IntEnum):
    """Why an NPO works where it works."""

    FOUNDED_THERE = 0
    STAYED = 1
    NOT_WORTH_MOVING = 2
    MOVED_OWN_JUDGEMENT = 3
    MOVED_BY_AGENDA = 4
    REFUSED_BY_SCHOOL = 5


class WhyNeed(IntEnum):
    """Why an NPO works on the need it works on."""

    FOUNDED_FOR_IT = 0
    FOLLOWED_MONEY = 1
    FOLLOWED_AGENDA = 2


class WhyMember(IntEnum):
    """Why an NPO is or is not a member of the initiative."""

    NO_INITIATIVE = 0
    NOT_REACHED = 1
    COSTS_MORE_THAN_IT_GIVES = 2
    JOINED = 3
    STAYS = 4
    LEFT_LOW_COMMITMENT = 5
    JOINED_UNDER_MANDATE = 6
    INITIATIVE_ENDED = 7
    FOUNDING_MEMBER = 8


class WhyClosed(IntEnum):
    """How an organisation's slot came to its present state."""

    OPEN = 0
    CLOSED_OUT_OF_MONEY = 1
    CLOSED_OTHER = 2
    CLOSED_BY_SHOCK = 3


class Promise(IntEnum):
    """Whether an NPO made a promise this quarter, and whether it kept it."""

    NO_PROMISE = -1
    BROKEN = 0
    KEPT = 1
