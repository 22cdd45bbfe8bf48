"""The command line of training: ``python -m training VERB``."""

import logging
import sys
from collections.abc import Sequence

import click

from models.command_line import HELP_OPTIONS, run
from models.errors import AttuneError
from training.cli.features import embed, encoders, opensmile
from training.cli.fuse import fuse
from training.cli.measure import ablate, calibration, languages, learning, stability
from training.cli.personalise import personalise
from training.cli.predict import predict
from training.cli.pretrain import pretrain
from training.cli.simulate import simulate


@click.group(context_settings=HELP_OPTIONS, subcommand_metavar="VERB [ARGS]...")
def training() -> None:
    """Train, evaluate and export models, and run experiments."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("training").setLevel(logging.INFO)


for _verb in (
    ablate,
    calibration,
    embed,
    encoders,
    fuse,
    languages,
    learning,
    opensmile,
    personalise,
    predict,
    pretrain,
    simulate,
    stability,
):
    training.add_command(_verb)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit status."""
    return run(training, "python -m training", arguments, (AttuneError,))


if __name__ == "__main__":
    sys.exit(main())
