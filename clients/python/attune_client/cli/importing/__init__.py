"""``attune import``: a folder of music, or a table of embeddings, into the catalogue."""
