"""The page itself: the template filled with style, script and contents. Whatever comes from outside is escaped."""

from __future__ import annotations

from importlib import resources
from typing import Any

FILES = ("page.html.j2", "style.css", "hover.js")


def page(contents: dict[str, Any]) -> str:
    """One HTML text that needs nothing else. `contents` are the template's names; charts are the only markup taken as it is."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    template, style, script = (resources.files("cisim.report").joinpath(name).read_text(encoding="utf-8") for name in FILES)
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    made = environment.from_string(template).render(style=Markup(style), script=Markup(script), **contents)
    return str(made)
