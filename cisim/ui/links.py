"""A view as a short link and back: the case, and only what was changed in it."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from cisim.scenario import InputError
from cisim.scenario.toml_file import value_of
from cisim.ui.cases import MOST_TEXT, View, scenario_of
from cisim.ui.watch import watch_link

PINNED = "pin."
"""What begins the names of a pinned view's part of a link."""

OF_TABS = ("explore.",)
"""What begins the names of the parts that belong to one tab only: the tab reads them itself, with `own_part`."""

MOST_LINK = 16_000


def query_of(view: View, pinned: View | None = None, own: Mapping[str, str] | None = None) -> str:
    """The query of a view, of what is pinned beside it, and of a tab's own part; empty for the first view of all."""
    parts = _parts(view)
    if pinned is not None:
        parts += [(PINNED + key, value) for key, value in _parts(pinned) or [("case", pinned.case)]]
    parts += (own or {}).items()
    return urlencode(parts, quote_via=quote, safe=".,[]:")


def _parts(view: View) -> list[tuple[str, str]]:
    parts = [("case", view.case)] if view.case != "default" or view.toml else []
    if view.toml:
        parts.append(("toml", base64.urlsafe_b64encode(zlib.compress(view.toml.encode(), 9)).decode()))
    return parts + [(path, value if isinstance(value, str) else json.dumps(value)) for path, value in view.changes.items()]


def read_query(query: str) -> tuple[View, View | None]:
    """The view a link shows, and what it pins. Raises InputError, which says what is wrong with the link."""
    if len(query) > MOST_LINK:
        raise InputError("this link", f"it is too long: give at most {MOST_LINK:,} characters.")
    own: dict[str, str] = {}
    beside: dict[str, str] = {}
    for key, value in parse_qsl(query.lstrip("?"), keep_blank_values=True):
        if key in watch_link.NAMES or key.startswith(OF_TABS):
            continue  # what one tab shows, and no setting: the tab reads it
        where, name = (beside, key[len(PINNED) :]) if key.startswith(PINNED) else (own, key)
        where[name] = value
    pinned = _view(beside) if beside else None
    return _view(own), pinned


def own_part(query: str, prefix: str) -> dict[str, str]:
    """What a link says for one tab, by name without its prefix."""
    pairs = parse_qsl(query[:MOST_LINK].lstrip("?"), keep_blank_values=True)
    return {key.removeprefix(prefix): value for key, value in pairs if key.startswith(prefix)}


def _view(parts: dict[str, str]) -> View:
    changes: dict[str, Any] = {}
    for path, text in parts.items():
        if path in ("case", "toml"):
            continue
        if "." not in path:
            sentence = f'it says "{path}", which is not a setting: write a setting with its section, as in money.annual_budget.'
            raise InputError("this link", sentence)
        try:
            changes[path] = value_of(text)
        except ValueError:
            raise InputError("this link", f"{path} has more than one value: give one.") from None
    view = View(parts.get("case", "default"), _text(parts.get("toml", "")), changes)
    try:
        scenario_of(view)
    except InputError as error:
        raise InputError("this link", str(error)) from None
    return view


def _text(packed: str) -> str:
    """A scenario's own text out of a link. It is unpacked no further than a text may be long."""
    try:
        return zlib.decompressobj().decompress(base64.urlsafe_b64decode(packed), MOST_TEXT).decode() if packed else ""
    except (ValueError, zlib.error):
        raise InputError("this link", "the scenario in it is damaged: copy the whole link, or upload the file.") from None
