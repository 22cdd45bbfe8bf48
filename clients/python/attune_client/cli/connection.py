"""Where the service is and which key it is shown: the same two options for every command."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import click
import httpx

from attune_client.blocking import AttuneClient
from attune_client.retry import RetryPolicy

HERE = "http://127.0.0.1:3000"
UNHURRIED = RetryPolicy(timeout_s=150.0, deadline_s=300.0)
"""A service gives an upload two minutes."""
STEADFAST = RetryPolicy(attempts=12, timeout_s=150.0, deadline_s=600.0, longest_wait_s=10.0)
"""For long work beside which the service may be started anew."""


@dataclass(frozen=True, slots=True)
class Address:
    """What was said on the command line; None where nothing was."""

    url: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """A service within reach.

    Attributes:
        url: Without a slash at its end.
    """

    url: str
    client: AttuneClient

    def absolute(self, url: str) -> str:
        """Return a URL that may have been relative to the service."""
        return self.url + url if url.startswith("/") else url


def address_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add ``--url`` and ``--key`` to a command."""
    url = click.option(
        "--url",
        envvar="ATTUNE_URL",
        show_envvar=True,
        metavar="URL",
        help=f"Where the service is; {HERE} if nobody says.",
    )
    key = click.option(
        "--key",
        metavar="KEY",
        help="The API key. Better in the environment variable ATTUNE_KEY: others on this machine "
        "can read a command line.",
    )
    return url(key(command))


def with_service(
    command: Callable[..., None], retry: RetryPolicy = UNHURRIED
) -> Callable[..., None]:
    """Give a command the service as its first argument, and the options that say where it is."""

    @address_options
    @click.pass_context
    @functools.wraps(command)
    def connected(
        ctx: click.Context, /, *, url: str | None, key: str | None, **options: object
    ) -> None:
        before = ctx.find_object(Address) or Address()
        with service_at(Address(_told(ctx, url, before), key or before.key), retry) as service:
            command(service, **options)

    return connected


class service_at:  # noqa: N801  # read as a function
    """A service for the length of a ``with``.

    Raises:
        click.UsageError: The URL or the key cannot be one.
    """

    def __init__(self, address: Address, retry: RetryPolicy = UNHURRIED) -> None:
        url = (address.url or HERE).rstrip("/")
        try:
            parsed_url = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise click.UsageError(f"{url!r} is no URL: {error}.") from error
        if parsed_url.scheme not in {"http", "https"} or not parsed_url.host:
            raise click.UsageError(f"{url!r} is no URL of a service; such as {HERE} is needed.")
        try:
            client = AttuneClient(url, key=address.key, retry=retry)
        except ValueError as error:
            raise click.UsageError(f"{error}".capitalize() + ".") from error
        self._service = Service(url, client)

    def __enter__(self) -> Service:
        return self._service

    def __exit__(self, *_: object) -> None:
        self._service.client.close()


def _told(ctx: click.Context, url: str | None, before: Address) -> str | None:
    """Return the URL; before the command's name it counts more than the environment after it."""
    source = ctx.get_parameter_source("url")
    if source is click.core.ParameterSource.COMMANDLINE:
        return url
    return before.url or url
