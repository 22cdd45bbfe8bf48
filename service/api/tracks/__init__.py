"""``/tracks``: the catalogue and its recordings."""
