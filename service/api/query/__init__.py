"""``POST /query``: which tracks to ask a user about next."""
