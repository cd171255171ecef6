"""What the page is made of: plain HTML elements, in which text is text and never markup, and Vue files."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import reacton.ipyvuetify as v
import solara


def tag(name: str, *children: Any, css: str = "", key: str = "", **attributes: Any) -> Any:
    """An element with children (texts or elements), CSS classes and attributes; "_" stands for "-" in their names.

    Give a `key`, of its own in the whole component, to an element that is not always there: without one, what stands at the
    same place is taken for the same element, and what was a heading once would be drawn as a heading for ever.
    """
    named = {one.strip("_").replace("_", "-"): value for one, value in attributes.items()}
    made = v.Html(tag=name, children=list(children), class_=css, attributes=named)
    return made.key(key) if key else made


def worded(text: str) -> list[Any]:
    """A sentence with what is between backticks as code."""
    return [tag("code", part) if k % 2 else part for k, part in enumerate(text.split("`")) if part]


def vue(path: str) -> Callable[[Callable[..., None]], Callable[..., Any]]:
    """Makes a function's parameters the data of a Vue file beside it; the function only names them and says what they are.

    Parameters `event_...` hear of what happens there. No other may hold elements, so nobody looks for any in them: to search
    the lists of all charts for elements took two thirds of the time of drawing a page.
    """

    def made(signature: Callable[..., None]) -> Callable[..., Any]:
        named = inspect.signature(signature)
        unpacked = dict.fromkeys((name for name in named.parameters if not name.startswith("event_")), _unpacked)
        draw = solara.component_vue(path, to_json=unpacked)(signature)

        @functools.wraps(signature)
        def element(*args: Any, **kwargs: Any) -> Any:
            given = named.bind(*args, **kwargs).arguments
            return draw(**{name: _Packed(value) if isinstance(value, list | dict) else value for name, value in given.items()})

        return element

    return made


@dataclass(frozen=True)
class _Packed:
    """Plain data in which nobody looks for elements."""

    data: Any


def _unpacked(value: Any, widget: Any) -> Any:
    return value.data if isinstance(value, _Packed) else value
