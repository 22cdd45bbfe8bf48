"""Options that several verbs have, and options as one value."""

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
    help="Seed of everything random.",
)
engine_options = (
    click.option(
        "--engine",
        type=click.Choice(["processes", "ray"]),
        default="processes",
        show_default=True,
        help="What work is spread over.",
    ),
    click.option(
        "--workers",
        type=click.IntRange(min=1),
        default=os.cpu_count() or 1,
        show_default="all cores",
        help="Processes at once.",
    ),
)
share_options = (
    click.option(
        "--judged-share",
        type=float,
        default=1 / 3,
        show_default="a third",
        help="Share of a listener's tracks that is judged, at most; 1 for all that are not asked.",
    ),
    click.option(
        "--cold-share",
        type=float,
        default=1 / 2,
        show_default="a half",
        help="Share of the judged artists that the population must not know.",
    ),
)
snapshot_option = click.option(
    "--snapshot", type=PATH, default=PRETRAINED, show_default=True, help="Folder of the snapshot."
)


def gather(kind: type[Any], *options: Decorator) -> Decorator:
    """Give a command options as one value of a dataclass, its next positional argument.

    Args:
        kind: A dataclass whose fields are named as the options.
        options: In the order of the help.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def gathered(*before: object, **given: object) -> object:
            return command(*before, take(kind, given), **given)

        decorated: Callable[..., Any] = gathered
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate


def take(kind: type[Any], given: dict[str, Any]) -> Any:
    """Remove what a dataclass has fields for from a command's parameters; return it as one."""
    return kind(**{field.name: given.pop(field.name) for field in fields(kind)})


def study_options(min_labels: int) -> Decorator:
    """Add the options of :class:`StudyArguments`."""
    return gather(
        StudyArguments,
        data_option,
        click.option("--labels", type=PATH, help="Table of labels that replaces the dataset's."),
        click.option(
            "--features", type=PATH, help="Table of features that replaces the dataset's."
        ),
        click.option(
            "--listeners", type=PATH, help="File with the ids of the listeners to judge."
        ),
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
        verb: Names the folder of results.
        pages: Names the folder of pages.
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
            "--report", type=PATH, help=f"Folder of pages.  [default: reports/{pages}/DATASET]"
        ),
    )
