"""The verbs of ``python -m training``: one module each, with its options.

A module imports the verb's work inside its function: help is quick, and building the encoders
needs neither pandas nor torch.
"""
