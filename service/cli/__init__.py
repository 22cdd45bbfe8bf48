"""What ``python -m service`` does besides serving: one module a verb.

Each has ``add(verbs)``, which describes the verb to argparse and sets ``run``; and that ``run``,
which takes what was told and the settings, in which the database is the one that was told, and
returns the exit status. Errors that an operator
can mend are raised: ``__main__`` tells them in one line.
"""
