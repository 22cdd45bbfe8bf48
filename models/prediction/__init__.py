"""Prediction: what a track feels like, for the population or for one listener."""
