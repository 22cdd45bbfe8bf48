"""Prequential records and their statistics."""
