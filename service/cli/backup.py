"""``backup``: copy SQLite's file while the service is running."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.cli.options import with_settings

if TYPE_CHECKING:
    from service.settings import Settings


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@with_settings
def backup(settings: "Settings", /, *, file: Path) -> None:
    """Copy SQLite's file while the service is running.

    FILE is the copy and must not exist yet.
    """
    from service.cli.factories import back_up

    size = back_up(settings.database_url, file)
    click.echo(f"Copied the database to {file}: {size} bytes.")
