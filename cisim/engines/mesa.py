"""The readable engine: Mesa agents with ordinary attributes, one method a decision, each of which follows its rule.

    model = CommunityModel("default", "collective_impact", seed=1).run()
    model.npos.select(lambda npo: npo.member == 1)

To change one decision, subclass an agent and pass the class to the model: `CommunityModel(scenario, npo=Stubborn)`.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from cisim.errors import require

require("agents", "the readable engine")
import mesa

from cisim.engines.following import as_values, follows, plain
from cisim.engines.notebook import REPORTERS, ModelManners, ShownAgent, Source, scenario_of, seed_of
from cisim.engines.world import METRIC, Records, World
from cisim.model import SCHEDULE, backbone, behaviour, budgeting, delivery, ending, feeding, founding, grants, indicators
from cisim.model import interventions, joint_plan, landscape, learning, membership, metrics, money, pipeline, programmes
from cisim.model import public_data, relations, settling, shocks, sites, systems
from cisim.numerics.chance import begin_quarter
from cisim.scenario.mistakes import whole_years


class Actor(ShownAgent, mesa.Agent):
    """An agent with the fields of its record type as attributes of the same names (see `cisim.engines.world`)."""

    def __init__(self, model: CommunityModel, record: Any) -> None:
        super().__init__(model)
        self.__dict__.update(as_values(record))

    @property
    def community(self) -> Any:
        """The community as the rules use it: all agents by slot, the backbone, the town, the settings."""
        return self.model.community


class School(Actor):
    """A school: its pupils, what it provides, and the programmes it hosts."""

    receive_first_pupils = follows(founding.found_school)
    find_where_leavers_go = follows(feeding.find_feeder_target)
    draft_doses = follows(delivery.draft_doses)
    open_up = follows(membership.open_up)
    meet_needs = follows(delivery.meet_needs)

    @property
    def visitors(self) -> list[NPO]:
        """The NPOs that work here."""
        return [npo for npo in self.community.npos if npo.alive and self.slot in npo.sites[: npo.n_sites]]


class NPO(Actor):
    """A nonprofit organisation: it raises money, chooses where to work, delivers, learns, and may join the initiative."""

    begin = follows(founding.found_npo)
    form_priorities = follows(founding.form_priorities)
    choose_first_sites = follows(founding.choose_first_sites)
    get_acquainted = follows(founding.get_acquainted)
    list_prospects = follows(founding.list_prospects)
    set_up = follows(founding.set_up)
    lose_staff = follows(learning.lose_staff)
    take_up_offers = follows(public_data.take_up_public_data, programmes.visit_office)
    deliberate = follows(backbone.deliberate)
    reconsider_membership = follows(membership.reconsider_membership)
    apply_for_grants = follows(grants.apply_for_grants)
    hear_decisions = follows(grants.hear_decisions)
    accept_awards = follows(grants.accept_awards)
    gain_reputation = follows(grants.gain_reputation)
    receive_income = follows(budgeting.receive_income)
    split_hours = follows(budgeting.split_hours)
    make_promise = follows(membership.make_promise)
    weigh_proposal = follows(joint_plan.weigh_proposal)
    choose_site = follows(sites.choose_site)
    reconsider_need = follows(sites.reconsider_need)
    give_programmes = follows(delivery.give_programmes)
    learn = follows(learning.learn)
    run_programme = follows(programmes.run_programme)
    find_practice = follows(learning.find_practice)
    adopt_practice = follows(learning.adopt_practice)
    seek_partnerships = follows(relations.seek_partnerships)
    update_trust = follows(relations.update_trust)
    meet_others = follows(relations.meet_others, relations.meet_in_working_group)
    change_commitment = follows(membership.change_commitment)
    book_spending = follows(money.book_spending)
    run_down_grants = follows(settling.run_down_grants)
    resize = follows(settling.resize)
    consider_closing = follows(settling.consider_closing)

    @property
    def schools(self) -> list[School]:
        """The schools it works at."""
        return [self.community.schools[j] for j in self.sites[: self.n_sites]]

    @property
    def neighbours(self) -> list[NPO]:
        """The organisations it knows."""
        return [self.community.npos[i] for i in self.partners if i >= 0]

    @property
    def funders(self) -> list[Funder]:
        """The funders that pay it a grant now."""
        return [self.community.funders[f] for f, left in zip(self.prospects, self.left, strict=True) if left > 0]


class Funder(Actor):
    """A funder: a yearly budget, what it cares about, and whether it has aligned with the initiative."""

    begin = follows(founding.found_funder)
    receive_budget = follows(money.receive_budget)
    align_priorities = follows(backbone.align_priorities)
    consider_aligning = follows(membership.consider_aligning)
    open_round = follows(grants.open_round)
    pay_instalments = follows(grants.pay_instalments)


class Backbone(Actor):
    """The backbone organisation. Every arm has one; it is idle without an initiative."""

    cover_functions = follows(backbone.cover_functions)
    lead = follows(backbone.lead)
    judge_initiative = follows(ending.judge_initiative)
    improve_shared_data = follows(backbone.improve_shared_data)
    earn_legitimacy = follows(backbone.earn_legitimacy)
    hold_review = follows(backbone.hold_review)
    see_progress = follows(relations.see_progress)


class CommunityModel(ModelManners, mesa.Model):
    """One community in one arm, quarter by quarter: a Mesa model, for `mesa.batch_run` and `SolaraViz` as it comes.

    `step()` runs one quarter, `run()` all that remain; then `running` is False. `history` holds one record of METRICS for each
    quarter that has passed, and `datacollector` each of METRICS with one number. `community` has all agents by slot; `npos`,
    `schools`, `funders` are Mesa agent sets of those alive.

    `scenario` may be a shipped name or a TOML file; `seed` or `rng` seeds the run, `model.random` and `model.rng`; `school`,
    `npo`, `funder` and `backbone` are agent classes of your own; further keywords are settings by path, as `mesa.batch_run`
    varies them. Raises InputError for what cannot be used. `cisim.agents` has all of it with an example.
    """

    def __init__(
        self,
        scenario: Source = "default",
        arm: str = "collective_impact",
        seed: int | None = None,
        years: int | None = None,
        *,
        rng: Any = None,
        school: type[School] = School,
        npo: type[NPO] = NPO,
        funder: type[Funder] = Funder,
        backbone: type[Backbone] = Backbone,
        **kwargs: Any,
    ) -> None:
        number = seed_of(seed, rng)
        super().__init__(rng=number)
        chosen = scenario_of(scenario, kwargs)  # Mesa's page knows this name alone
        world = World.of(chosen, arm, number, whole_years(years))
        self.seed = number
        self.case, self.arm, self.world = chosen, arm, world  # Mesa 3.5 has a `scenario` of its own
        self.base, self.after = plain(world.base[0]), plain(world.arm[0])
        self.community = SimpleNamespace(town=plain(world.town[0]), p=self.base)
        self.community.schools = [school(self, record) for record in world.schools]
        self.community.npos = [npo(self, record) for record in world.npos]
        self.community.funders = [funder(self, record) for record in world.funders]
        self.community.backbone = backbone(self, world.backbone[0])
        self.history: Records = np.zeros(world.quarters, METRIC)
        self.tick = 0
        self.datacollector = mesa.DataCollector(REPORTERS)
        self._found()

    @property
    def npos(self) -> mesa.agent.AgentSet:
        """The organisations alive."""
        return self._alive(npo for npo in self.community.npos if npo.alive)

    @property
    def schools(self) -> mesa.agent.AgentSet:
        """All schools."""
        return self._alive(self.community.schools)

    @property
    def funders(self) -> mesa.agent.AgentSet:
        """All funders."""
        return self._alive(self.community.funders)

    @property
    def backbone(self) -> Backbone:
        """The one backbone organisation."""
        backbone: Backbone = self.community.backbone
        return backbone

    def _alive(self, agents: Any) -> mesa.agent.AgentSet:
        return mesa.agent.AgentSet(agents, random=self.random)

    def step(self) -> None:
        """Runs one quarter: the phases of SCHEDULE, in order."""
        if self.tick >= self.world.quarters:
            raise StopIteration(f"the run ends after quarter {self.world.quarters}; ask for more years")
        self.community.town.tick = self.tick
        self.community.p = self.base if self.tick < self.world.warmup else self.after
        for phase in SCHEDULE:
            getattr(self, phase)()
        self.tick += 1
        self.datacollector.collect(self)
        self.running = self.tick < self.world.quarters

    def close(self) -> None:
        """Releases all agents, because Mesa keeps every model alive through a table of its own."""
        self.remove_all_agents()
        getattr(mesa.Agent, "_ids", {}).pop(self, None)

    def _found(self) -> None:
        c = self.community
        founding.found_town(c)
        programmes.draw_menus(c)
        for school in c.schools:
            school.receive_first_pupils()
        feeding.rank_deprivation(c)
        feeding.order_by_place(c)
        for school in c.schools:
            school.find_where_leavers_go()
        feeding.find_missing_feeders(c)
        feeding.weigh_gaps(c)
        for funder in c.funders:
            funder.begin()
        founding.scale_budgets(c)
        for npo in c.npos:
            npo.begin()
        for npo in c.npos:
            npo.form_priorities()
        for npo in c.npos:
            npo.choose_first_sites()
        for npo in c.npos:
            npo.get_acquainted()
        for npo in c.npos:
            npo.list_prospects()
        for npo in c.npos:
            npo.set_up()
        founding.open_accounts(c)

    def shock(self) -> None:
        c = self.community
        begin_quarter(c)
        learning.drift_optimum(c)
        landscape.lay_land(c)
        shocks.strike(c)
        for funder in c.funders:
            funder.receive_budget()

    def convene(self) -> None:
        c = self.community
        money.fill_the_pot(c)
        c.backbone.cover_functions()
        c.backbone.lead()
        c.backbone.improve_shared_data()
        backbone.publish_open_data(c)
        c.backbone.earn_legitimacy()
        backbone.measure_need(c)
        c.backbone.hold_review()
        programmes.choose_for_groups(c)
        programmes.run_office(c)
        systems.build_pressure(c)
        for npo in c.npos:
            npo.take_up_offers()
            npo.deliberate()
        for funder in c.funders:
            funder.align_priorities()

    def join(self) -> None:
        c = self.community
        for npo in c.npos:
            npo.reconsider_membership()
        membership.settle_membership(c)
        c.backbone.judge_initiative()
        if c.town.tick % 4 == 0:
            for funder in c.funders:
                funder.consider_aligning()
        for school in c.schools:
            school.open_up()

    def fund(self) -> None:
        c = self.community
        if c.town.tick % 4 == 0:
            sites.survey_money(c)
            for funder in c.funders:
                funder.open_round()
            for npo in c.npos:
                npo.apply_for_grants()
            grants.set_odds(c)
            for npo in c.npos:
                npo.hear_decisions()
            c.backbone.credit = 0.0
            for npo in c.npos:
                npo.accept_awards()
                npo.gain_reputation()

    def budget(self) -> None:
        c = self.community
        c.town.short = 0
        for funder in c.funders:
            funder.pay_instalments()
        money.weigh_pot_claims(c)
        interventions.open_interventions(c)
        for npo in c.npos:
            npo.receive_income()
            npo.split_hours()

    def promise(self) -> None:
        for npo in self.community.npos:
            npo.make_promise()

    def plan(self) -> None:
        c = self.community
        for school in c.schools:
            school.draft_doses()
        joint_plan.make_proposals(c)
        for npo in c.npos:
            npo.weigh_proposal()
        sites.draw_turns(c)
        for k in range(len(c.npos)):
            npo = c.npos[sites.whose_turn(c, k)]
            npo.choose_site()
            npo.reconsider_need()

    def deliver(self) -> None:
        c = self.community
        delivery.gather_programmes(c)
        for npo in c.npos:
            npo.give_programmes()
        delivery.compare_achievement(c)
        for school in c.schools:
            school.meet_needs()

    def learn(self) -> None:
        for npo in self.community.npos:
            npo.lose_staff()
            npo.learn()
            npo.run_programme()
            npo.find_practice()
        for npo in self.community.npos:
            npo.adopt_practice()

    def relate(self) -> None:
        c = self.community
        for npo in c.npos:
            npo.seek_partnerships()
            npo.update_trust()
        relations.draw_guests(c)
        for npo in c.npos:
            npo.meet_others()
            npo.change_commitment()

    def progress(self) -> None:
        c = self.community
        if c.town.tick % 4 == 3:
            c.backbone.see_progress()
            systems.reform(c)
            behaviour.change_behaviour(c)
            pipeline.advance_pupils(c)
            if c.town.tick + 1 == c.p.settled_quarters:
                pipeline.settle_pipeline(c)
            if c.town.tick + 1 == c.p.warmup_quarters:
                metrics.take_baseline(c)
            indicators.report_indicators(c)

    def settle(self) -> None:
        c = self.community
        for npo in c.npos:
            npo.book_spending()
            npo.consider_closing()
        if c.town.tick % 4 == 3:
            settling.forget_promises(c)
            for npo in c.npos:
                npo.run_down_grants()
                npo.resize()
        settling.close_down(c)

    def observe(self) -> None:
        row = SimpleNamespace(**{name: self.history[name][0].tolist() for name in METRIC.names or ()})
        metrics.measure(self.community, row)
        self.measured = row
        for name in METRIC.names or ():
            self.history[name][self.tick] = getattr(row, name)
