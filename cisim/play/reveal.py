"""The reveal: the same town again with something left out, in the same simulated future and in sixteen others.

All of it is replay: `twin` plays the steps of a game with one change. It runs in a worker process, the class first.
"""

import math
from collections.abc import Sequence
from typing import Any

from cisim.play import names
from cisim.play.orders import ARTICLES, POLISH
from cisim.play.town import Setup
from cisim.play.twins import GROUPS, LINES, Step, twin
from cisim.text.english import count, listing

FUTURES = 16
WITHOUT = {"truce": "the truce", "plan": "the plan", "map": "the map and its data", "talk": "regular meetings"}
WITHOUT |= {"agenda": "the common agenda", "backbone": "paid staff", "dues": "dues (funders pay)", "broken": "broken promises"}


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


def player(setup: Setup, steps: Sequence[Step], vote: int, finals: Sequence[float], seat: str) -> dict[str, Any]:
    """One player beside the rule in its seat: own figures in the same future, its effect on the town over others, and each of
    its decisions."""
    rule = twin(setup, steps, vote, f"seat:{seat}")
    yours = twin(setup, steps, vote, f"own:{seat}")
    others = [twin(setup, steps, vote, f"seat:{seat}", future)["met"][-1] for future in range(1, len(finals) + 1)]
    effects = [one - two for one, two in zip(finals, others, strict=True)]
    mean, error = spread(effects)
    verdict = "cannot tell" if abs(mean) <= 2.0 * error else "helped" if mean > 0 else "hurt"
    effect = {"verdict": verdict, "mean": round(mean), "error": round(2.0 * error), "of": len(finals)}
    found = {"seat": seat, "town": effect, "decisions": _decisions(setup, steps, vote, seat, yours)}
    if seat.startswith("npo:"):
        found["rows"] = [_row(*one, yours["own"], rule["own"]) for one in ROWS]
    return found


def _decisions(setup: Setup, steps: Sequence[Step], vote: int, seat: str, yours: dict[str, Any]) -> list[dict[str, Any]]:
    """Decision by decision, what it brought in the game's own future: yours less what the rule would have chosen there."""
    found, inside = [], None
    asked: list[tuple[int, dict[str, Any], str, str]] = [(vote + 1, {}, "vote", words) for words in _voted(steps, seat)]
    for year, order in _years_of(steps, seat):
        asked += [(year, order, group, words) for group, words in decided(order, inside).items()]
        inside = order.get("join", inside)
    for year, order, group, words in sorted(asked, key=lambda one: one[0]):
        rule = twin(setup, steps, vote, f"vote:{seat}" if group == "vote" else f"decision:{year}:{group}:{seat}")
        town = yours["met"][-1] - rule["met"][-1]
        if seat.startswith("npo:"):
            pairs = list(zip(yours["own"][year - 1 :], rule["own"][year - 1 :], strict=True))
            money, counted = (sum(one[key] - two[key] for one, two in pairs) for key in ("money", "counted"))
            if money or counted or town:
                row = {"year": year, "what": words, "money": round(money), "counted": round(counted), "town": town}
                found.append({**row, "secret": is_secret(order, group)})
        elif town:
            found.append({"year": year, "what": words, "town": town})
    return found


def _voted(steps: Sequence[Step], seat: str) -> list[str]:
    """What an organisation's vote on the first agreement came to, where there was one."""
    founded = next((step for step in steps if step[0] == "found"), None)
    slot = int(seat[4:]) if seat.startswith("npo:") else -1
    if founded is None or slot not in (*founded[3], *founded[4]):
        return []
    return ["voted to join" if slot in founded[3] else "voted to stay out"]


