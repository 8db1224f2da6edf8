"""Where a request comes from, with no more trust than the installation has proxies."""

from ipaddress import IPv6Address, ip_address
from typing import Protocol

from django.conf import settings


class _Request(Protocol):
    META: dict[str, str]


def clean_address(text: str) -> str | None:
    """The address in its one spelling; None for what is none. IPv4 inside IPv6 is taken out."""
    try:
        parsed = ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        if parsed.scope_id:
            return clean_address(text.strip().split("%")[0])
    return str(parsed)


def client_address(request: _Request) -> str | None:
    """The caller's address.

    ``X-Forwarded-For`` can be written by anyone, so only the entry set by the outermost of our own
    ``PROXY_COUNT`` proxies counts; with none in front the header is not read at all.
    """
    meta = request.META
    proxies: int = settings.PROXY_COUNT
    if proxies:
        hops = [hop for hop in meta.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
        if len(hops) >= proxies:
            return clean_address(hops[-proxies])
    return clean_address(meta.get("REMOTE_ADDR", ""))
