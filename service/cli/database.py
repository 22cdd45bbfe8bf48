"""``migrate``, ``copy``, ``recount``: the schema, the move to another server, derived rows."""

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


@click.command()
@click.argument("target", metavar="URL")
@with_settings
def copy(settings: "Settings", /, *, target: str) -> None:
    """Copy the whole database into an empty one, as from SQLite to PostgreSQL.

    URL is the SQLAlchemy URL of the empty database. Stop the service first.
    """
    from service.cli.factories import copy_whole

    copy_whole(settings.database_url, target, _say)


@click.command()
@with_settings
def recount(settings: "Settings", /) -> None:
    """Make counts, current answers and the index of titles again, and show wrong counts.

    They follow from labels, forecasts and tracks, and are kept as these change. Counts of what
    `prune` deleted are lost. The service may run meanwhile; labels and changes of tracks wait,
    and are answered 503 after some seconds.
    """
    from service.cli.factories import recount_all

    for table, n_wrong in recount_all(settings).items():
        click.echo(f"{table:<16}{f'{n_wrong} rows corrected' if n_wrong else 'right'}")


def _say(table: str, n_rows: int) -> None:
    if n_rows:
        click.echo(f"{table:<16}{n_rows:>12,} rows")
