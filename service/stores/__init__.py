"""Where state is kept: SQLite or PostgreSQL through SQLAlchemy. Only the wiring looks in here."""
