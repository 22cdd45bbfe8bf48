"""Offline scripts that build, train, export and judge the models: ``python -m training``."""
