"""Questions to talk about at the end: they follow what happened, and one of them asks what would refute the lesson."""

from collections.abc import Sequence
from typing import Any

from cisim.play.twins import Step
from cisim.text.english import count


def questions(steps: Sequence[Step], years: Sequence[dict[str, Any]], vote: int, lines: dict[str, Any] | None) -> list[str]:
    """The questions of a game. `lines`: the first page of the reveal, once it has been computed."""
    orders = [step[2] for step in steps if step[0] == "order"]
    agreed = [step for step in steps if step[0] == "found"]
    moves = sum(bool(order.get("move")) for order in orders)
    polished = sum(order.get("polish") == 2 for order in orders)
    broken = sum(list(order.get("kept", {}).values()).count(0) for order in orders)
    away = sum(order.get("meet") == 0 for order in orders)
    found = [f"You moved {count(moves, 'programme')} of your own choice. What did you know then, and what did you need?"]
    last = years[-1]["town"] if years else None
    if last and last["doubled"]:
        found.append(f"In the last year {count(last['doubled'], 'place')} had two programmes or more. Who should have seen it?")
    if polished:
        found.append(f"In {count(polished, 'decision')} somebody polished all they could. When did you begin, and what made you?")
    if agreed:
        found.append("Which article of your agreement would you keep, if you could keep only one?")
        change = years[vote]["town"]["met"] - years[vote - 1]["town"]["met"] if len(years) > vote else 0
        if change < 0:
            found.append(f"In the first year after the vote {-change:,} fewer needs were met. Who wanted to give up?")
    else:
        found.append("You agreed on nothing. What would have had to be in the proposal?")
    if broken:
        were = "was" if broken == 1 else "were"
        found.append(f"{count(broken, 'promise')} {were} broken. Could the others see it? Should they?")
    if away:
        found.append(f"In {count(away, 'decision')} a member stayed away from all meetings for a year. Who did its work?")
    return [*found, refutation(lines), "What is left out of this town that matters in yours?"]


def refutation(lines: dict[str, Any] | None) -> str:
    """What would refute the lesson, given how this class came out."""
    if lines is None:
        return "What would you have to see here to say that the lesson is wrong?"
    against, final = lines["against"], {one["key"]: one["values"][-1] for one in lines["lines"]}
    clear = abs(against["mean"]) > 2 * against["error"]
    if not lines["agreed"]:
        ahead = final["small"] - final["class"]
        played = f"Played by the rules, map, plan and truce ended {abs(ahead):,} needs met"
        if ahead > 0:
            return f"{played} ahead of you. What would you have to see to say that it was right to agree on nothing?"
        return f"{played} behind you. Does this refute the lesson that agreeing helps? What else could be the reason?"
    found = f"You were ahead of your habits in {against['better']} of {against['of']} futures"
    if not clear:
        return f"{found}: too few to tell. Which number would refute that the agreement helped, and which that it harmed?"
    if against["mean"] < 0:
        return f"{found}. Here this refutes the lesson that agreeing helps. What would you have to see to believe it again?"
    behind = final["alone"] - final["initiative"]
    if behind > 0:
        other = f"but an initiative played by the rules ended {behind:,} behind the rules alone"
        return f"{found}, {other}. Which of the two speaks against the lesson that agreeing helps? What would refute it?"
    return f"{found}. In how many would you have to be behind, and in which year, to say that the agreement did nothing?"
