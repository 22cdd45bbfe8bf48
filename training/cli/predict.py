"""``predict``: predict tracks with models that an experiment saved."""

from pathlib import Path

import click

from training.cli.options import PATH


@click.command()
@click.option(
    "--models",
    type=PATH,
    required=True,
    help="Folder of models: a listener's, or the one that `pretrain --dataset` writes.",
)
@click.option(
    "--features",
    type=PATH,
    help="Table of features with one row per track, or folder of openSMILE tables.",
)
@click.option("--recordings", type=PATH, help="Folder of recordings, for a cnn.")
@click.option("--out", type=PATH, help="CSV file to write.  [default: standard output]")
def predict(
    models: Path, features: Path | None, recordings: Path | None, out: Path | None
) -> None:
    """Predict tracks with models that an experiment saved."""
    from training.experiments.predictions import run

    run(models, features, recordings, out)
