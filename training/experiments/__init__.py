"""Experiments: what is tried on listeners of a dataset, and what comes of it."""
