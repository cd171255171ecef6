"""The parts of the page: plain HTML elements, in which text is always text and never markup, and Vue files."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import reacton.ipyvuetify as v
import solara


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


def vue(path: str, names: str | type = "") -> Callable[[Callable[..., None]], Callable[..., Any]]:
    """Makes a function's parameters, and further `names` (words, or the fields of a dataclass), the data of the Vue file at
    `path`, from the function's folder. Parameters named `event_...` are called when that happens on the page.

    No parameter holds elements, and none is searched for elements: searching the lists of all charts took two thirds of the time
    of drawing a page.
    """
    further = names.split() if isinstance(names, str) else [one.name for one in fields(names)]

    def made(function: Callable[..., None]) -> Callable[..., Any]:
        parameters = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in further]
        named = inspect.Signature([*inspect.signature(function).parameters.values(), *parameters])
        unpacked = dict.fromkeys((name for name in named.parameters if not name.startswith("event_")), _unpacked)
        function.__signature__ = named  # type: ignore[attr-defined]
        draw = solara.component_vue(path, to_json=unpacked)(function)

        @functools.wraps(function)
        def element(*args: Any, **kwargs: Any) -> Any:
            given = named.bind(*args, **kwargs).arguments
            return draw(**{name: _Packed(one) if isinstance(one, list | dict | tuple) else one for name, one in given.items()})

        return element

    return made


@dataclass(frozen=True)
class _Packed:
    """Plain data that is not searched for elements."""

    data: Any


def _unpacked(value: Any, widget: Any) -> Any:
    return value.data if isinstance(value, _Packed) else value
