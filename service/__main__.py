"""``python -m service``: serve, or run an operator's command."""

import sys
from collections.abc import Sequence
from importlib import import_module

import click

from models.command_line import HELP_OPTIONS, run
from models.errors import AttuneError
from service.cli.options import call_with_settings

_COMMANDS = {
    "backup": "backup:backup",
    "calibrate": "calibrate:calibrate",
    "copy": "database:copy",
    "health": "health:health",
    "import": "library:import_tracks",
    "keys": "keys:keys",
    "migrate": "database:migrate",
    "prune": "prune:prune",
    "recount": "database:recount",
    "reembed": "reembed:reembed_command",
    "reload": "reload:reload",
    "replay": "replay:replay_command",
}
"""Module of ``service.cli`` and name of each command."""


class _Commands(click.Group):
    """Imports a command when it is called: a health check is called every few seconds."""

    def list_commands(self, _ctx: click.Context, /) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _ctx: click.Context, name: str, /) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[name].split(":")
        command: click.Command = getattr(import_module(f"service.cli.{module}"), attribute)
        return command


@click.group(cls=_Commands, invoke_without_command=True, context_settings=HELP_OPTIONS)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to serve on.")
@click.option(
    "--port",
    type=click.IntRange(1, 65_535),
    default=3000,
    show_default=True,
    help="Port to serve on.",
)
@click.pass_context
def attune(ctx: click.Context, /, *, host: str, port: int) -> int | None:
    """Serve until stopped, or run COMMAND.

    The service prints its addresses when it is ready.
    """
    if ctx.invoked_subcommand is not None:
        return None
    from service.cli.serve import serve  # slow to import, and other commands do not need it

    return call_with_settings(lambda settings: serve(settings, host, port))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    return run(attune, "python -m service", arguments, (AttuneError, OSError))


if __name__ == "__main__":
    sys.exit(main())
