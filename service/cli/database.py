"""``migrate``: migrate the database to the schema of this release, or to another."""

from typing import TYPE_CHECKING

import click

from models.command_line import FAILED
from service.cli.options import with_settings

if TYPE_CHECKING:
    from service.settings import Settings


@click.command()
@click.option(
    "--to", default="head", metavar="REVISION", help="Target revision; the newest by default."
)
@click.option("--show", is_flag=True, help="Print the current revision and change nothing.")
@click.option("--yes", is_flag=True, help="Allow a downgrade, which loses data.")
@with_settings
def migrate(settings: "Settings", /, *, to: str, show: bool, yes: bool) -> int:
    """Migrate the database to the schema of this release.

    The exit status is 1 if a migration would lose data and --yes is missing.
    """
    from service.cli.factories import build_schema
    from service.errors import LossyMigrationError

    resources = build_schema(settings)
    try:
        schema = resources.read() if show else resources.migrate(to, may_lose=yes)
    except LossyMigrationError as error:
        click.echo(f"{error} To allow it: --yes", err=True)
        return FAILED
    finally:
        resources.close()
    click.echo(f"current  {schema.current or 'none: no tables yet'}")
    click.echo(f"head     {schema.head}")
    click.echo(f"pending  {', '.join(schema.pending) or 'none'}")
    return 0
