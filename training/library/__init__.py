"""Embeds the tracks of a library, for the service to import."""
