"""Where state is kept: SQLite or PostgreSQL, and files beside them."""
