"""``pretrain``: train a snapshot, its cnn alone, or the paper's models."""

import click

from models.errors import AttuneError
from training.arguments import PRETRAINED, WEIGHTS, PretrainArguments
from training.cli.options import PATH, data_option, gather, seed_option


@click.command()
@gather(
    PretrainArguments,
    data_option,
    click.option(
        "--out",
        type=PATH,
        help=f"Folder of the models.  [default: {PRETRAINED}, or runs/pretrained/DATASET-ROWS]",
    ),
    seed_option,
    click.option(
        "--repeats",
        type=click.IntRange(min=1),
        default=1,
        show_default=True,
        help="Evaluation runs of a snapshot, each with other folds.",
    ),
    click.option(
        "-m",
        "--member",
        type=click.Choice(["gnb", "sgd", "xgb", "cnn"]),
        help="With --dataset: which of the paper's models to train. Without: cnn only.",
    ),
    click.option("--dataset", help="Train the paper's models on this dataset, such as deam."),
    click.option(
        "-cv",
        "--folds",
        type=int,
        default=5,
        show_default=True,
        help="Folds of the paper's models.",
    ),
    click.option(
        "--rows",
        type=click.Choice(["frames", "tracks"]),
        default="frames",
        show_default=True,
        help="Rows that the paper's models are trained on.",
    ),
    click.option(
        "--minutes",
        type=click.FloatRange(min=0, min_open=True),
        help="Time limit for a snapshot's cnn, over all folds.",
    ),
    click.option(
        "--width",
        type=click.IntRange(min=1),
        help="Channels of the cnn's first block.  [default: 32; the paper's: 128]",
    ),
    click.option(
        "--epochs",
        type=click.IntRange(min=1),
        help="Epochs of each fold of a cnn.  [default: 14; the paper's: 200]",
    ),
    click.option(
        "--device", default="", help="Device of the cnn, such as cpu.  [default: the fastest]"
    ),
)
def pretrain(arguments: PretrainArguments) -> None:
    """Train, evaluate and export a snapshot.

    With --dataset, train the paper's models instead.
    """
    if arguments.dataset:
        from training.experiments.paper.pretraining import run

        run(arguments, arguments.dataset)
    elif arguments.member == "cnn":
        _pretrain_cnn(arguments)
    elif arguments.member:
        raise AttuneError(
            f"--member {arguments.member} needs --dataset, such as deam. A snapshot trains all"
            " members together."
        )
    else:
        _pretrain_snapshot(arguments)


def _pretrain_snapshot(arguments: PretrainArguments) -> None:
    from training.datasets.feature_cache import CACHE
    from training.snapshot.pretraining import Settings, run

    out = arguments.out or PRETRAINED
    settings = Settings(arguments.data, out, CACHE, WEIGHTS, arguments.seed, arguments.repeats)
    click.echo(f"Snapshot: {run(settings)} in {out}")


def _pretrain_cnn(arguments: PretrainArguments) -> None:
    from training.cnn.recipe import Recipe
    from training.cnn.run import Settings, run

    default = Recipe()
    recipe = Recipe(
        width=arguments.width or default.width, epochs=arguments.epochs or default.epochs
    )
    exported = run(
        Settings(
            arguments.data,
            arguments.out or PRETRAINED,
            WEIGHTS,
            recipe,
            seed=arguments.seed,
            minutes=arguments.minutes,
            device=arguments.device,
        )
    )
    click.echo(f"Network: {exported.graph}")
