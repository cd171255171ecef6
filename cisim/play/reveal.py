"""The reveal: the same town again with something left out, in the same simulated future and in sixteen others.

All of it is replay: `twin` plays the steps of a game with one change. It runs in a worker process, the class first.
"""

import functools
import math
from collections.abc import Sequence
from typing import Any

from cisim.play import names, scores
from cisim.play.town import CONDITIONS, Setup, Town

Step = tuple[Any, ...]
FUTURES = 16
ALL_FIVE = CONDITIONS
SMALL = ("map", "plan", "truce")
LINES = {
    "class": "your class",
    "habits": "your habits, no agreement",
    "alone": "rules, each alone",
    "data": "rules, public data",
    "initiative": "rules, an initiative",
    "small": "rules, map, plan and truce",
}
WITHOUT = {"truce": "the truce", "plan": "the plan", "map": "the map and its data", "broken": "broken promises"}


@functools.lru_cache(maxsize=1)
def _town(setup: Setup) -> Town:
    """The town that a process plays twins in, one after another."""
    return Town(setup)


def twin(setup: Setup, steps: Sequence[Step], vote: int, change: str = "class", future: int = 0) -> dict[str, Any]:
    """A game played again with one change. `vote`: years before the first negotiation; `future`: 0 is the game's own, others have
    other chance from the vote on.

    Changes: the keys of LINES, `without:ARTICLE`, `seat:npo:4` (the rule in this seat), `year:3:npo:4` (the rule, that year).
    """
    town = _town(setup)
    seen: list[dict[str, Any]] = []
    town.rewind()
    seat = change.partition(":")[2] if change.startswith("seat:") else ""
    year, _, in_year = change.removeprefix("year:").partition(":") if change.startswith("year:") else ("", "", "")
    by_rules = change in ("alone", "data", "initiative", "small")
    habits: dict[str, int] = {}
    begun = False
    for step in steps:
        if town.year == vote and not begun and step[0] != "year":
            begun = True
            _begin_anew(town, setup, change, future)
        if step[0] == "order":
            order = _order(step[2], change)
            if step[1] == seat or (step[1] == in_year and town.year + 1 == int(year)) or by_rules:
                continue
            if change == "habits":
                if town.year < vote and step[1].startswith("npo:"):
                    habits[step[1]] = step[2].get("polish", 1)
                elif step[1].startswith("npo:"):
                    order = {"polish": habits.get(step[1], 1)}
            town.order(step[1], order)
        elif step[0] == "event":
            town.happen(step[1])
        elif step[0] == "found" and not by_rules and change != "habits":
            _found(town, step, change, seat)
        elif step[0] == "year":
            if town.year == vote and not begun:
                begun = True
                _begin_anew(town, setup, change, future)
            town.play_year()
            seen.append({"met": scores.needs_met(town), **({"own": _own(town, seat or in_year)} if seat or in_year else {})})
    return {"met": [round(one["met"]) for one in seen], "own": [one.get("own") for one in seen]}


def _own(town: Town, seat: str) -> dict[str, Any] | None:
    return scores.of_organisation(town, int(seat[4:])) if seat.startswith("npo:") else None


def _begin_anew(town: Town, setup: Setup, change: str, future: int) -> None:
    """The first day after the first negotiation: other chance, and what the rules' own lines begin with."""
    if future:
        town.change_future((setup.seed + 1_000_003 * future) % 2**53)
    if change == "data":
        town.found((), open_data=True)
    elif change in ("initiative", "small"):
        town.found(ALL_FIVE if change == "initiative" else SMALL)


def _order(order: dict[str, Any], change: str) -> dict[str, Any]:
    if change == "without:broken":
        return {key: value for key, value in order.items() if key != "kept"}
    return order


def _found(town: Town, step: Step, change: str, seat: str) -> None:
    _, articles, sees, members, outside, director = step
    left = tuple(one for one in articles if change != f"without:{one}")
    slot = int(seat[4:]) if seat.startswith("npo:") else -1
    if left:
        town.found(left, sees, [one for one in members if one != slot], [one for one in outside if one != slot], director)


