"""Brings a database to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from service.stores.database import Database, lock
from service.stores.tables import metadata

HISTORY = Path(__file__).parents[1] / "migrations"


def migrate(database: Database) -> None:
    """Apply the migrations that are missing; workers that start together wait for each other.

    Raises:
        StoreUnavailableError: The database cannot be written to.
    """
    with database.write() as connection:
        lock(connection, "migrations")
        command.upgrade(history(connection), "head")


def history(connection: Connection) -> Config:
    """Return what alembic's commands need to work over a connection, inside its transaction."""
    config = Config(attributes={"connection": connection, "metadata": metadata})
    config.set_main_option("script_location", str(HISTORY))
    return config
