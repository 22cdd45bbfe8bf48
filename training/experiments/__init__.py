"""Experiments on the listeners and tracks of datasets."""
