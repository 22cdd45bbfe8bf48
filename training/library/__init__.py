"""Computes libraries of track features for the service to import."""
