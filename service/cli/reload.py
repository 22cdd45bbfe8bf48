"""``reload``: make all workers load the snapshots in the configured folders."""

from typing import TYPE_CHECKING

import click

from service.cli.options import with_settings

if TYPE_CHECKING:
    from service.settings import Settings


@click.command()
@with_settings
def reload(settings: "Settings", /) -> None:
    """Make all workers load the configured snapshots.

    They load the present content of the folders.
    """
    from models.snapshot import load_snapshot
    from service.cli.factories import announce_snapshot
    from service.serving.poller import PERIOD_S

    # An unreadable snapshot is an error here, and not in every worker.
    versions = [load_snapshot(folder, settings.members).version for folder in settings.snapshots]
    announce_snapshot(settings)
    click.echo(
        f"Announced: snapshot {' beside '.join(versions)}. Within {PERIOD_S:g} s every worker "
        "begins to load what has changed; GET /model shows what a worker serves."
    )
