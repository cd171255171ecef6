"""How an arm looks, once for every medium: colour, tint, symbol, stroke and letter; with all other colours of charts.

Colour-blind readers can distinguish the colours (after Okabe and Ito); their contrast with the ground is 3 to 1 or more. Symbols
and strokes distinguish the arms without any colour.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import ascii_uppercase

from cisim.analysis.arm_map import EMPTY
from cisim.statistics.verdict import Outcome


@dataclass(frozen=True)
class Look:
    """Colours on light and dark ground; tints fill areas; `symbol` and `stroke` are keys of each medium's tables."""

    light: str
    dark: str
    tint: str
    dark_tint: str
    symbol: str
    stroke: str
    ink: str
    """The style of a terminal's text, where the arm is clearly ahead."""
    pale: str
    """The same where it is ahead by its mean only."""


LOOKS = (
    Look("#595959", "#bdbdbd", "#e9e9e9", "#3c3c3c", "circle", "dashed", "white on grey35", "grey62"),
    Look("#a85400", "#f0a13a", "#fbe7d1", "#4d361c", "triangle", "solid", "black on orange1", "orange1"),
    Look("#0066a6", "#6ab7ef", "#d6e9f8", "#173c59", "square", "dotted", "white on blue", "blue"),
    Look("#00745a", "#3ecb9d", "#d3efe3", "#14443a", "diamond", "solid", "black on green", "green"),
    Look("#a8326e", "#f08cb9", "#f8dfeb", "#4f2338", "triangle down", "dashed", "black on magenta", "magenta"),
    Look("#6b4fa0", "#bda7e8", "#e7e0f3", "#38304f", "plus", "dotted", "white on purple4", "purple4"),
    Look("#7a5c00", "#d9c15a", "#efe9c8", "#454017", "cross", "dash dot", "black on yellow", "yellow"),
    Look("#333333", "#eeeeee", "#dcdcdc", "#4a4a4a", "star", "long dashes", "black on red", "red"),
)

EVERYWHERE = ("isolated_impact", "open_data", "programme_collaboration", "collective_impact")
"""The arms every scenario has: each looks the same, whatever other arms there are."""

VERDICTS = {Outcome.BETTER: 3, Outcome.EQUIVALENT: 0, Outcome.WORSE: 4, Outcome.UNDECIDED: 0}
"""The look of a verdict where it is not about one arm; undecided ones are pale."""

INKS = {
    "text": ("#22282e", "#e8ecf0"),
    "muted": ("#5b646d", "#a9b3bc"),
    "line": ("#aab2ba", "#5d6770"),
    "grid": ("#e6e9ec", "#2e353b"),
    "surface": ("#ffffff", "#1b2126"),
    "on": ("#ffffff", "#12161a"),
    "rest": ("#9aa5ae", "#66727c"),
    "gap": ("#f6c9b8", "#7d3f2b"),
    "one": ("#cfe5dc", "#275848"),
    "two": ("#f3cf6b", "#7a5a12"),
    "many": ("#d99a1e", "#b07d1c"),
}
"""Colours that are no arm's, on light and on dark ground: `on` is text on an arm's colour, `rest` what is left over; the last
four are for no programme, one, two and many: two or more for one need at a school are duplicates, in a colour of warning."""

SYMBOLS: dict[str, tuple[str, str]] = {  # each symbol in matplotlib and in ECharts
    "circle": ("o", "circle"),
    "triangle": ("^", "triangle"),
    "square": ("s", "rect"),
    "diamond": ("D", "diamond"),
    "triangle down": ("v", "path://M0 0L10 0L5 9Z"),
    "plus": ("P", "path://M4 0H6V4H10V6H6V10H4V6H0V4H4Z"),
    "cross": ("X", "path://M1 0L5 4L9 0L10 1L6 5L10 9L9 10L5 6L1 10L0 9L4 5L0 1Z"),
    "star": ("*", "path://M5 0L6 4L10 4L7 6L8 10L5 7L2 10L3 6L0 4L4 4Z"),
}
MATPLOTLIB_MARKERS, ECHARTS_SYMBOLS = ({name: drawn[k] for name, drawn in SYMBOLS.items()} for k in (0, 1))
MATPLOTLIB_STROKES = {"dashed": "--", "solid": "-", "dotted": ":", "dash dot": "-.", "long dashes": (0, (8, 2))}
ECHARTS_STROKES = {"dashed": "dashed", "solid": "solid", "dotted": "dotted", "dash dot": [8, 3, 2, 3], "long dashes": [10, 4]}


def look(number: int) -> Look:
    """The look of an arm by its number; after eight arms looks return."""
    return LOOKS[number % len(LOOKS)]


def look_numbers(arms: Iterable[str]) -> dict[str, int]:
    """The number of each arm's look: the arms every scenario has keep theirs, others follow in their order."""
    names = list(arms)
    order = list(dict.fromkeys((*EVERYWHERE, *names)))
    return {arm: order.index(arm) for arm in names}


def letters(labels: Mapping[str, str]) -> dict[str, str]:
    """A capital letter for each arm: the first of its label that is still free, else the next free one of the alphabet."""
    found: dict[str, str] = {}
    for arm, label in labels.items():
        free = (
            letter for letter in label.upper() + ascii_uppercase if letter in ascii_uppercase and letter not in found.values()
        )
        found[arm] = next(free, "#")
    return found


def mark(labels: Mapping[str, str], cell: Mapping[str, object]) -> str:
    """What a cell of a map shows: the best arm's letter, a capital if it is clearly better than the next; "." without points."""
    if cell["state"] == EMPTY:
        return "."
    letter = letters(labels)[str(cell["best"])]
    return letter if cell["state"] == Outcome.BETTER else letter.lower()


def css(light: str, dark: str) -> str:
    """The colours as CSS variables (--arm-0, --tint-0 ...) for two selectors; in one that is a media query they are the
    root's."""
    parts = []
    for selector, colour, tint in ((light, "light", "tint"), (dark, "dark", "dark_tint")):
        pairs = "".join(f"--arm-{k}:{getattr(one, colour)};--tint-{k}:{getattr(one, tint)};" for k, one in enumerate(LOOKS))
        parts.append(f"{selector}{{:root{{{pairs}}}}}" if selector.startswith("@") else f"{selector}{{{pairs}}}")
    return "\n".join(parts) + "\n"
