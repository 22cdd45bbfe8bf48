"""``POST /update``: learn from a user's labels."""
