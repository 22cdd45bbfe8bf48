"""``attune import``: registers a folder of music or a table of embeddings."""
