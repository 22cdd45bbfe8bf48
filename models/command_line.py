"""Command line: run click commands and return their exit status."""

from collections.abc import Sequence
from typing import Any

import click

HELP_OPTIONS: dict[str, Any] = {"help_option_names": ["-h", "--help"]}
"""Context settings of every command."""
FAILED, INTERRUPTED = 1, 130
"""Exit statuses; click uses 2 for usage errors."""


def run(
    command: click.Command,
    name: str,
    arguments: Sequence[str] | None = None,
    failures: tuple[type[Exception], ...] = (),
) -> int:
    """Run a command and return its exit status.

    Args:
        command: Returns its exit status; None is 0.
        name: Program name in help and usage errors.
        arguments: By default those of the process.
        failures: Errors that print their message without a traceback and return status 1.
    """
    typed = None if arguments is None else list(arguments)
    try:
        status: int | None = command.main(typed, prog_name=name, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    except failures as error:
        click.echo(str(error), err=True)
        return FAILED
    return status or 0
