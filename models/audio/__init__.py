"""Audio: decoding, loudness and spectrograms."""
