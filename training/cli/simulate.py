"""``simulate``: ask listeners of a dataset, learn from their labels, and judge."""

from typing import Any

import click

from training.arguments import RunArguments, SimulateArguments, StudyArguments
from training.cli.options import (
    PATH,
    Decorator,
    gather,
    run_options,
    share_options,
    study_options,
)
from training.experiments.protocol import OTHERS, PAPER, SWITCHES

PAPERS_DEFAULTS: dict[str, Any] = {
    "dataset": "amg1608",
    "population": "deam",
    "personaliser": PAPER,
    "splits": 1,
} | {name.replace("-", "_"): switch.paper for name, switch in SWITCHES.items()}
"""Defaults of parameters under ``--protocol paper``."""


def _set_defaults(ctx: click.Context, _param: click.Parameter, protocol: str) -> str:
    if protocol == PAPER:
        ctx.default_map = PAPERS_DEFAULTS
    return protocol


def _switches() -> list[Decorator]:
    return [
        click.option(
            f"--{name}",
            type=click.Choice([switch.ours, switch.paper]),
            default=switch.ours,
            show_default=f"{switch.ours}; paper: {switch.paper}",
            help=f"Set by --protocol: {switch.about}.",
        )
        for name, switch in SWITCHES.items()
    ]


@click.command()
@gather(
    SimulateArguments,
    click.option(
        "--protocol",
        type=click.Choice(["attune", PAPER]),
        default="attune",
        show_default=True,
        is_eager=True,  # before the options whose defaults it sets
        callback=_set_defaults,
        help="Attune's, or the one of the paper's code: it sets defaults of other options.",
    ),
    click.option(
        "--dataset",
        default="trompa",
        show_default="trompa; paper: amg1608",
        help="Whose listeners.",
    ),
    click.option(
        "-m", "--mode", default="mc,hc,mix,rand", show_default=True, help="Query strategies."
    ),
    click.option(
        "--personaliser",
        default="successive",
        show_default="successive; paper: paper",
        help="successive, refit, logistic (the model that is served) or paper.",
    ),
    click.option(
        "-q", "--queries", type=int, default=10, show_default=True, help="Songs of a round."
    ),
    click.option(
        "-e",
        "--rounds",
        "--epochs",
        type=int,
        default=10,
        show_default=True,
        help="Rounds of questions.",
    ),
    click.option(
        "--splits", type=int, default=20, show_default="20; paper: 1", help="Of each listener."
    ),
    click.option(
        "--algorithms",
        default="gnb,sgd,xgb",
        show_default=True,
        help="Members of the committee.",
    ),
    click.option(
        "--population",
        default=OTHERS,
        show_default="others; paper: deam",
        help="Who shared models learn from: others, snapshot, or a dataset.",
    ),
    click.option(
        "--pretrained",
        type=PATH,
        help="Folder of the paper's models.  [default: runs/pretrained/DATASET-ROWS]",
    ),
    click.option(
        "--cnn",
        type=click.Choice(["last", "full"]),
        default="last",
        show_default=True,
        help="How much of the snapshot's cnn learns.",
    ),
    click.option(
        "--cnn-width",
        type=int,
        default=128,
        show_default=True,
        help="Channels of the paper's cnn.",
    ),
    click.option(
        "--cnn-epochs",
        type=int,
        default=200,
        show_default=True,
        help="Epochs of the paper's cnn.",
    ),
    click.option(
        "--train-share",
        type=float,
        default=0.85,
        show_default=True,
        help="Share of songs that may be asked about, with --split songs.",
    ),
    *share_options,
    *_switches(),
)
@study_options(min_labels=150)
@run_options("simulate", "simulation")
def simulate(arguments: SimulateArguments, study: StudyArguments, run: RunArguments) -> None:
    """Ask listeners of a dataset, and judge.

    The option names of the paper's own program are accepted too.
    """
    from training.experiments.active_learning.simulation import run as simulate_all

    click.echo(f"The page is {simulate_all(arguments, study, run)}.")
