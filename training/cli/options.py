"""Options that several verbs share, and options gathered into dataclasses."""

import functools
import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from training.arguments import DATA, PRETRAINED, RunArguments, StudyArguments

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

PATH = click.Path(path_type=Path)
data_option = click.option(
    "--data", type=PATH, default=DATA, show_default=True, help="Folder of datasets."
)
seed_option = click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Seed of all random draws.",
)
engine_options = (
    click.option(
        "--engine",
        type=click.Choice(["processes", "ray"]),
        default="processes",
        show_default=True,
        help="Run in local processes or on Ray.",
    ),
    click.option(
        "--workers",
        type=click.IntRange(min=1),
        default=os.cpu_count() or 1,
        show_default="all cores",
        help="Number of parallel workers.",
    ),
)
share_options = (
    click.option(
        "--judged-share",
        type=float,
        default=1 / 3,
        show_default="a third",
        help="Largest share of a listener's tracks to test on; 1 for all that are not queried.",
    ),
    click.option(
        "--cold-share",
        type=float,
        default=1 / 2,
        show_default="a half",
        help="Share of the test artists that the population model has not seen.",
    ),
)
snapshot_option = click.option(
    "--snapshot", type=PATH, default=PRETRAINED, show_default=True, help="Folder of the snapshot."
)


def gather(kind: type[Any], *options: Decorator) -> Decorator:
    """Pass a command its options as one dataclass, in the next positional argument.

    Args:
        kind: A dataclass with a field for each option.
        options: In the order of the help.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def wrapper(*args: object, **parameters: object) -> object:
            return command(*args, take(kind, parameters), **parameters)

        decorated: Callable[..., Any] = wrapper
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate


def take(kind: type[Any], parameters: dict[str, Any]) -> Any:
    """Move a command's parameters into a dataclass: those that it has fields for."""
    return kind(**{field.name: parameters.pop(field.name) for field in fields(kind)})


def study_options(min_labels: int) -> Decorator:
    """Add the options of :class:`StudyArguments`."""
    return gather(
        StudyArguments,
        data_option,
        click.option("--labels", type=PATH, help="Table of labels that replaces the dataset's."),
        click.option(
            "--features", type=PATH, help="Table of features that replaces the dataset's."
        ),
        click.option("--listeners", type=PATH, help="File with the ids of the test listeners."),
        click.option(
            "-n",
            "--min-labels",
            "--num_anno",
            type=click.IntRange(min=0),
            default=min_labels,
            show_default=True,
            help="Leave out listeners with fewer labels.",
        ),
    )


def run_options(verb: str, pages: str) -> Decorator:
    """Add the options of :class:`RunArguments`.

    Args:
        verb: Name of the folder of results.
        pages: Name of the folder of report pages.
    """
    return gather(
        RunArguments,
        snapshot_option,
        *engine_options,
        seed_option,
        click.option(
            "--out", type=PATH, help=f"Folder of results.  [default: runs/{verb}/DATASET]"
        ),
        click.option(
            "--report", type=PATH, help=f"Folder of reports.  [default: reports/{pages}/DATASET]"
        ),
    )
