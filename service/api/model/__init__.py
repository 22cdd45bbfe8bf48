"""``/model``: the snapshots that are served."""
