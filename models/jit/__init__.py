"""Numba-compiled loops and their cache on disk."""
