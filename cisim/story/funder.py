"""A funder's quarter in sentences, from its fields at the end of this quarter and the one before, and its rounds."""

from collections.abc import Iterator

from cisim.model.codes import Status
from cisim.story.watching import PAID_IN_FULL, Moment
from cisim.story.wording import Names, dollars, percent, yearly
from cisim.text.english import count, listing


def opening(now: Moment, names: Names) -> Iterator[str]:
    cares = sorted(zip(now.own.priorities, names.needs, strict=False), reverse=True)
    about = listing([f"{need} ({percent(weight)})" for weight, need in cares])
    yield f"It gives {dollars(now.own.budget)} a year; its priorities are {about}."


def quarter(before: Moment, now: Moment, names: Names) -> Iterator[str]:
    funder, was = now.own, before.own
    if was.budget > 0 and funder.budget == 0:
        yield f"It leaves for good because of a shock; the money it still holds ({dollars(funder.purse)}) pays what it promised."
    cut, full = now.seen["quarter"], funder.budget / 4
    before_cut = before.seen.get("quarter", was.budget / 4) < was.budget / 4
    if cut < full and not before_cut:
        yield f"All budgets are cut: {dollars(cut)} instead of {dollars(full)} this quarter."
    elif before_cut and not cut < full:
        yield "Budgets are no longer cut."
    yield from _alignment(before, now)
    if "chosen" in now.seen:
        chosen, year = now.seen["chosen"], dollars(4 * funder.available)
        money = f"it has {year} a year to award" if funder.available > 0 else "it has nothing to award"
        yield f"Its grant round: {count(funder.applicants, 'application')}; {money} and chooses {len(chosen) or 'none'}."
        if chosen:
            given = [f"{names.npo(i, now.generations)} {yearly(grant, years)}" for i, grant, years in chosen]
            yield f"It gives {listing(given)}."
    if funder.pays < PAID_IN_FULL:
        yield f"It cannot pay in full: it pays {percent(funder.pays)} of each instalment."


def quiet(now: Moment) -> str:
    return "no events." if now.own.budget > 0 else "it has left."


def _alignment(before: Moment, now: Moment) -> Iterator[str]:
    funder, was = now.own, before.own
    if funder.aligned and not was.aligned:
        yield f"It aligns with the initiative, whose visible progress is {now.backbone.progress:+.2f}."
    elif was.aligned and not funder.aligned:
        ended = now.backbone.status >= Status.FINISHED
        gone = "the initiative has ended" if ended else "there are no members left to fund" if now.backbone.members == 0 else ""
        yield f"It is no longer aligned: {gone}." if gone else "It withdraws and is no longer aligned."
    if funder.to_pot > 0 and not was.to_pot > 0:
        yield f"It pays {dollars(funder.to_pot)} into the common pot this quarter."
    elif was.to_pot > 0 and not funder.to_pot > 0:
        yield "It no longer pays into the common pot."
