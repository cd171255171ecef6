"""A school's quarter in sentences: NPOs that come and go and why, and at the end of a year needs met and pupils on track."""

from collections.abc import Iterator

from cisim.model.codes import WhyClosed, WhySite
from cisim.story.watching import Moment
from cisim.story.wording import Names, percent
from cisim.text.english import capital, count, listing

JUDGED = {
    WhySite.MOVED_OWN_JUDGEMENT: "on its own judgement",
    WhySite.MOVED_BY_AGENDA: "following the joint plan and its agenda",
}
CLOSED = {
    WhyClosed.CLOSED_OUT_OF_MONEY: "closes because it is out of money",
    WhyClosed.CLOSED_BY_SHOCK: "closes because of a shock",
    WhyClosed.CLOSED_OTHER: "closes for a reason other than money",
}


def opening(now: Moment, names: Names) -> Iterator[str]:
    school = now.own
    yield f"It teaches {school.pupils:,.0f} pupils in {names.stages[school.stage]}, deprivation {percent(school.deprivation)}."
    yield f"It can host {school.attention:.1f} programmes well; its openness is {percent(school.openness)}."
    there = [(i, need) for i, (alive, is_here, need, *_) in enumerate(now.seen["npos"]) if alive and is_here]
    here = [f"{names.npo(i, now.generations)} ({names.needs[need]})" for i, need in there]
    yield f"Working here: {listing(here)}." if here else "No NPO works here."
    yield f"Needs met: {_needs(now, names)}."


def quarter(before: Moment, now: Moment, names: Names) -> Iterator[str]:
    for i, (was, is_) in enumerate(zip(before.seen["npos"], now.seen["npos"], strict=True)):
        was_here, is_here = was[0] and was[1], is_[0] and is_[1]
        if is_here and not was_here:
            came = "is founded here" if is_[3] == WhySite.FOUNDED_THERE else f"moves here {JUDGED[WhySite(is_[3])]}"
            yield f"{capital(names.npo(i, now.generations))} ({names.needs[is_[2]]}) {came}."
        elif was_here and not is_here:
            why = f"moves elsewhere {JUDGED[WhySite(is_[3])]}" if is_[0] else CLOSED[WhyClosed(is_[4])]
            yield f"{capital(names.npo(i, before.generations))} ({names.needs[was[2]]}) {why}."
    full, was_full = (one.own.load > one.own.attention for one in (now, before))
    if full != was_full:
        state = "It has more programmes than it can host well" if full else "It can host its programmes well again"
        yield f"{state}: they need attention for {now.own.load:.1f} programmes, and it has attention for {now.own.attention:.1f}."
    if now.tick % 4 == 3:
        school = now.own
        yield f"The year ends with {count(school.programmes, 'programme')}; needs met: {_needs(now, names)}."
        changed = f", from {100 * before.own.on_track:.1f} %" if before.own.on_track != school.on_track else ""
        yield f"{100 * school.on_track:.1f} % of its pupils are on track{changed}; openness {percent(school.openness)}."


def quiet(now: Moment) -> str:
    return "no NPO comes or goes."


def _needs(now: Moment, names: Names) -> str:
    return ", ".join(f"{need} {percent(met)}" for need, met in zip(names.needs, now.own.condition, strict=False))
