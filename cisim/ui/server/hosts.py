"""Which names the page answers to, whom a request comes from, and where others in the same network reach the page.

A name that nobody allowed may be a trick of another site, so the page does not answer to it.
"""

import contextlib
import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass

NAME = re.compile(r"(?!-)[A-Za-z0-9._-]{1,253}")  # a host's name, and nothing more
HOST = re.compile(rf"(\[[0-9A-Fa-f:.]{{2,45}}\]|{NAME.pattern})(?::[0-9]{{1,5}})?")
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Hosts that mean all addresses of this machine, and the one that this machine itself can open."""
ELSEWHERE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
"""Addresses reserved for documentation. A datagram socket connected to one shows which address of ours it would use, and sends
nothing."""


@dataclass(frozen=True)
class Hosts:
    """`names` in small letters; `any_address`: any number is allowed, as where the page listens on all addresses. The names that
    this machine has for itself are always allowed."""

    names: frozenset[str] = frozenset()
    any_address: bool = False

    def allow(self, host: str) -> bool:
        """Whether a request for this host, as its `Host` header has it, is answered."""
        found = HOST.fullmatch(host)
        if found is None:
            return False
        name = plain(found[1])
        address = _address(name)
        if address is not None:  # another site cannot have a number of ours
            return address.is_loopback or self.any_address or name in self.names
        return name == "localhost" or name in self.names


def hosts(listening: str, allowed: Iterable[str] = (), outside: str = "") -> Hosts:
    """The names of a page that listens there, allows these names, and has the address `outside` for visitors."""
    address = _address(listening)
    outer = re.match(rf"https?://{HOST.pattern}(?:/|$)", outside)
    names = [listening, *allowed, *([outer[1]] if outer else [])]
    return Hosts(frozenset(map(plain, names)), address is not None and address.is_unspecified)


def plain(name: str) -> str:
    """A name or address in the form in which it is compared."""
    name = name.strip("[]").rstrip(".").lower()
    return str(_address(name) or name)


def visitor(client: object) -> str:
    """Whom a connection counts for: its address, or with IPv6 the network of one household (/64)."""
    address = _address(str(client[0])) if isinstance(client, tuple | list) and client else None
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))
    return str(address or "")


def web_address(host: str, port: int) -> str:
    """The address of a page for a browser."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def local_network(host: str) -> list[str]:
    """The addresses that others in the same network can open if a page listens at `host`: those of this machine if that means
    all of them ("::" takes both kinds), otherwise none."""
    if host not in EVERYWHERE:
        return []
    known: list[str] = []
    for family in [socket.AF_INET] if host == "0.0.0.0" else [socket.AF_INET, socket.AF_INET6]:
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as asking:  # no such network here
            asking.connect((ELSEWHERE[family], 9))
            known.append(asking.getsockname()[0])
        with contextlib.suppress(OSError):  # a machine without a name
            known += [str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None, family)]
    found = {one: ipaddress.ip_address(one.partition("%")[0]) for one in known}
    return [one for one, at in found.items() if not (at.is_loopback or at.is_unspecified or at.is_link_local)]


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return None
