"""The command itself: its parts, and how it ends."""

import sys
from collections.abc import Sequence

import click

from attune_client.cli.completion import completion
from attune_client.cli.connection import Address, address_options
from attune_client.cli.failures import sentence
from attune_client.cli.importing.command import import_music
from attune_client.cli.label import label
from attune_client.cli.listeners import export, forget
from attune_client.cli.output import be_lenient
from attune_client.cli.predict import predict
from attune_client.cli.rank import rank
from attune_client.cli.tracks import tracks
from attune_client.errors import AttuneError
from attune_client.version import __version__

NAME = "attune"
FAILED, STOPPED = 1, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@address_options
@click.version_option(__version__, prog_name=NAME)
@click.pass_context
def attune(ctx: click.Context, /, *, url: str | None, key: str | None) -> None:
    """What a piece of music feels like to one listener, and what to ask them next."""
    ctx.obj = Address(url, key)


for _command in (predict, import_music, label, rank, tracks, export, forget, completion):
    attune.add_command(_command)


def run(arguments: Sequence[str]) -> int:
    """Run the command; return its exit status: 0, 1 for failures, 2 for usage, 130 for Ctrl-C.

    Whatever happens, what is written is a sentence and never a traceback.
    """
    be_lenient()
    try:
        status = attune.main(list(arguments), prog_name=NAME, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort as error:
        return FAILED if isinstance(error.__context__, EOFError) else STOPPED
    except SystemExit as ended:  # what completes in shells ends so
        status = ended.code
    except BrokenPipeError:
        return _left_alone()
    except (AttuneError, OSError, ValueError) as error:
        return _say(sentence(error))
    except Exception as error:  # noqa: BLE001  # the last place that can say a sentence
        return _say(f"This is a fault in attune itself: {type(error).__name__}: {error}")
    return status if isinstance(status, int) else 0


def _left_alone() -> int:
    """End quietly: whoever read our output has stopped."""
    sys.stderr.close()  # or the interpreter complains of what it cannot flush
    return FAILED


def _say(text: str) -> int:
    click.echo(f"attune: {text}", err=True)
    return FAILED
