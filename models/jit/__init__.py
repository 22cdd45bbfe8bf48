"""Loops compiled by numba, and their cache on disk."""
