"""Predictions of a track's emotion, for the population or for one listener."""
