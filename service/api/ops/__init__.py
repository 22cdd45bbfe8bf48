"""Probes, metrics and statistics for operators."""
