"""Slow, obvious oracles, written from the model's description and not from its rules; and small states to try them on."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np

from cisim.engines.following import plain
from cisim.engines.world import BACKBONE, FUNDER, NPO, SCHOOL, TOWN, settings_record
from cisim.model import pipeline
from cisim.model.codes import Governance, Promise, Status
from cisim.numerics.chance import For, chance, chance_ever
from tests.conftest import tiny

ARMS = ("isolated_impact", "open_data", "programme_collaboration", "collective_impact")
DEFAULTS = settings_record(tiny(), tiny().settings)[0]


def blank(kind: np.dtype[np.void], **fields: Any) -> SimpleNamespace:
    """An agent whose fields are all 0, but for those given."""
    agent = plain(np.zeros(1, kind)[0])
    for name, value in fields.items():
        assert hasattr(agent, name), f"no agent has a field {name}"
        setattr(agent, name, value)
    return agent


def padded(values: list[Any], length: int, rest: Any = 0.0) -> list[Any]:
    """A list as long as a record's, its unused end filled up."""
    return [*values, *[rest] * (length - len(values))]


AN_NPO = {"size": 1.0, "quality": 0.5, "uses_public": 1, "proposed": -1, "programme": -1}
"""What a blank NPO is like: it uses the public data there are, and has no tested programme."""


FIRST_MODEL = {
    "delivery.complements": 0.0,
    "delivery.referral": 0.0,
    "grants.application_hours": 20.0,
    "grants.least_applications": 2,
    "grants.crowding_applications": 0.0,
    "grants.indirect_priced": 0.0,
    "sites.agreement_waives": 0.0,
    "sites.common_school": 0.0,
    "relations.base_trust": 0.3,
    "relations.trust_up": 0.05,
    "relations.trust_down": 0.13,
    "relations.turnover_reset": 0.3,
    "relations.group_meetings": 0.0,
    "relations.merged_reports": 0.0,
    "relations.shared_staff": 0.0,
    "initiative.plan_proposes": 0.0,
    "initiative.shown_need_counts": 0.0,
    "coordination.joint_meetings": 0.0,
    "information.published": 0.0,
    "information.public_reach": 1.0,
    "information.public_speed": 1.0,
    "information.public_hours": 0.0,
    "closing.resizing": 0.0,
}
"""Settings of worked examples that differ from the defaults: what most of them are not about is off, and numbers are easy."""

PLAIN = {path.split(".")[1]: value for path, value in FIRST_MODEL.items()}
"""The same by the names that a record has."""


def community(schools: int = 1, npos: int = 1, funders: int = 1, needs: int = 2, **settings: Any) -> SimpleNamespace:
    """A community of empty agents long after the common start: nobody knows anybody, nothing is switched on.

    Settings are the defaults, but for PLAIN and those given by name.
    """
    p = plain(DEFAULTS)
    p.n_needs = needs
    for name, value in {**PLAIN, **settings}.items():
        assert hasattr(p, name), f"there is no setting {name}"
        setattr(p, name, value)
    c = SimpleNamespace(p=p, town=blank(TOWN, tick=100, struck=-1, public_data=1), backbone=blank(BACKBONE, host=-1))
    school = {"pupils": 100.0, "openness": 1.0, "attention": 5.0, "feeds": -1, "fed_by": -1, "guest": -1}
    c.schools = [blank(SCHOOL, slot=j, **school) for j in range(schools)]
    c.npos = [blank(NPO, slot=i, who=i, alive=1, kept=Promise.NO_PROMISE.value, **AN_NPO) for i in range(npos)]
    c.funders = [blank(FUNDER, slot=f, pays=1.0) for f in range(funders)]
    for npo in c.npos:
        npo.partners = [-1] * len(npo.partners)
        npo.prospects = [-1] * len(npo.prospects)
        npo.sites = [-1] * len(npo.sites)
    return c


