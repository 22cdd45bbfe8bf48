"""Progress of a command, on standard error."""

from collections.abc import Callable
from dataclasses import dataclass

import click

INTERRUPTION = "\nInterrupted; finished work is kept, and the same command resumes."
_TTY_S, _PLAIN_S = 1.0, 10.0
"""Seconds between lines: on a terminal, where they replace each other; elsewhere."""


@dataclass(slots=True)
class Progress:
    """Prints a line at intervals.

    Args:
        is_tty: Whether lines replace each other.
        clock: Returns seconds since some moment.
    """

    is_tty: bool
    clock: Callable[[], float]
    _written_at: float = float("-inf")

    def __call__(self, line: str) -> None:
        """Print the line if the interval has passed."""
        now = self.clock()
        if now - self._written_at >= (_TTY_S if self.is_tty else _PLAIN_S):
            self._written_at = now
            click.echo(line + ("\r" if self.is_tty else "\n"), nl=False, err=True)

    def end(self, line: str) -> None:
        """Print the last line."""
        click.echo(line, err=True)
