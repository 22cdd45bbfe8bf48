"""Prequential records of forecasts, and their statistics."""
