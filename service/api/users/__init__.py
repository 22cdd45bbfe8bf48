"""``/users``: profile, label log and deletion of one user."""
