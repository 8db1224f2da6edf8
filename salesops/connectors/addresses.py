"""Outgoing connections go only where servers may stand, checked on the very address that is connected to."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.utils.translation import gettext_noop

from salesops.connectors.faults import ConnectorFault

NOT_FOUND = gettext_noop("The server %(host)s was not found. Check its name.")
REFUSED = gettext_noop("The server %(host)s does not answer on port %(port)s: %(reason)s.")
NOT_ALLOWED = gettext_noop(
    "The server %(host)s stands at an inner address (%(address)s) that connections may not go to. An operator "
    "can allow its network with the setting CONNECTOR_ALLOWED_NETWORKS."
)
TRANSLATED = ip_network("64:ff9b::/96")  # NAT64: the last four bytes are an IPv4 address


def is_allowed(text: str) -> bool:
    """Whether connections may go to this address: public, or inside a network the setting names."""
    try:
        address = ip_address(text.split("%", maxsplit=1)[0])
    except ValueError:
        return False
    candidates = {address, _inner(address)}
    networks = [ip_network(one, strict=False) for one in settings.CONNECTOR_ALLOWED_NETWORKS]
    if any(one.version == network.version and one in network for network in networks for one in candidates):
        return True
    return all(_is_public(one) for one in candidates)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if address in TRANSLATED or (isinstance(address, IPv6Address) and address.ipv4_mapped):
        return True  # as public as the IPv4 address inside, which is looked at too
    return address.is_global and not address.is_multicast and not address.is_reserved


def _inner(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address an IPv6 address leads to in the end."""
    if not isinstance(address, IPv6Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if address in TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def open_connection(host: str, port: int, timeout: float) -> socket.socket:
    """A connected socket, ``timeout`` seconds for each step. ``ConnectorFault`` when none can or may be had.

    The name is looked up once and the connection goes to the checked address itself, so that a name that changes
    its address between the look and the connection gains nothing.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, ValueError):
        raise ConnectorFault(NOT_FOUND, {"host": host[:200]}) from None
    fault = ConnectorFault(NOT_FOUND, {"host": host[:200]})
    for family, kind, protocol, _name, place in found:
        if not is_allowed(str(place[0])):
            fault = ConnectorFault(NOT_ALLOWED, {"host": host[:200], "address": str(place[0])})
            continue
        opened = socket.socket(family, kind, protocol)
        try:
            opened.settimeout(timeout)
            opened.connect(place)
            if not is_allowed(str(opened.getpeername()[0])):
                raise ConnectionRefusedError("redirected")
        except OSError as reason:
            opened.close()
            fault = ConnectorFault(
                REFUSED, {"host": host[:200], "port": port, "reason": reason.strerror or str(reason)}
            )
            continue
        return opened
    raise fault