def with_luck(c: Any, purpose: For, low: float, high: float, who: int = 0, b: int = 0) -> None:
    """Gives the community the first seed whose draw at this address lies in [low, high)."""
    for seed in range(20_000):
        c.town.seed = seed
        if low <= chance(c, purpose, who, b) < high:
            return
    raise AssertionError(f"no seed draws {purpose.name} in [{low}, {high})")


def knows(npo: Any, **trust_in: float) -> None:
    """Makes an NPO know others: knows(npo, n1=0.3) is trust of 0.3 in the organisation at slot 1."""
    for k, (name, trust) in enumerate(trust_in.items()):
        npo.partners[k], npo.trust[k] = int(name[1:]), trust


def make_members(c: Any, *slots: int, kept: Promise = Promise.KEPT) -> None:
    """Makes the NPOs at these slots (all, if none is named) members that kept or broke their last promise."""
    for i in slots or range(len(c.npos)):
        c.npos[i].member = c.npos[i].next_member = 1
        c.npos[i].kept = kept.value
    c.backbone.members = sum(npo.member for npo in c.npos)


def busy(years: int = 3) -> Any:
    """A tiny community in which much happens: most join, some funders align, promises are broken, needs change."""
    return tiny(
        community={"npos": 10, "funders": 4, "schools": 5},
        run={"years": years},
        initiative={"backbone_share": 0.125, "preparation_quarters": 1, "review_quarters": 4, "staff_need": 0.002},
        membership={"recruit": 0.6, "own_reach": 1.0, "align": 0.6, "hope": 0.3, "initial_commitment": 0.6},
        information={"data_speed": 0.5},
        grants={"prospects": 3, "discouraged_after": 2, "selectivity": 0.4},
        sites={"relocate": 0.3, "change_need": 0.05},
        relations={"partner_up": 0.6},
        closing={"closure": 0.1, "newcomer": 0.5},
    )


EVENTS = {
    "community.districts": 2,
    "community.needs": ["reading", "health", "family", "arts", "mentor"],
    "indicators": [{"measure": m, "need": m, "stage": "primary"} for m in ("reading", "arts", "on_track")],
    "initiative.governance": "mandated",
    "initiative.mandated_districts": 1,
    "initiative.mandate_pull": 0.2,
    "initiative.strictness": 0.6,
    "initiative.backbone_years": 3,
    "initiative.backbone_saving": 0.3,
    "initiative.reserve_plan": 1.0,
    "coordination.further_initiatives": 1,
    "delivery.gaming_response": 0.3,
    "grants.outcome_share": 0.4,
    "grants.grant_years": 2,
    "shocks.money_cut": 0.5,
    "shocks.money_cut_year": 2,
    "shocks.money_cut_years": 1,
    "shocks.funder_exit_year": 4,
    "shocks.member_leaves_year": 3,
    "shocks.leader_leaves_year": 2,
    "interventions": [
        {"need": "reading", "stage": "primary", "amount": 40.0, "from_year": 1, "to_year": 2, "through_initiative": True},
        {"need": "health", "stage": "early_years", "amount": 30.0, "from_year": 2, "to_year": 3, "restricted": False},
        {"need": "family", "stage": "middle", "amount": 20.0, "from_year": 2, "to_year": 4, "district": 2},
    ],
}
"""Settings that turn on everything that is off unless a case says otherwise."""
READINGS = {
    "information.published": 0.8,
    "information.public_reach": 0.5,
    "information.public_speed": 0.3,
    "information.public_hours": 4.0,
    "initiative.plan_proposes": 0.8,
    "initiative.review_quarters": 2,
    "initiative.shown_need_counts": 0.7,
    "sites.agreement_waives": 0.8,
    "sites.common_school": 0.5,
    "delivery.complements": 0.5,
    "delivery.referral": 0.5,
    "relations.merged_reports": 0.7,
    "relations.shared_staff": 0.7,
    "relations.group_meetings": 0.5,
    "coordination.joint_meetings": 0.5,
    "initiative.systems_rate": 0.03,
    "initiative.systems_alone": 0.005,
    "programmes.menu": 3,
    "programmes.tested_first": 0.3,
    "programmes.adopt_alone": 0.1,
    "programmes.training_share": 1.0,
    "programmes.office_reach": 0.7,
    "programmes.behaviour_base": 0.3,
    "membership.free_riding": 0.3,
    "membership.data_withheld": 0.5,
    "membership.reputation_at_stake": 0.5,
    "membership.reputation_lost": 0.2,
    "membership.resentment_seen": 0.3,
    "membership.threshold_most": 0.3,
    "membership.threshold_width": 0.1,
    "membership.initial_members": 0.4,
    "learning.landscape": True,
    "learning.landscape_years": 2,
    "learning.experiment": 0.4,
    "learning.copying": 0.3,
    "grants.indirect_priced": 0.7,
    "grants.crowding_applications": 0.6,
    "closing.resizing": 0.5,
}
"""Settings that turn on every reading of the theory that is off by default, and change the strength of those that are on."""

