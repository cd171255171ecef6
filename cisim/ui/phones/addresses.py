"""Where phones find a room: the addresses shown on the projector, and the QR code of the first."""

import functools
import importlib.util
import re

LOCAL = re.compile(r"https?://(localhost|127\.[0-9.]+|\[::1\])(:|/|$)")
SHOWN = re.compile(r"https?://(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]{1,100})(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]{0,100})?")


def shown_addresses(own: list[str], at: object, path: str) -> list[str]:
    """The addresses to show: this machine's in its network, or, where the projector was opened by another name, that one."""
    known = isinstance(at, str) and len(at) <= 200 and SHOWN.fullmatch(at)
    if known and not LOCAL.match(str(at)):
        return [f"{str(at).rstrip('/')}{path}"]
    return [f"{one}{path}" for one in own] or ([f"{str(at).rstrip('/')}{path}"] if known else [])


@functools.lru_cache(maxsize=64)
def qr_rows(address: str) -> tuple[str, ...]:
    """A QR code as rows of 0 and 1; nothing where the package segno is not installed."""
    if importlib.util.find_spec("segno") is None:
        return ()
    import segno

    return tuple("".join("1" if one else "0" for one in row) for row in segno.make(address, error="m", micro=False).matrix)
