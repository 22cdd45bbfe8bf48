"""``import``: register the tracks of a library."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from models.command_line import FAILED
from service.cli.options import with_settings

if TYPE_CHECKING:
    from service.settings import Settings


@click.command("import")
@click.argument("library", type=click.Path(path_type=Path))
@with_settings
def import_tracks(settings: "Settings", /, *, library: Path) -> int:
    """Register the tracks of a library.

    LIBRARY is a file written by `python -m training embed`, such as tracks.npz. The exit
    status is 1 if tracks were refused; the others are registered.
    """
    from models.library import Library
    from service.cli.factories import build_import
    from service.cli.library_import import import_library

    tracks = Library.open(library)
    resources = build_import(settings)
    try:
        counts = import_library(
            tracks,
            snapshot=resources.snapshot,
            bulk_catalogue=resources.bulk_catalogue,
            progress=lambda counts: _progress(counts.n_tracks, len(tracks)),
        )
    finally:
        resources.close()
    for refusal in counts.refused:
        click.echo(refusal, err=True)
    click.echo(
        f"{len(tracks)} tracks: {counts.n_new} new, {counts.n_replaced} replaced, "
        f"{counts.n_kept} unchanged, {len(counts.refused)} refused."
    )
    return FAILED if counts.refused else 0


def _progress(n_done: int, n_tracks: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if n_done == n_tracks else "\r"
        click.echo(f"{n_done} of {n_tracks} tracks{end}", nl=False, err=True)