NOT_ENDING = {"ending__end_base": -10.0, "ending__least_members": 0}
"""An initiative that neither luck nor want of members can end."""


def eventful(years: int = 4, **changes: Any) -> Any:
    """The busy community with a mandate in one of two districts, strict sanctions, outcome payment, a backbone that is paid
    for three years, a budget cut, a funder and a member that leave, other initiatives, and interventions.

    Further changes by path, with "__" for the dot: ending__end_base=5.0.
    """
    return busy(years).change({**EVENTS, **{path.replace("__", "."): value for path, value in changes.items()}})


def random_community(seed: int) -> Any:
    """Any state at all, also such as a run would hardly reach: schools, NPOs and promises drawn at random."""
    rng = np.random.default_rng(seed)
    c = community(
        *(int(n) for n in rng.integers(1, 6, 3)),
        needs=int(rng.integers(1, 6)),
        dependence=float(rng.random()),
        integration=float(0.5 * rng.random()),
        shared_measurement=int(rng.integers(2)),
        governance=int(rng.choice([Governance.BACKBONE, Governance.MANDATED])),
        mandated_districts=int(rng.integers(3)),
        outcome_share=float(rng.choice([0, rng.random()])),
        strictness=float(rng.random()),
        gaming_response=float(rng.choice([0, rng.random()])),
        gaming_shows=float(rng.uniform(1, 3)),
        use_for_awards=int(rng.integers(2)),
        use_for_sanctions=int(rng.integers(2)),
    )
    c.p.measured = rng.integers(2, size=8).tolist()
    c.backbone.kappa, c.town.public_kappa = rng.random((2, 8)).tolist()
    c.p.settling_time = float(rng.uniform(0.1, 12))
    c.p.settling = 1 - math.exp(-1 / c.p.settling_time)
    c.backbone.plan_stands = int(rng.integers(2))
    c.town.optimum = rng.random(8).tolist()
    for school in c.schools:
        school.pupils, school.openness, school.attention = rng.uniform(10, 900), rng.random(), rng.uniform(0.5, 6)
        school.lost, school.district = (int(n) for n in rng.integers(3, size=2))
        school.provision = rng.uniform(0.02, 0.9, 8).tolist()
        school.condition = [float(rng.uniform(b, c.p.ceiling)) for b in school.provision]
    for npo in c.npos:
        npo.alive, npo.member = (int(rng.random() < 0.8) for _ in range(2))
        npo.kept = int(rng.integers(-1, 2))
        npo.need = int(rng.integers(c.p.n_needs))
        npo.n_sites = int(rng.integers(1, len(c.schools) + 1))
        npo.sites = padded(rng.permutation(len(c.schools))[: npo.n_sites].tolist(), 8, -1)
        npo.spending = float(rng.choice([0, rng.uniform(1, 90)]))
        npo.effort = npo.spending * rng.random()
        npo.quality, npo.practice = rng.random(2).tolist()
        npo.ramp = rng.random(8).tolist()
    _choose_readings(c, rng)
    return c


