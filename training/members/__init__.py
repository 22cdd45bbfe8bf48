"""Fits the members of committees, their fusions and calibration."""
