"""Where state is kept: SQLite or PostgreSQL. Only the wiring and the chores look in here."""
