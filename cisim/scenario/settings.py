"""Every setting of the model, once: default, range, unit, meaning and source. "assumed" means nobody has measured it.

`plausible` is the range one could defend (see `cisim plausible`): the published one where there is one (turnover, indirect
costs, trust lost against gained, backbone cost, skill formation, fade-out, selectivity), else a guess around the default: half
to twice for rates and hours, from none at all for what favours collective impact, up to three times for what it costs;
narrower where a published total (active members, initiatives that end) has fixed it. Ranges are independent of each other.
Settings without one define the experiment, not the world: horizon, numbers and names of schools, NPOs, funders, needs and
stages, and switches. So do lists that sum to 1 (importance is varied by importance_spread) and `quick` (by quick_win_bias).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cisim.scenario.fields import CAPACITY, Section, setting

CHS = "Cunha, Heckman & Schennach 2010"


class Community(Section):
    """The place: needs, stages of the pipeline, districts, schools. The same in every arm.

    In a file, schools, npos and funders may also be the path of a CSV file with one row each: see `scenario.community`.
    """

    needs: list[str] = setting(
        ["academic", "health", "family", "enrichment", "mentoring"], None, None, "names", "the needs young people have", "assumed"
    )
    stages: list[str] = setting(
        ["early_years", "primary", "middle", "secondary", "postsecondary"],
        None,
        None,
        "names",
        "cradle-to-career stages, in order",
        "assumed",
    )
    stage_years: list[float] = setting([4.0, 5.0, 3.0, 4.0, 3.0], 1, 12, "years", "how long pupils stay in each stage", "assumed")
    stage_schools: list[float] = setting([0.2, 0.35, 0.2, 0.15, 0.1], 0, 1, "share, sum 1", "schools at each stage", "assumed")
    districts: int = setting(1, 1, CAPACITY["districts"], "districts", "school districts", "assumed")
    district_spread: float = setting(
        0.05,
        0,
        0.3,
        "sd",
        "how much districts' authorities differ in provision and openness, where there are several",
        "assumed",
        plausible=(0.02, 0.1),
    )
    schools: int = setting(53, 1, 2000, "schools", "schools and colleges", "assumed")
    npos: int = setting(
        120, 1, 100_000, "organisations", "nonprofit organisations (slots; some stand empty for a while)", "assumed"
    )
    funders: int = setting(30, 1, 1000, "funders", "funders that make grants", "assumed")
    pupils_per_school: float = setting(300.0, 10, 5000, "pupils", "mean pupils of a school", "assumed", plausible=(200, 450))
    pupils_spread: float = setting(0.4, 0, 1.5, "sd of log", "how much schools differ in size", "assumed", plausible=(0.2, 0.8))
    deprivation: float = setting(0.35, 0, 1, "0-1", "mean deprivation", "assumed", plausible=(0.2, 0.6))
    deprivation_spread: float = setting(
        0.2, 0, 0.5, "sd", "how much schools differ in deprivation", "assumed", plausible=(0.1, 0.3)
    )
    provision: float = setting(
        0.3, 0, 0.9, "share met", "needs met by a school of mean deprivation without any NPO", "assumed", plausible=(0.15, 0.5)
    )
    provision_slope: float = setting(
        0.3, 0, 1, "per unit", "how much less provision a fully deprived school has", "assumed", plausible=(0.0, 0.6)
    )
    provision_spread: float = setting(
        0.1, 0, 0.4, "sd", "how much provision differs between needs and schools", "assumed", plausible=(0.03, 0.2)
    )
    profile_slope: float = setting(
        0.6, 0, 1, "per unit", "how much less visible to NPOs a fully deprived school is", "assumed", plausible=(0.2, 0.9)
    )
    openness: float = setting(0.6, 0.05, 1, "0-1", "how open schools are to outside programmes", "assumed", plausible=(0.3, 0.9))
    attention: float = setting(5.0, 0.5, 50, "programmes", "programmes a school can host well", "assumed", plausible=(2.5, 20))
    endowment: float = setting(
        0.55, 0.05, 0.95, "share", "children on track when they enter the first stage", "assumed", plausible=(0.4, 0.7)
    )
    endowment_slope: float = setting(
        0.4, 0, 1, "per unit", "how much lower that share is at full deprivation", "assumed", plausible=(0.2, 0.6)
    )


class Money(Section):
    """The money: the same total in every arm."""

    annual_budget: float = setting(
        24_000.0, 1, 100_000_000, "$k/year", "all funders' budgets together", "assumed", plausible=(12_000, 48_000)
    )
    funder_spread: float = setting(0.6, 0, 2, "sd of log", "how much funders differ in size", "assumed", plausible=(0.3, 1.2))
    size_spread: float = setting(
        1.2,
        0,
        2,
        "sd of log",
        "how much NPOs differ in size: skewed, the largest third has most",
        "assumed",
        plausible=(0.6, 1.6),
    )
    reserve_quarters: float = setting(
        1.0, 0, 8, "quarters", "mean reserves at the beginning, in quarters of income", "assumed", plausible=(0.25, 2)
    )
    hourly_cost: float = setting(
        0.04, 0.005, 0.5, "$k/hour", "what an hour of an NPO's work costs", "assumed", plausible=(0.025, 0.06)
    )
    save_share: float = setting(
        0.3, 0, 1, "share", "part of a surplus over usual income that is saved", "assumed", plausible=(0.1, 0.6)
    )
    income_memory: float = setting(
        0.1, 0.01, 1, "per quarter", "how fast the usual income follows the actual", "assumed", plausible=(0.05, 0.25)
    )


class Skills(Section):
    """How needs met turn into pupils on track."""

    importance: list[list[float]] = setting(
        [
            [0.15, 0.30, 0.40, 0.10, 0.05],
            [0.30, 0.20, 0.25, 0.15, 0.10],
            [0.30, 0.15, 0.20, 0.15, 0.20],
            [0.30, 0.15, 0.15, 0.15, 0.25],
            [0.35, 0.15, 0.10, 0.10, 0.30],
        ],
        0,
        1,
        "weights, rows sum to 1",
        "how much each need matters at each stage (stages x needs), before the spread; organisations never see it",
        "assumed",
    )
    importance_spread: float = setting(
        0.3, 0, 1.5, "sd of log", "how far true importances differ from that table, by luck", "assumed", plausible=(0.0, 0.8)
    )
    complementarity: float = setting(
        -0.5,
        -5,
        0.95,
        "rho",
        "how needs combine: near 1 substitutes (technical), below 0 complements (adaptive)",
        "assumed: supported by Johnson & Jackson 2019, disputed by the sustaining-environments review",
        plausible=(-1, 0.8),
    )
    ceiling: float = setting(
        0.95, 0.5, 0.99, "share met", "the most of a need that can be met", "assumed", plausible=(0.85, 0.98)
    )
    skill_substitution: list[float] = setting(
        [1.5, 1.5, 0.44, 0.44, 0.44],
        0.1,
        5,
        "elasticity",
        "substitution of investment for earlier skill at each stage: 1.5 early, 0.44 late",
        CHS,
        plausible=(0.7, 1.4),
    )
    investment_share: list[float] = setting(
        [0.26, 0.17, 0.045, 0.045, 0.045],
        0.001,
        0.9,
        "share a period",
        "weight of investment at each stage: 0.17-0.26 early, 0.045 late",
        CHS,
        plausible=(0.65, 1.5),
    )
    period_years: float = setting(
        2.0, 0.5, 10, "years", "how long a period of that study is", "assumed from the ages it covers", plausible=(1, 4)
    )


class Delivery(Section):
    """Programmes at schools."""

    cost_per_pupil: float = setting(
        0.05,
        0.001,
        5,
        "$k/pupil/quarter",
        "cost of one unit of dose for one pupil at full quality",
        "assumed",
        plausible=(0.025, 0.1),
    )
    settling_time: float = setting(
        2.0, 0.1, 12, "quarters", "how long a programme takes to work at a new school", "assumed", plausible=(1, 4)
    )
    speed_up: float = setting(0.25, 0.01, 1, "per quarter", "how fast needs met rise", "assumed", plausible=(0.12, 0.4))
    speed_down: float = setting(
        0.135,
        0.01,
        1,
        "per quarter",
        "how fast they fall: about half of an effect is left after a year",
        "calibrated: 67 studies, Li et al.",
        plausible=(0.1, 0.25),
    )
    integration: float = setting(
        0.15, 0, 0.5, "share", "attention a programme of a kept joint plan saves its school", "assumed", plausible=(0, 0.5)
    )
    dependence: float = setting(
        0.3, 0, 1, "share", "how much a joint programme suffers when all plan partners fail it", "assumed", plausible=(0.1, 0.6)
    )
    gaming_response: float = setting(
        0.05,
        0,
        1,
        "share of effort",
        "effort moved from the need to its indicator, per unit of pressure",
        "assumed",
        plausible=(0, 0.15),
    )
    gaming_shows: float = setting(
        1.5,
        1,
        10,
        "ratio",
        "what such effort adds to the indicator, against what it would have done for the need",
        "assumed",
        plausible=(1, 3),
    )


class Grants(Section):
    """The yearly grant round."""

    prospects: int = setting(
        18,
        1,
        CAPACITY["prospects"],
        "funders",
        "funders an NPO knows and applies to",
        "about 25 applications, presumably a year: Faulk",
        plausible=(8, 28),
    )
    selectivity: float = setting(
        0.25, 0.01, 1, "share", "applications a funder wants to fund", "assumed within 10-40 %", plausible=(0.1, 0.4)
    )
    grant_years: int = setting(
        1, 1, 5, "years", "mean length of a grant", "about 10 % of funders make multi-year grants: NCRP", plausible=(1, 3)
    )
    multi_year_share: float = setting(
        0.1, 0, 1, "share", "of funders that give for several years", "about 10 %: NCRP", plausible=(0.05, 0.2)
    )
    multi_years: int = setting(3, 1, 5, "years", "mean length of their grants", "assumed", plausible=(2, 5))
    largest_award: float = setting(1.0, 0.01, 5, "of yearly size", "largest single award", "assumed", plausible=(0.3, 2))
    application_hours: float = setting(
        20.0,
        1,
        200,
        "hours",
        "for one application, whatever the size",
        "assumed from net grant: Project Streamline / CEP",
        plausible=(10, 60),
    )
    report_hours: float = setting(
        24.0,
        0,
        400,
        "hours/year",
        "for one grant's reports, whatever the size",
        "assumed from net grant: Project Streamline / CEP",
        plausible=(10, 60),
    )
    least_applications: int = setting(2, 0, 32, "applications", "a small NPO makes at least", "assumed", plausible=(1, 4))
    fundraising_cap: float = setting(
        0.3, 0.01, 0.9, "share of hours", "most an NPO gives to fundraising", "assumed", plausible=(0.15, 0.5)
    )
    contest: float = setting(
        0.12, 0, 1, "share of hours", "effort into the contest when all income is at stake", "assumed", plausible=(0.03, 0.3)
    )
    contest_cap: float = setting(0.15, 0, 0.9, "share of hours", "most effort into the contest", "assumed", plausible=(0.08, 0.3))
    contest_response: float = setting(
        0.6, 0, 2, "exponent", "how much awards respond to effort", "Tullock 1980; value assumed", plausible=(0.2, 1.2)
    )
    herding: float = setting(
        0.5, 0, 3, "exponent", "how much awards follow reputation", "past winners: Bol 2018; value assumed", plausible=(0, 1.5)
    )
    evidence_weight: float = setting(
        0.5, 0, 3, "exponent", "how much awards follow seen results, at perfect data", "assumed", plausible=(0, 1.5)
    )
    outcome_share: float = setting(
        0.0, 0, 1, "share", "weight of measured outcomes in what is awarded (outcome payment)", "off unless a case says otherwise"
    )
    reputation_speed: float = setting(
        0.2, 0, 1, "per year", "how fast reputation follows awards and results", "assumed", plausible=(0.1, 0.4)
    )
    discouraged_after: int = setting(
        3,
        1,
        40,
        "refusals",
        "refusals in a row after which an NPO stops applying",
        "losers stop applying: Bol 2018; value assumed",
        plausible=(2, 6),
    )
    new_prospect: float = setting(
        0.35, 0, 1, "per year", "chance that it then turns to another funder", "assumed", plausible=(0.1, 0.7)
    )
    crowding_out: float = setting(
        0.5, 0, 5, "ratio", "how much unrestricted money lowers own fundraising", "assumed", plausible=(0, 1)
    )
    indirect_true: float = setting(
        0.4, 0, 0.9, "of direct", "true indirect costs", "median 40 %: Bridgespan 2016", plausible=(0.21, 0.89)
    )
    indirect_cap: float = setting(
        0.15, 0, 0.9, "of direct", "indirect costs funders pay", "usual cap 15 %: Bridgespan 2016", plausible=(0.1, 0.3)
    )
    starvation: float = setting(
        0.03, 0, 0.5, "per quarter", "quality lost per unit of unpaid indirect costs", "assumed", plausible=(0, 0.06)
    )


class Sites(Section):
    """Where organisations work, and on what."""

    relocate: float = setting(
        0.08, 0, 1, "per quarter", "chance that an NPO compares its worst site with others", "assumed", plausible=(0.03, 0.2)
    )
    candidates: int = setting(4, 1, 20, "schools", "other schools it then compares", "assumed", plausible=(2, 8))
    most_sites: int = setting(8, 1, CAPACITY["sites"], "schools", "most schools an NPO works at", "assumed", plausible=(4, 8))
    sites_per_size: float = setting(1.5, 0, 8, "sites", "further sites of an NPO of mean size", "assumed", plausible=(0.5, 3))
    switching_cost: float = setting(0.08, 0, 1, "worth", "gain a move must exceed", "assumed", plausible=(0.02, 0.2))
    sight_error: float = setting(0.5, 0, 2, "sd of log", "how wrong an NPO alone is about a site", "assumed", plausible=(0.2, 1))
    school_tells: float = setting(
        0.5, 0, 1, "share", "of other programmes, what a fully open school tells of", "assumed", plausible=(0.1, 0.9)
    )
    profile_pull: float = setting(0.8, 0, 3, "exponent", "pull of visible, easy schools", "assumed", plausible=(0, 1.6))
    believed_rho: float = setting(0.0, -5, 0.95, "rho", "how organisations believe needs combine", "assumed", plausible=(-1, 0.8))
    stage_change_cost: float = setting(
        0.15, 0, 0.9, "share of quality", "lost when changing stage", "assumed", plausible=(0.05, 0.3)
    )
    change_need: float = setting(
        0.01, 0, 0.5, "per quarter", "chance that an NPO reconsiders its need", "assumed", plausible=(0, 0.03)
    )
    need_change_cost: float = setting(
        0.2, 0, 0.9, "share of quality", "lost when changing need; also the gain asked for", "assumed", plausible=(0.1, 0.4)
    )
    priority_spread: float = setting(
        0.5, 0, 2, "sd of log", "how much organisations and funders differ in what they care about", "assumed", plausible=(0.2, 1)
    )
    own_need_weight: float = setting(
        4.0, 1, 50, "ratio", "how much more an NPO cares about its own need", "assumed", plausible=(2, 8)
    )


class Learning(Section):
    """Quality and practice."""

    quality: float = setting(0.6, 0.05, 0.95, "0-1", "mean quality at birth", "assumed", plausible=(0.4, 0.75))
    learn_alone: float = setting(
        0.02, 0, 0.3, "per quarter", "share of the quality gap closed alone", "assumed", plausible=(0.005, 0.04)
    )
    learn_evidence: float = setting(
        0.03,
        0,
        0.3,
        "per quarter",
        "further share at perfect data",
        "assumed: plan-do-study-act doubling time 24 months, 100,000 Homes",
        plausible=(0, 0.06),
    )
    public_use: float = setting(
        0.5,
        0,
        1,
        "ratio",
        "what public data teach, against shared data as good: nobody reviews them together",
        "assumed",
        plausible=(0.1, 1.0),
    )
    learn_hours: float = setting(
        0.3, 0, 2, "per quarter", "further share if all hours went into learning", "assumed", plausible=(0, 0.6)
    )
    own_learning: float = setting(
        0.02, 0, 0.3, "share of hours", "time an NPO gives to learning", "assumed", plausible=(0.005, 0.05)
    )
    training: float = setting(
        0.03,
        0,
        0.3,
        "share of hours",
        "further paid training and review of members under a plan with data",
        "assumed",
        plausible=(0, 0.08),
    )
    turnover: float = setting(0.17, 0, 0.8, "per year", "staff turnover", "13-21 %/yr, surveys 2007-2020", plausible=(0.13, 0.37))
    turnover_loss: float = setting(0.12, 0, 1, "share of quality", "lost when staff leave", "assumed", plausible=(0.05, 0.25))
    practice_spread: float = setting(
        0.2, 0, 1, "sd", "how far a new organisation's practice lies from what works best", "assumed", plausible=(0.1, 0.4)
    )
    practice_matters: float = setting(
        0.4, 0, 1, "share of effect", "lost by a practice as wrong as can be", "assumed", plausible=(0.1, 0.7)
    )
    practice_drift: float = setting(
        0.015, 0, 0.3, "sd a quarter", "how fast what works best changes", "assumed", plausible=(0.005, 0.03)
    )
    experiment: float = setting(
        0.1, 0, 1, "per quarter", "chance of trying or copying a practice", "assumed", plausible=(0.03, 0.25)
    )
    experiment_step: float = setting(0.15, 0, 1, "practice", "largest step of a trial", "assumed", plausible=(0.05, 0.3))
    result_noise: float = setting(0.1, 0, 1, "sd", "noise in a practice's seen result", "assumed", plausible=(0.03, 0.3))


class Relations(Section):
    """Ties, trust and bilateral partnerships."""

    partners: int = setting(8, 1, CAPACITY["partners"], "organisations", "acquaintances of an NPO", "assumed", plausible=(4, 12))
    base_trust: float = setting(0.3, 0, 1, "0-1", "trust without experience", "assumed", plausible=(0.15, 0.5))
    trust_up: float = setting(
        0.05, 0, 1, "per kept promise", "share of the gap to full trust closed", "assumed: slow up", plausible=(0.02, 0.1)
    )
    trust_down: float = setting(
        0.13, 0, 1, "per broken promise", "share of trust lost", "assumed: loss 1-5 times gain", plausible=(0.05, 0.25)
    )
    trust_idle: float = setting(
        0.02, 0, 1, "per quarter", "return to base trust without contact", "assumed", plausible=(0.005, 0.05)
    )
    turnover_reset: float = setting(
        0.3, 0, 1, "share", "of the way back to base trust that ties go when staff leave", "assumed", plausible=(0.1, 0.6)
    )
    tie_chance: float = setting(0.06, 0, 1, "per quarter", "chance to make an acquaintance", "assumed", plausible=(0.02, 0.12))
    partner_up: float = setting(
        0.08,
        0,
        1,
        "per quarter",
        "chance that an acquaintance becomes a partner, at full trust",
        "assumed",
        plausible=(0.02, 0.2),
    )
    most_partnerships: int = setting(
        4, 0, CAPACITY["partners"], "partnerships", "bilateral partnerships an NPO wants at most", "assumed", plausible=(2, 8)
    )
    partnership_hours: float = setting(
        12.0, 0, 200, "hours/quarter", "of one bilateral partnership; k of them cost this x k^1.3", "assumed", plausible=(6, 30)
    )


class Initiative(Section):
    """The initiative: its form, money and agenda."""

    governance: Literal["shared", "lead_organisation", "backbone", "distributed", "mandated"] = setting(
        "backbone", None, None, "form", "who holds the initiative together", "Provan & Kenis 2008"
    )
    backbone_budget: float = setting(
        400.0,
        0,
        20_000,
        "$k/year",
        "cost of the backbone, from the same money",
        "$100k floor (Drug-Free Communities); $200-600k typical (practice)",
        plausible=(100, 1_500),
    )
    backbone_years: int = setting(
        0, 0, 60, "years", "how long the backbone is paid for, from the common start; 0 means throughout", "a case's own"
    )
    backbone_saving: float = setting(
        0.05, 0, 0.5, "share", "of the backbone's money that it puts aside", "assumed", plausible=(0, 0.1)
    )
    reserve_years: float = setting(
        1.0, 0, 5, "years of budget", "reserves at which it stops saving", "assumed", plausible=(0.5, 2)
    )
    reserve_plan: float = setting(
        2.0,
        0.5,
        5,
        "years",
        "time scale of spending reserves when its money ends: a quarter spends 1/(4 x this) of what is left",
        "1-3 year investment plans (practice)",
        plausible=(1, 3),
    )
    mandated_districts: int = setting(
        0, 0, CAPACITY["districts"], "districts", "under a mandate, where governance is mandated; 0 means all", "a case's own"
    )
    mandate_pull: float = setting(
        0.05, 0, 1, "per quarter", "chance to join that a mandate adds", "assumed", plausible=(0.02, 0.1)
    )
    strictness: float = setting(
        0.2, 0, 1, "0-1", "how strictly broken promises that data show are sanctioned", "assumed", plausible=(0, 0.6)
    )
    leadership: float = setting(
        0.5, 0, 1, "0-1", "adaptive leadership at the beginning; it scales dialogue", "assumed", plausible=(0.2, 0.8)
    )
    leadership_growth: float = setting(
        0.05,
        0,
        1,
        "per quarter",
        "share of the gap to full leadership closed at full strategic direction",
        "assumed",
        plausible=(0, 0.1),
    )
    leader_turnover: float = setting(
        0.15, 0, 1, "per year", "chance that the leader leaves", "staff turnover, 13-21 %/yr", plausible=(0.1, 0.37)
    )
    leader_loss: float = setting(0.5, 0, 1, "share", "of leadership that goes with the leader", "assumed", plausible=(0.2, 0.8))
    common_pot_share: float = setting(
        0.1, 0, 0.8, "share", "of an aligned funder's budget that goes into the common pot", "assumed", plausible=(0, 0.3)
    )
    staff_cost: float = setting(80.0, 10, 500, "$k/year", "one backbone position", "assumed", plausible=(60, 120))
    staff_hours: float = setting(
        420.0, 100, 600, "hours/quarter", "working time of one position", "assumed", plausible=(350, 480)
    )
    staff_need: float = setting(
        0.01,
        0.0001,
        1,
        "positions/member",
        "staff a function needs for 63 % coverage, per (10 + members)",
        "assumed",
        plausible=(0.004, 0.03),
    )
    staff_split: list[float] = setting(
        [0.15, 0.15, 0.25, 0.15, 0.15, 0.15],
        0,
        1,
        "share, sum 1",
        "staff by function: strategic direction, dialogue, data, communication, community outreach, mobilise funding",
        "assumed",
    )
    volunteer_hours: float = setting(
        10.0,
        0,
        200,
        "hours/quarter",
        "a member gives to the backbone's work where none is paid for",
        "assumed",
        plausible=(5, 20),
    )
    volunteer_efficiency: float = setting(
        0.5, 0, 1, "ratio", "of such hours against those of staff", "assumed", plausible=(0.25, 1)
    )
    preparation_quarters: int = setting(
        4, 0, 20, "quarters", "recruiting and setting up before the first joint plan", "assumed", plausible=(2, 8)
    )
    review_quarters: int = setting(12, 1, 40, "quarters", "between reviews of agenda and plan", "assumed", plausible=(4, 20))
    voice: float = setting(
        0.4, 0, 1, "0-1", "weight of community voice and evidence against leaders' wishes", "assumed", plausible=(0, 1)
    )
    agenda_error: float = setting(
        0.5, 0, 2, "sd of log", "common error about true need without data", "assumed", plausible=(0.2, 1)
    )
    quick_win_bias: float = setting(
        0.2, 0, 3, "strength", "tilt of the agenda to indicators that move fast", "assumed", plausible=(0, 1)
    )
    quick: list[float] = setting([0.6, 0.3, 0.2, 0.8, 0.5], 0, 1, "0-1", "how fast each need's indicator moves", "assumed")
    confidence_bound: float = setting(
        0.6,
        0,
        1,
        "distance",
        "members further from the agenda do not move towards it",
        "Deffuant 2000; value assumed",
        plausible=(0.3, 1),
    )
    dialogue_rate: float = setting(
        0.15, 0, 1, "per quarter", "move to the agenda at full dialogue and trust", "assumed", plausible=(0, 0.3)
    )
    host_lean: float = setting(0.3, 0, 1, "share", "agenda's lean to the leading organisation", "assumed", plausible=(0, 0.6))
    base_legitimacy: float = setting(0.3, 0, 1, "0-1", "of a purely top-down initiative", "assumed", plausible=(0.1, 0.5))
    legitimacy_of_voice: float = setting(0.5, 0, 1, "per unit", "what voice adds", "assumed", plausible=(0, 0.7))
    opening: float = setting(
        0.1,
        0,
        1,
        "share",
        "of a school's closedness that full outreach and legitimacy can open",
        "assumed low: opening schools helps all",
        plausible=(0, 0.3),
    )
    opening_speed: float = setting(
        0.06, 0, 1, "per quarter", "how fast schools open and close", "assumed", plausible=(0.02, 0.12)
    )
    progress_noise: float = setting(
        0.02, 0, 0.5, "sd", "error of visible progress without data", "assumed", plausible=(0.005, 0.05)
    )
    progress_unit: float = setting(
        0.03,
        0.001,
        0.5,
        "needs met a year",
        "gain over the common trend that counts as full progress",
        "assumed",
        plausible=(0.01, 0.06),
    )


class Membership(Section):
    """Joining, leaving and what keeps members."""

    recruit: float = setting(
        0.1,
        0,
        1,
        "per quarter",
        "chance to join at full reach, for an NPO of mean size",
        "calibrated: members 25-40 %, Shumate 2023",
        plausible=(0.05, 0.2),
    )
    imitate: float = setting(
        0.05,
        0,
        1,
        "per quarter",
        "further chance if all acquaintances are fully trusted members",
        "Bass 1969; value assumed",
        plausible=(0, 0.1),
    )
    own_reach: float = setting(0.2, 0, 1, "share", "reach without paid outreach", "assumed", plausible=(0.05, 0.4))
    hope: float = setting(
        0.06,
        0,
        1,
        "share of work",
        "benefit expected per unit of legitimacy, trust and progress",
        "assumed",
        plausible=(0.02, 0.12),
    )
    leave_base: float = setting(
        0.01, 0, 0.5, "per quarter", "hazard of leaving when fully committed (h0)", "assumed", plausible=(0.005, 0.03)
    )
    leave_doubt: float = setting(
        0.95, 0, 2, "per quarter", "hazard added by doubt (h1)", "calibrated: members 25-40 %, Shumate 2023", plausible=(0.5, 1.5)
    )
    initial_commitment: float = setting(
        0.7, 0.05, 0.95, "0-1", "commitment an NPO is born with", "assumed", plausible=(0.5, 0.85)
    )
    commit_base: float = setting(
        1.8,
        -5,
        5,
        "logit",
        "commitment at base trust without progress (b0)",
        "calibrated: active share 0.70-0.85, ASPE",
        plausible=(1.2, 2.2),
    )
    commit_progress: float = setting(0.6, 0, 5, "logit", "per unit of visible progress (b1)", "assumed", plausible=(0, 1.5))
    commit_trust: float = setting(1.0, 0, 5, "logit", "per unit of trust above base (b2)", "assumed", plausible=(0, 2))
    commit_burden: float = setting(
        4.0, 0, 20, "logit", "per share of hours spent coordinating (b3)", "assumed", plausible=(1.5, 10)
    )
    commit_disagreement: float = setting(
        1.5, 0, 10, "logit", "per unit of distance to the agenda (b4)", "assumed", plausible=(0, 4)
    )
    commit_mandate: float = setting(
        0.5, 0, 5, "logit", "lost where a mandate, not choice, binds", "crowding out; value assumed", plausible=(0, 1.5)
    )
    resentment: float = setting(
        0.3, 0, 1, "share", "of commitment that a sanction costs at full strictness and no trust", "assumed", plausible=(0.1, 0.8)
    )
    deterrence: float = setting(
        0.5, 0, 1, "share", "of the chance to join lost at full strictness", "assumed", plausible=(0.2, 0.9)
    )
    align: float = setting(0.06, 0, 1, "per year", "chance that a funder aligns at full coverage", "assumed", plausible=(0, 0.15))
    turn_elsewhere: float = setting(
        0.08, 0, 1, "per year", "chance that an aligned funder turns elsewhere", "assumed", plausible=(0.03, 0.2)
    )
    shared_credit: float = setting(
        0.3, 0, 1, "share", "of a member's gain in reputation that goes to the initiative", "assumed", plausible=(0, 0.6)
    )


class Coordination(Section):
    """What working together costs, in hours a quarter for each member."""

    meeting_hours: float = setting(12.0, 0, 200, "hours/quarter", "base meetings of every member", "assumed", plausible=(6, 36))
    dialogue_hours: float = setting(
        6.0, 0, 200, "hours/quarter", "common agenda: dialogue, more with voice", "assumed", plausible=(3, 18)
    )
    planning_hours: float = setting(
        8.0, 0, 200, "hours/quarter", "mutually reinforcing activities: planning", "assumed", plausible=(4, 24)
    )
    communication_hours: float = setting(
        8.0, 0, 200, "hours/quarter", "continuous communication: meetings", "assumed", plausible=(4, 24)
    )
    indicator_hours: float = setting(
        8.0, 0, 200, "hours/quarter", "shared measurement: reporting shared indicators", "assumed", plausible=(4, 24)
    )
    outreach_hours: float = setting(
        4.0, 0, 200, "hours/quarter", "backbone support: opening schools, once a plan is at work", "assumed", plausible=(2, 12)
    )
    steering_hours: float = setting(
        12.0,
        0,
        200,
        "hours/quarter",
        "of a delegate to the steering committee (every form but shared)",
        "assumed",
        plausible=(6, 36),
    )
    further_initiatives: int = setting(
        0,
        0,
        10,
        "initiatives",
        "others that an NPO takes part in, in every arm; each weighs like a partnership",
        "assumed",
        plausible=(0, 2),
    )
    pair_hours: float = setting(
        0.5, 0, 20, "hours/quarter", "shared governance: for each other member", "assumed", plausible=(0.25, 1.5)
    )
    lead_hours: float = setting(4.0, 0, 100, "hours/quarter", "lead organisation: base", "assumed", plausible=(2, 12))
    lead_hours_per_member: float = setting(
        0.1, 0, 5, "hours/quarter", "lead organisation: for each member", "assumed", plausible=(0.05, 0.3)
    )
    group_hours: float = setting(
        0.3, 0, 10, "hours/quarter", "backbone or mandate: for each member of the working group", "assumed", plausible=(0.1, 0.9)
    )
    hubs: int = setting(4, 1, 50, "hubs", "distributed: connecting organisations", "assumed", plausible=(2, 8))
    hub_hours: float = setting(2.0, 0, 100, "hours/quarter", "distributed: base", "assumed", plausible=(1, 6))
    hub_pair_hours: float = setting(
        1.0, 0, 50, "hours/quarter", "distributed: for each further hub", "assumed", plausible=(0.5, 3)
    )
    governance_hours_cap: float = setting(
        60.0, 0, 500, "hours/quarter", "most that governance can take", "assumed", plausible=(40, 120)
    )


class Information(Section):
    """Outcome data: how good they get, what they cost and what they are used for."""

    data_speed: float = setting(
        0.12, 0.01, 1, "per quarter", "how fast data quality follows staff and reports", "assumed", plausible=(0.05, 0.25)
    )
    open_data_quality: float = setting(0.4, 0, 1, "kappa", "quality of public outcome data", "assumed", plausible=(0.1, 0.7))
    open_data_budget: float = setting(
        120.0, 0, 20_000, "$k/year", "cost of public outcome data, from the same money", "assumed", plausible=(50, 300)
    )
    use_for_errors: bool = setting(True, None, None, "on/off", "data make sites better known", "switch")
    use_for_awards: bool = setting(True, None, None, "on/off", "funders see results", "switch")
    use_for_learning: bool = setting(True, None, None, "on/off", "NPOs learn from results", "switch")
    use_for_sanctions: bool = setting(True, None, None, "on/off", "broken promises are seen in the data", "switch")
    use_for_agenda: bool = setting(True, None, None, "on/off", "the agenda rests on data", "switch")


class Ending(Section):
    """How an initiative comes to last, and to end. The hazard is logistic in what keeps it together."""

    sustained_years: int = setting(
        5, 1, 40, "years", "of work after which an initiative counts as sustained (or when it outlives its money)", "assumed"
    )
    least_members: int = setting(5, 0, 1000, "members", "fewer than this for a year end it", "assumed", plausible=(3, 8))
    end_base: float = setting(
        -1.4,
        -10,
        5,
        "logit/quarter",
        "hazard of ending without active members, money and trust",
        "calibrated: 60-78 % work 5 years after the grant, ASPE HCAP",
        plausible=(-2.0, -0.6),
    )
    end_active: float = setting(3.0, 0, 20, "logit", "per unit of active share", "assumed", plausible=(1.5, 5))
    end_money: float = setting(2.0, 0, 20, "logit", "per year of backbone money in sight", "assumed", plausible=(1, 4))
    end_trust: float = setting(2.4, 0, 20, "logit", "per unit of members' trust", "assumed", plausible=(1, 4))
    end_leader: float = setting(1.0, 0, 20, "logit", "in the quarter the leader leaves", "assumed", plausible=(0, 2))


class Shocks(Section):
    """Dated events nobody chose, alike in every arm. Years count from the common start; 0 means never."""

    money_cut: float = setting(0.0, 0, 0.9, "share", "of all budgets that is cut", "a case's own")
    money_cut_year: int = setting(1, 1, 60, "year", "the first year of the cut", "a case's own")
    money_cut_years: int = setting(2, 1, 60, "years", "how long the cut lasts", "a case's own")
    funder_exit_year: int = setting(0, 0, 60, "year", "when the largest funder leaves", "a case's own")
    member_leaves_year: int = setting(
        0, 0, 60, "year", "when one organisation (a member, if there are any) closes", "a case's own"
    )
    member_leaves: Literal["central", "random"] = setting(
        "central", None, None, "which", "the most trusted one, or any", "network fragility: Bohnett 2022"
    )
    leader_leaves_year: int = setting(0, 0, 60, "year", "when the initiative's leader leaves", "a case's own")


class Closing(Section):
    """Closures and newcomers."""

    closure: float = setting(
        0.0125,
        0,
        0.5,
        "per year",
        "closures of larger NPOs without money trouble; twice that when small",
        "calibrated: 2.8-4.4 %/yr in all, Bielefeld; NCCS",
        plausible=(0.006, 0.024),
    )
    closure_broke: float = setting(
        0.025, 0, 1, "per quarter", "further chance when out of money", "assumed", plausible=(0.01, 0.06)
    )
    survival_share: float = setting(
        0.15, 0, 1, "of size", "spending below which an NPO is out of money", "assumed", plausible=(0.05, 0.3)
    )
    newcomer: float = setting(0.25, 0, 1, "per quarter", "chance that an empty slot is taken", "assumed", plausible=(0.1, 0.5))


class Indicator(Section):
    """One published indicator: what it measures, for whom."""

    measure: str = Field(description="what it is called", json_schema_extra={"unit": "text"})
    need: str = Field(description="the need it measures, or on_track", json_schema_extra={"unit": "a need's name"})
    stage: str = Field(description="the stage it covers", json_schema_extra={"unit": "a stage's name"})
    district: int = setting(
        0, 0, CAPACITY["districts"], "district", "the district, from 1; 0 means all", "the community's own list"
    )


class Intervention(Section):
    """Dated extra money for one need, the same in all arms."""

    need: str = Field(description="the need it is for", json_schema_extra={"unit": "a need's name"})
    stage: str = Field(description="the stage it is for", json_schema_extra={"unit": "a stage's name"})
    amount: float = setting(500.0, 0, 1_000_000, "$k/year", "how much", "a case's own")
    from_year: int = setting(1, 1, 60, "year", "its first year after the common start", "a case's own")
    to_year: int = setting(3, 1, 60, "year", "its last year", "a case's own")
    district: int = setting(0, 0, CAPACITY["districts"], "district", "the district, from 1; 0 means all", "a case's own")
    restricted: bool = setting(True, None, None, "yes/no", "for direct costs only", "a case's own")
    through_initiative: bool = setting(
        False, None, None, "yes/no", "to members only, where an initiative is at work", "a case's own"
    )


class Reporting(Section):
    """How indicators are published."""

    indicator_noise: float = setting(
        0.01, 0, 0.3, "sd", "noise of an indicator from year to year", "assumed", plausible=(0.005, 0.03)
    )
    indicator_correlation: float = setting(
        0.1, 0, 1, "correlation", "part of the noise common to all", "mean correlation 0.1, arithmetic", plausible=(0, 0.3)
    )


class Run(Section):
    """How long."""

    warmup_years: int = setting(
        5, 1, 30, "years", "isolated years before the arms part", "assumed: long enough for needs met to come near their plateau"
    )
    years: int = setting(10, 1, 60, "years", "years after that", "default horizon")


class Switches(Section):
    """What an arm switches on. Nothing on is isolated impact."""

    common_agenda: bool = setting(
        False, None, None, "on/off", "members work towards one agenda (dialogue hours)", "Kania & Kramer 2011"
    )
    shared_measurement: bool = setting(
        False, None, None, "on/off", "members report to shared data (reporting hours, data staff)", "Kania & Kramer 2011"
    )
    mutually_reinforcing_activities: bool = setting(
        False, None, None, "on/off", "a joint plan of activities (planning hours)", "Kania & Kramer 2011"
    )
    continuous_communication: bool = setting(
        False, None, None, "on/off", "regular meetings (meeting hours)", "Kania & Kramer 2011"
    )
    backbone_support: bool = setting(
        False, None, None, "on/off", "paid staff hold it together (backbone budget)", "Kania & Kramer 2011"
    )
    empty_initiative: bool = setting(
        False, None, None, "on/off", "an initiative whose members only pay base hours", "comparison for complements"
    )
    open_data: bool = setting(False, None, None, "on/off", "public outcome data of modest quality", "comparison arm")
    bilateral_partnerships: bool = setting(False, None, None, "on/off", "organisations pair up", "programme collaboration")
    partner_sight: bool = setting(
        False, None, None, "on/off", "bilateral partners know each other's sites", "programme collaboration"
    )
