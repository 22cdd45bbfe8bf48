"""``ablate``: measure what each group of audio features costs and adds."""

from pathlib import Path

import click

from training.arguments import REPORTS, WEIGHTS
from training.cli.options import PATH, data_option


@click.command()
@data_option
@click.option("--out", type=PATH, default=REPORTS, show_default=True, help="Folder of reports.")
def ablate(data: Path, out: Path) -> None:
    """Measure what each group of audio features costs and adds."""
    from training.datasets.feature_cache import CACHE
    from training.experiments.ablation import run

    run(data, out, CACHE, WEIGHTS)
    click.echo(f"The page is {out / 'features' / 'index.md'}.")