def _choose_readings(c: Any, rng: np.random.Generator) -> None:
    """Turns on some readings of the theory, with what they rest on: partners, tested programmes, ways to work."""
    p = c.p
    p.complements, p.referral = (float(rng.choice([0, rng.random()])) for _ in range(2))
    p.menu, p.landscape = int(rng.choice([0, 3])), int(rng.integers(2))
    c.town.menu_effect, c.town.menu_cost = rng.uniform(0.3, 3, (2, 8, 4)).tolist()
    c.town.fitness = rng.random((8, 16)).tolist()
    for npo in c.npos:
        others = [o.slot for o in c.npos if o is not npo and o.alive and rng.random() < 0.5][:12]
        npo.partners = padded(others, 12, -1)
        npo.bilateral = padded([int(rng.integers(2)) for _ in others], 12, 0)
        npo.partnerships = sum(npo.bilateral)
        npo.programme, npo.fidelity, npo.choices = int(rng.integers(-1, 3)), float(rng.random()), int(rng.integers(16))


def keeps_plan(npo: Any, c: Any) -> bool:
    return bool(c.backbone.plan_stands and npo.member and npo.kept == Promise.KEPT)


def under_mandate(npo: Any, c: Any) -> bool:
    """A mandate binds who works first of all in a district that has one: the first so many, or all where 0 is given."""
    districts = range(c.p.mandated_districts or 1000) if c.p.governance == Governance.MANDATED else ()
    return c.schools[npo.sites[0]].district in districts


def data_on(npo: Any, c: Any) -> float:
    """The quality of the outcome data an NPO sees: public ones, or a member's own initiative's if they are better."""
    return max(c.town.public_kappa[npo.need], c.backbone.kappa[npo.need] if npo.member else 0)


def gaming(npo: Any, c: Any) -> float:
    """The share of effort that goes to the figures (MODEL 4.13): pressure = outcome payment + kappa x (evidence weight +
    strictness, for members), where the need has an indicator at all; at most one half."""
    p = c.p
    watched = p.evidence_weight * p.use_for_awards + p.strictness * p.use_for_sanctions * npo.member
    pressure = p.outcome_share + data_on(npo, c) * watched
    return min(p.gaming_response * pressure, 0.5) if p.measured[npo.need] else 0.0


def gains(npo: Any, j: int, programmes: list[tuple[Any, int]], c: Any) -> float:
    """What a programme gains at a school: from kept programmes of the plan for other needs, if it keeps the plan itself, and
    from bilateral partners of their word there that work on other needs, if it keeps its own."""
    other_needs = set(range(c.p.n_needs)) - {npo.need}
    if not other_needs:
        return 0.0
    planned = {o.need for o, at in programmes if at == j and keeps_plan(o, c)} if keeps_plan(npo, c) else set()
    partners = [c.npos[i] for i, tied in zip(npo.partners, npo.bilateral, strict=True) if tied]
    referring = {o.need for o in partners if o.kept == Promise.KEPT and j in o.sites[: o.n_sites]}
    if npo.kept != Promise.KEPT:
        referring = set()
    return float(c.p.complements * len(planned & other_needs) + c.p.referral * len(referring & other_needs)) / len(other_needs)


def effect_of(npo: Any, c: Any) -> float:
    """What a dollar does: quality x fit, on a line or a landscape; with a menu a tested programme's worth x fidelity."""
    fit = 1 - abs(npo.practice - c.town.optimum[npo.need])
    if c.p.landscape:
        fit = c.town.fitness[npo.need][npo.choices]
    untested = npo.quality * (1 - c.p.practice_matters * (1 - fit))
    if not c.p.menu:
        return float(untested)
    if npo.programme < 0:
        return float(untested * c.p.untested)
    effect, cost = c.town.menu_effect[npo.need][npo.programme], c.town.menu_cost[npo.need][npo.programme]
    return float(c.p.potency * effect / cost * npo.fidelity)


