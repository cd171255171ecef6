"""Which library files the page may load: those of three installed packages, listed once, before the first visitor comes.

A request can only name one of them. Solara's own search would delete a folder that is asked for, and write what is missing.
"""

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
"""The beginning of their addresses."""


def addresses(folder: Path) -> frozenset[str]:
    """The addresses of all regular files there; no file is found through a link."""
    files = [Path(here, name) for below in FOLDERS for here, _, names in os.walk(folder / below) for name in names]
    return frozenset(AT + one.relative_to(folder).as_posix() for one in files if one.is_file() and not one.is_symlink())
