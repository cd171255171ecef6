"""Which files the page may load beside its own: those of three installed packages, found once, before the first visitor comes.

A request can only name one of them. Solara's own look-up would delete a folder that is asked for, and write what is missing.
"""

from __future__ import annotations

import os
from pathlib import Path

NEEDED = (
    "echarts@5.4.0/dist/echarts.min.js",
    "requirejs@2.3.6/require.js",
    "@widgetti/solara-vuetify-app@10.1.1/dist/solara-vuetify-app8.min.js",
    "@widgetti/solara-vuetify-app@10.1.1/dist/main8.css",
)
"""Files without which the page stays blank."""

FOLDERS = ("echarts@5.4.0/dist", "requirejs@2.3.6", "@widgetti/solara-vuetify-app@10.1.1")

AT = "/_solara/cdn/"
"""Where they are asked for."""


def addresses(folder: Path) -> frozenset[str]:
    """The addresses of all regular files there; nothing that a link leads to."""
    found = []
    for below in FOLDERS:
        for here, _, names in os.walk(folder / below):
            files = [Path(here, name) for name in names]
            found += [AT + file.relative_to(folder).as_posix() for file in files if file.is_file() and not file.is_symlink()]
    return frozenset(found)
