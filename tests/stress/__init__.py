"""Stress tests: ``make stress`` kills, fills, floods and fuzzes a running service."""
