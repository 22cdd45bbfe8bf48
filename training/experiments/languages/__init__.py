"""Lyrics in languages other than English: detection, and the gain of a multilingual encoder."""
