"""Export of the OpenAPI description: ``python -m service.openapi [--check] [file]``."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from models.command_line import FAILED, HELP_OPTIONS, run
from service.api.application import Api


def document() -> dict[str, Any]:
    """Return the OpenAPI description of the service."""
    return Api().openapi()


def text() -> str:
    """Return the description as it is written to a file."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


@click.command(context_settings=HELP_OPTIONS)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; fail if FILE differs.")
def openapi(file: Path | None, *, check: bool) -> int:
    """Write the service's OpenAPI description to FILE, or to standard output."""
    if file is None:
        if check:
            raise click.UsageError("--check needs a FILE to compare with.")
        click.echo(text(), nl=False)
    elif not check:
        file.write_text(text(), encoding="utf-8")
    elif not file.exists() or file.read_text(encoding="utf-8") != text():
        click.echo(f"{file} is out of date: run `make openapi`.", err=True)
        return FAILED
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    return run(openapi, "python -m service.openapi", arguments)


if __name__ == "__main__":
    sys.exit(main())