def delivery(c: Any) -> SimpleNamespace:
    """One quarter of programmes (MODEL 4.1, 4.13): load and host quality by school, fidelity by (NPO, school), dose, reported
    dose, needs met and as shown by (school, need), achievement by NPO."""
    p = c.p
    ids, needs = range(len(c.schools)), range(p.n_needs)
    programmes = [(npo, m, npo.sites[m]) for npo in c.npos if npo.alive and npo.effort > 0 for m in range(npo.n_sites)]
    load = {j: math.fsum(1 - p.integration if keeps_plan(npo, c) else 1 for npo, _, at in programmes if at == j) for j in ids}
    host = {j: 1 if load[j] == 0 else min(1, c.schools[j].attention / load[j]) for j in ids}
    fidelity = {}
    for npo, _, j in programmes:
        others = [o for o, _, at in programmes if at == j and o is not npo and o.member and c.backbone.plan_stands]
        gone = c.schools[j].lost  # plan partners that closed last quarter have failed the others, too
        failed, relied_on = len([o for o in others if o.kept == Promise.BROKEN]) + gone, len(others) + gone
        lost = p.dependence * failed / relied_on if keeps_plan(npo, c) and relied_on else 0
        fidelity[npo.slot, j] = 1 + gains(npo, j, [(o, at) for o, _, at in programmes], c) - lost
    dose = dict.fromkeys(((j, d) for j in ids for d in needs), 0.0)
    reported, gamed = dict(dose), dict(dose)
    achieved = dict.fromkeys(range(len(c.npos)), 0.0)
    for npo, m, j in programmes:
        if npo.spending > 0:
            ramp = 1 - (1 - npo.ramp[m]) * math.exp(-1 / p.settling_time)
            effect = effect_of(npo, c)
            work = npo.effort / npo.n_sites * effect * ramp * c.schools[j].openness * host[j] * fidelity[npo.slot, j]
            whole = work / (c.schools[j].pupils * p.cost_per_pupil)
            one, figures = whole * (1 - gaming(npo, c)), whole * gaming(npo, c) * p.gaming_shows
            dose[j, npo.need] += one
            gamed[j, npo.need] += figures
            room = min(max(p.ceiling - c.schools[j].condition[npo.need], 0), 1)
            achieved[npo.slot] += (one + figures) * c.schools[j].pupils * room / npo.spending
            if npo.member and p.shared_measurement and (npo.kept == Promise.KEPT or under_mandate(npo, c)):
                reported[j, npo.need] += one
    met, shown = {}, {}
    for j, d in dose:
        b, x = c.schools[j].provision[d], c.schools[j].condition[d]
        goal = b + (p.ceiling - b) * (1 - math.exp(-dose[j, d]))
        met[j, d] = x + (p.speed_up if goal > x else p.speed_down) * (goal - x)
        shown[j, d] = met[j, d] + (p.ceiling - met[j, d]) * (1 - math.exp(-gamed[j, d]))
    by_place = {"dose": dose, "reported": reported, "met": met, "shown": shown}
    return SimpleNamespace(load=load, host=host, fidelity=fidelity, achieved=achieved, **by_place)


def skill_year(theta: float, investment: float, gamma: float, phi: float) -> float:
    """The rules' own year of skill formation, from theta and i themselves (no oracle: what the tests call)."""
    return pipeline.lasting_after(theta, pipeline.skill_term(investment, phi), gamma, phi)


def ces_in_sd(theta: float, investment: float, gamma: float, phi: float) -> float:
    """The logarithm of the CES mean of exp(i) and exp(theta): skill formation in standard deviations (MODEL2 B)."""
    if abs(phi) < 1e-6:
        return gamma * investment + (1 - gamma) * theta
    return math.log(gamma * math.exp(phi * investment) + (1 - gamma) * math.exp(phi * theta)) / phi


