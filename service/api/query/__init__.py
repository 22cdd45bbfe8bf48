"""``POST /query``: the tracks to ask a user about next."""
