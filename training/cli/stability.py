"""``stability``: measure how predictions change with volume, channels, silence and codec."""

from pathlib import Path

import click

from training.arguments import REPORTS, WEIGHTS
from training.cli.options import PATH, data_option, snapshot_option


@click.command()
@data_option
@snapshot_option
@click.option("--out", type=PATH, default=REPORTS, show_default=True, help="Folder of reports.")
def stability(data: Path, snapshot: Path, out: Path) -> None:
    """Measure how predictions change with volume, channels, silence and codec."""
    from training.experiments.stability import run

    run(data, out, WEIGHTS, snapshot)
    click.echo(f"The page is {out / 'stability' / 'index.md'}.")
