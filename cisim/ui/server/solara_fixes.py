"""What Solara's own page lacks: a language, a page that may be zoomed, the system's dark theme, named buttons, a word without
JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

MENDS = (
    ("<html>", '<html lang="en">'),
    (", maximum-scale=1, user-scalable=no, minimal-ui", ""),
    ("return theme.variant;", "return window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : theme.variant;"),
    (
        '<v-icon right large color="red">mdi-bug-outline</v-icon>',
        '<v-icon right large color="red" aria-label="Messages">mdi-bug-outline</v-icon>',
    ),
    (
        '<v-btn icon v-bind="attrs" v-on="on" @click="solaraDebugMessages = []">',
        '<v-btn icon aria-label="Clear messages" v-bind="attrs" v-on="on" @click="solaraDebugMessages = []">',
    ),
    ("</head>", "<noscript>This page needs JavaScript. The same numbers without it: cisim compare default.</noscript></head>"),
)
"""What stands there, and what should."""


def mended(page: str) -> str:
    """Solara's page with what it lacks."""
    for there, better in MENDS:
        page = page.replace(there, better)
    return page


def mend(server: Any, paths: Collection[str]) -> None:
    """From now on Solara's server module gives mended pages, at these paths and no others ("/", "/name")."""
    plain: Callable[..., str | None] = server.read_root

    def read_root(path: str, *args: Any, **kwargs: Any) -> str | None:
        # Solara would show an empty frame for what follows a known path, as in /name/more
        page = plain(path, *args, **kwargs) if "/" + path.strip("/") in paths else None
        return page if page is None else mended(page)

    server.read_root = read_root
