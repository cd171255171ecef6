"""Plain HTML elements on the page: text is text, never markup."""

from __future__ import annotations

from typing import Any

import reacton.ipyvuetify as v


def tag(name: str, *children: Any, css: str = "", key: str = "", **attributes: Any) -> Any:
    """An element with children (texts or elements), CSS classes and attributes; "_" stands for "-" in their names.

    Give a `key`, of its own in the whole component, to an element that is not always there: without one, what stands at the
    same place is taken for the same element, and what was a heading once would be drawn as a heading for ever.
    """
    named = {one.strip("_").replace("_", "-"): value for one, value in attributes.items()}
    made = v.Html(tag=name, children=list(children), class_=css, attributes=named)
    return made.key(key) if key else made
