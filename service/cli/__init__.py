"""The commands of ``python -m service``: one module each.

Modules import slow dependencies inside their functions, so that help is quick. They raise errors
that an operator can correct; ``service.__main__`` prints the message.
"""