def decided(order: dict[str, Any], inside: int | None = None) -> dict[str, str]:
    """A year's decisions that may differ from the rule's, in words, by group. `inside`: whether it was a member before."""
    found = {}
    if order.get("move"):
        found["place"] = f"moved to {names.SCHOOLS[order['move'][1]]}"
    elif order.get("plan") == 0:
        found["place"] = "did not do what the plan asked"
    asked = order.get("apply")
    if asked is not None or order.get("polish", 1) != 1:
        words = [] if asked is None else [f"asked {count(len(asked), 'funder')}"]
        found["money"] = ", ".join([*words, f"polish: {POLISH[order.get('polish', 1)]}"])
    broken = [article for article, kept in order.get("kept", {}).items() if kept == 0]
    if broken:
        found["promises"] = f"broke {listing(broken)}"
    if order.get("learn", 1) != 1:
        found["hours"] = f"learned {('nothing', '', 'much')[order['learn']]}"
    if order.get("meet", 1) == 0:
        found["meetings"] = "stayed away from meetings"
    if order.get("need") is not None:
        found["need"] = f"turned to {names.NEEDS[order['need']]}"
    if order.get("join", inside) != inside:
        found["member"] = "in the agreement" if order["join"] else "outside the agreement"
    if "lead" in order or "steer" in order:
        found["lead"] = "led the agreement" if "lead" in order else "spoke in the committee"
    if "marks" in order:
        found["call"] = f"{count(order.get('years', 1), 'year')}, {TRUSTED[order.get('trust', 'all')]}"
    if "align" in order:
        found["align"] = "aligned" if order["align"] else "did not align"
    if order.keys() & set(GROUPS["programmes"]):
        found["programmes"] = "chose its programmes"
    return found


def is_secret(order: dict[str, Any], group: str) -> bool:
    """Whether a decision shows that a promise was broken: it is its owner's, and on no paper until the owner tells the class."""
    broke: dict[str, bool] = {"place": order.get("plan") == 0, "money": order.get("kept", {}).get("truce") == 0}
    return broke.get(group, group in ("promises", "meetings"))


TRUSTED = {"proven": "proven names", "all": "no matter who", "new": "new names"}


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
    keys = ("empty", "doubled", "places", "map", "crowds", "pairs", "known")
    return {"before": {key: before[key] for key in keys}, "after": {key: after[key] for key in keys}}


def cost(years: Sequence[dict[str, Any]], vote: int) -> dict[str, Any]:
    """The fourth page: what the town spent its hours and dollars on, before the vote and after, and counted against added."""

    def mean(part: Sequence[dict[str, Any]], key: str) -> float:
        return round(sum(one["town"][key] for one in part) / len(part), 1) if part else 0.0

    alone, later = years[:vote], years[vote:]
    last = [one for seat, one in years[-1]["seats"].items() if seat.startswith("npo:")]
    rows = [
        ["refused applications, a year", mean(alone, "refused"), mean(later, "refused")],
        ["hours in refused applications, a year", mean(alone, "hours"), mean(later, "hours")],
        ["cents of a dollar that reach programmes", mean(alone, "cents"), mean(later, "cents")],
        ["cents for meetings, data and staff", mean(alone, "together"), mean(later, "together")],
        ["places without any programme", mean(alone, "empty"), mean(later, "empty")],
        ["places with two or more", mean(alone, "doubled"), mean(later, "doubled")],
    ]
    counted, added = sum(one["counted"] for one in last), sum(one["added"] for one in last)
    first_year = later[0]["town"]["met"] - alone[-1]["town"]["met"] if alone and later else 0
    return {"rows": rows, "counted": counted, "added": added, "first_year": first_year}


def broken_promises(steps: Sequence[Step], seat: str) -> list[list[Any]]:
    """A player's own secret: the year and article of each promise that it broke."""
    kept = [(year, order.get("kept", {})) for year, order in _years_of(steps, seat)]
    return [[year, article] for year, articles in kept for article, one in articles.items() if one == 0]


FEW_PLAYERS = 5


def broken_by_article(steps: Sequence[Step]) -> list[list[Any]]:
    """How many yearly promises were broken, for each article, and how many were given: numbers, no names. An article that fewer
    than five players promised is left out, since a number would point at somebody."""
    given: dict[str, list[int]] = {}
    players: dict[str, set[str]] = {}
    for step in steps:
        if step[0] == "order":
            for article, kept in step[2].get("kept", {}).items():
                given.setdefault(article, []).append(kept)
                players.setdefault(article, set()).add(step[1])
    return [[one, given[one].count(0), len(given[one])] for one in ARTICLES if len(players.get(one, ())) >= FEW_PLAYERS]


def school_names(count: int) -> list[str]:
    """The names on the map."""
    return list(names.SCHOOLS[:count])
