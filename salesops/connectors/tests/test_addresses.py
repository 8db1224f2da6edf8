"""Connections to servers outside reach no inner address, however it is written."""

import socket

import pytest

from salesops.connectors.addresses import is_allowed, open_connection
from salesops.connectors.faults import ConnectorFault
from salesops.connectors.tests.mail_servers import Script

INNER = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200",
    "100.64.0.1", "198.18.0.1", "192.0.2.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "::1", "::", "fe80::1", "fe80::1%eth0",
    "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "2002:a00:1::", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "::7f00:1", "2001:db8::1", "nonsense", "",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "223.5.5.5", "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.fixture(autouse=True)
def _nothing_is_allowed(settings):
    settings.CONNECTOR_ALLOWED_NETWORKS = []


@pytest.mark.parametrize("address", INNER)
def test_an_inner_address_is_refused(address):
    assert not is_allowed(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_allowed(address):
    assert is_allowed(address)


def test_a_network_the_setting_names_is_allowed_and_no_other(settings):
    settings.CONNECTOR_ALLOWED_NETWORKS = ["10.0.0.0/8", "fd00::/8"]
    assert all(is_allowed(one) for one in ("10.1.2.3", "::ffff:10.1.2.3", "fd00::1", "8.8.8.8"))
    assert not any(is_allowed(one) for one in ("192.168.1.1", "127.0.0.1", "fc00::1"))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "017700000001",
        "0",
        "::1",
        "::ffff:127.0.0.1",
        "0.0.0.0",
    ],
)
def test_no_spelling_of_this_machine_makes_a_connection(host):
    with Script(lambda caller: None) as server:
        with pytest.raises(ConnectorFault):
            open_connection(host, server.port, 2)
        assert server.callers == 0


@pytest.mark.parametrize("host", ["", "a" * 300, "x..y", "\udcff", "http://127.0.0.1/", "user@127.0.0.1", "空 格"])
def test_a_name_that_is_none_is_told_in_words(host):
    with pytest.raises(ConnectorFault) as fault:
        open_connection(host, 993, 2)
    assert fault.value.sentence


def test_a_name_that_changes_its_address_gains_nothing(monkeypatch, settings):
    """The name is asked for once; what is connected to is the address that was checked."""
    asked = []

    def changing(host, port, **_):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8" if len(asked) == 1 else "127.0.0.1", port))]

    connected = []
    monkeypatch.setattr("salesops.connectors.addresses.socket.getaddrinfo", changing)
    monkeypatch.setattr(
        "salesops.connectors.addresses.socket.socket.connect", lambda _self, place: connected.append(place)
    )
    monkeypatch.setattr("salesops.connectors.addresses.socket.socket.getpeername", lambda _self: ("127.0.0.1", 993))
    with pytest.raises(ConnectorFault):
        open_connection("rebinding.example", 993, 2)
    assert (asked, connected) == (["rebinding.example"], [("8.8.8.8", 993)])
