"""Calibration of the shared models to a catalogue and its users."""
