"""``reload``: have every worker load the snapshots that are in the configured folders now."""

from typing import TYPE_CHECKING

import click

from service.cli.options import with_settings

if TYPE_CHECKING:
    from service.settings import Settings


@click.command()
@with_settings
def reload(settings: "Settings", /) -> None:
    """Have all workers load the configured snapshots.

    They load what is in the folders now.
    """
    from models.snapshot import load_snapshot
    from service.cli.factories import announce_snapshot
    from service.serving.poller import PERIOD_S

    # A snapshot that cannot be read is an error here and not in every worker.
    versions = [load_snapshot(folder, settings.members).version for folder in settings.snapshots]
    announce_snapshot(settings)
    click.echo(
        f"Announced: snapshot {' beside '.join(versions)}. Within {PERIOD_S:g} s every worker "
        "begins to load what is new to it; GET /model tells what it answers with."
    )
