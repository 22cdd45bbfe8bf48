"""What a service keeps to itself: everything."""

import sys
from ipaddress import ip_address

import pytest

pytestmark = [
    pytest.mark.journey,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="reads other processes' sockets"),
]


def test_no_process_ever_asked_for_another_machine(server, after):
    del after  # everything was done by then

    assert {process.pid for process in server.processes()} <= server.overheard()
    assert server.heard() == []


def test_no_process_has_a_connection_to_another_machine(server, after):
    del after
    connections = [c for p in server.processes() for c in p.net_connections("inet")]

    assert connections
    addresses = {end.ip for c in connections for end in (c.laddr, c.raddr) if end}
    assert all(ip_address(address).is_loopback for address in addresses)


def test_what_was_built_is_not_written_to(bento, server, after):
    del after

    assert bento.contents() == bento.as_built
    assert (server.folder / "attune.db").exists()
