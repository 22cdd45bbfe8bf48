"""The command that makes a report again."""

import shlex
from collections.abc import Mapping


def command_line(verb: str, options: Mapping[str, object]) -> str:
    """Return a verb with its options as one types it.

    >>> command_line("fuse", {"out": "my reports", "seed": 0, "export": None, "as-notebook": True})
    "python -m training fuse --out 'my reports' --seed 0 --as-notebook"

    Args:
        verb: Its name.
        options: By name; True is a flag, and what is None, False or empty is left out.
    """
    words = ["python", "-m", "training", verb]
    for name, value in options.items():
        if value is True:
            words.append(f"--{name}")
        elif value is not None and value is not False and value != "":
            words += [f"--{name}", str(value)]
    return shlex.join(words)
