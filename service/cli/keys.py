"""``keys``: make, list and revoke API keys."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from service.auth.api_keys import Key, Scope, make_key
from service.cli.options import with_settings

if TYPE_CHECKING:
    from service.db.api_keys import ApiKeys
    from service.settings import Settings

_MAX_NAME = 200
_COLUMNS = "{:<14}{:<32}{:<22}{:<20}{:<10}{:<18}{}"
_NONE = "-"


@click.group()
def keys() -> None:
    """Make, list and revoke API keys."""


def _name(_ctx: click.Context, _param: click.Parameter, name: str) -> str:
    if not name.strip() or len(name) > _MAX_NAME or not name.isprintable():
        raise click.BadParameter(
            f"{name[:_MAX_NAME]!r} has {len(name)} characters; a name has 1 to {_MAX_NAME} "
            "printable characters."
        )
    return name


def _scopes(_ctx: click.Context, _param: click.Parameter, listed: str) -> frozenset[Scope]:
    try:
        return frozenset(Scope(name.strip()) for name in listed.split(","))
    except ValueError as error:
        raise click.BadParameter(f"{error}; the scopes are {', '.join(Scope)}.") from error


def _rate(_ctx: click.Context, _param: click.Parameter, rate: float | None) -> float | None:
    from service.settings import MIN_RATE

    if rate is not None and not MIN_RATE <= rate < math.inf:
        raise click.BadParameter(
            f"{rate:g} is no rate; it must be at least {MIN_RATE:g} requests a second."
        )
    return rate


def _user(_ctx: click.Context, _param: click.Parameter, user: str | None) -> str | None:
    if user is None:
        return None
    from pydantic import TypeAdapter, ValidationError

    from service.api.fields import Id

    try:
        return TypeAdapter[str](Id).validate_python(user)
    except ValidationError as error:
        (details,) = error.errors(include_url=False, include_context=False)
        shown = user[:_MAX_NAME]
        rule = details["msg"].removeprefix("Value error, ")
        raise click.BadParameter(f"{shown!r} is not a user id: {rule}.") from error


@keys.command()
@click.argument("name", callback=_name)
@click.option(
    "--scopes",
    required=True,
    callback=_scopes,
    help=f"What the key may be used for, separated by commas: {', '.join(Scope)} (everything).",
)
@click.option(
    "--rate",
    type=float,
    callback=_rate,
    help="Requests a second; ATTUNE_RATE by default, for each key.",
)
@click.option(
    "--user",
    metavar="ID",
    callback=_user,
    help="The only user that requests with this key may name; any by default. Not with admin.",
)
@with_settings
def make(
    settings: "Settings",
    /,
    *,
    name: str,
    scopes: frozenset[Scope],
    rate: float | None,
    user: str | None,
) -> None:
    """Make a key and print it, once.

    NAME tells people whose key it is.
    """
    from service.clock import utc_now

    made = make_key(name, scopes, rate, utc_now(), user)
    with _opened(settings) as stored:
        is_first = not stored.all()
        stored.add(made.key)
    # Standard output has the key only, so that it can be piped.
    click.echo(made.written)
    click.echo(
        f"This is the key of {name!r} for {_listed(made.key)}{_only_user(made.key)}; it is shown "
        "only now. "
        f"Revoke it with: python -m service keys revoke {made.key.key_id}",
        err=True,
    )
    if is_first:
        click.echo(
            f"It is the first key: {_soon()} every request needs one, on this machine too.",
            err=True,
        )


@keys.command("list")
@with_settings
def list_keys(settings: "Settings", /) -> None:
    """List the keys; secrets are not stored."""
    with _opened(settings) as stored:
        stored_keys = stored.all()
    if not stored_keys:
        click.echo("There is no key; the service answers this machine only.", err=True)
        return
    click.echo(_COLUMNS.format("id", "name", "scopes", "user", "rate", "made", "revoked"))
    for key in stored_keys:
        click.echo(_row(key))


@keys.command()
@click.argument("key_id", metavar="ID")
@with_settings
def revoke(settings: "Settings", /, *, key_id: str) -> None:
    """Revoke a key in all workers.

    `keys list` shows the IDs.
    """
    with _opened(settings) as stored:
        key = stored.revoke(key_id)
    click.echo(
        f"The key {key.key_id} of {key.name!r} is revoked; {_soon()} all workers refuse it.",
        err=True,
    )


@contextmanager
def _opened(settings: "Settings") -> Iterator["ApiKeys"]:
    from service.cli.factories import build_keys

    resources = build_keys(settings)
    try:
        yield resources.keys
    finally:
        resources.close()


def _row(key: Key) -> str:
    return _COLUMNS.format(
        key.key_id,
        key.name.encode("unicode_escape").decode("ascii"),
        _listed(key),
        key.user_id or _NONE,
        f"{key.rate:g}" if key.rate is not None else _NONE,
        f"{key.created_at:%Y-%m-%d %H:%M}",
        f"{key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else _NONE,
    )


def _listed(key: Key) -> str:
    return ",".join(scope for scope in Scope if scope in key.scopes)


def _only_user(key: Key) -> str:
    return "" if key.user_id is None else f", limited to user {key.user_id!r}"


def _soon() -> str:
    from service.serving.poller import PERIOD_S

    return f"within {PERIOD_S:g} s"
