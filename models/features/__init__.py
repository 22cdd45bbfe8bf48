"""Features: turn audio and lyrics into feature vectors."""