def spread(differences: Sequence[float]) -> tuple[float, float]:
    """Mean and standard error."""
    n = len(differences)
    mean = sum(differences) / n
    return mean, math.sqrt(sum((one - mean) ** 2 for one in differences) / (n - 1) / n) if n > 1 else 0.0


def lines(setup: Setup, steps: Sequence[Step], vote: int) -> dict[str, Any]:
    """The first page: five lines in the same future, and how often the class is ahead of its habits in others."""
    agreed = any(step[0] == "found" for step in steps)
    wanted = ("class", "habits", "alone", "data", "initiative") if agreed else ("class", "alone", "data", "initiative", "small")
    found = [{"key": key, "label": LINES[key], "values": twin(setup, steps, vote, key)["met"]} for key in wanted]
    other = "habits" if agreed else "alone"
    finals = [twin(setup, steps, vote, "class", future)["met"][-1] for future in range(1, FUTURES + 1)]
    others = [twin(setup, steps, vote, other, future)["met"][-1] for future in range(1, FUTURES + 1)]
    ahead = [one - two for one, two in zip(finals, others, strict=True)]
    mean, error = spread(ahead)
    own = found[0]["values"][-1] - next(one["values"][-1] for one in found if one["key"] == other)
    against = {"key": other, "label": LINES[other], "here": own, "mean": round(mean), "error": round(error)}
    against |= {"better": sum(one > 0 for one in ahead), "of": FUTURES}
    return {"lines": found, "against": against, "agreed": agreed, "vote": vote, "finals": finals}


def causes(setup: Setup, steps: Sequence[Step], vote: int, finals: Sequence[float]) -> list[dict[str, Any]]:
    """The second page: needs met in the last year less those with one thing left out, in the game's own future and in others."""
    articles = {one for step in steps if step[0] == "found" for one in step[1]}
    broken = any(step[0] == "order" and 0 in step[2].get("kept", {}).values() for step in steps)
    found = []
    if articles:
        own = twin(setup, steps, vote)["met"][-1]
        for key, label in WITHOUT.items():
            if key in articles or (key == "broken" and broken):
                here = own - twin(setup, steps, vote, f"without:{key}")["met"][-1]
                pairs = [
                    one - twin(setup, steps, vote, f"without:{key}", future)["met"][-1] for future, one in enumerate(finals, 1)
                ]
                mean, error = spread(pairs)
                found.append({"key": key, "label": label, "here": here, "mean": round(mean), "error": round(error)})
    return found


def player(setup: Setup, steps: Sequence[Step], vote: int, seat: str, finals: Sequence[float]) -> dict[str, Any]:
    """One player beside the rule in its seat: own figures in the same future, its effect on the town over others, and the year
    whose decisions cost it most."""
    rule = twin(setup, steps, vote, f"seat:{seat}")
    yours = twin(setup, steps, vote, f"year:0:{seat}")  # nothing is left out: only its own figures are kept
    others = [twin(setup, steps, vote, f"seat:{seat}", future)["met"][-1] for future in range(1, len(finals) + 1)]
    effects = [one - two for one, two in zip(finals, others, strict=True)]
    mean, error = spread(effects)
    verdict = "cannot tell" if abs(mean) <= 2.0 * error else "helped" if mean > 0 else "hurt"
    found = {"seat": seat, "town": {"verdict": verdict, "mean": round(mean), "error": round(2.0 * error), "of": len(finals)}}
    if not seat.startswith("npo:"):
        return found
    decided = {number for number, step in _years_of(steps, seat) if step.get("move") or step.get("polish", 1) != 1}
    dearest: dict[str, Any] | None = None
    for number in sorted(decided):
        other = twin(setup, steps, vote, f"year:{number}:{seat}")
        lost = sum(one["money"] for one in other["own"][number - 1 :]) - sum(one["money"] for one in yours["own"][number - 1 :])
        more = sum(one["counted"] for one in other["own"][number - 1 :]) - sum(
            one["counted"] for one in yours["own"][number - 1 :]
        )
        if dearest is None or more > dearest["counted"]:
            dearest = {"year": number, "money": round(lost, 1), "counted": more}
    if dearest is not None and dearest["counted"] <= 0:
        dearest = None
    return {**found, "rows": [_row(*one, yours["own"], rule["own"]) for one in ROWS], "dearest": dearest}