def ces(values: Any, weights: Any, rho: float) -> float:
    """(sum w x^rho)^(1/rho) of values held in [0.01, 0.99]; the weighted geometric mean at rho 0 (MODEL 4.2)."""
    x, w = np.clip(np.asarray(values, float), 0.01, 0.99), np.asarray(weights, float)
    if abs(rho) < 1e-6:
        return float(np.prod(x**w))
    return float(np.clip(np.sum(w * x**rho) ** (1 / rho), 0.01, 0.99))


Pipeline = list[tuple[float, float]]
"""Lasting and passing skill of each school, sd."""


def arriving(c: Any, skills: Pipeline) -> Pipeline:
    """What arrives at each school: its feeders' leavers; where none feed it, those of the school it takes its pupils from; at
    the first stage the children as they enter, who have no passing skill."""
    come = []
    for school in c.schools:
        feeders = [s for s in c.schools if s.feeds == school.slot]
        if not feeders and school.fed_by >= 0:
            feeders = [c.schools[school.fed_by]]
        weights = [s.pupils for s in feeders]
        if feeders:
            lasting, passing = (np.average([skills[s.slot][k] for s in feeders], weights=weights) for k in (0, 1))
            come.append((float(lasting), float(passing)))
        else:
            come.append((school.entry_skill, 0.0))
    return come


def school_year(c: Any, skills: Pipeline, needs_met: list[list[float]]) -> Pipeline:
    """Skill at all schools after one more year with these needs met (MODEL2 B)."""
    p = c.p
    after = []
    for school, here, come in zip(c.schools, skills, arriving(c, skills), strict=True):
        g = school.stage
        invested = ces(needs_met[school.slot][: p.n_needs], c.town.importance[g][: p.n_needs], p.complementarity)
        services = p.services_effect * math.log(invested / p.usual_services)
        home = p.deprivation_effect * (school.deprivation - p.deprivation)
        gamma = 1 - (1 - p.investment_share[g]) ** (1 / p.period_years)
        phi = 1 - 1 / p.skill_substitution[g]
        grown = []
        for lasting, passing in (here, come):
            kept = p.passing_kept * passing + (1 - p.passing_kept) * p.passing_effect * services
            grown.append((ces_in_sd(lasting, services - home, gamma, phi), kept))
        (stayed, stayed_for_now), (came, came_for_now) = grown
        oldest = 1 / p.stage_years[g]
        after.append(((1 - oldest) * stayed + oldest * came, (1 - oldest) * stayed_for_now + oldest * came_for_now))
    return after


def resting_pipeline(c: Any, skills: Pipeline, needs_met: list[list[float]]) -> Pipeline:
    """Where the pipeline comes to rest: school years, all schools at once, until nothing moves any more."""
    for _ in range(5000):
        after = school_year(c, skills, needs_met)
        if np.abs(np.subtract(after, skills)).max() < 1e-14:
            return after
        skills = after
    raise AssertionError("the pipeline does not come to rest")


def skills_of(c: Any) -> Pipeline:
    """Lasting and passing skill of each school as it is now."""
    return [(s.lasting, s.passing) for s in c.schools]


