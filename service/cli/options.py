"""Options and settings of the commands."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from models.errors import AttuneError

if TYPE_CHECKING:
    from service.settings import Settings


snapshot_folder = click.option(
    "--snapshot",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of the snapshot; ATTUNE_SNAPSHOT by default.",
)
"""The option ``--snapshot``."""


def with_settings(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Add the option ``--database``, and pass the settings as the first argument."""

    @click.option(
        "--database",
        metavar="URL",
        help="SQLAlchemy URL of the database; ATTUNE_DATABASE_URL by default.",
    )
    @functools.wraps(command)
    def configured(*, database: str | None, **options: object) -> int | None:
        return call_with_settings(functools.partial(command, **options), database)

    return configured


def call_with_settings(
    work: Callable[["Settings"], int | None], database: str | None = None
) -> int | None:
    """Call a function with the settings of the environment, and return its result.

    Args:
        work: Called with the settings.
        database: URL that replaces ATTUNE_DATABASE_URL, if given.

    Raises:
        AttuneError: A setting is invalid.
    """
    from service.settings import Settings, SettingsError

    environ = {**os.environ, **({"ATTUNE_DATABASE_URL": database} if database else {})}
    try:
        return work(Settings.from_env(environ))
    except SettingsError as error:
        raise AttuneError(str(error)) from error
