"""Audio: decode a file, and compute its spectrum."""
