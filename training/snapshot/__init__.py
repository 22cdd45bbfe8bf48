"""Trains, evaluates and exports snapshots."""
