"""A game as a table: one row for each seat and year. What somebody promised in secret is never in it."""

import csv
import io
import json

from cisim.play import names
from cisim.play.game import Game

TOWN = ("met", "empty", "doubled", "asked", "refused", "hours", "cents", "members")
OWN = ("need", "money", "reserve", "counted", "added", "refused", "member", "polish")


SECRET = ("kept", "meet", "plan", "lead", "steer")
TELLING = ("apply", "polish")
"""Decisions from which others could tell that a member broke the truce."""


def as_csv(game: Game, seat: str = "") -> str:
    """Years of all played seats, or of one, with what each decided (never which promises it kept) and what the town had."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["year", "seat", "name", *OWN, "decided", *(f"town_{name}" for name in TOWN)])
    for number, year in enumerate(game.years, 1):
        town = [year["town"][name] for name in TOWN]
        for one, own in year["seats"].items():
            if seat in ("", one):
                hidden = TELLING if own.get("member") and not seat else ()
                given = year["orders"].get(one, {})
                order = {key: value for key, value in given.items() if key not in (*SECRET, *hidden)}
                decided = json.dumps(order, separators=(",", ":")) if given else "the rule"
                figures = ["" if hidden and name in ("refused", "polish") else own.get(name, "") for name in OWN]
                writer.writerow([number, one, names.name(one), *figures, decided, *town])
    return text.getvalue()
