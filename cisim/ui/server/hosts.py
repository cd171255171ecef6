"""Which names the page answers to, and whom a request comes from: a name nobody allowed may be another site's trick."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

NAME = re.compile(r"(?!-)[A-Za-z0-9._-]{1,253}")
"""A host's name, with nothing else in it."""

HOST = re.compile(rf"(\[[0-9A-Fa-f:.]{{2,45}}\]|{NAME.pattern})(?::[0-9]{{1,5}})?")


@dataclass(frozen=True)
class Hosts:
    """`names` in small letters; `any_address`: numbers are allowed, too, as where the page listens on all addresses. The names of
    this machine for itself always are."""

    names: frozenset[str] = frozenset()
    any_address: bool = False

    def allow(self, host: str) -> bool:
        """Whether a request that asks for this host, as its `Host` header says, is answered."""
        found = HOST.fullmatch(host)
        if found is None:
            return False
        name = plain(found[1])
        address = _address(name)
        if address is not None:  # another site cannot have a number of ours
            return address.is_loopback or self.any_address or name in self.names
        return name == "localhost" or name in self.names


def hosts(listening: str, allowed: Iterable[str] = (), outside: str = "") -> Hosts:
    """What a page answers to that listens there, allows these names, and is found from outside at the address `outside`."""
    address = _address(listening)
    outer = re.match(rf"https?://{HOST.pattern}(?:/|$)", outside)
    names = [listening, *allowed, *([outer[1]] if outer else [])]
    return Hosts(frozenset(map(plain, names)), address is not None and address.is_unspecified)


def plain(name: str) -> str:
    """A name or address as it is compared."""
    name = name.strip("[]").rstrip(".").lower()
    address = _address(name)
    return str(address) if address is not None else name


def visitor(client: object) -> str:
    """Whom a connection counts for: its address, or with IPv6 the network of one household (/64)."""
    address = _address(str(client[0])) if isinstance(client, tuple | list) and client else None
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))
    return str(address or "")


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return None
