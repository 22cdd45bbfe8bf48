"""``keys``: make, list and revoke API keys."""

import argparse
import math
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from service.commands.options import take_database
from service.keys import Key, Scope, make_key
from service.settings import LEAST_RATE, Settings
from service.watch import PERIOD_S

if TYPE_CHECKING:
    from service.db.api_keys import ApiKeys

_MAX_NAME = 200
_COLUMNS = "{:<14}{:<32}{:<22}{:<20}{:<10}{:<18}{}\n"
_NONE = "-"


def add(verbs: Any) -> None:  # argparse does not name the type
    """Describe the verb."""
    parser = verbs.add_parser("keys", help="make, list and revoke API keys")
    actions = parser.add_subparsers(dest="action", required=True)
    _make_parser(actions)
    _parser(actions, "list", "show the keys; secrets are not kept", _list)
    revoke = _parser(actions, "revoke", "take a key back, in all workers", _revoke)
    revoke.add_argument("key_id", metavar="ID", help="as `keys list` shows it")
    parser.set_defaults(run=run)


def run(told: argparse.Namespace, settings: Settings) -> int:
    """Do what is asked of the keys."""
    from service.chores import build_keys  # it takes a second, which the help need not wait for

    parts = build_keys(settings)
    try:
        act: Callable[[argparse.Namespace, ApiKeys], None] = told.act
        act(told, parts.keys)
    finally:
        parts.close()
    return 0


def _make_parser(actions: Any) -> None:
    parser = _parser(actions, "make", "make a key, and print it, once", _make)
    parser.add_argument("name", metavar="NAME", type=_name, help="whose it is; for people")
    parser.add_argument(
        "--scopes",
        type=_scopes,
        required=True,
        help=f"what it may be used for, by comma: {', '.join(Scope)} (which may do everything)",
    )
    parser.add_argument(
        "--rate", type=_rate, help="requests a second (default: ATTUNE_RATE, for each key)"
    )
    parser.add_argument(
        "--user",
        metavar="ID",
        type=_user,
        help="the only user whom its holder may name (default: anybody); not with admin",
    )


def _parser(actions: Any, name: str, meaning: str, act: Callable[..., None]) -> Any:
    parser = actions.add_parser(name, help=meaning)
    take_database(parser)
    parser.set_defaults(act=act)
    return parser


def _make(told: argparse.Namespace, keys: "ApiKeys") -> None:
    from service.clock import utc_now

    made = make_key(told.name, told.scopes, told.rate, utc_now(), told.user)
    is_first = not keys.all()
    keys.add(made.key)
    # The key alone goes to standard output, so that it can be piped to where it is to be kept.
    sys.stdout.write(f"{made.written}\n")
    sys.stdout.flush()
    sys.stderr.write(
        f"This is the key of {told.name!r} for {_listed(made.key)}{_held_to(made.key)}; it is "
        "shown now and never again. "
        f"Revoke it with: python -m service keys revoke {made.key.key_id}\n"
    )
    if is_first:
        sys.stderr.write(
            f"It is the first: {_soon()} everybody needs a key, on this machine too.\n"
        )


def _list(told: argparse.Namespace, keys: "ApiKeys") -> None:
    del told
    found = keys.all()
    if not found:
        sys.stderr.write("There is no key; only the machine that serves is answered.\n")
        return
    sys.stdout.write(_COLUMNS.format("id", "name", "scopes", "user", "rate", "made", "revoked"))
    for key in found:
        sys.stdout.write(
            _COLUMNS.format(
                key.key_id,
                key.name.encode("unicode_escape").decode("ascii"),
                _listed(key),
                key.user_id or _NONE,
                f"{key.rate:g}" if key.rate is not None else _NONE,
                f"{key.created_at:%Y-%m-%d %H:%M}",
                f"{key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else _NONE,
            )
        )


def _revoke(told: argparse.Namespace, keys: "ApiKeys") -> None:
    key = keys.revoke(told.key_id)
    sys.stderr.write(
        f"The key {key.key_id} of {key.name!r} is revoked; {_soon()} no worker knows it.\n"
    )


def _listed(key: Key) -> str:
    return ",".join(scope for scope in Scope if scope in key.scopes)


def _held_to(key: Key) -> str:
    return "" if key.user_id is None else f", and for the user {key.user_id!r} alone"


def _soon() -> str:
    return f"within {PERIOD_S:g} s"


def _name(text: str) -> str:
    if not text.strip() or len(text) > _MAX_NAME or not text.isprintable():
        raise argparse.ArgumentTypeError(
            f"{text[:_MAX_NAME]!r} has {len(text)} characters; 1 to {_MAX_NAME} that can be "
            "printed make a name"
        )
    return text


def _scopes(text: str) -> frozenset[Scope]:
    try:
        return frozenset(Scope(name.strip()) for name in text.split(","))
    except ValueError as error:
        known = ", ".join(Scope)
        raise argparse.ArgumentTypeError(f"{error}; known are {known}") from error


def _user(text: str) -> str:
    from pydantic import TypeAdapter, ValidationError  # only who names a user waits for it

    from service.schemas.fields import Id

    try:
        return TypeAdapter[str](Id).validate_python(text)
    except ValidationError as error:
        (fault,) = error.errors(include_url=False, include_context=False)
        shown = text[:_MAX_NAME]
        raise argparse.ArgumentTypeError(f"{shown!r} is no user id: {fault['msg']}") from error


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not LEAST_RATE <= rate < math.inf:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no rate; it must be at least {LEAST_RATE:g} requests a second"
        )
    return rate
