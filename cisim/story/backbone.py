"""The backbone's quarter in sentences: members that join and leave, reviews, money, progress, and how the initiative ends."""

from collections.abc import Iterator

from cisim.model.codes import Status
from cisim.story.watching import Moment
from cisim.story.wording import Names, dollars, percent
from cisim.text.english import count, listing

NAMED = 8  # up to so many members that join or leave in a quarter are named; otherwise only their number is given


def opening(now: Moment, names: Names) -> Iterator[str]:
    yield "There is no initiative yet."


def quarter(before: Moment, now: Moment, names: Names) -> Iterator[str]:
    backbone, was = now.own, before.own
    if backbone.status == Status.FORMING and was.status == Status.NONE:
        paid = "funders pay for a backbone" if now.seen["funded"] else "no funder pays for a backbone"
        yield f"An initiative begins to form; {paid}."
    if backbone.leader_left:
        yield f"Its leader leaves; the adaptiveness of its leadership falls to {percent(backbone.leadership)}."
    if before.seen.get("funded") and not now.seen["funded"]:
        yield f"Funders no longer pay for it; it has {dollars(backbone.reserves)} in reserve."
    if backbone.reviews > was.reviews:
        yield from _review(now, names)
    yield from _members(before, now, names)
    if backbone.status != was.status and was.status != Status.NONE:
        yield from _status(now)
    if now.tick % 4 == 3 and now.seen["members"] and backbone.status < Status.FINISHED:
        quality = sum(backbone.kappa[: len(names.needs)]) / len(names.needs)
        known = f"legitimacy {percent(backbone.legitimacy)}, shared data of quality {percent(quality)}"
        staff = f"{dollars(backbone.spent)} for staff this quarter"
        yield f"The year ends with visible progress of {backbone.progress:+.2f}, {known} and {staff}."


def quiet(now: Moment) -> str:
    if now.own.status in (Status.FINISHED, Status.FAILED):
        return "the initiative has ended."
    return "there is no initiative." if now.own.status == Status.NONE else "no events."


def _review(now: Moment, names: Names) -> Iterator[str]:
    backbone = now.own
    agenda = ""
    if backbone.agenda_set:
        weights = sorted(zip(backbone.agenda, names.needs, strict=False), reverse=True)
        agenda = f" The common agenda: {listing([f'{need} {percent(weight)}' for weight, need in weights])}."
    yield f"Review {backbone.reviews} is held.{agenda}"
    if delegates := [names.npo(i, now.generations) for i in backbone.committee[: len(names.needs)] if i >= 0]:
        yield f"On the steering committee: {listing(delegates)}."
    if backbone.plan_stands:
        yield "A joint plan is in force until the next review."


def _members(before: Moment, now: Moment, names: Names) -> Iterator[str]:
    old, new = before.seen.get("members", []), now.seen["members"]
    if before.own.status >= Status.FINISHED or old == new:
        return
    joined, gone = [i for i in new if i not in old], [i for i in old if i not in new]
    closed = [i for i in gone if i not in now.seen["open"]]
    left = [i for i in gone if i not in closed]
    changes = []
    for slots, verb in ((joined, "joined"), (left, "left"), (closed, "closed")):
        named = listing([names.npo(i, now.generations) for i in slots])
        changes += [f"{count(len(slots), 'NPO') if len(slots) > NAMED else named} {verb}"] if slots else []
    yield f"It has {count(len(new), 'member')}: {'; '.join(changes)}."


def _status(now: Moment) -> Iterator[str]:
    status = now.own.status
    if status == Status.ACTIVE:
        yield "With its first review the initiative starts its work."
    elif status == Status.SUSTAINED:
        yield "The initiative has lasted long enough to count as sustained."
    else:
        seen = now.seen
        how = f"it had fewer than {now.p.least_members} members for a year"
        if now.own.below_least < 4:
            how = f"the probability was {percent(seen['chance'])}: {percent(seen['active'])} of members kept their promise, "
            how += f"money was in sight for {percent(seen['in_sight'])} of a year, and trust was {seen['trust']:.2f}"
        yield f"The initiative ends this quarter ({Status(status).name.lower()}); {how}."
