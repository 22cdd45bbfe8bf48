"""``backup``: copy SQLite's file while the service is running."""

import argparse
import sys
from pathlib import Path
from typing import Any

from service.cli.options import take_database
from service.settings import Settings


def add(verbs: Any) -> None:  # argparse does not name the type
    """Describe the verb."""
    parser = verbs.add_parser("backup", help="copy SQLite's file while the service is running")
    parser.add_argument("file", type=Path, help="the copy, which must not be there yet")
    take_database(parser)
    parser.set_defaults(run=run)


def run(told: argparse.Namespace, settings: Settings) -> int:
    """Make the copy, and say how large it is."""
    from service.chores import back_up  # the help need not wait for it

    size = back_up(settings.database_url, told.file)
    sys.stdout.write(f"{told.file} holds the database as it is now, {size} bytes.\n")
    return 0
