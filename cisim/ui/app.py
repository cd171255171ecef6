"""The frame around the tabs, and which tabs there are."""

from typing import Any

import solara

from cisim.present.palette import css
from cisim.ui import cases, state
from cisim.ui.decide.page import Decide
from cisim.ui.explore.page import Explore
from cisim.ui.learn.page import SCREENS, Learn
from cisim.ui.money.page import MyMoney
from cisim.ui.server.element import UI, tag, vue
from cisim.ui.town.page import MyTown
from cisim.ui.watch.page import Watch

TABS: tuple[tuple[str, str, Any], ...] = (
    ("/", "Decide", Decide),
    ("/money", "My money", MyMoney),
    ("/town", "My town", MyTown),
    ("/watch", "Watch", Watch),
    ("/explore", "Explore", Explore),
    ("/learn", "Learn", Learn),
)
"""Path, name and component of each tab, in order. A further tab is a line here."""
PATHS = (*(at for at, _, _ in TABS), *(f"/learn/{name}" for name in SCREENS))  # all addresses of the page
ARMS = css(".v-application .cisim", ".v-application.theme--dark .cisim")
STYLE = ARMS + (UI / "style.css").read_text(encoding="utf-8")
CAVEAT = "This is a model, not a forecast: it shows what follows from its settings, most of which are assumed."

Header = vue("header.vue", "tabs current at cases shown facts event_go event_visit event_pick")


@solara.component
def Frame(children: Any = ()) -> Any:  # noqa: N802
    """The header and the open tab. A link is read once, when the visitor comes."""
    router = solara.use_router()
    solara.use_memo(lambda: state.open_link(router.search or ""), [])
    path = "/" + "/".join(router.parts)
    query = state.address(path).partition("?")[2]
    now, deciding = state.view.value, path == "/"
    header = Header(
        tabs=[{"path": at, "label": label} for at, label, _ in TABS],
        current=path,
        at={"query": query, "moves": state.moves.value},
        cases=cases.offered(now) if deciding else [],
        shown=now.case,
        facts=cases.size_of(now) if deciding else "",
        event_visit=lambda event: state.visit(str(event["query"])) if event["path"] == path else None,
        event_pick=lambda event: state.pick(str(event["name"])),
        event_go=lambda event: router.push(event["path"] + (f"?{query}" if query else "")),
    )
    return tag("div", solara.Style(STYLE), header, *children, tag("footer", tag("p", CAVEAT)), css="cisim")


routes = [
    solara.Route(path="/" if at == "/" else at.strip("/"), component=component, label=label, layout=Frame if at == "/" else None)
    for at, label, component in TABS
]
