"""The parts of the page: plain HTML elements, in which text is always text and never markup, and Vue files."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import reacton.ipyvuetify as v
import solara

UI = Path(__file__).parents[1]


def tag(name: str, *children: Any, css: str = "", key: str = "", **attributes: Any) -> Any:
    """An element with children (texts or elements), CSS classes and attributes; "_" in their names is written as "-".

    An element that is not always present needs a `key`, unique in the whole component. Without one, the next element at the same
    place is taken for it, and a paragraph could stay a heading for ever.
    """
    named = {one.strip("_").replace("_", "-"): value for one, value in attributes.items()}
    made = v.Html(tag=name, children=list(children), class_=css, attributes=named)
    return made.key(key) if key else made


def worded(text: str) -> list[Any]:
    """A sentence with the words between backticks as code."""
    return [tag("code", part) if k % 2 else part for k, part in enumerate(text.split("`")) if part]


def alert(*words: Any, key: str = "problem") -> list[Any]:
    """A sentence about something that went wrong, which screen readers read out at once; nothing where there are no words."""
    return [tag("p", *words, css="problem", role="alert", key=key)] if any(words) else []


def card(title: str, *children: Any, key: str = "", css: str = "", heading: str = "h2") -> Any:
    """A box with a heading."""
    return tag("div", tag(heading, title), *children, css=f"card{css}", key=key)


def vue(path: str, names: str = "") -> Callable[..., Any]:
    """The element of the Vue file at `path` below cisim/ui: a function that takes its data by `names`, words with spaces between.
    Data named `event_...` are functions, called when that happens on the page.

    The data hold no elements, and are not searched for elements: searching the lists of all charts took two thirds of the time of
    drawing a page.
    """
    words = names.split()
    named = inspect.Signature([inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in words])

    def declared() -> None: ...

    declared.__signature__ = named  # type: ignore[attr-defined]
    unpacked = dict.fromkeys(words, lambda value, widget: value.data if isinstance(value, _Packed) else value)
    draw = solara.component_vue(str(UI / path), to_json=unpacked)(declared)

    def element(**data: Any) -> Any:
        named.bind(**data)
        return draw(**{name: _Packed(one) if isinstance(one, list | dict | tuple) else one for name, one in data.items()})

    return element


@dataclass(frozen=True)
class _Packed:
    data: Any
