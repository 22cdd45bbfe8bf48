"""What alembic runs for every command: migrate over the connection that it was given."""

from alembic import context


def run() -> None:
    """Run the migrations that the command asks for, in the transaction it was given."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=context.config.attributes["metadata"],
        transactional_ddl=True,  # SQLite can do it too, once its driver begins nothing by itself
    )
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # what alembic calls this module; others may import it harmlessly
    run()
