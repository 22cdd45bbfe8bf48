"""``fuse``: compare the fusions on a table of paired embeddings."""

import click

from training.arguments import REPORTS, FuseArguments
from training.cli.options import PATH, data_option, gather, seed_option


@click.command()
@gather(
    FuseArguments,
    click.option(
        "--train", type=PATH, help="CSV or NPZ to fit to; cross-validated without --test."
    ),
    click.option("--test", type=PATH, help="Such a table of other artists, to judge on."),
    click.option("--export", type=PATH, help="Folder for a snapshot that reads such embeddings."),
    click.option("--encoder", default="", help="What computed the embeddings, for the snapshot."),
    click.option(
        "--drop-shared-artists",
        is_flag=True,
        help="Leave out rows of --train by artists that are in --test too.",
    ),
    click.option(
        "--dataset",
        type=click.Choice(["mirex", "taffc4q"]),
        default="mirex",
        show_default=True,
        help="Public dataset, without --train.",
    ),
    data_option,
    click.option(
        "--as-notebook",
        is_flag=True,
        help="Also the notebook's ten figures by its own recipe, and what each leak is worth.",
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
        help="Outer folds.",
    ),
)
def fuse(arguments: FuseArguments) -> None:
    """Compare the fusions on paired embeddings.

    The table is your own, given by --train, or a public dataset.
    """
    from training.experiments.fusion.run import run

    run(arguments)
