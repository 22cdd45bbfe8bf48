"""Calibration of shared models to a catalogue and to its listeners."""
