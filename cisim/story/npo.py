"""An NPO's quarter in sentences, from its fields at the end of this quarter and the last, and from what its decisions saw."""

from collections.abc import Iterator

from cisim.model.codes import Promise, Status, WhyClosed, WhyMember, WhyNeed, WhySite
from cisim.story.watching import Moment
from cisim.story.wording import Names, dollars, percent, yearly
from cisim.text.english import capital, count, listing


def opening(now: Moment, names: Names) -> Iterator[str]:
    npo = now.own
    schools = listing([names.school(j) for j in npo.sites[: npo.n_sites]])
    yield f"It works on the {names.needs[npo.need]} need at {schools} ({names.stages[npo.stage]})."
    yield f"It is built for an income of {dollars(npo.size)} a year and has {dollars(npo.reserves)} in reserve."
    known = sum(other >= 0 for other in npo.partners), sum(funder >= 0 for funder in npo.prospects)
    yield f"It knows {count(known[0], 'other NPO')} and {count(known[1], 'funder')}."


def quarter(before: Moment, now: Moment, names: Names) -> Iterator[str]:
    if not before.own.alive:
        if now.own.alive:
            yield "A newcomer is founded in the empty place."
            yield from opening(now, names)
        return
    for part in (_membership, _grants, _income, _site, _need, _learning, _partners, _end):
        yield from part(before, now, names)


def quiet(now: Moment) -> str:
    return "no events." if now.own.alive else "no organisation has taken its place."


def _membership(before: Moment, now: Moment, names: Names) -> Iterator[str]:
    if now.own.uses_public != before.own.uses_public and now.p.public_reach < 1.0:  # otherwise all do, at once
        does = "begins to work" if now.own.uses_public else "no longer works"
        yield f"It {does} with public data about its need."
    if now.own.client != before.own.client:
        does = "becomes a client of" if now.own.client else "leaves"
        yield f"It {does} the office for tested programmes."
    why, seen = now.own.why_member, now.seen
    joined = now.own.member_since == now.tick
    if joined and why == WhyMember.JOINED_UNDER_MANDATE:
        yield f"It joins the initiative because a mandate requires it; {_stakes(now)}."
    elif joined and why == WhyMember.JOINED:
        inside = f"; {percent(seen['trusted'])} of those it knows, weighted by trust, are members" if seen["trusted"] > 0 else ""
        yield f"It joins the initiative: {_stakes(now)}, and the initiative reached it{inside}."
    elif joined and why == WhyMember.FOUNDING_MEMBER:
        yield "It is a founding member of the initiative."
    elif joined:
        yield "It joins the initiative."  # which ends at once, and that has replaced the reason
    elif before.own.member and why == WhyMember.LEFT_LOW_COMMITMENT:
        hours = f"working together takes {percent(seen['asked'])} of its hours"
        yield f"It leaves the initiative: its commitment is {percent(seen['commitment'])}, and {hours}."
    elif not before.own.member and why != before.own.why_member and "burden" in seen:
        if why == WhyMember.COSTS_MORE_THAN_IT_GIVES:
            yield f"It stays out of the initiative: {_stakes(now)}."
        elif why == WhyMember.NOT_REACHED:
            yield f"It is not a member: {_stakes(now)}, but the initiative has not reached it."
    if (before.own.member or joined) and why == WhyMember.INITIATIVE_ENDED:
        yield f"The initiative ends ({Status(now.backbone.status).name.lower()}), and its membership ends with it."
    if now.own.steering and not before.own.steering:
        yield "It becomes a delegate on the steering committee, as the largest member of its working group."
    if now.backbone.host == now.own.slot and before.backbone.host != now.own.slot:
        yield "It is now the largest member and hosts the initiative."


def _stakes(now: Moment) -> str:
    benefit, burden = now.seen["benefit"], now.seen["burden"]
    more = "a larger" if benefit > burden else "no larger"
    return f"it expects {more} benefit ({percent(benefit)} of its work) than its cost in hours ({percent(burden)})"


def _grants(before: Moment, now: Moment, names: Names) -> Iterator[str]:
    if now.tick % 4 > 0:
        return
    npo, tried, won = now.own, now.seen["tried"], now.seen["won"]
    for old, new, refused in zip(before.own.prospects, npo.prospects, before.own.refusals, strict=True):
        if old >= 0 and new != old:
            why = f"which refused it {count(refused, 'time')} in a row"
            yield f"It now approaches {names.funder(new)} instead of {names.funder(old)}, {why}."
    if not tried:
        slots = list(zip(before.own.prospects, before.own.left, before.own.refusals, strict=True))
        paying = sum(left > 0 for _, left, _ in slots)
        given_up = sum(f >= 0 and left == 0 and refused >= now.p.discouraged_after for f, left, refused in slots)
        refused = f"{count(given_up, 'funder')} refused it too often"
        yield f"It makes no application: {count(paying, 'grant')} still running, and {refused}."
    elif not won:
        yield f"It applies to {count(len(tried), 'funder')}; {'it refuses' if len(tried) == 1 else 'all refuse'}."
    else:
        grants = [f"{yearly(grant, years)} from {names.funder(f)}" for f, grant, years in won]
        yield f"It applies to {count(len(tried), 'funder')} and wins {count(len(won), 'grant')}: {listing(grants)}."
    if not now.seen["running"]:
        yield f"No grant runs this year; it has {dollars(before.own.reserves)} in reserve."


