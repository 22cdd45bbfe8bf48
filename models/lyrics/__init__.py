"""Lyrics: from what people have to the words that are read."""
