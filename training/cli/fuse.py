"""``fuse``: compare the fusions on a table of paired embeddings."""

import click

from training.arguments import REPORTS, FuseArguments
from training.cli.options import PATH, data_option, gather, seed_option


@click.command()
@gather(
    FuseArguments,
    click.option(
        "--train", type=PATH, help="Training table, CSV or NPZ; without --test, cross-validate."
    ),
    click.option("--test", type=PATH, help="Test table, of other artists."),
    click.option("--export", type=PATH, help="Folder for a snapshot that reads such embeddings."),
    click.option("--encoder", default="", help="Name of the embeddings' encoder, for --export."),
    click.option(
        "--drop-shared-artists",
        is_flag=True,
        help="Leave out rows of --train whose artist is also in --test.",
    ),
    click.option(
        "--dataset",
        type=click.Choice(["mirex", "taffc4q"]),
        default="mirex",
        show_default=True,
        help="Public dataset to use without --train.",
    ),
    data_option,
    click.option(
        "--as-notebook",
        is_flag=True,
        help="Also compute the notebook's ten figures its own way, and the effect of each leak.",
    ),
    click.option(
        "--out",
        type=PATH,
        default=REPORTS / "fusion",
        show_default=True,
        help="Folder of reports.",
    ),
    seed_option,
    click.option(
        "--folds",
        type=click.IntRange(min=2),
        default=10,
        show_default=True,
        help="Folds of the cross-validation.",
    ),
)
def fuse(arguments: FuseArguments) -> None:
    """Compare the fusions on paired embeddings.

    Uses your own table (--train) or a public dataset.
    """
    from training.experiments.fusion.run import run

    run(arguments)
