"""The address that `cisim ui` prints is one that the devices meant can open."""

from __future__ import annotations

import ipaddress
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from cisim.ui.server.hosts import EVERYWHERE, local_network, web_address
from tests.conftest import ROOT
from tests.page_server import fetched

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("host", EVERYWHERE)
def test_addresses_for_others_are_this_machine_s_own(host: str) -> None:
    for address in local_network(host):
        found = ipaddress.ip_address(address)
        assert (found.is_unspecified, found.is_loopback) == (False, False)
        with socket.socket(socket.AF_INET6 if found.version == 6 else socket.AF_INET) as own:
            own.bind((address, 0))  # works with an address of this machine only


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "192.0.2.77"])
def test_a_page_at_one_address_is_at_that_address_alone(host: str) -> None:
    assert local_network(host) == []


def test_an_address_of_version_6_stands_in_brackets() -> None:
    assert web_address("::1", 80) == "http://[::1]:80"
    assert web_address("127.0.0.1", 80) == "http://127.0.0.1:80"


@pytest.fixture(scope="module", params=EVERYWHERE)
def everywhere(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """A page that listens everywhere: where, and the line that it prints."""
    command = [sys.executable, "-m", "cisim", "ui", "--no-browser", "--port", "0", "--host", request.param]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert server.stdout is not None
    try:
        yield request.param, server.stdout.readline()
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=120)


def test_a_page_that_listens_everywhere_prints_addresses_that_can_be_opened(everywhere: tuple[str, str]) -> None:
    host, line = everywhere
    hosts = re.findall(r"http://\[?([\w.:]*?)\]?:\d+[ ,]", line)
    assert hosts == [*local_network(host), EVERYWHERE[host]], line
    assert ("for devices in your network" in line) == bool(local_network(host))


def test_this_machine_opens_the_page_that_listens_everywhere(everywhere: tuple[str, str]) -> None:
    port = re.findall(r":(\d+)[ ,]", everywhere[1])[-1]
    assert fetched(f"http://127.0.0.1:{port}")[0] == 200
