"""Compares the fusions, beside the lyrics-and-audio notebook."""
