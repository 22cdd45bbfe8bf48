"""The command ``attune``."""
