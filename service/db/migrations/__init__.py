"""The history of the tables; alembic reads it."""
