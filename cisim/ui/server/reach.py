"""Where others reach a page: the addresses of this machine that a phone in the same network can open."""

from __future__ import annotations

import contextlib
import ipaddress
import socket

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Hosts that mean all addresses of this machine, and the one that this machine itself can open."""

ELSEWHERE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
"""Addresses that documentation uses. A datagram socket connected to one shows which address of ours it would use, and sends
nothing."""


def web_address(host: str, port: int) -> str:
    """The address of a page as a browser takes it."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def local_network(host: str) -> list[str]:
    """The addresses others in the same network can open where a page listens at `host`: those of this machine if that means all
    of them ("::" takes both kinds), else none."""
    if host not in EVERYWHERE:
        return []
    families = [socket.AF_INET] if host == "0.0.0.0" else [socket.AF_INET, socket.AF_INET6]
    found = [address for family in families for address in _of_this_machine(family)]
    return list(dict.fromkeys(found))


def _of_this_machine(family: socket.AddressFamily) -> list[str]:
    known = []
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as asking:  # no such network here
        asking.connect((ELSEWHERE[family], 9))
        known.append(asking.getsockname()[0])
    with contextlib.suppress(OSError):  # a machine without a name
        known += [str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None, family)]
    return [one for one in known if _is_for_others(one)]


def _is_for_others(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    return not (found.is_loopback or found.is_unspecified or found.is_link_local)
