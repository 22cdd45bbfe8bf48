"""The verbs of ``python -m training`` and their options.

Each verb imports its code inside its function: help starts fast, and ``encoders`` needs neither
pandas nor torch.
"""
