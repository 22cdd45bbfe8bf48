"""``/model``: the served snapshots."""
