"""The page itself: the template filled with style, script and contents. Whatever comes from outside is escaped."""

import re
from importlib import resources
from typing import Any

from markupsafe import Markup, escape

from cisim.present.palette import LOOKS, css
from cisim.present.svg import svg
from cisim.report.contents import behind

ARMS = css(":root", "@media screen and (prefers-color-scheme: dark)")
FILES = ("page.html.j2", "style.css", "hover.js")


def words(text: str) -> Markup:
    """A sentence with what is between backticks as code, and no line that begins with a percent sign."""
    parts = [escape(part) for part in re.sub(r"(\d) %", "\\1\N{NO-BREAK SPACE}%", text).split("`")]
    return Markup("").join(Markup("<code>{}</code>").format(part) if k % 2 else part for k, part in enumerate(parts))


def page(contents: dict[str, Any]) -> str:
    """One HTML text that needs nothing else. `contents` are the template's names; charts are the only markup taken as it is."""
    from jinja2 import Environment, StrictUndefined

    template, style, script = (resources.files("cisim.report").joinpath(name).read_text(encoding="utf-8") for name in FILES)
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    filters: dict[str, Any] = {"words": words, "svg": lambda figure: Markup(svg(figure)), "behind": behind}
    environment.filters |= filters
    made = environment.from_string(template).render(
        style=Markup(ARMS + style), script=Markup(script), looks=len(LOOKS), **contents
    )
    return str(made)
