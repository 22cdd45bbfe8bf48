"""The commands of ``python -m service``: one module each.

Modules import what takes long to load inside their functions, so that help is quick. Errors that
an operator can correct are raised; ``service.__main__`` prints their message.
"""
