"""The compiled engine's kernel: the schedule over record arrays, one function a phase, entered through `advance`.

Each phase has its counterpart in `mesa.py`; both call the same rules. Only this file, its imports and the record types
determine the result of a run, so the compile cache and the model digest are named by their text.
"""

from typing import Any, NamedTuple

from cisim.model import (
    backbone,
    behaviour,
    budgeting,
    delivery,
    ending,
    feeding,
    founding,
    grants,
    indicators,
    interventions,
    joint_plan,
    landscape,
    learning,
    membership,
    metrics,
    money,
    pipeline,
    programmes,
    public_data,
    relations,
    settling,
    shocks,
    sites,
    systems,
)
from cisim.numerics.chance import begin_quarter
from cisim.numerics.columns_in_rules import unchanging
from cisim.numerics.jit import kernel, rule


class Community(NamedTuple):
    """The argument `c` of rules: agents by slot, the backbone, the town they share, and the settings `p`."""

    schools: Any
    npos: Any
    funders: Any
    backbone: Any
    town: Any
    p: Any


@rule
def found(c):
    founding.found_town(c)
    programmes.draw_menus(c)
    for j in range(len(c.schools)):
        founding.found_school(c.schools[j], c)
    feeding.rank_deprivation(c)
    feeding.order_by_place(c)
    for j in range(len(c.schools)):
        feeding.find_feeder_target(c.schools[j], c)
    feeding.find_missing_feeders(c)
    feeding.weigh_gaps(c)
    for f in range(len(c.funders)):
        founding.found_funder(c.funders[f], c)
    founding.scale_budgets(c)
    for i in range(len(c.npos)):
        founding.found_npo(c.npos[i], c)
    for i in range(len(c.npos)):
        founding.form_priorities(c.npos[i], c)
    for i in range(len(c.npos)):
        founding.choose_first_sites(c.npos[i], c)
    for i in range(len(c.npos)):
        founding.get_acquainted(c.npos[i], c)
    for i in range(len(c.npos)):
        founding.list_prospects(c.npos[i], c)
    for i in range(len(c.npos)):
        founding.set_up(c.npos[i], c)
    founding.open_accounts(c)


@rule
def shock(c):
    begin_quarter(c)
    learning.drift_optimum(c)
    landscape.lay_land(c)
    shocks.strike(c)
    for f in range(len(c.funders)):
        money.receive_budget(c.funders[f], c)


@rule
def convene(c):
    money.fill_the_pot(c)
    backbone.cover_functions(c.backbone, c)
    backbone.lead(c.backbone, c)
    backbone.improve_shared_data(c.backbone, c)
    backbone.publish_open_data(c)
    backbone.earn_legitimacy(c.backbone, c)
    backbone.measure_need(c)
    backbone.hold_review(c.backbone, c)
    programmes.choose_for_groups(c)
    programmes.run_office(c)
    systems.build_pressure(c)
    for i in range(len(c.npos)):
        public_data.take_up_public_data(c.npos[i], c)
        programmes.visit_office(c.npos[i], c)
        backbone.deliberate(c.npos[i], c)
    for f in range(len(c.funders)):
        backbone.align_priorities(c.funders[f], c)


@rule
def join(c):
    for i in range(len(c.npos)):
        membership.reconsider_membership(c.npos[i], c)
    membership.settle_membership(c)
    ending.judge_initiative(c.backbone, c)
    if c.town.tick % 4 == 0:
        for f in range(len(c.funders)):
            membership.consider_aligning(c.funders[f], c)
    for j in range(len(c.schools)):
        membership.open_up(c.schools[j], c)


@rule
def fund(c):
    if c.town.tick % 4 == 0:
        sites.survey_money(c)
        for f in range(len(c.funders)):
            grants.open_round(c.funders[f], c)
        for i in range(len(c.npos)):
            grants.apply_for_grants(c.npos[i], c)
        grants.set_odds(c)
        for i in range(len(c.npos)):
            grants.hear_decisions(c.npos[i], c)
        c.backbone.credit = 0.0
        for i in range(len(c.npos)):
            grants.accept_awards(c.npos[i], c)
            grants.gain_reputation(c.npos[i], c)


