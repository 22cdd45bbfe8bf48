"""The command group ``attune`` and its exit status."""

import sys
from collections.abc import Sequence

import click

from attune_client.cli.catalogue import rank, tracks
from attune_client.cli.completion import completion
from attune_client.cli.connection import Address, address_options
from attune_client.cli.error_messages import sentence
from attune_client.cli.export_forget import export, forget, restore
from attune_client.cli.importing.command import import_music
from attune_client.cli.label import label
from attune_client.cli.output import replace_unencodable
from attune_client.cli.predict import predict
from attune_client.errors import AttuneError
from attune_client.version import __version__

NAME = "attune"
FAILED, STOPPED = 1, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@address_options
@click.version_option(__version__, prog_name=NAME)
@click.pass_context
def attune(ctx: click.Context, /, *, url: str | None, key: str | None) -> None:
    """Predict the emotion of music for a listener, and learn from the listener's answers."""
    ctx.obj = Address(url, key)


for _command in (predict, import_music, label, rank, tracks, export, restore, forget, completion):
    attune.add_command(_command)


def run(arguments: Sequence[str]) -> int:
    """Run the command; return the exit status: 0, 1 for failures, 2 for usage, 130 for Ctrl-C.

    Every error is printed as a sentence, without a traceback.
    """
    replace_unencodable()
    try:
        status = attune.main(list(arguments), prog_name=NAME, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort as error:
        return FAILED if isinstance(error.__context__, EOFError) else STOPPED
    except SystemExit as error:  # raised by shell completion
        status = error.code
    except BrokenPipeError:
        sys.stderr.close()  # or Python reports at exit that it cannot flush standard output
        return FAILED
    except (AttuneError, OSError, ValueError) as error:
        return _fail(sentence(error))
    except Exception as error:  # noqa: BLE001  # a bug is a sentence too
        return _fail(f"This is a bug in attune: {type(error).__name__}: {error}")
    return status if isinstance(status, int) else 0


def _fail(text: str) -> int:
    click.echo(f"attune: {text}", err=True)
    return FAILED
