"""Plain HTML elements on the page: text is text, never markup."""

from __future__ import annotations

from typing import Any

import reacton.ipyvuetify as v


def tag(name: str, *children: Any, css: str = "", **attributes: Any) -> Any:
    """An element with children (texts or elements), CSS classes and attributes; "_" stands for "-" in their names."""
    named = {key.strip("_").replace("_", "-"): value for key, value in attributes.items()}
    return v.Html(tag=name, children=list(children), class_=css, attributes=named)