@rule
def budget(c):
    c.town.short = 0
    for f in range(len(c.funders)):
        grants.pay_instalments(c.funders[f], c)
    money.weigh_pot_claims(c)
    interventions.open_interventions(c)
    for i in range(len(c.npos)):
        budgeting.receive_income(c.npos[i], c)
        budgeting.split_hours(c.npos[i], c)


@rule
def promise(c):
    for i in range(len(c.npos)):
        membership.make_promise(c.npos[i], c)


@rule
def plan(c):
    for j in range(len(c.schools)):
        delivery.draft_doses(c.schools[j], c)
    joint_plan.make_proposals(c)
    for i in range(len(c.npos)):
        joint_plan.weigh_proposal(c.npos[i], c)
    sites.draw_turns(c)
    for k in range(len(c.npos)):
        i = sites.whose_turn(c, k)
        sites.choose_site(c.npos[i], c)
        sites.reconsider_need(c.npos[i], c)


@rule
def deliver(c):
    delivery.gather_programmes(c)
    for i in range(len(c.npos)):
        delivery.give_programmes(c.npos[i], c)
    delivery.compare_achievement(c)
    for j in range(len(c.schools)):
        delivery.meet_needs(c.schools[j], c)


@rule
def learn(c):
    for i in range(len(c.npos)):
        learning.lose_staff(c.npos[i], c)
        learning.learn(c.npos[i], c)
        programmes.run_programme(c.npos[i], c)
        learning.find_practice(c.npos[i], c)
    for i in range(len(c.npos)):
        learning.adopt_practice(c.npos[i], c)


@rule
def relate(c):
    for i in range(len(c.npos)):
        relations.seek_partnerships(c.npos[i], c)
        relations.update_trust(c.npos[i], c)
    relations.draw_guests(c)
    for i in range(len(c.npos)):
        relations.meet_others(c.npos[i], c)
        relations.meet_in_working_group(c.npos[i], c)
        membership.change_commitment(c.npos[i], c)


@rule
def progress(c):
    if c.town.tick % 4 == 3:
        relations.see_progress(c.backbone, c)
        systems.reform(c)
        behaviour.change_behaviour(c)
        pipeline.advance_pupils(c)
        if c.town.tick + 1 == c.p.settled_quarters:
            pipeline.settle_pipeline(c)
        if c.town.tick + 1 == c.p.warmup_quarters:
            metrics.take_baseline(c)
        indicators.report_indicators(c)


@rule
def settle(c):
    for i in range(len(c.npos)):
        money.book_spending(c.npos[i], c)
        settling.consider_closing(c.npos[i], c)
    if c.town.tick % 4 == 3:
        settling.forget_promises(c)
        for i in range(len(c.npos)):
            settling.run_down_grants(c.npos[i], c)
            settling.resize(c.npos[i], c)
    settling.close_down(c)


@rule
def observe(c, row):
    metrics.measure(c, row)


@kernel()
def advance(schools, npos, funders, backbones, towns, settings, history, first, last):
    """Runs quarters first .. last-1 in place; row t of `history` receives the metrics of quarter t.

    The arrays are those of `world.World`; `first` = 0 founds the community. `settings` are those of the isolated base
    during the warm-up, and those of the arm after it.
    """
    c = Community(schools, npos, funders, backbones[0], towns[0], unchanging(settings[0]))
    if first == 0:
        found(c)
    for tick in range(first, last):
        c.town.tick = tick
        shock(c)
        convene(c)
        join(c)
        fund(c)
        budget(c)
        promise(c)
        plan(c)
        deliver(c)
        learn(c)
        relate(c)
        progress(c)
        settle(c)
        observe(c, history[tick])
