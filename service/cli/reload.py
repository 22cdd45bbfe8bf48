"""``reload``: have every worker take up the snapshots that are in the configured folders now."""

import argparse
import sys
from typing import Any

from service.cli.options import take_database
from service.settings import Settings
from service.watch import PERIOD_S


def add(verbs: Any) -> None:  # argparse does not name the type
    """Describe the verb."""
    parser = verbs.add_parser(
        "reload", help="have all workers take up the snapshots that are in the folders now"
    )
    take_database(parser)
    parser.set_defaults(run=run)


def run(_told: argparse.Namespace, settings: Settings) -> int:
    """Read the snapshots, and announce them if each is whole."""
    from models.snapshot import load_snapshot  # they take a second, which the help need not wait
    from service.chores import announce_snapshot

    versions = [load_snapshot(folder).version for folder in settings.snapshots]
    announce_snapshot(settings)
    sys.stdout.write(
        f"Announced: snapshot {' beside '.join(versions)}. Within {PERIOD_S:g} s every worker "
        "begins to load what is new to it; GET /model tells what it answers with.\n"
    )
    return 0
