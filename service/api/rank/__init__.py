"""``POST /rank``: the catalogue in the order of one user's taste."""
