"""Selection and evaluation of the calibration to a catalogue."""
