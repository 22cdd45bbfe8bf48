"""Detection of direct local requests, as opposed to those of a proxy or tunnel."""

import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any

from starlette.types import Scope

from service.errors import LoopbackOnlyError

Headers = Mapping[bytes, bytes]
"""Name in lower case to value; the last of several headers with one name."""

_LOCAL_HOST = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])\.?(:\d{1,5})?", re.IGNORECASE)
"""Host headers that always mean this machine."""

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
"""Headers, and prefixes of headers, that proxies, tunnels and content networks add."""
_DIRECT_VERSION = "1.1"
"""Proxies use HTTP/1.0 towards their backends; browsers, curl and clients do not."""


def require_direct(scope: Scope, headers: Headers) -> None:
    """Check that a request comes directly from this machine.

    Behind a proxy on this machine, every client has a loopback address. A proxy that uses
    HTTP/1.1, sends a local Host and adds no header is not recognised; the service warns of it at
    startup. The Host header also stops DNS rebinding, because it holds the web page's own name.

    Args:
        scope: The request.
        headers: Headers of the request, with names in lower case.

    Raises:
        LoopbackOnlyError: The request comes from elsewhere, or through a proxy.
    """
    client: Any = scope.get("client")
    is_loopback = client is not None and _is_loopback(client[0])
    is_local = _LOCAL_HOST.fullmatch(headers.get(b"host", b"").decode("latin-1")) is not None
    is_direct = scope.get("http_version", _DIRECT_VERSION) >= _DIRECT_VERSION
    if not (is_loopback and is_local and is_direct) or any(map(_is_proxy_header, headers)):
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
