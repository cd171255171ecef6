"""A view as a short link and back: the case, and only the changes in it. A link also has what the tab Explore shows."""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from cisim.scenario import InputError
from cisim.scenario.toml_file import value_of
from cisim.ui.cases import MOST_TEXT, View, scenario_of
from cisim.ui.watch import watch_link

PINNED, EXPLORE = "pin.", "explore."
"""The first letters of the names in a link that belong to the pinned view, and to the tab Explore."""

MOST_LINK = 16_000


@dataclass(frozen=True)
class Look:
    """What one visitor looks at in Explore: names in the results folder; where one is empty, the first there is."""

    folder: str = ""
    metric: str = ""
    x: str = ""
    y: str = ""
    each: str = ""


def query_of(view: View, pinned: View | None = None, own: Mapping[str, str] | None = None) -> str:
    """The query of a view, of the pinned view, and of a tab's own part; empty for the first view of all."""
    parts = _parts(view)
    if pinned is not None:
        parts |= {PINNED + key: value for key, value in (_parts(pinned) or {"case": pinned.case}).items()}
    return urlencode(parts | dict(own or {}), quote_via=quote, safe=".,[]:")


def _parts(view: View) -> dict[str, str]:
    parts = {"case": view.case} if view.case != "default" or view.toml else {}
    if view.toml:
        parts["toml"] = base64.urlsafe_b64encode(zlib.compress(view.toml.encode(), 9)).decode()
    return parts | {path: value if isinstance(value, str) else json.dumps(value) for path, value in view.changes.items()}


def read_query(query: str) -> tuple[View, View | None]:
    """The view that a link shows, and the view that it pins. Raises InputError, whose sentence is about the link."""
    if len(query) > MOST_LINK:
        raise InputError("this link", f"it is too long: give at most {MOST_LINK:,} characters.")
    asked = dict(parse_qsl(query.lstrip("?"), keep_blank_values=True))
    pinned = {key.removeprefix(PINNED): value for key, value in asked.items() if key.startswith(PINNED)}
    own = {key: value for key, value in asked.items() if key not in watch_link.NAMES and not key.startswith((PINNED, EXPLORE))}
    pin = _view(pinned) if pinned else None
    return _view(own), pin


def read_look(query: str) -> Look:
    """What a link shows in Explore. Names that the folder does not have are reported where they are looked up."""
    asked = dict(parse_qsl(query[:MOST_LINK].lstrip("?"), keep_blank_values=True))
    return Look(**{one.name: asked.get(EXPLORE + one.name, "")[:200] for one in fields(Look)})


def look_parts(look: Look) -> dict[str, str]:
    """The part of a link that shows this in Explore: only what was chosen."""
    return {EXPLORE + name: value for name, value in asdict(look).items() if value}


def _view(parts: Mapping[str, str]) -> View:
    changes: dict[str, Any] = {}
    for path in [path for path in parts if path not in ("case", "toml")]:
        if "." not in path:
            sentence = f'it says "{path}", which is not a setting: write a setting with its section, as in money.annual_budget.'
            raise InputError("this link", sentence)
        try:
            changes[path] = value_of(parts[path])
        except ValueError:
            raise InputError("this link", f"{path} has more than one value: give one.") from None
    view = View(parts.get("case", "default"), _text(parts.get("toml", "")), changes)
    try:
        scenario_of(view)
    except InputError as error:
        raise InputError("this link", str(error)) from None
    return view


def _text(packed: str) -> str:
    """A scenario's own text, unpacked only up to the length that a text may have."""
    try:
        return zlib.decompressobj().decompress(base64.urlsafe_b64decode(packed), MOST_TEXT).decode() if packed else ""
    except (ValueError, zlib.error):
        raise InputError("this link", "the scenario in it is damaged: copy the whole link, or upload the file.") from None
