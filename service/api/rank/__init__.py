"""``POST /rank``: the catalogue, sorted for one user and an emotion."""
