"""``languages``: measure which lyrics are read, and what encoders make of other languages."""

from pathlib import Path

import click

from training.arguments import REPORTS, WEIGHTS
from training.cli.options import PATH, data_option


@click.command()
@data_option
@click.option("--out", type=PATH, default=REPORTS, show_default=True, help="Folder of reports.")
def languages(data: Path, out: Path) -> None:
    """Measure which lyrics are read, and what encoders make of other languages."""
    from training.datasets.feature_cache import CACHE
    from training.experiments.languages.report import write_page

    click.echo(f"The page is {write_page(data, out, WEIGHTS, CACHE)}.")
