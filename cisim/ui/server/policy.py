"""The security headers of every answer: browsers load from this server only, and run no script that is not the server's own."""

import base64
import functools
import hashlib
import re

INLINE = re.compile(r"<script(?![^>]*\bsrc=)([^>]*)>(.*?)</script>", re.DOTALL | re.IGNORECASE)

DATA = re.compile(r"type=\"(?!module)")
"""A script that is data or a template, and never runs."""


@functools.lru_cache(maxsize=32)
def headers(page: str = "") -> dict[str, str]:
    """The headers for an answer. Scripts that are part of `page` are allowed by their hashes; no other in a page runs.

    'unsafe-eval' is there because Vue compiles the page's components in the browser. It lets a script that runs make another one
    from a text, and does not let a text in the page become a script.
    """
    hashes = " ".join(f"'sha256-{_hash(body)}'" for kind, body in INLINE.findall(page) if not DATA.search(kind))
    return {
        "content-security-policy": f"default-src 'self'; script-src 'self' 'unsafe-eval' {hashes}".rstrip() + "; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",  # a link contains a visitor's settings
    }


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.replace("\r\n", "\n").encode()).digest()).decode()
