"""The plans of `cisim best` by two aims, those tried and those checked; and how far the same money could reach."""

from collections.abc import Callable

from cisim.present.figure import Axis, Dot, Dots, Figure, Key, Row, Rows
from cisim.present.palette import letters, look_numbers
from cisim.studies.best_found import TODAY, Best
from cisim.studies.headroom import STEPS, Headroom
from cisim.text.english import capital, count
from cisim.text.numbers import signed

BEST, FRONT, OTHER = 4, 5, 0
ACROSS = Axis("equity gap against today (points; further left is better)", decimals=1, signed=True)
UP = Axis("pupils on track against today (points)", decimals=1, signed=True)
MET = Axis("needs met", " %", decimals=1, low=0.0)
BRIEFLY = {"places": "other schools", "needs": "also other needs", "quality": "also best quality", "everything": "at most"}
"""The steps of the planner, next to their marks."""


def tried(result: Best) -> Figure:
    """All plans of the search, as it saw them; a line joins those that no other plan beats in both aims shown."""
    searched = result.searched
    today = searched.arms[TODAY]
    front, dots = set(searched.front), []
    for number, one in sorted(enumerate(searched.trials), key=lambda item: item[0] in front):
        x, y = 100 * (one.aims[1] - today[1]), 100 * (one.aims[0] - today[0])
        best = number == searched.simple
        shown = BEST if best else FRONT if number in front else OTHER
        tip = f"{capital(result.title(number))}: on track {signed(y, 1)}, equity gap {signed(x, 1)}"
        dots.append(Dot(x, y, shown, letter="B" if best else "", pale=number not in front and not best, tip=tip))
    edge: list[tuple[float, float]] = []
    for dot in sorted(dots, key=lambda one: (one.across, -one.up)):
        if not edge or dot.up > edge[-1][1]:
            edge.append((dot.across, dot.up))
    dots += _arms(result, lambda arm: (searched.arms[arm][1] - today[1], searched.arms[arm][0] - today[0]))
    keys = (Key("tried", OTHER, pale=True), Key("no other plan beats it in all aims", FRONT), *_keys(result))
    note = "Left: as the search saw them, on the histories that chose them."
    alt = f"{count(len(searched.trials), 'plan')} by equity gap and pupils on track; the table has those none beats."
    rows = tuple(
        (result.title(k), *(signed(100 * (searched.trials[k].aims[j] - today[j]), 1) for j in (0, 1))) for k in searched.front
    )
    marks = Dots(tuple(dots), ACROSS, UP, tuple(edge), keys)
    return Figure("tried", "All plans tried", note, alt, marks, ("plan", "on track", "equity gap"), rows)


def checked(result: Best) -> Figure:
    """The arms and the plans that were checked, on fresh histories, with the intervals that hold for all of them together."""
    dots, rows = [], []
    for name in result.names:
        if name == TODAY:
            continue
        up, across = result.effect(name), result.effect(name, "equity_gap")
        x, y, low, high = (100 * one for one in (across.difference, up.difference, up.low, up.high))
        best = name == result.searched.simple
        shown = look_numbers(result.searched.arms)[name] if isinstance(name, str) else BEST if best else FRONT
        letter = _letter(result, name) if isinstance(name, str) else "B" if best else ""
        dots.append(Dot(x, y, shown, low, high, letter, tip=f"{capital(result.title(name))}: {UP.ranged(y, low, high)}"))
        rows.append((result.title(name), UP.ranged(y, low, high), ACROSS.number(x)))
    dots += _arms(result, lambda arm: (0.0, 0.0), (TODAY,))
    note = "Right: on fresh histories, with 95 % intervals for all plans together."
    alt = f"{count(len(dots), 'arm or plan', 'arms and plans')} by equity gap and pupils on track, with intervals."
    marks = Dots(tuple(dots), ACROSS, UP, keys=_keys(result))
    return Figure("checked", "Those checked, on fresh histories", note, alt, marks, ("", "on track", "equity gap"), tuple(rows))


def reach(result: Headroom) -> Figure:
    """Needs met at the end by each arm, and by a planner who knows everything and has the same money, from step to step."""
    looks, names = look_numbers(result.arms), [*result.arms, *STEPS]
    drawn, rows = [], []
    for name, row in zip(names, result.frame().to_dict("records"), strict=True):
        value, low, high = (100.0 * row[f"needs_met{end}"] for end in ("", "_low", "_high"))
        arm = name in result.arms
        whole = capital(row["what"]) if arm else f"Planner: {row['what']}"
        label = whole if arm else f"Planner: {BRIEFLY[name]}"
        said, shown = MET.ranged(value, low, high), looks[name] if arm else OTHER
        drawn.append(Row(label, value, low, high, shown, pale=not arm, text=MET.number(value), tip=f"{whole}: {said}"))
        rows.append((whole, said))
    alone = 100.0 * float(result.alone.mean())
    years = count(result.years, "year")
    note = f"Needs met after {years}, with 95 % intervals. Each step of the planner allows all that the one before allows."
    alt = f"Needs met by {count(len(result.arms), 'approach', 'approaches')} and by a planner with the same money, step by step."
    marks = Rows(tuple(drawn), MET, points=True, level=(alone, "everyone on their own"))
    return Figure("reach", "What the same money could reach", note, alt, marks, ("", "needs met"), tuple(rows))


def _arms(result: Best, at: Callable[[str], tuple[float, float]], only: tuple[str, ...] = ()) -> list[Dot]:
    looks, dots = look_numbers(result.searched.arms), []
    for arm in only or result.searched.arms:
        x, y = (100 * one for one in at(arm))
        dots.append(Dot(x, y, looks[arm], letter=_letter(result, arm), tip=capital(result.title(arm))))
    return dots


def _letter(result: Best, arm: str) -> str:
    return letters({"best": "best", **{name: result.title(name) for name in result.searched.arms}})[arm]


def _keys(result: Best) -> tuple[Key, ...]:
    looks = look_numbers(result.searched.arms)
    return (*(Key(result.title(arm), looks[arm]) for arm in result.searched.arms), Key("B: the best plan", BEST))
