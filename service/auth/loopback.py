"""Which requests come from this machine itself, and not through a proxy or a tunnel."""

import re
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any

from starlette.types import Scope

from service.auth.request_headers import Headers
from service.errors import LoopbackOnlyError

_HERE = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])\.?(:\d{1,5})?", re.IGNORECASE)
"""What the Host header says when this machine was asked for by a name that is always its own."""

_PROXY_FAMILIES = (
    b"x-forwarded",
    b"x-real-",
    b"x-original-",
    b"x-proxy",
    b"x-envoy-",
    b"x-amzn-",
    b"x-amz-cf-",
    b"x-azure-",
    b"x-arr-",
    b"x-appengine-",
    b"x-vercel-",
    b"x-akamai-",
    b"akamai-",
    b"cf-",
    b"fastly-",
    b"fly-",
    b"ngrok-",
    b"tailscale-",
    b"proxy-",
)
_PROXY_HEADERS = frozenset(
    {
        b"cdn-loop",
        b"client-ip",
        b"early-data",
        b"forwarded",
        b"front-end-https",
        b"true-client-ip",
        b"via",
        b"wl-proxy-client-ip",
        b"x-client-ip",
        b"x-cloud-trace-context",
        b"x-cluster-client-ip",
        b"x-host",
        b"x-remote-addr",
        b"x-remote-ip",
        b"x-rewrite-url",
        b"x-scheme",
        b"x-varnish",
    }
)
"""Headers, and beginnings of their names, that proxies, tunnels and content networks add."""
_DIRECT_VERSION = "1.1"
"""HTTP/1.0 is what proxies speak to what is behind them; browsers, curl and clients do not."""


def require_direct(scope: Scope, headers: Headers) -> None:
    """Make sure that a request comes from this machine, and not through a proxy.

    Through a proxy on this machine every client would come from loopback. A proxy that speaks
    HTTP/1.1, sends our own name as Host and adds no header is not recognised; the start warns of
    it. A web page whose name was made to resolve to this machine (DNS rebinding) has its own name
    as Host.

    Args:
        scope: The request.
        headers: Of the request; names are in lower case, as servers hand them over.

    Raises:
        LoopbackOnlyError: It comes from elsewhere, or through a proxy.
    """
    client: Any = scope.get("client")
    is_here = client is not None and _is_loopback(client[0])
    is_asked_for = _HERE.fullmatch(headers.get(b"host", b"").decode("latin-1")) is not None
    is_direct = scope.get("http_version", _DIRECT_VERSION) >= _DIRECT_VERSION
    if not (is_here and is_asked_for and is_direct) or any(map(_is_proxy_header, headers)):
        raise LoopbackOnlyError


@lru_cache(maxsize=256)
def _is_proxy_header(name: bytes) -> bool:
    return name in _PROXY_HEADERS or name.startswith(_PROXY_FAMILIES)


@lru_cache(maxsize=256)
def _is_loopback(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback
