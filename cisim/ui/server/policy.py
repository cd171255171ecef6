"""What browsers may load and run: the library files of three installed packages, and no script that is not the server's own.

The files are listed once, before the first visitor comes, and a request can only name one of them. Solara's own search would
delete a folder that is asked for, and write what is missing.
"""

import base64
import functools
import hashlib
import re
from pathlib import Path

NEEDED = (  # files without which the page stays blank
    "echarts@5.4.0/dist/echarts.min.js",
    "requirejs@2.3.6/require.js",
    "@widgetti/solara-vuetify-app@10.1.1/dist/solara-vuetify-app8.min.js",
    "@widgetti/solara-vuetify-app@10.1.1/dist/main8.css",
)
FOLDERS = ("echarts@5.4.0/dist", "requirejs@2.3.6", "@widgetti/solara-vuetify-app@10.1.1")
AT = "/_solara/cdn/"  # the beginning of their addresses
INLINE = re.compile(r"<script(?![^>]*\bsrc=)([^>]*)>(.*?)</script>", re.DOTALL | re.IGNORECASE)
DATA = re.compile(r"type=\"(?!module)")  # a script that is data or a template, and never runs


def addresses(folder: Path) -> frozenset[str]:
    """The addresses of all regular files there; no file is found through a link."""
    files = [file for below in FOLDERS for file in (folder / below).rglob("*")]
    return frozenset(AT + one.relative_to(folder).as_posix() for one in files if one.is_file() and not one.is_symlink())


@functools.lru_cache(maxsize=32)
def headers(page: str = "") -> dict[str, str]:
    """The headers for an answer. Scripts that are part of `page` are allowed by their hashes; no other in a page runs.

    'unsafe-eval' is there because Vue compiles the page's components in the browser. It lets a script that runs make another one
    from a text, and does not let a text in the page become a script.
    """
    scripts = [body.replace("\r\n", "\n").encode() for kind, body in INLINE.findall(page) if not DATA.search(kind)]
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(one).digest()).decode()}'" for one in scripts)
    return {
        "content-security-policy": f"default-src 'self'; script-src 'self' 'unsafe-eval' {hashes}".rstrip() + "; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",  # a link contains a visitor's settings
    }
