"""A figure as SVG text for the middle of an HTML page: colours by name, so that they follow light and dark, the page's own font,
and areas that show their numbers on pointing; no style that leaks, no metadata, no id twice, no time."""

import re
from io import BytesIO
from xml.etree import ElementTree

from cisim.present import matplotlib
from cisim.present.figure import Figure
from cisim.present.palette import INKS, LOOKS
from cisim.text.numbers import typeset

WIDTH = 420  # of every chart, in CSS pixels: on a phone of 360 px a text of 12 is still read
THEMED = {"muted": "quiet", "grid": "line", "surface": "paper", "text": "ink", "rest": "rest"}
THEME = {INKS[name][0]: variable for name, variable in THEMED.items()}
THEME |= {one.light: f"arm-{k}" for k, one in enumerate(LOOKS)}
THEME |= {one.tint: f"tint-{k}" for k, one in enumerate(LOOKS)}
"""The report's CSS variable of each colour."""

_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}href"


@matplotlib.styled
def svg(drawn: Figure) -> str:
    """The title is the figure's, with its alt text. Each area to point at becomes <path class="hit" data-tip="...">: the first
    can be reached by keyboard, the page's script does the rest."""
    from matplotlib import rcParams
    from matplotlib.patches import Rectangle

    rcParams["svg.hashsalt"] = drawn.name  # ids are hashes of what they name and of this: none is twice in a page
    picture, (panel,) = matplotlib.sheet(WIDTH, matplotlib.height(drawn))
    picture.patch.set_visible(False)
    names = {}
    for number, (left, bottom, width, high, tip) in enumerate(matplotlib.draw(panel, drawn)):
        names[f"hit-{number}"] = typeset(tip)
        area = Rectangle((left, bottom), width, high, gid=f"hit-{number}", linewidth=0, zorder=99)
        area.set_in_layout(False)
        panel.add_artist(area)
    written = BytesIO()
    picture.savefig(written, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    root = ElementTree.fromstring(written.getvalue())
    _fit(root, names)
    wanted = set(re.findall(r'(?:url\(|href=")#([^)"]+)', ElementTree.tostring(root, encoding="unicode")))
    for element in root.iter():
        if element.get("id") not in wanted:
            element.attrib.pop("id", None)
    title = f"{drawn.name}-says"
    root.attrib = {"viewBox": root.get("viewBox", ""), "role": "group", "class": "chart", "aria-labelledby": title}
    head = ElementTree.Element("title", {"id": title})
    head.text = typeset(f"{drawn.title}. {drawn.alt}")
    root.insert(0, head)
    return ElementTree.tostring(root, encoding="unicode")


def _fit(element: ElementTree.Element, hits: dict[str, str]) -> None:
    """Plain tags, theme colours by name, the page's font, areas to point at; styles and metadata out."""
    for child in list(element):
        name = child.get("id", "")
        if child.tag in (f"{_SVG}metadata", f"{_SVG}style"):
            element.remove(child)
        elif name in hits:
            (path,) = child
            outline, tip = " ".join(path.get("d", "").split()), hits[name]
            shown = {"data-tip": tip, "aria-label": tip.replace("\n", "; ")}
            path.tag, path.tail = "path", None
            path.attrib = {"d": outline, "class": "hit", "role": "img", "tabindex": "0" if name == "hit-0" else "-1", **shown}
            child.tag, child.text, child.tail, child.attrib = "g", None, None, {}
        else:
            _fit(child, hits)
    element.tag = element.tag.removeprefix(_SVG)
    for name in {"style", "fill", "stroke"} & set(element.attrib):
        value = re.sub(r"font-family:[^;]*;? ?", "", element.attrib[name])
        for code in set(re.findall(r"#[0-9a-f]{6}\b", value)) & set(THEME):
            value = value.replace(code, f"var(--{THEME[code]},{code})")
        element.set(name, value)
    if element.tag == "path":
        element.set("d", " ".join(element.get("d", "").split()))
    if link := element.attrib.pop(_XLINK, None):
        element.set("href", link)
    if element.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]
    element.text = element.text if element.tag == "text" else None
    element.tail = None
