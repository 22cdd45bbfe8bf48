"""The options ``--url`` and ``--key``, and the connection that they describe."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click
import httpx

from attune_client.retry import RetryPolicy
from attune_client.sync_client import AttuneClient

DEFAULT_URL = "http://127.0.0.1:3000"
UPLOAD = RetryPolicy(timeout_s=150.0, deadline_s=300.0)
"""The service allows two minutes for an upload."""
IMPORT = RetryPolicy(
    attempts=12, timeout_s=150.0, deadline_s=600.0, longest_wait_s=10.0, unanswered_uploads=1
)
"""For long imports, during which the service may restart. They repeat unanswered uploads last."""


@dataclass(frozen=True, slots=True)
class Address:
    """The options ``--url`` and ``--key``; None if not given."""

    url: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """A client and the service's URL, without a trailing slash."""

    url: str
    client: AttuneClient

    def absolute(self, url: str) -> str:
        """Return a URL as an absolute one."""
        return self.url + url if url.startswith("/") else url


def address_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add ``--url`` and ``--key`` to a command."""
    url = click.option(
        "--url",
        envvar="ATTUNE_URL",
        show_envvar=True,
        metavar="URL",
        help=f"URL of the service; {DEFAULT_URL} by default.",
    )
    key = click.option(
        "--key",
        metavar="KEY",
        help="The API key. The environment variable ATTUNE_KEY is safer: other users of this "
        "machine can read command lines.",
    )
    return url(key(command))


def with_service(command: Callable[..., None], retry: RetryPolicy = UPLOAD) -> Callable[..., None]:
    """Return a command with ``--url`` and ``--key`` that gets the service as first argument."""

    @address_options
    @click.pass_context
    @functools.wraps(command)
    def connected(
        ctx: click.Context, /, *, url: str | None, key: str | None, **options: object
    ) -> None:
        before = ctx.find_object(Address) or Address()
        with service_at(Address(_url(ctx, url, before), key or before.key), retry) as service:
            command(service, **options)

    return connected


@contextmanager
def service_at(address: Address, retry: RetryPolicy = UPLOAD) -> Iterator[Service]:
    """Connect to a service.

    Raises:
        click.UsageError: The URL or the key is malformed.
    """
    url = (address.url or DEFAULT_URL).rstrip("/")
    try:
        parsed_url = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise click.UsageError(f"{url!r} is not a URL: {error}.") from error
    if parsed_url.scheme not in {"http", "https"} or not parsed_url.host:
        raise click.UsageError(
            f"{url!r} is not the URL of a service; it looks like {DEFAULT_URL}."
        )
    try:
        client = AttuneClient(url, key=address.key, retry=retry)
    except ValueError as error:
        raise click.UsageError("The API key holds a character that no key has.") from error
    with client:
        yield Service(url, client)


def _url(ctx: click.Context, url: str | None, before: Address) -> str | None:
    """Return the URL; an option before the command's name precedes the environment variable."""
    source = ctx.get_parameter_source("url")
    if source is click.core.ParameterSource.COMMANDLINE:
        return url
    return before.url or url
