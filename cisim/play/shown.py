"""What each phone and the projector show: a whole small snapshot, so that reconnecting is joining."""

from typing import Any

from cisim.play import debrief, headlines, names, reveal, suggest
from cisim.play.orders import ARTICLES, EVENTS, MOST_OF_TRUCE, checked_articles
from cisim.play.room import PAGES, Person, Room

Snapshot = dict[str, Any]
HISTORY = ("met", "empty", "doubled", "asked", "refused", "members")
"""What the teacher's page for paper has of each year."""


def _common(room: Room, now: float) -> Snapshot:
    game = room.game
    rounds = min(game.round, room.total) if game else 0
    shown = len(game.years) if game and room.state in ("look", "propose", "vote", "reveal") else rounds
    agreed = bool(game and game.agreement)
    return {
        "room": room.code,
        "state": room.state,
        "round": game.round if game else 0,
        "year": shown,
        "total": room.total,
        "together": agreed,
        "left": None if room.deadline is None else max(0, round(room.deadline - now)),
        "outcome": _outcome(room),
        "decided": room.decided,
        "of": len(room.people),
        "solo": room.solo,
    }


def _outcome(room: Room) -> list[str]:
    """What the vote came to, in the year after it."""
    game = room.game
    if game is None or game.outcome is None or room.state != "decide" or game.outcome["after"] != len(game.years):
        return []
    return headlines.outcome(game.outcome)


def snapshot(room: Room, person: Person, now: float) -> Snapshot:
    """All that a phone shows."""
    found = _common(room, now)
    found["you"] = {
        "k": person.last,
        "name": person.name,
        "seat": person.seat,
        "as": names.name(person.seat) if person.seat else "",
    }
    game = room.game
    if game is None or not person.seat:
        return found
    view, seat = room.view(person.seat), person.seat
    found["you"] |= {"kind": view["kind"], "director": seat == f"npo:{game.town.director}"}
    early = room.state == "look" and view["kind"] == "funder" and len(game.years) < room.total
    if room.state == "decide" or early:
        found["view"] = view
        found["sent"] = game.orders.get(seat)
        found["negotiated"] = bool(game.agreement and game.agreement["after"] == len(game.years))
        if view["kind"] == "npo":
            found["calls"] = [suggest.call_of(game.town, one["f"]) for one in view["funders"]]
            found["most_of_truce"] = MOST_OF_TRUCE
    if room.state in ("look", "propose", "vote", "reveal"):
        found["result"] = _result(room, seat)
    if room.state in ("propose", "vote"):
        found["proposals"] = _proposals(room, seat)
        found["articles"] = ARTICLES
    if room.state == "vote" and view["kind"] == "npo":
        npos = game.town.community.npos
        played = [int(one[4:]) for one in game.played if one.startswith("npo:")]
        found["candidates"] = [{"slot": one, "name": names.organisation(one), "need": npos[one].need} for one in played]
        found |= {"named": game.named.get(seat), "view_need": view["need"]}
    if room.state == "reveal":
        found["mine"] = room.private.get(seat)
        found["secret"] = reveal.broken_promises(game.steps, seat)
        found["told"] = bool(person.told)
        found["years"] = _years(room, seat)
        found["questions"] = _questions(room)
        found["against"] = room.found.get("lines", {}).get("against")
    return found


def _questions(room: Room) -> list[str]:
    game = room.playing
    vote = room.talks[0] if room.talks else room.total
    return debrief.questions(game.steps, game.years, vote, room.found.get("lines"))


def _result(room: Room, seat: str) -> Snapshot:
    game = room.playing
    years = [year["seats"].get(seat) for year in game.years]
    before = years[-2] if len(years) > 1 else None
    order = game.years[-1]["orders"].get(seat) or {}
    lines = headlines.of_seat(seat, years[-1], before, order) if years and years[-1] else []
    money = [year["money"] for year in years if year and "money" in year]
    return {"lines": lines, "money": money, "decided": seat in game.years[-1]["orders"] if game.years else False}


