"""How calibration to a catalogue is chosen and judged."""
