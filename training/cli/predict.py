"""``predict``: ask models that an experiment kept about tracks."""

from pathlib import Path

import click

from training.cli.options import PATH


@click.command()
@click.option(
    "--models",
    type=PATH,
    required=True,
    help="Folder of models: a listener's, or what `pretrain --dataset` keeps.",
)
@click.option(
    "--features",
    type=PATH,
    help="Table of features with a row a track, or a folder of openSMILE's tables.",
)
@click.option("--recordings", type=PATH, help="Folder of recordings, for a cnn.")
@click.option("--out", type=PATH, help="CSV file to write; standard output by default.")
def predict(
    models: Path, features: Path | None, recordings: Path | None, out: Path | None
) -> None:
    """Ask models that an experiment kept about tracks."""
    from training.experiments.predictions import run

    run(models, features, recordings, out)
