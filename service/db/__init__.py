"""State in SQLite or PostgreSQL, and in files beside it."""
