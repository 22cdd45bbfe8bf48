"""``attune import``: a folder of music into the catalogue."""
