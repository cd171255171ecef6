"""What one visitor looks at in Explore: a results folder by name, a kept number, and the settings of the map. A link says the
same, in names that begin with "explore."."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

import solara

from cisim.ui.links import own_part

PREFIX = "explore."


@dataclass(frozen=True)
class Look:
    """Names as they stand in the folder; empty: whatever comes first there."""

    folder: str = ""
    metric: str = ""
    x: str = ""
    y: str = ""
    each: str = ""


look = solara.reactive(Look())


def open_link(query: str) -> None:
    """Looks at what a link asks for. What is not in the folder is told where it is looked for."""
    asked = own_part(query, PREFIX)
    known = {one.name: asked.get(one.name, "")[:200] for one in fields(Look)}
    look.value = Look(**known)


def parts() -> dict[str, str]:
    """What a link says of the look: only what was chosen."""
    return {f"{PREFIX}{name}": value for name, value in asdict(look.value).items() if value}
