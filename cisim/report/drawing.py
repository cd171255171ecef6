"""Charts as SVG text for a page: colours by name (so that they follow light and dark), and areas that tell what they show.

matplotlib draws; what it writes is then made fit to stand in the middle of an HTML page: no style that leaks, no metadata, no
id twice, no time, text as text in the page's own font.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from io import BytesIO
from typing import Any, ParamSpec
from xml.etree import ElementTree

from cisim.present.palette import LOOKS, MATPLOTLIB_MARKERS, MATPLOTLIB_STROKES, look
from cisim.text.numbers import typeset

WIDTH = 420
"""Of every chart, in CSS pixels: on a phone of 360 px a text of 12 is still read."""

TEXT, SMALL = 12.0, 11.0
INK, QUIET, LINE, PAPER, ACCENT = "#1b1f24", "#59636e", "#d1d9e0", "#ffffff", "#0b5cad"

THEME = {INK: "ink", QUIET: "quiet", LINE: "line", PAPER: "paper", ACCENT: "accent"}
THEME |= {one.light: f"arm-{k}" for k, one in enumerate(LOOKS)}
THEME |= {one.tint: f"tint-{k}" for k, one in enumerate(LOOKS)}

SETTINGS = {
    "svg.fonttype": "none",
    "svg.hashsalt": "cisim",
    "text.parse_math": False,
    "font.size": TEXT,
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": QUIET,
    "axes.linewidth": 0.8,
    "axes.labelsize": SMALL,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.labelcolor": QUIET,
    "ytick.labelcolor": QUIET,
    "axes.unicode_minus": True,
}
Given = ParamSpec("Given")
_ONE_AT_A_TIME = threading.RLock()
"""matplotlib's settings are one for all threads, and the page writes reports in several."""

_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}href"


def colour(number: int) -> str:
    """The colour of an arm by the number of its look."""
    return look(number).light


def tint(number: int) -> str:
    """The colour of an area an arm wins: pale, with its letter on it."""
    return look(number).tint


def marker(number: int) -> str:
    """The symbol of an arm."""
    return MATPLOTLIB_MARKERS[look(number).symbol]


def stroke(number: int) -> Any:
    """The stroke of an arm's line."""
    return MATPLOTLIB_STROKES[look(number).stroke]


def letter(number: int) -> str:
    """What an arm is called where space is short: A, B ... Z, A2 ..."""
    return chr(65 + number % 26) + (str(number // 26 + 1) if number >= 26 else "")


@dataclass(frozen=True)
class Hit:
    """A rectangle of a panel, in its data's coordinates, that shows `tip` (lines apart by newlines) when pointed at."""

    panel: Any
    left: float
    bottom: float
    width: float
    height: float
    tip: str


def styled(draw: Callable[Given, str]) -> Callable[Given, str]:
    """A chart drawn with these settings and none of the reader's own, from the first text on: each keeps what it began with."""

    @wraps(draw)
    def drawn(*given: Given.args, **named: Given.kwargs) -> str:
        import matplotlib

        with _ONE_AT_A_TIME, matplotlib.rc_context():
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(SETTINGS)
            return draw(*given, **named)

    return drawn


def sheet(height: float, panels: Any = 1, **layout: Any) -> tuple[Any, Any]:
    """A figure of the page's width and its panels (see `matplotlib.figure.Figure.subplots`)."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    tight: Any = ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.04)
    figure = Figure(figsize=(WIDTH / 72, height / 72), layout=tight)
    figure.patch.set_visible(False)
    found = figure.subplots(panels, squeeze=False, **layout)[:, 0]
    for panel in found:
        panel.patch.set_visible(False)
        panel.spines[["top", "right"]].set_visible(False)
    return figure, found if panels > 1 else found[0]


def svg(figure: Any, key: str, title: str, hits: Sequence[Hit]) -> str:
    """The figure as SVG text to stand in a page; `key` begins all its ids, `title` says in words what it shows.

    Each hit becomes <path class="hit" data-tip="...">; the first can be reached by keyboard, the page's script does the rest.
    """
    from matplotlib.patches import Rectangle

    names = {}
    for number, hit in enumerate(hits):
        names[f"hit-{number}"] = typeset(hit.tip)
        area = Rectangle((hit.left, hit.bottom), hit.width, hit.height, gid=f"hit-{number}", linewidth=0, zorder=99)
        area.set_in_layout(False)
        hit.panel.add_artist(area)
    written = BytesIO()
    figure.savefig(written, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    root = ElementTree.fromstring(written.getvalue())
    _turn(root, names)
    _name(root, key)
    view = root.get("viewBox", "")
    root.attrib.clear()
    root.attrib.update({"viewBox": view, "role": "group", "class": "chart", "aria-labelledby": f"{key}-says"})
    head = ElementTree.Element("title", {"id": f"{key}-says"})
    head.text = title
    root.insert(0, head)
    return ElementTree.tostring(root, encoding="unicode")


def _turn(element: ElementTree.Element, hits: dict[str, str]) -> None:
    """Plain tags, theme colours by name, the page's font, hit areas; styles and metadata out."""
    for child in list(element):
        if child.tag in (f"{_SVG}metadata", f"{_SVG}style"):
            element.remove(child)
            continue
        tip = hits.get(child.get("id", ""))
        if tip is not None:
            _hit(child, tip, first=child.get("id") == "hit-0")
        else:
            _turn(child, hits)
    element.tag = element.tag.removeprefix(_SVG)
    if style := element.get("style"):
        style = re.sub(r"font-family:[^;]*;? ?", "", style)
        element.set("style", re.sub(r"#[0-9a-f]{6}\b", lambda found: _themed(found[0]), style))
    if element.tag == "path":
        element.set("d", " ".join(element.get("d", "").split()))
    if link := element.attrib.pop(_XLINK, None):
        element.set("href", link)
    if element.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]
    element.text = element.text if element.tag == "text" else None
    element.tail = None


def _themed(code: str) -> str:
    return f"var(--{THEME[code]},{code})" if code in THEME else code


def _hit(group: ElementTree.Element, tip: str, first: bool) -> None:
    (path,) = list(group)
    path.tag = "path"
    path.tail = None
    outline = " ".join(path.get("d", "").split())
    path.attrib.clear()
    path.attrib.update({"d": outline, "class": "hit", "role": "img", "tabindex": "0" if first else "-1"})
    path.attrib.update({"data-tip": tip, "aria-label": tip.replace("\n", "; ")})
    group.tag, group.text, group.tail = "g", None, None
    group.attrib.clear()


def _name(root: ElementTree.Element, key: str) -> None:
    """Only ids that something refers to stay, and they begin with the chart's key: no id is twice in a page."""
    whole = ElementTree.tostring(root, encoding="unicode")
    wanted = set(re.findall(r'(?:url\(|href=")#([^)"]+)', whole))
    for element in root.iter():
        if (name := element.get("id")) is not None:
            del element.attrib["id"]
            if name in wanted:
                element.set("id", f"{key}-{name}")
        if link := element.get("href"):
            element.set("href", f"#{key}-{link[1:]}")
        if clip := element.get("clip-path"):
            element.set("clip-path", clip.replace("#", f"#{key}-"))
