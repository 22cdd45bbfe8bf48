"""``simulate``: simulate active learning with the listeners of a dataset."""

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

PAPER_DEFAULTS: dict[str, Any] = {
    "dataset": "amg1608",
    "population": "deam",
    "personaliser": PAPER,
    "splits": 1,
} | {name.replace("-", "_"): switch.paper for name, switch in SWITCHES.items()}
"""Defaults of parameters under ``--protocol paper``."""


def _set_defaults(ctx: click.Context, _param: click.Parameter, protocol: str) -> str:
    if protocol == PAPER:
        ctx.default_map = PAPER_DEFAULTS
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
        help="Attune's protocol, or the paper's; sets the defaults of other options.",
    ),
    click.option(
        "--dataset",
        default="trompa",
        show_default="trompa; paper: amg1608",
        help="Dataset of listeners.",
    ),
    click.option(
        "-m",
        "--mode",
        default="mc,hc,mix,rand",
        show_default=True,
        help="Query strategies, separated by commas.",
    ),
    click.option(
        "--personaliser",
        default="successive",
        show_default="successive; paper: paper",
        help="successive, refit, logistic (the model that is served) or paper.",
    ),
    click.option(
        "-q", "--queries", type=int, default=10, show_default=True, help="Tracks per round."
    ),
    click.option(
        "-e",
        "--rounds",
        "--epochs",
        type=int,
        default=10,
        show_default=True,
        help="Rounds of queries.",
    ),
    click.option(
        "--splits",
        type=int,
        default=20,
        show_default="20; paper: 1",
        help="Random splits of each listener's tracks.",
    ),
    click.option(
        "--algorithms",
        default="gnb,sgd,xgb",
        show_default=True,
        help="Members of the committee, separated by commas.",
    ),
    click.option(
        "--population",
        default=OTHERS,
        show_default="others; paper: deam",
        help="Training data of the shared models: others, snapshot, or a dataset.",
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
        help="Retrain the last layer of the snapshot's cnn, or all of it.",
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
        help="Share of tracks that may be queried, with --split songs.",
    ),
    *share_options,
    *_switches(),
)
@study_options(min_labels=150)
@run_options("simulate", "simulation")
def simulate(arguments: SimulateArguments, study: StudyArguments, run: RunArguments) -> None:
    """Simulate active learning with the listeners of a dataset.

    The option names of the paper's own program work too.
    """
    from training.experiments.active_learning.simulation import run as simulate_all

    click.echo(f"Report: {simulate_all(arguments, study, run)}")
