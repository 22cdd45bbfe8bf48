"""Lyrics in other languages than English: what is read, and what an encoder of them would add."""
