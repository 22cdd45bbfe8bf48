"""Comparison of methods of personalisation with few labels: ``personalise``."""