def grant_round(c: Any) -> SimpleNamespace:
    """One yearly round (MODEL 4.4, 4.13) on the community as it enters `fund`: what each funder has to award, scores and
    chances by (NPO, place in its list of prospects), awards by the same in $k a quarter, what each funder hands out."""
    p = c.p
    year = (c.town.tick - p.warmup_quarters) // 4 + 1  # 1 is the first after the common start
    runs = p.convened and c.backbone.status not in (Status.FINISHED, Status.FAILED)
    paid_for = p.backbone_support and (p.backbone_years == 0 or year <= p.backbone_years)
    contribution = p.common_pot_share if runs else 0.0
    backbone = p.backbone_share if runs and paid_for else 0.0
    levy = p.open_data_share if p.open_data else 0.0
    if year < 1:
        contribution = backbone = levy = 0.0
    cut = p.money_cut if p.money_cut_year <= year < p.money_cut_year + p.money_cut_years else 0.0
    available = {}
    for f, funder in enumerate(c.funders):
        expected = funder.budget / 4 * (1 - cut) * (1 - min(levy, 0.9) - min(backbone + contribution * funder.aligned, 0.9))
        several = chance_ever(c, For.GRANT_YEARS, f, 0) < p.multi_year_share
        years = max(p.multi_years, p.grant_years) if several else p.grant_years
        carried = max(funder.purse - funder.promised - expected, 0)
        available[f] = min(max(expected + carried / (4 * years) - funder.promised, 0), funder.purse)
        if funder.budget == 0:  # one that has left
            available[f] = 0.0
    scores: dict[tuple[int, int], float] = {}
    asked: dict[tuple[int, int], int] = {}
    for i, npo in enumerate(c.npos):
        if not npo.alive:
            continue
        at_stake = min(max(1 - sum(npo.grants) / npo.usual_income, 0), 1) if npo.usual_income > 0 else 1
        success = npo.awards / npo.applications if npo.applications else p.selectivity
        contest = min(p.contest * p.contest_response * (1 - success) * at_stake, p.contest_cap)
        effort = (1 + 20 * contest / (1 + p.crowding_out * npo.unrestricted)) ** p.contest_response
        hours_a_year = 4 * npo.usual_income / p.hourly_cost
        most = p.fundraising_cap * hours_a_year / p.application_hours * (1 - p.crowding_applications * npo.unrestricted)
        affordable = max(math.floor(most), p.least_applications)
        public, shared = c.town.public_kappa[npo.need], data_on(npo, c)
        prospects = list(npo.prospects[: p.prospects])
        made = 0
        for a in range(p.prospects):
            if prospects[a] < 0 or npo.left[a] > 0:
                continue
            given_up = npo.refusals[a] >= p.discouraged_after
            if given_up and chance(c, For.PROSPECT, npo.who, a) < p.new_prospect:
                given_up = False
                other = math.floor(chance(c, For.PROSPECT, npo.who, 100 + a) * len(c.funders))
                prospects[a] = prospects[a] if other in prospects else other
            if not given_up and made < affordable:
                made += 1
                funder = c.funders[prospects[a]]
                result = 1.0
                if c.town.mean_achieved > 0 and p.measured[npo.need]:
                    relative = min(max(npo.achieved / c.town.mean_achieved, 0.2), 5)
                    reads = chance_ever(c, For.PUBLIC_USE, funder.slot, 1) < p.public_reach
                    seen = (shared if funder.aligned else public * reads) * p.use_for_awards
                    result = relative ** (p.outcome_share + p.evidence_weight * seen)
                elif c.town.mean_achieved > 0:
                    result = max(1 - p.outcome_share, 0.01)  # nothing is measured that could be paid for
                match = funder.priorities[npo.need] * p.n_needs
                scores[i, a] = match * effort * npo.reputation**p.herding * result
                asked[i, a] = prospects[a]
    chances, won = {}, []
    for (i, a), score in scores.items():
        rivals = [scores[key] for key, f in asked.items() if f == asked[i, a]]
        sizes = [c.npos[k].size for (k, b), f in asked.items() if f == asked[i, a]]
        placed = available[asked[i, a]] / (p.largest_award * math.fsum(sizes) / 4)  # what it takes to award it all
        wanted = 0 if placed == 0 else min(max(p.selectivity, placed), 1)
        chances[i, a] = min(1, wanted * len(rivals) * score / math.fsum(rivals))
        if chance(c, For.AWARD, c.npos[i].who, 2 * asked[i, a]) < chances[i, a]:
            won.append((i, a))
    awards = {}
    for i, a in won:
        winners = [c.npos[k].size for k, b in won if asked[k, b] == asked[i, a]]
        size = c.npos[i].size
        awards[i, a] = min(available[asked[i, a]] * size / math.fsum(winners), p.largest_award * size / 4)
    handed_out = {f: math.fsum(awards[key] for key in won if asked[key] == f) for f in available}
    return SimpleNamespace(available=available, scores=scores, chances=chances, awards=awards, handed_out=handed_out)
