"""``learning``: from how many listeners a deployment learns what to expect of the next one."""

from pathlib import Path

import click

from training.cli.options import data_option, snapshot_option


@click.command()
@data_option
@snapshot_option
@click.option("--dataset", default="agreement", show_default=True, help="Whose listeners.")
@click.option(
    "--listeners", default="5,10,20,30,40", show_default=True, help="Numbers to learn from."
)
@click.option("--draws", type=int, default=20, show_default=True, help="Of listeners, each size.")
def learning(*, data: Path, snapshot: Path, dataset: str, listeners: str, draws: int) -> None:
    """Show from how many listeners a deployment learns what to expect of the next one.

    What their answers teach is judged on the study's other listeners, against priors of other
    studies, together and alone, and against the best there is: one of this very study.
    """
    from training.experiments.deployment_sizes import run

    sizes = [int(size) for size in listeners.split(",")]
    for line in run(dataset, data, snapshot, sizes, draws):
        click.echo(line)
