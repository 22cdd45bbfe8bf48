"""Verbs of the command line: from their arguments to what they print."""
