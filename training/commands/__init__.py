"""Verbs of the command line: from what was typed to what is printed."""
