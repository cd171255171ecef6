"""What happened in a quarter, in one sentence: pure functions of two frames."""

from collections.abc import Iterator, Sequence

from cisim.model.codes import Status, WhyClosed
from cisim.story.wording import Names
from cisim.text.english import capital, count, listing
from cisim.ui.watch.frames import Frame

MOST_NAMED = 3
"""Organisations named in one clause; more are counted."""

STATUS = {
    Status.FORMING: "the initiative forms",
    Status.ACTIVE: "the initiative holds its first review and is at work",
    Status.SUSTAINED: "the initiative has lasted long enough to count as sustained",
    Status.FINISHED: "the initiative finishes",
    Status.FAILED: "the initiative fails",
}
CLOSED = {
    WhyClosed.CLOSED_OUT_OF_MONEY: " (out of money)",
    WhyClosed.CLOSED_BY_SHOCK: " (struck by a shock)",
    WhyClosed.CLOSED_OTHER: "",
}


def caption(before: Frame, now: Frame, names: Names) -> str:
    """The sentence of a quarter: the initiative, members, closed and new organisations, moves, and funders."""
    clauses = list(_clauses(before, now, names))
    return capital("; ".join(clauses)) + "." if clauses else "No organisation joins, leaves, moves or closes."


def _clauses(before: Frame, now: Frame, names: Names) -> Iterator[str]:
    if now.status != before.status and now.status in STATUS:
        yield STATUS[Status(now.status)]
    if now.plan and not before.plan:
        yield "a joint plan is agreed"
    slots = range(len(now.alive))
    stayed = [i for i in slots if now.alive[i] and before.alive[i]]
    yield from _they([i for i in stayed if now.member[i] > before.member[i]], "joins", "join", now, names)
    if now.status not in (Status.FINISHED, Status.FAILED):  # where the initiative ends, all members leave: no need to say so
        yield from _they([i for i in stayed if now.member[i] < before.member[i]], "leaves", "leave", now, names)
    gone = [i for i in slots if before.alive[i] and not now.alive[i]]
    for why, reason in CLOSED.items():
        yield from _they([i for i in gone if now.why_closed[i] == why], f"closes{reason}", f"close{reason}", before, names)
    if come := [i for i in slots if now.alive[i] and not before.alive[i]]:
        yield f"{count(len(come), 'new organisation')} {'is' if len(come) == 1 else 'are'} founded"
    moved = [i for i in stayed if set(now.sites[i]) != set(before.sites[i])]
    yield from _they(moved, "moves to another school", "move to other schools", now, names)
    turned = [i for i in stayed if now.need[i] != before.need[i]]
    yield from _they(turned, "turns to another need", "turn to another need", now, names)
    aligned = sum(now.aligned) - sum(before.aligned)
    if aligned > 0:
        yield f"{count(aligned, 'more funder')} {'aligns' if aligned == 1 else 'align'} with the initiative"
    elif aligned < 0:
        yield f"{count(-aligned, 'funder')} {'is' if aligned == -1 else 'are'} no longer aligned"
    for f, (had, has) in enumerate(zip(before.budget, now.budget, strict=True)):
        if had > 0 and has == 0:
            yield f"{names.funder(f)}, the largest, leaves for good (a shock)"


def _they(slots: Sequence[int], one: str, many: str, frame: Frame, names: Names) -> Iterator[str]:
    if len(slots) > MOST_NAMED:
        yield f"{len(slots)} organisations {many}"
    elif slots:
        yield f"{listing([names.npo(i, frame.generation) for i in slots])} {one if len(slots) == 1 else many}"