def _years_of(steps: Sequence[Step], seat: str) -> list[tuple[int, dict[str, Any]]]:
    year, found = 1, {}
    for step in steps:
        if step[0] == "year":
            year += 1
        elif step[0] == "order" and step[1] == seat:
            found[year] = step[2]
    return list(found.items())


ROWS: tuple[tuple[str, Any], ...] = (
    ("money, all years ($k)", lambda years: round(sum(one["money"] for one in years))),
    ("young people counted, a year", lambda years: round(sum(one["counted"] for one in years) / len(years))),
    ("really added, a year", lambda years: round(sum(one["added"] for one in years) / len(years))),
    ("proposals written", lambda years: sum(len(one["answers"]) for one in years)),
    ("proposals refused", lambda years: sum(one["refused"] for one in years)),
    ("years without a grant", lambda years: sum(not one["grant"] for one in years)),
)


def _row(label: str, measure: Any, yours: Sequence[Any], rule: Sequence[Any]) -> list[Any]:
    return [label, measure(yours), measure(rule)]


def collisions(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The third page: the map of the last year alone beside that of the last year of all."""
    keys = ("empty", "doubled", "places", "map")
    return {"before": {key: before[key] for key in keys}, "after": {key: after[key] for key in keys}}


def cost(years: Sequence[dict[str, Any]], vote: int) -> dict[str, Any]:
    """The fourth page: what the town spent its hours and dollars on, before the vote and after, and counted against added."""

    def mean(part: Sequence[dict[str, Any]], key: str) -> float:
        return round(sum(one["town"][key] for one in part) / len(part), 3) if part else 0.0

    alone, later = years[:vote], years[vote:]
    last = [one for seat, one in years[-1]["seats"].items() if seat.startswith("npo:")]
    rows = [
        ["refused applications, a year", mean(alone, "refused"), mean(later, "refused")],
        ["hours in refused applications, a year", mean(alone, "hours"), mean(later, "hours")],
        ["cents of a dollar that reach programmes", mean(alone, "cents"), mean(later, "cents")],
        ["places without any programme", mean(alone, "empty"), mean(later, "empty")],
        ["places with two or more", mean(alone, "doubled"), mean(later, "doubled")],
    ]
    counted, added = sum(one["counted"] for one in last), sum(one["added"] for one in last)
    first_year = later[0]["town"]["met"] - alone[-1]["town"]["met"] if alone and later else 0
    return {"rows": rows, "counted": counted, "added": added, "first_year": first_year}


QUESTIONS = {
    "known": "What did you know when you moved? What would you have needed to know?",
    "polish": "When did you stop writing plain proposals, and why?",
    "article": "Which article of your agreement would you keep, if you could keep only one?",
    "refused": "You agreed on nothing. What would have had to be in the proposal?",
    "broken": "Some promises were broken. Could the others see it? Should they?",
    "refute": "In some towns a class that keeps most promises is still behind its habits in the third year. "
    "What would you have to see here to say that the agreement did nothing?",
    "left_out": "What is left out of this town that matters in yours?",
}


def questions(steps: Sequence[Step]) -> list[str]:
    """Questions that follow what happened; one asks what would refute the lesson."""
    orders = [step[2] for step in steps if step[0] == "order"]
    agreed = any(step[0] == "found" for step in steps)
    wanted = ["known"]
    wanted += ["polish"] if any(order.get("polish") == 2 for order in orders) else []
    wanted += ["article"] if agreed else ["refused"]
    wanted += ["broken"] if any(0 in order.get("kept", {}).values() for order in orders) else []
    return [QUESTIONS[key] for key in [*wanted, "refute", "left_out"]]


def broken_promises(steps: Sequence[Step], seat: str) -> list[list[Any]]:
    """A player's own secret: the year and article of each promise that it broke."""
    kept = [(year, order.get("kept", {})) for year, order in _years_of(steps, seat)]
    return [[year, article] for year, articles in kept for article, one in articles.items() if one == 0]


def school_names(count: int) -> list[str]:
    """The names on the map."""
    return list(names.SCHOOLS[:count])
