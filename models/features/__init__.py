"""Features: the one function from audio and lyrics to numbers."""
