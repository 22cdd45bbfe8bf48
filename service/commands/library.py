"""``import``: register the tracks of a library."""

import argparse
import sys
from pathlib import Path
from typing import Any

from service.commands.options import take_database
from service.settings import Settings


def add(verbs: Any) -> None:  # argparse does not name the type
    """Describe the verb."""
    parser = verbs.add_parser(
        "import", help="register the tracks of a library that `python -m training embed` made"
    )
    parser.add_argument("library", type=Path, help="the file, such as tracks.npz")
    take_database(parser)
    parser.set_defaults(run=run)


def run(told: argparse.Namespace, settings: Settings) -> int:
    """Register a library, and tell what became of its tracks.

    The status is 1 if some were refused; the others are registered all the same.
    """
    from models.library import Library  # serving itself does without these
    from service.chores import build_import
    from service.importing import import_library

    library = Library.open(told.library)
    parts = build_import(settings)
    try:
        done = import_library(
            library,
            snapshot=parts.snapshot,
            shelf=parts.shelf,
            told=lambda done: _progress(done.n_tracks, len(library)),
        )
    finally:
        parts.close()
    for refusal in done.refused:
        sys.stderr.write(f"{refusal}\n")
    sys.stdout.write(
        f"{len(library)} tracks: {done.n_new} new, {done.n_replaced} replaced, "
        f"{done.n_kept} there before, {len(done.refused)} refused.\n"
    )
    return 1 if done.refused else 0


def _progress(n_done: int, n_tracks: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if n_done == n_tracks else "\r"
        sys.stderr.write(f"{n_done} of {n_tracks} tracks{end}")
        sys.stderr.flush()
