"""``python -m service``: serve, or run an operator's command."""

import sys
from collections.abc import Sequence

import click

from models.command_line import HELP_OPTIONS, run
from models.errors import AttuneError
from service.cli.backup import backup
from service.cli.calibrate import calibrate
from service.cli.database import copy, migrate, recount
from service.cli.keys import keys
from service.cli.library import import_tracks
from service.cli.options import call_with_settings
from service.cli.prune import prune
from service.cli.reembed import reembed_command
from service.cli.reload import reload
from service.cli.replay import replay_command


@click.group(invoke_without_command=True, context_settings=HELP_OPTIONS)
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


for _command in (
    import_tracks,
    migrate,
    copy,
    recount,
    keys,
    replay_command,
    reembed_command,
    reload,
    calibrate,
    prune,
    backup,
):
    attune.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    return run(attune, "python -m service", arguments, (AttuneError, OSError))


if __name__ == "__main__":
    sys.exit(main())
