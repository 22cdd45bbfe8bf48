"""The catalogue's counter: one number of a database that is quickly read and written."""

from sqlalchemy import select

from service.db.tables import catalogue


def revision(database):
    """Return the number."""
    with database.read() as connection:
        return connection.execute(select(catalogue.c.revision)).scalar_one()


def write(database, value):
    """Write another, in a transaction of its own."""
    with database.write() as connection:
        connection.execute(catalogue.update().values(revision=value))