def _income(before: Moment, now: Moment, names: Names) -> Iterator[str]:
    for funder, pays in now.seen["cut"]:
        yield f"{capital(names.funder(funder))} cannot pay in full: it pays {percent(pays)} of its instalment."
    for name, source in (("from_pot", "the common pot"), ("earmarked", "an intervention")):
        had, has = before.seen.get(name, 0.0) > 0, now.seen[name] > 0
        if has and not had:
            yield f"It gets money from {source}: {dollars(now.seen[name])} this quarter."
        elif had and not has:
            why = ", because its broken promise was noticed" if name == "from_pot" and before.own.sanctioned else ""
            yield f"It no longer gets money from {source}{why}."
    if now.seen["kept"] == Promise.BROKEN:
        seen = ", and this is noticed: it gets nothing from the pot next quarter" if now.seen["sanctioned"] else ""
        yield f"It breaks its promise{seen}."


def _site(before: Moment, now: Moment, names: Names) -> Iterator[str]:
    npo, why = now.own, now.own.why_site
    gone = [j for j in before.own.sites if j not in npo.sites]
    come = [j for j in npo.sites if j not in before.own.sites]
    for old, new in zip(gone, come, strict=True):
        judged = "following the joint plan and its agenda" if why == WhySite.MOVED_BY_AGENDA else "on its own judgement"
        if npo.proposed == new:
            judged = "as its working group proposed"
        worth = now.seen["worth"]
        numbers = f"it values working there at {worth[new]:.2f}, compared with {worth[old]:.2f} before"
        yield f"It moves from {names.school(old)} to {names.school(new)} {judged}: {numbers}."
    if npo.stage != before.own.stage:
        stages = f"{names.stages[npo.stage]} instead of {names.stages[before.own.stage]}"
        yield f"It now works in {stages}, which costs it {percent(now.p.stage_change_cost)} of its quality."
    if "worth" in now.seen and why == WhySite.REFUSED_BY_SCHOOL:
        yield "It wants to move to another school, which is full and refuses it."
    elif "worth" in now.seen and why == WhySite.NOT_WORTH_MOVING:
        yield "It compares its schools with a few others and stays: no move is worth it."


def _need(before: Moment, now: Moment, names: Names) -> Iterator[str]:
    old, new = before.own.need, now.own.need
    if old == new:
        return
    by_agenda = now.own.why_need == WhyNeed.FOLLOWED_AGENDA
    what, seen, show = ("the agenda's weight", "agenda", percent) if by_agenda else ("funders' money", "money_for", dollars)
    (was, here), (will, there) = ((names.needs[d], show(now.seen[seen][d])) for d in (old, new))
    each = "for each NPO that works on the need"
    yield f"It changes its need from {was} to {will}: {what} {each} is {there} for {will} and {here} for {was}."


def _learning(before: Moment, now: Moment, names: Names) -> Iterator[str]:
    if now.own.turned_over:
        yield "Experienced staff leave."
    if "copied" in now.seen:
        copied = [f"it copies that of {names.npo(slot, before.generations)}" for slot in now.seen["copied"]]
        found = [*copied, "it tries something slightly different"][0]
        yield f"It changes its practice: {found}, which looked better than its own."
    was, runs = before.own.programme, now.own.programme
    if runs >= 0 and was < 0:
        hours = f"training takes {now.p.training_hours:g} hours in a year"
        yield f"It takes up tested programme {runs + 1} on the menu of its need; {hours}."
    elif was >= 0 and runs < 0:
        yield "It drops its tested programme."


def _partners(before: Moment, now: Moment, names: Names) -> Iterator[str]:
    own, ago = now.own, before.own
    for old, was, trust, new, is_ in zip(ago.partners, ago.bilateral, ago.trust, own.partners, own.bilateral, strict=True):
        if was and not (is_ and new == old):
            low = trust < 0.5 * now.p.base_trust
            why = f"trust has fallen to {trust:.2f}" if low else "the partner has closed" if new < 0 else ""
            yield f"Its partnership with {names.npo(old, before.generations)} ends{f': {why}' if why else ''}."
        if is_ and not (was and new == old):
            yield f"It begins a partnership with {names.npo(new, before.generations)} (trust {trust:.2f})."


def _end(before: Moment, now: Moment, names: Names) -> Iterator[str]:
    if now.own.alive:
        slots = zip(before.own.prospects, before.own.grants, before.own.left, now.own.left, strict=True)
        if ended := [(names.funder(f), grant) for f, grant, left, still in slots if left > 0 and not still]:
            amount = dollars(4 * sum(grant for _, grant in ended))
            what = "A grant" if len(ended) == 1 else "Grants"
            yield f"{what} from {listing([name for name, _ in ended])} ({amount} a year) ended."
        return
    seen, p = now.seen, now.p
    if now.own.why_closed == WhyClosed.CLOSED_OUT_OF_MONEY:
        least = dollars(p.survival_share * now.own.size / 4)
        why = f"because it is out of money: it spends {dollars(seen['spending'])} this quarter and needs {least} to survive"
    elif now.own.why_closed == WhyClosed.CLOSED_BY_SHOCK:
        why = "because of the shock of this quarter"
    else:
        rate, times = percent(p.closure / 4), f"{p.closure_small:g}"
        why = f"for a reason other than money: {rate} of NPOs do so each quarter ({times} times as many if small)"
    member = ", still a member" if seen["member"] else ""
    yield f"It closes after {count(now.own.age, 'quarter')}{member}, {why}."
    if seen["reserves"] > 0:
        yield f"Its reserves of {dollars(seen['reserves'])} are lost."
