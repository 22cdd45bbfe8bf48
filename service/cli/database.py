"""``migrate``: bring the database to the schema of this release, or to another."""

import argparse
import sys
from typing import Any

from service.cli.options import take_database
from service.refusals import LossyMigrationError
from service.settings import Settings


def add(verbs: Any) -> None:  # argparse does not name the type
    """Describe the verb."""
    parser = verbs.add_parser("migrate", help="bring the database to the schema of this release")
    parser.add_argument("--to", default="head", metavar="REVISION", help="default: the newest")
    parser.add_argument(
        "--show", action="store_true", help="say where it stands, and change nothing"
    )
    parser.add_argument("--yes", action="store_true", help="go back, though data is lost")
    take_database(parser)
    parser.set_defaults(run=run)


def run(told: argparse.Namespace, settings: Settings) -> int:
    """Bring a database to a revision, or say where it stands.

    The status is 1 if it was asked to go back without ``--yes``.
    """
    from service.chores import build_schema  # serving itself does without this

    parts = build_schema(settings)
    try:
        schema = parts.look() if told.show else parts.migrate(told.to, may_lose=told.yes)
    except LossyMigrationError as error:
        sys.stderr.write(f"{error} To do it all the same: --yes\n")
        return 1
    finally:
        parts.close()
    sys.stdout.write(
        f"current  {schema.current or 'none: there are no tables yet'}\n"
        f"head     {schema.head}\n"
        f"pending  {', '.join(schema.pending) or 'none'}\n"
    )
    return 0