def _years(room: Room, seat: str) -> list[Snapshot]:
    """An organisation's own years, with what it decided otherwise than the rule: for the page that a player hands in."""
    found, inside = [], None
    for year in room.playing.years if seat.startswith("npo:") else ():
        own, order = year["seats"].get(seat), year["orders"].get(seat)
        if own is not None:
            words: dict[bool, list[str]] = {False: [], True: []}
            for group, text in reveal.decided(order or {}, inside).items():
                words[reveal.is_secret(order, group)].append(text)
            inside = (order or {}).get("join", inside)
            what = "; ".join(words[False]) or ("as suggested" if order else "the rule decided")
            figures = {key: own[key] for key in ("money", "counted", "refused")}
            found.append({**figures, "what": what, "secret": "; ".join(words[True])})
    return found


def _proposals(room: Room, seat: str) -> list[Snapshot]:
    game = room.playing
    standing = game.standing if room.state == "vote" else list(game.proposals.values())
    found = []
    for one in standing:
        hours, share = game.town.cost(one.articles)
        cast = game.votes.get(one.id, {})
        words: Snapshot = {"id": one.id, "articles": list(one.articles), "reads": headlines.proposal(one.articles, one.sees)}
        words |= {"hours": round(hours), "share": round(share, 3)}
        words |= {"support": len(one.support), "supported": seat in one.support, "vote": cast.get(seat)}
        words |= {"author": names.name(one.author), "join": sum(choice == "join" for choice in cast.values())}
        found.append(words)
    return found


def cost_of(room: Room, articles: Any) -> Snapshot:
    """What a proposal would cost, while somebody writes it."""
    hours, share = room.playing.town.cost(checked_articles(articles))
    return {"hours": round(hours), "share": round(share, 3)}


def projector(room: Room, now: float, teacher: bool) -> Snapshot:
    """All that the wall shows; a teacher's own page also shows who is in the room."""
    found = _common(room, now)
    found |= {"clock": room.clock, "locked": room.locked, "hidden": room.hidden, "teacher": teacher}
    found["names"] = [] if room.hidden else [one.name for one in room.people.values()]
    if teacher:
        found["people"] = [
            {"id": one.id, "name": one.name, "as": names.name(one.seat) if one.seat else "", "here": one.here}
            for one in room.people.values()
        ]
        found["events"] = EVENTS
    game = room.game
    if game is None:
        return found
    kinds = [one.seat.partition(":")[0] for one in room.people.values()]
    found["kinds"] = {kind: kinds.count(kind) for kind in ("npo", "funder", "school")}
    found["sizes"] = {"npo": game.setup.npos, "school": game.setup.schools, "funder": game.setup.funders}
    found["schools"] = reveal.school_names(game.setup.schools)
    found["needs"] = list(names.NEEDS)
    report = game.years[-1] if game.years else game.before
    found["map"] = report["town"]["map"]
    found["agreement"] = headlines.proposal(game.agreement["articles"], game.agreement["sees"]) if game.agreement else []
    if room.state in ("look", "reveal") and game.years:
        found["headlines"] = headlines.of_town(report)
    if room.state in ("propose", "vote"):
        found["proposals"] = _proposals(room, "")
    if room.state == "reveal":
        vote = room.talks[0] if room.talks else room.total
        found |= {"page": room.page, "pages": PAGES, "found": {k: v for k, v in room.found.items() if k != "finals"}}
        found["collisions"] = reveal.collisions(game.years[vote - 1]["town"], game.years[-1]["town"])
        found["vote"] = vote
        found["cost"] = reveal.cost(game.years, vote)
        found["questions"] = _questions(room)
        found["history"] = [{key: year["town"][key] for key in HISTORY} for year in game.years]
        found["broken"] = reveal.broken_by_article(game.steps)
        found["articles"] = ARTICLES
        found["told"] = [line for one in room.people.values() for line in one.told]
    return found
